"""YouTube: comments under videos and channels."""
