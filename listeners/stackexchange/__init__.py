"""Stack Exchange: questions that a search finds."""
