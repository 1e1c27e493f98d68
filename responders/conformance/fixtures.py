"""The fixtures of the suite. A test file of your own replaces ``rig``; without one, OVERHEARD_RIG names its class."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.rig import named
from responders.base import Responder
from responders.conformance.rig import ResponderRig


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ResponderRig]:
    """The rig whose class OVERHEARD_RIG names, such as "my_board.rig:BoardReplyRig"."""
    async with named(ResponderRig, "my_board.rig:BoardReplyRig", tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def responder(request: pytest.FixtureRequest, rig: ResponderRig) -> AsyncIterator[Responder]:
    """A responder of the rig; its end must leave nothing open."""
    rig.play(request)
    made = rig.make()
    yield made
    await made.aclose()
