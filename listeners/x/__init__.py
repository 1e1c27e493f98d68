"""X: recent search and the filtered stream."""
