"""The terminal: it always takes what it is given, and tells nothing."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from models.decision import Kind, Message
from models.rig import FAULTS
from responders.base import Responder
from responders.conformance.rig import ResponderRig
from responders.console import ConsoleResponder
from tests.responders.cards import message

NO_NETWORK = "a terminal has no network to fail"


class ConsoleRig(ResponderRig):
    """Notices, one line each."""

    kind = "console"
    responder = ConsoleResponder
    cannot = dict.fromkeys((*FAULTS, "lost", "empty", "closed", "hold", "check"), NO_NETWORK) | {
        "length": "a terminal scrolls as far as it has to",
        "repeat": "what is printed twice stands there twice",
        "find": "what was printed cannot be read back",
        "secret": "a terminal needs no secret",
    }

    def __init__(self) -> None:
        self.file = io.StringIO()

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        yield cls()

    def make(self, **own: Any) -> Responder:
        made = ConsoleResponder.from_settings(
            "console", ConsoleResponder.Settings.model_validate({"plain": True} | own)
        )
        made._file = self.file
        return made

    def message(self, text: str, key: str = "key-1") -> Message:
        return message(Kind.NOTICE, {"text": text}, key=key)

    async def requests(self) -> int:
        return len(await self.sent())

    async def sent(self) -> Sequence[str]:
        return [line.removeprefix("NOTICE: ") for line in self.file.getvalue().splitlines()]


RESPONDER = ConsoleRig
