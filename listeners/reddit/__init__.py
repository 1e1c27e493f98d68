"""Reddit: submissions and comments that a search finds."""
