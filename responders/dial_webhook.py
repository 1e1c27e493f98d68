"""Webhook out to a contact centre: asks it to connect an agent with a customer, by a signed POST.

The number is opened in the moment of sending and goes nowhere else. A message keeps its ``webhook-id`` over all tries,
so that a contact centre that remembers ids dials once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import field_validator

from models.channel import Manifest
from models.decision import Kind, Message, Receipt
from models.errors import Refused
from responders.webhook import WebhookResponder

Opener = Callable[[Message], Awaitable[str]]
"""A message → the number that it is about; raises Refused with the reason where nobody may call it."""

TYPE = "dial.requested"
TELLING = 6
"""Figures at the end of a number that tell whose it is; people leave out the country and the zero before the rest."""
LOCAL = ("127.0.0.1", "localhost", "::1")


class DialWebhookResponder(WebhookResponder):
    """One contact centre."""

    class Settings(WebhookResponder.Settings):
        """What it can be told: the same as any webhook out, and numbers travel sealed."""

        @field_validator("url")
        @classmethod
        def _sealed(cls, value: str) -> str:
            parts = urlsplit(value)
            if parts.scheme != "https" and parts.hostname not in LOCAL:
                raise ValueError('must begin with "https://", because numbers are sent there')
            return value

    manifest: ClassVar[Manifest | None] = None
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.DIAL})
    _opener: Opener | None = None

    def open_with(self, opener: Opener) -> None:
        """Hand over what opens a number. Without it, none can be dialled."""
        self._opener = opener

    async def send(self, message: Message) -> Receipt:
        """Ask once; a success means that the contact centre has taken it. Raises Refused where nobody may call."""
        if message.kind is not Kind.DIAL:
            raise Refused(f"a contact centre takes no {message.kind}")
        if self._opener is None:
            raise Refused("numbers cannot be opened here: set callback.key")
        number = await self._opener(message)
        taken = await self.carry(message.key, {"type": TYPE, "data": _data(message, number)})
        # A receipt is kept for longer than the number, so nothing is taken over that repeats it.
        return Receipt(message.key) if _names(f"{taken.external_id} {taken.url}", number) else taken


def _names(text: str, number: str) -> bool:
    """Whether a number stands in a text, however it is written, with its country or without."""
    return _digits(number)[-TELLING:] in _digits(text)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _data(message: Message, number: str) -> dict[str, Any]:
    """What it takes to dial, and by which code both sides know the case; nothing of what was written."""
    body = message.body
    return {
        "key": message.key,
        "target": message.target,
        "to": number,
        "code": str(body.get("code") or ""),
        "brand": message.brand,
        "lang": str(body.get("lang") or ""),
        "agent": {"id": str(body.get("by") or ""), "name": str(body.get("by_name") or "")},
        "possible_duplicate": message.possible_duplicate,
    }
