"""Discourse: the latest posts of open forums."""
