"""Hacker News: stories and comments that a search finds."""
