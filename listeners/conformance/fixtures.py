"""The fixtures of the suite. A test file of your own replaces ``rig``; without one, OVERHEARD_RIG names its class."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from listeners.base import Listener
from listeners.conformance.rig import ListenerRig
from models.rig import named


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ListenerRig]:
    """The rig whose class OVERHEARD_RIG names, such as "my_board.rig:BoardRig"."""
    async with named(ListenerRig, "my_board.rig:BoardRig", tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def listener(request: pytest.FixtureRequest, rig: ListenerRig) -> AsyncIterator[Listener]:
    """A listener of the rig; its end must leave nothing open."""
    rig.play(request)
    made = rig.make()
    yield made
    await made.aclose()
