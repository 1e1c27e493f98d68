"""Matrix: the rooms that let the bot in."""
