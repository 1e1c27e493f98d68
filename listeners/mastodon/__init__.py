"""Mastodon: hashtags, mentions, searches and the public stream of several servers."""
