"""What a listener is, and what it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from models.channel import Manifest
from models.check import Fault
from models.mention import Batch, Mention
from models.settings.sections import Brand


@dataclass(frozen=True, slots=True)
class Spend:
    """What a listener has used today (UTC): posts read and dollars."""

    posts: int = 0
    dollars: float = 0.0


class Listener(Protocol):
    """Hears public posts on one channel. Keeps no state: the cursor is handed in and handed back.

    ``poll`` raises only ``Unavailable``, ``RateLimited`` and ``AuthFailed``. A cursor of None means: begin now, not in
    the past. The same post may be handed over twice; a post may never be skipped. Which brand a post is about is
    decided later, in code (``listeners.screen``), from its text.
    """

    Settings: ClassVar[type[BaseModel]]
    manifest: ClassVar[Manifest | None]
    """The channel whose posts it hears; None where each post names its own channel.

    A kind that serves any channel has a class method ``manifest_for(settings)`` beside it, which names the one meant.
    """
    check_is_free: ClassVar[bool]
    """Whether ``check`` costs nothing, so that it is also made at every start."""

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; imports the SDK, opens no connection yet. Raises ValueError with the fix for a missing secret."""
        ...

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The next page after ``cursor``. May wait for up to 30 s where the platform offers long polling."""
        ...

    async def check(self) -> list[Fault]:
        """Try the credential and every permission; each fault says its fix. An empty list means that all is well."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Rechecks(Protocol):
    """A listener that can ask whether posts are still there, for platforms that do not tell of a deletion."""

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those of the posts that are certainly not there any more. Raises as ``poll`` does; in doubt a post stays."""
        ...


@runtime_checkable
class Bills(Protocol):
    """A listener whose single look-ups (``gone``, ``fetch``) cost money, so that they stay within its budget."""

    def affordable(self, spent: Spend, share: float) -> int:
        """How many posts may still be looked up today, if this was spent of this share of the day's budget."""
        ...

    def cost(self, posts: int) -> float:
        """What it bills for so many, in dollars."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """A listener that can fetch one post, such as the one that another answers."""

    async def fetch(self, external_id: str) -> Mention | None:
        """The post, or None where it is not there or may not be seen. Raises as ``poll`` does."""
        ...
