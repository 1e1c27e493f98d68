"""Prints messages to the terminal: the responder that needs no account, for a first look and for trying out rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, TextIO

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import Refused, Unavailable, Unconfirmed
from models.settings.types import Table

WIDEST = 100


class ConsoleResponder:
    """Writes each message to ``file``, standard output by default, in one piece."""

    class Settings(Table):
        """How it looks."""

        width: int | None = Field(None, ge=40, le=WIDEST, description="Columns; the terminal's own by default.")
        plain: bool = Field(False, description="One line a message, without colours, for logs.")

    manifest: ClassVar[Manifest | None] = None
    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind) - {
        *(Kind.LIST, Kind.PICTURE),
        *(Kind.SURVEY, Kind.TAPPED, Kind.DIAL),
    }
    """A terminal scrolls, so a flood of cards is no list there; a digest comes in words; nobody taps or dials there."""

    def __init__(self, name: str, width: int | None = None, plain: bool = False, file: TextIO | None = None) -> None:
        self.name = name
        self._width = width
        self._plain = plain
        self._file = file

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        """Opens nothing."""
        return cls(name, settings.width, settings.plain)

    async def send(self, message: Message) -> Receipt:
        """Print it; raises Unavailable if nobody reads the output any more."""
        if message.kind not in self.kinds:
            raise Refused(f"a terminal takes no {message.kind}")
        try:
            self._write(message)
        except (OSError, ValueError) as error:
            raise Unavailable(f"standard output cannot be written ({type(error).__name__}); start it again") from error
        return Receipt(f"console:{message.key}")

    async def find(self, message: Message) -> Receipt | None:
        """What was printed cannot be read back."""
        raise Unconfirmed("a terminal cannot tell what it has shown")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Nothing can be wrong with it."""
        return []

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _write(self, message: Message) -> None:
        from rich.console import Console

        from responders.console_card import draw, one_line

        console = Console(file=self._file, highlight=False)
        if self._plain:
            shown = one_line(message) + "\n"
        else:
            console.width = self._width or min(console.width, WIDEST)
            with console.capture() as capture:
                console.print(draw(message))
            shown = capture.get()
        # One write, so that a log line never falls into a card; signs that the terminal lacks become "?".
        console.file.write(shown.encode(console.encoding, "replace").decode(console.encoding))
        console.file.flush()
