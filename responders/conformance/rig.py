"""The rig of a responder: how a test sees what a platform holds after a send, and breaks the platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from models.decision import Kind, Message
from models.rig import FAULTS, Rig
from responders.base import Responder

CHECKS = {
    "length": "the platform limits how long a text may be",
    "repeat": "the platform itself knows a message again (an idempotency key), so a second send adds nothing",
    "find": "the platform can be asked whether a message was carried out",
    "other kinds": "there are kinds of message that it does not take",
    "closed": "there is a door where nobody listens",
    "check": "there is something to ask that writes nothing",
    "hold": "a send can hang",
    "secret": "there is a secret",
} | {fault: f"the fault {fault} of models.rig" for fault in (*FAULTS, "lost", "empty")}
"""What a rig may name in ``cannot``. ``lost`` is a message that is carried out while its answer is lost, ``empty`` a
success without a body."""


class ResponderRig(Rig):
    """One channel with one responder.

    ``responder`` is the plug-in's class. ``requests_a_send`` is how many requests one send may take at most.
    """

    responder: ClassVar[type[Any]]
    requests_a_send: ClassVar[int] = 1

    def make(self, **own: Any) -> Responder:
        """A fresh responder with its own settings ``own`` changed; by ``from_settings``."""
        raise NotImplementedError

    def make_closed(self) -> Responder:
        """A fresh responder whose platform is an address where nobody listens."""
        raise NotImplementedError

    def message(self, text: str, key: str = "key-1") -> Message:
        """A message that it takes: a reply where it can reply, else a notice, with these words and this key."""
        raise NotImplementedError

    async def fault(self, name: str) -> None:
        """As in Rig; ``lost`` carries the next message out and breaks the connection before the answer.

        ``empty`` answers with a success and no body.
        """
        await super().fault(name)

    async def requests(self) -> int:
        """How many requests to write the platform has had."""
        raise NotImplementedError

    async def sent(self) -> Sequence[str]:
        """The texts of all messages that the platform holds from us, in their order, as a reader there sees them."""
        raise NotImplementedError


def other_kinds(responder: Responder) -> list[Kind]:
    """The kinds that a responder does not take."""
    return sorted(frozenset(Kind) - responder.kinds)
