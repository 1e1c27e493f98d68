"""What every responder promises, checked on each built-in kind: the conformance suite, with the rigs of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.plugins import find
from responders import BUILTIN
from responders.base import Responder
from responders.conformance import *  # noqa: F403
from responders.conformance.rig import ResponderRig
from tests.contract.found import rigs
from tests.responders.cards import message

RIGS = rigs("RESPONDER")


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ResponderRig]:
    """The rig of each kind."""
    async with RIGS[request.param].open(tmp_path, monkeypatch) as opened:
        yield opened


def test_every_kind_has_a_rig() -> None:
    """No built-in responder is left out of this contract."""
    assert {rig.kind for rig in RIGS.values()} == set(BUILTIN)


async def test_the_console_takes_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """The responder without a server shows whatever it is given, with a receipt, and closes cleanly."""
    console = find("console", BUILTIN, None)
    one: Responder = console.from_settings("console", console.Settings(width=80))
    for kind in sorted(console.kinds):
        assert (await one.send(message(kind))).external_id
    await one.aclose()
    assert capsys.readouterr().out
