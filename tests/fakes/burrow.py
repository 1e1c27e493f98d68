"""Plug-ins of an invented network, as another package would bring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from listeners.base import Spend
from models.channel import Counting, Deletion, Manifest, ReplyRule
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.mention import Batch
from models.settings.sections import Brand
from models.settings.types import Table

RULES = Manifest(
    "burrow",
    ReplyRule.SUMMONED,
    "Burrow wants bots to wait until they are called",
    max_length=100,
    link="https://burrow.example/reply?to={id}&text={text}",
    counting=Counting.BYTES,
    deletion=Deletion.LOOKUP,
    recheck=timedelta(hours=12),
    answer_within=timedelta(hours=3),
    training=False,
)
KINDS = {
    "burrow": "tests.fakes.burrow:BurrowListener",
    "mirror": "tests.fakes.burrow:MirrorListener",
    "false_x": "tests.fakes.burrow:FalseXListener",
}
RESPONDERS = {"burrow": "tests.fakes.burrow:BurrowResponder", "loud": "tests.fakes.burrow:LoudResponder"}


class BurrowListener:
    """Hears nothing; brings the network's rules."""

    class Settings(Table):
        """Nothing can be set."""

    manifest: ClassVar[Manifest | None] = RULES
    check_is_free: ClassVar[bool] = True

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one."""
        return cls()

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """Nothing was said."""
        return Batch(cursor="1")

    async def check(self) -> list[Fault]:
        """Nothing can be wrong with it."""
        return []

    async def aclose(self) -> None:
        """It holds nothing."""


class MirrorListener(BurrowListener):
    """Hears the same network by other rules."""

    manifest = Manifest("burrow", ReplyRule.ADMITTED, "a mirror says so")


class FalseXListener(BurrowListener):
    """Would like to make rules for X."""

    manifest = Manifest("x", ReplyRule.ADMITTED, "why not")


class BurrowResponder:
    """Takes replies on the network and forgets them."""

    class Settings(Table):
        """Nothing can be set."""

    manifest: ClassVar[Manifest | None] = RULES
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one."""
        return cls()

    async def send(self, message: Message) -> Receipt:
        """It is there."""
        return Receipt(message.key)

    async def find(self, message: Message) -> Receipt | None:
        """It never was."""
        return None

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Nothing can be wrong with it."""
        return []

    async def aclose(self) -> None:
        """It holds nothing."""


class LoudResponder(BurrowResponder):
    """Would answer where only people may."""

    manifest = Manifest("quarry", ReplyRule.PERSON, "Quarry is for people")
