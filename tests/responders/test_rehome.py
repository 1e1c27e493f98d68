"""What waits for a responder that was taken out of the configuration goes elsewhere, or to people."""

from __future__ import annotations

import pytest

from models.decision import Kind
from models.settings.sections import Target
from models.store import Store, effects
from responders.fallback import Fallback
from responders.rehome import rehome
from responders.rules import rules_from
from tests.build import NOW, settings
from tests.responders.cards import message
from tests.responders.situations import templates
from tests.stores import rows

ROUTES = {"call": {"sink": "console", "to": "calls"}, "review": {"sink": "console", "to": "desk"}}


def left_behind(store: Store, kind: Kind) -> int:
    """One message of a kind for a sink that is gone, and a start without it."""
    gone = message(kind, sink="gone", target="-100:5", brand="kestrelo", channel="telegram", purpose="notice")
    store.do(effects.queue, [gone], NOW)
    rules_for = rules_from(settings(routes=ROUTES), templates())
    return store.do(rehome, ["console", "team"], rules_for, Fallback(rules_for, Target(sink="console", to="ops")), NOW)


@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.NOTE, Kind.NOTICE, Kind.PICTURE])
def test_cards_and_words_to_the_team_move(store: Store, kind: Kind) -> None:
    """They go where calls go now."""
    assert left_behind(store, kind) == 1
    assert rows(store, "SELECT sink, target, state FROM effect") == [("console", "calls", "pending")]


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.SURVEY, Kind.TAPPED, Kind.DIAL])
def test_what_only_the_one_that_is_gone_could_say_is_given_to_people(store: Store, kind: Kind) -> None:
    """It waits no longer, and somebody is told."""
    assert left_behind(store, kind) == 1
    assert rows(store, "SELECT state FROM effect WHERE sink = 'gone'") == [("needs_human",)]
    assert len(rows(store, "SELECT key FROM effect WHERE state = 'pending' AND sink <> 'gone'")) == 1
    assert left_behind(store, kind) == 0
