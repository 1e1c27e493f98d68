"""How a test plays a platform: what the rigs of the two conformance suites share.

A rig is the other side of a plug-in: it publishes posts, deletes them and breaks, on a local server that speaks the
platform's protocol. ``listeners.conformance`` and ``responders.conformance`` hold the suites.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from models.errors import EdgeError

if TYPE_CHECKING:
    import pytest

FAULTS = ("401", "403", "404", "429", "500", "503", "html 200", "html 502", "garbled", "dropped", "silent")
"""What every platform over HTTP can do to us.

``N`` is a refusal with this status in the platform's own form, ``html N`` a proxy's page, ``garbled`` an answer of the
right type that breaks off, ``dropped`` a connection that ends without an answer, ``silent`` one that never answers.
"""
PAGE = 10
"""Posts in one page of a rig's listener, unless the rig says otherwise."""
HTML = "<html><body>upstream says words-canary</body></html>"
"""The page of a proxy. Nothing of it may be shown."""
PATIENT, HURRIED = timedelta(seconds=20), timedelta(seconds=2)
"""How long a plug-in waits for an answer: a busy machine may take its time, only silence is waited for in vain."""


R = TypeVar("R", bound="Rig")


class Rig:
    """One platform with one account on it.

    ``kind`` is the plug-in's name in the configuration. ``cannot`` names what cannot happen on this platform, each with
    the reason in words: such checks are skipped and the reason is shown. What is not named must work. ``secrets`` may
    never be shown. ``retry_after`` is the pause in seconds that the fault ``429`` asks for; None where the platform
    names none. ``errors`` names the error for a fault where the platform's own differs from the suite's. ``timeout`` is
    how long a plug-in that the rig makes waits for an answer; ``play`` sets it for each test.
    """

    kind: ClassVar[str] = ""
    cannot: ClassVar[Mapping[str, str]] = {}
    secrets: ClassVar[tuple[str, ...]] = ()
    retry_after: ClassVar[float | None] = 7.0
    errors: ClassVar[Mapping[str, tuple[type[EdgeError], ...]]] = {}
    timeout: timedelta = PATIENT

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Self]:
        """Start what it takes and end it again. ``folder`` is empty; ``patch`` sets environment variables."""
        yield cls()

    def needs(self, *checks: str) -> None:
        """Skip the test that calls it, with the reason, where one of ``checks`` cannot happen on this platform."""
        import pytest

        for check in checks:
            if check in self.cannot:
                pytest.skip(f"{self.kind}, {check}: {self.cannot[check]}")

    def play(self, request: pytest.FixtureRequest) -> None:
        """Before the plug-in is made: be patient with the platform, unless the test lets it be silent."""
        played = getattr(request.node, "callspec", None)
        self.timeout = HURRIED if played and "silent" in played.params.values() else PATIENT

    async def fault(self, name: str) -> None:
        """Break the platform, one of FAULTS or of the rig's own, until the next poll, check or send has met it."""
        raise NotImplementedError(f"the rig of {self.kind} does not play {name}: play it, or name it in cannot")

    async def hold(self) -> Awaitable[object]:
        """Let the next request hang in mid-air; returns what ends once it hangs there."""
        raise NotImplementedError(f"the rig of {self.kind} cannot hold: write hold and release, or name it in cannot")

    async def release(self) -> None:
        """Hold no longer; what comes next is answered."""


@asynccontextmanager
async def named(kind: type[R], example: str, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[R]:
    """The rig whose class OVERHEARD_RIG names, such as ``example``; skips where it names none, or another kind."""
    import pytest

    module, _, name = os.environ.get("OVERHEARD_RIG", "").partition(":")
    if not name:
        pytest.skip(f"OVERHEARD_RIG names no rig, such as {example}")
    async with getattr(import_module(module), name).open(folder, patch) as opened:
        if not isinstance(opened, kind):
            pytest.skip(f"{name} is no {kind.__name__}")
        yield opened
