"""The figures that status, health and metrics show."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from models.decision import Reason, Receipt
from models.mention import Author
from models.store import Store, controls, effects, figures, hearing, judging
from tests.build import NOW, mention
from tests.models.store.steps import LATER, SINK, alert, claimed, decide, hear, judge, reply


def test_an_empty_house_has_empty_figures(store: Store) -> None:
    """Nothing is counted where nothing has happened."""
    assert store.do(figures.figures, NOW) == figures.Figures(
        waiting={"heard": 0, "classified": 0},
        outbox={},
        stuck={},
        waits={},
        open_cases=0,
        claimed_cases=0,
        routes={},
        left_out={},
        pause=None,
    )


def test_each_stage_is_counted_where_it_stands(store: Store) -> None:
    """Heard, judged and decided mentions, messages by sink and state, and open cases are each counted once."""
    hear(store, mention(external_id="heard", author=Author(id="1")))
    judge(store, mention(external_id="judged", author=Author(id="2")))
    decide(store, mention(), alert(mention()), reply(mention()))
    claimed(store)
    found = store.do(figures.figures, LATER)
    assert found.waiting == {"heard": 1, "classified": 1}
    assert found.outbox == {(SINK, "sending"): 1, (SINK, "pending"): 1}
    assert (found.open_cases, found.claimed_cases) == (1, 0)
    assert found.routes == {"call": 1}


def test_what_is_stuck_is_told_apart(store: Store) -> None:
    """Messages that people must look at are not in the outbox; sent ones are in neither."""
    decide(store, mention(), alert(mention()), reply(mention()))
    store.do(effects.sent, claimed(store), Receipt("1"), LATER)
    store.do(effects.reject, claimed(store), "needs_human", "why", [], LATER)
    found = store.do(figures.figures, LATER)
    assert (found.outbox, found.stuck) == ({}, {(SINK, "needs_human"): 1})


def test_the_oldest_wait_is_known_for_each_stage(store: Store) -> None:
    """How long work has waited is known by stage, also for posts that a hanging model has in hand."""
    hear(store, mention(), now=NOW)
    hear(store, mention(external_id="2", author=Author(id="9")), now=LATER)
    assert store.do(figures.figures, LATER).waits == {"classify": NOW}
    for shard in range(8):
        store.do(judging.claim, str(shard), 10, LATER)
    assert store.do(figures.figures, LATER).waits == {"classify": NOW}


def test_the_last_day_is_what_counts(store: Store) -> None:
    """Routes and left-out posts are those of the last 24 hours."""
    decide(store, mention())
    store.do(hearing.tally, Counter({("", "x", Reason.NOT_ABOUT_US): 3}), NOW)
    assert store.do(figures.figures, LATER).left_out == {"not_about_us": 3}
    later = store.do(figures.figures, NOW + timedelta(days=2))
    assert (later.routes, later.left_out) == ({}, {})


def test_the_pause_is_shown(store: Store) -> None:
    """Whoever looks at the figures sees that sending is held."""
    store.do(controls.pause, False, LATER, NOW)
    shown = store.do(figures.figures, NOW).pause
    assert shown is not None
    assert (shown.everything, shown.until) == (False, LATER)
