"""Slack, out and in: messages to channels, presses from people. It knows no cases and decides nothing."""
