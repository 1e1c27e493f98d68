"""Finds the id behind a channel's name, and keeps it: a channel that is renamed later is still the same one."""

from __future__ import annotations

import re

from models.errors import Refused
from responders.slack.errors import words
from responders.slack.web import SlackWeb, next_cursor

PAGES, PAGE = 10, 1000
KINDS = "public_channel,private_channel"


class Channels:
    """The channels and people that the bot writes to. A target is an id, ``name``, ``#name`` or ``@U0PERSON``."""

    def __init__(self, web: SlackWeb) -> None:
        self._web = web
        self._ids: dict[str, str] = {}

    def address(self, target: str) -> str:
        """What a message is sent to: the id, where it is known, else the name for Slack to look up."""
        return self._ids.get(target, person(target) or target)

    def learn(self, target: str, channel: str) -> None:
        """A message to ``target`` arrived in this channel; it stays there whatever the channel is called later."""
        if not is_channel(target):
            self._ids[target] = channel

    async def find(self, target: str) -> str:
        """The id; asks Slack where it is not known yet. Raises Refused for a channel that the bot does not see."""
        if is_channel(target):
            return target
        if target not in self._ids:
            self._ids[target] = await self._look_up(target)
        return self._ids[target]

    async def _look_up(self, target: str) -> str:
        cursor = ""
        for _ in range(PAGES):
            page = await self._web.read("conversations.list", target, types=KINDS, limit=PAGE, cursor=cursor)
            for channel in page.get("channels") or ():
                if channel.get("name") == target.lstrip("#"):
                    return str(channel["id"])
            cursor = next_cursor(page)
            if not cursor:
                break
        raise Refused(words("channel_not_found", target=target))


def is_channel(target: str) -> bool:
    """Whether it is the id of a channel."""
    return bool(re.fullmatch(r"[CGD][A-Z0-9]{6,}", target))


def person(target: str) -> str:
    """The id of the person that a target names, ``@U0PERSON`` or the id alone; empty for a channel."""
    match = re.fullmatch(r"@?([UW][A-Z0-9]{5,})", target)
    return match[1] if match else ""


def reference(thread: str | None) -> tuple[str, str]:
    """Channel and ts of ``CHANNEL_ID:TS``; two empty texts for anything else."""
    match = re.fullmatch(r"([A-Z0-9]+):(\d+\.\d+)", thread or "")
    return (match[1], match[2]) if match else ("", "")
