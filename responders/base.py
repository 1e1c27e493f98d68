"""What a responder is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.form import Answer
from models.press import Press


class Responder(Protocol):
    """Carries messages out on one channel. Never tries twice: the sender does, and knows what may be repeated.

    ``send`` raises only the five errors: ``Unavailable`` and ``RateLimited`` if it was certainly not carried out,
    ``Unconfirmed`` if it may have been, ``Refused`` if it never will be, ``AuthFailed`` if the credential is at fault.
    """

    Settings: ClassVar[type[BaseModel]]
    manifest: ClassVar[Manifest | None]
    """The channel where it writes in public; None where it reaches people of the team alone.

    A kind that serves any channel has a class method ``manifest_for(settings)`` beside it, which names the one meant.
    """
    kinds: ClassVar[frozenset[Kind]]
    """The kinds of message that it can carry out; the sender refuses the others."""

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; imports the SDK, opens no connection yet. Raises ValueError with the fix for a missing secret."""
        ...

    async def send(self, message: Message) -> Receipt:
        """Carry it out once."""
        ...

    async def find(self, message: Message) -> Receipt | None:
        """Was it carried out? None if it certainly was not; raises Unconfirmed where the channel cannot tell."""
        ...

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Try the credential, every permission and the ``places`` that it is to post to; each fault says its fix."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Interactive(Protocol):
    """A responder through which people also ask for things."""

    async def listen(
        self,
        on_press: Callable[[Press], Awaitable[Answer]],
        tell: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], datetime] = ...,
    ) -> None:
        """Hand each press over and show its answer, until cancelled; ends at once where it cannot hear any.

        ``tell`` hears, once for each outage, that presses do not arrive.
        """
        ...
