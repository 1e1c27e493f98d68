"""What every listener promises, checked on each built-in kind: the conformance suite, with the rigs of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from listeners import BUILTIN
from listeners.conformance import *  # noqa: F403
from listeners.conformance.rig import ListenerRig
from tests.contract.found import rigs

RIGS = rigs("LISTENER")


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ListenerRig]:
    """The rig of each kind."""
    async with RIGS[request.param].open(tmp_path, monkeypatch) as opened:
        yield opened


def test_every_kind_has_a_rig() -> None:
    """No built-in listener is left out of this contract."""
    assert {rig.kind for rig in RIGS.values()} == set(BUILTIN)
