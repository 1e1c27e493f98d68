"""Telegram: the chats that let our bot in."""
