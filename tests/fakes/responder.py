"""A responder without a network: it does what its script says and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import EdgeError

Outcome = EdgeError | Receipt | None


class FakeResponder:
    """``outcomes`` are those of ``send`` and ``finds`` those of ``find``, in turn; after them all goes well.

    ``meanwhile`` is called in the middle of every send.
    """

    Settings: Any = None
    manifest = None
    kinds = frozenset(Kind)

    def __init__(self, *outcomes: EdgeError, finds: tuple[Outcome, ...] = ()) -> None:
        self.outcomes: list[EdgeError] = [*outcomes]
        self.finds: list[Outcome] = [*finds]
        self.sent: list[Message] = []
        self.asked: list[Message] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def send(self, message: Message) -> Receipt:
        """The next outcome."""
        self.sent.append(message)
        self.meanwhile()
        if self.outcomes:
            raise self.outcomes.pop(0)
        return Receipt(f"ref-{len(self.sent)}", "https://sink.example/1")

    async def find(self, message: Message) -> Receipt | None:
        """The next find; nothing is found where the script says nothing."""
        self.asked.append(message)
        found = self.finds.pop(0) if self.finds else None
        if isinstance(found, EdgeError):
            raise found
        return found

    async def check(self) -> list[Fault]:
        """All is well."""
        return []

    async def aclose(self) -> None:
        """Nothing to let go of."""
