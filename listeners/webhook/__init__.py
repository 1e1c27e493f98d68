"""Signed posts from any program, kept before they are acknowledged."""
