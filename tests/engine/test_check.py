"""What `check` says about the configuration itself, before it tries anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.check import key_faults, spoken_to_the_wall, targets, unseen
from models.vault import new_key
from tests.build import settings


def test_replies_that_nobody_would_see_are_a_fault() -> None:
    """A channel that is really heard, but whose replies are printed on a terminal, is told with its fix."""
    toml = {
        "listeners": {"tg": {"kind": "telegram", "token": {"env": "T"}}},
        "responders": {"console": {"kind": "console"}},
        "channels": {"telegram": {"reply_with": "console"}, "forum": {"reply_with": "console"}},
    }
    (fault,) = spoken_to_the_wall(settings(**toml), "telegram")
    assert "channels.telegram.reply_with" in fault.fix
    assert spoken_to_the_wall(settings(**toml), "forum") == []


def test_the_places_of_an_escalation_are_tried_too() -> None:
    """Whom an escalation tells is found out before somebody has to be told; a line under a card has no place."""
    steps = [{"wait": "5m"}, {"notify": {}}, {"notify": {"sink": "console", "to": "#leads"}}]
    found = targets(settings(escalations={"leads": {"steps": steps}}, routes={"call": {"sink": "console", "to": "#a"}}))
    assert found == {"console": ("#a", "#leads")}


@pytest.mark.parametrize("content", ["not a key", "", None])
def test_a_wrong_key_is_a_fault(tmp_path: Path, content: str | None) -> None:
    """`check` says that numbers could not be sealed, and what to correct, before a customer finds out."""
    keys = tmp_path / "keys"
    if content is not None:
        keys.write_text(content)
    found = settings(callback={"key": {"file": str(keys)}})
    (fault,) = key_faults(found)
    assert "callback.key" in fault.what
    assert "callback.key" in fault.fix
    keys.write_text(new_key())
    assert key_faults(found) == []


@pytest.mark.parametrize(
    ("responders", "shown"),
    [
        ({"console": {"kind": "console"}}, False),
        ({"desk": {"kind": "slack", "token": {"env": "BOT"}}}, False),
        ({"desk": {"kind": "slack", "token": {"env": "BOT"}, "app_token": {"env": "APP"}}}, True),
        ({"desk": {"kind": "of_another_package"}}, True),
    ],
)
def test_a_page_whose_numbers_nobody_sees_is_a_fault(responders: dict[str, Any], shown: bool) -> None:
    """`check` says so before a customer leaves a number in vain; without a page there is nothing to say."""
    page = {"url": "https://care.example.com", "key": {"env": "KEYS"}}
    said = {"responders": responders, "routes": {"call": {"sink": next(iter(responders))}}}
    assert bool(unseen(settings(callback=page, **said))) is not shown
    assert unseen(settings(**said)) == []
