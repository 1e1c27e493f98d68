"""What `check` says about the configuration itself, before it tries anything."""

from __future__ import annotations

from engine.check import spoken_to_the_wall, targets
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
