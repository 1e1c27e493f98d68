"""One file a channel in, and the poller that keeps one alive."""

from __future__ import annotations

BUILTIN = {
    "jsonl": "listeners.jsonl:JsonlListener",
    "telegram": "listeners.telegram:TelegramListener",
    "x": "listeners.x:XListener",
}
