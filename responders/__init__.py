"""Policy (decide), eligibility, the sender, and one file a channel out."""

from __future__ import annotations

BUILTIN = {
    "console": "responders.console:ConsoleResponder",
    "slack": "responders.slack.outbox:SlackResponder",
    "telegram": "responders.telegram:TelegramResponder",
    "x": "responders.x:XResponder",
}
