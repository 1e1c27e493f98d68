"""What `check` says about the configuration itself, before it tries anything."""

from __future__ import annotations

from engine.check import spoken_to_the_wall
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
