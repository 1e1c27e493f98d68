"""Turns statuses into mentions, asking for the conversation of those that may be about a brand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from listeners.bluesky.wanted import Wanted
from listeners.mastodon.place import Item
from listeners.mastodon.server import Server
from listeners.mastodon.status import CHANNEL, MISSHAPEN, mention_of
from models.mention import Mention
from models.settings.sections import Brand


@dataclass(slots=True)
class Heard:
    """What statuses have given: mentions with the server's ``ids`` for them, and those that could not be read."""

    mentions: list[Mention] = field(default_factory=list)
    spoiled: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


class Reader:
    """Knows what the brands are recognised by."""

    def __init__(self, brands: Mapping[str, Brand]) -> None:
        self._wanted = Wanted.of(brands, CHANNEL)

    async def read(self, server: Server, items: Sequence[Item], everything: bool) -> Heard:
        """The statuses as mentions; unless ``everything`` is wanted, only those that may be about a brand."""
        heard, domain = Heard(), await server.domain()
        for item in items:
            try:
                fits = everything or self._fits(item.status, domain)
                mention = await server.mention(item.status) if fits else None
            except MISSHAPEN as error:
                digest = hashlib.sha256(json.dumps(item.status, sort_keys=True).encode()).hexdigest()[:16]
                heard.spoiled.append((digest, f"post {item.id} of {server.host}: {type(error).__name__}"))
                continue
            if mention is not None:
                heard.mentions.append(mention)
                heard.ids.append(item.id)
        return heard

    def _fits(self, status: Mapping[str, Any], domain: str) -> bool:
        """Whether it is worth more questions; which brand it is about, and whether, is decided later."""
        mention = mention_of(status, domain)
        return mention is not None and self._wanted.about(mention)
