"""Bluesky: the whole network as a stream, and a search."""
