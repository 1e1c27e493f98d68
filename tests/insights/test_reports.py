"""What people and monitors are shown: status, metrics, health, channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from insights.health import health
from insights.metrics import exposition
from insights.status import ago, lines
from models.progress import Progress
from models.store.controls import Pause
from models.store.figures import Figures
from models.store.shadow import Would
from models.store.verdicts import Tally
from models.tables import ListenerRow

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CALM = Figures(
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
BUSY = replace(
    CALM,
    waiting={"heard": 12, "classified": 3},
    outbox={("slack", "pending"): 4, ("x", "uncertain"): 1},
    stuck={("x", "needs_human"): 2},
    waits={"decide": NOW - 5 * MINUTE},
    open_cases=7,
    claimed_cases=2,
    routes={"call": 5, "ignore": 90},
    left_out={"own_post": 3},
    pause=Pause(False, NOW + 30 * MINUTE, NOW),
)


def progress(**seconds: int) -> Progress:
    """Stages that last did something so many seconds ago."""
    moments = [NOW - timedelta(days=1), *(NOW - timedelta(seconds=ago) for ago in seconds.values())]
    made = Progress(lambda: moments.pop(0))
    for stage in seconds:
        made.made(stage)
    return made


SOURCES = [
    ListenerRow(name="x", state="ok", note="", heard=40, last_heard_at=NOW - 3 * MINUTE),
    ListenerRow(name="telegram", state="paused", note="the token was refused", heard=0),
]


def test_status_says_all_that_an_operator_asks() -> None:
    """Pause, sources with their trouble, queues, what people must check, cases and the day: each is a line."""
    report = list(lines(BUSY, SOURCES, NOW))
    assert report[0].startswith("PAUSED: public replies are held until 12:30 UTC")
    text = "\n".join(report)
    for part in (
        "x                ok       40 heard, last 3 min ago",
        "telegram         paused   0 heard, last never (the token was refused)",
        "to be judged 12, to be decided 3",
        "slack: 4 pending",
        "x: 1 uncertain",
        "x: 2 needs human, given to people",
        "open 7, claimed 2",
        "ignore 90, call 5",
        "left out: own post 3",
    ):
        assert part in text


JUDGED = [
    Tally("kestrelo", "x", alerts=100, needed=80, needless=20, left_alone=10_000, audited=100, missed=1, rightly=99),
    Tally("kestrelo", "forum", alerts=4, needed=1, needless=1),
]


def test_status_says_what_people_judged() -> None:
    """Recall and precision of all places together, with their intervals, and how much they rest on."""
    *_, header, said = lines(CALM, [], NOW, JUDGED)
    assert header == "Judged by people"
    assert said.startswith("  recall 45% (")
    assert "precision 79% (71% to 86%)" in said
    assert said.endswith("; 102 of 104 alerts and 100 of 100 audit cards judged")
    assert "recall not known, precision 50%" in list(lines(CALM, [], NOW, JUDGED[1:]))[-1]
    assert "Judged" not in "".join(lines(CALM, [], NOW))


def test_metrics_say_what_people_judged() -> None:
    """Each place has its figures and verdicts; where there is no estimate there is no sample of it."""
    page = exposition(CALM, [], progress(), NOW, JUDGED).decode()
    assert 'overheard_recall_ratio{brand="kestrelo",channel="x"} 0.444' in page
    assert 'overheard_recall_low_ratio{brand="kestrelo",channel="x"} 0.1' in page
    assert 'overheard_recall_ratio{brand="kestrelo",channel="forum"}' not in page
    assert 'overheard_precision_ratio{brand="kestrelo",channel="forum"} 0.5' in page
    assert 'overheard_verdicts{brand="kestrelo",channel="x",shown="audit",verdict="needed"} 1.0' in page


def test_status_of_a_new_house() -> None:
    """Before anything ran, the report says so instead of showing nothing."""
    text = "\n".join(lines(CALM, [], NOW))
    assert "none has run yet" in text
    assert "nothing decided" in text
    assert "PAUSED" not in text


def test_a_full_pause_without_an_end() -> None:
    """A pause of everything names no end that it does not have."""
    paused = replace(CALM, pause=Pause(True, None, NOW))
    assert next(lines(paused, [], NOW)) == "PAUSED: all sending is held; `python bot.py resume` lets it go on"


@pytest.mark.parametrize(
    ("back", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"), (7200, "2 h"), (200_000, "2 d"), (-5, "0 s")],
)
def test_ago_is_one_unit(back: int, words: str) -> None:
    """Times are said in one unit, and a clock that runs ahead says now."""
    assert ago(NOW - timedelta(seconds=back), NOW) == f"{words} ago"


@pytest.mark.parametrize(
    ("waited", "still", "ok"),
    [(None, 9999, True), (10, 9999, True), (9999, 10, True), (61, 61, False), (90_000, 90_000, False)],
)
def test_health_wants_waiting_and_standstill(waited: int | None, still: int, ok: bool) -> None:
    """Only work that waits while nothing is done is ill: a quiet night and a long queue that moves are not."""
    state = replace(CALM, waits={} if waited is None else {"decide": NOW - timedelta(seconds=waited)})
    verdict = health(state, progress(decide=still), timedelta(seconds=60), NOW)
    assert verdict.ok is ok
    assert ok or f"{waited} s" in verdict.why


def test_one_stage_does_not_cover_for_another() -> None:
    """A model that hangs is seen although cards still go out."""
    state = replace(CALM, waits={"classify": NOW - 2 * MINUTE})
    verdict = health(state, progress(classify=120, send=1, decide=1), MINUTE, NOW)
    assert not verdict.ok
    assert verdict.why.startswith("classify")


def test_metrics_are_what_prometheus_reads() -> None:
    """The page parses, and each figure stands under its name with its labels."""
    page = exposition(BUSY, SOURCES, progress(decide=60), NOW).decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert samples[("overheard_mentions_waiting", ("state", "heard"))] == 12
    assert samples[("overheard_outbox_messages", ("sink", "x"), ("state", "uncertain"))] == 1
    assert samples[("overheard_given_to_people", ("sink", "x"), ("state", "needs_human"))] == 2
    assert samples[("overheard_listener_up", ("listener", "x"))] == 1
    assert samples[("overheard_listener_up", ("listener", "telegram"))] == 0
    assert samples[("overheard_listener_silent_seconds", ("listener", "x"))] == 180
    assert samples[("overheard_oldest_wait_seconds", ("stage", "decide"))] == 300
    assert samples[("overheard_since_progress_seconds", ("stage", "decide"))] == 60
    assert samples[("overheard_paused",)] == 1
    assert all(family.documentation for family in families.values())


def test_status_says_what_shadow_held_back() -> None:
    """Each channel in shadow with what would have been sent; nothing is said where no channel is."""
    shadowed = replace(CALM, would={"mastodon": Would(12, 3, 0, 1)})
    text = "\n".join(lines(shadowed, [], NOW))
    assert "In shadow, would have\n  mastodon: 3 cards, 1 reply (of 12 posts)" in text
    assert "shadow" not in "\n".join(lines(CALM, [], NOW))


def test_status_knows_a_source_that_was_turned_off() -> None:
    """A listener that the configuration does not name any more is off, and what it heard is still told."""
    row = next(line for line in lines(CALM, SOURCES, NOW, configured=["telegram"]) if line.startswith("  x "))
    assert row == "  x                off      40 heard, last 3 min ago (not in the configuration)"


def test_metrics_say_what_shadow_held_back() -> None:
    """By channel and kind of message."""
    page = exposition(replace(CALM, would={"mastodon": Would(12, 3, 0, 1)}), [], progress(), NOW).decode()
    assert 'overheard_would_have_24h{channel="mastodon",kind="cards"} 3.0' in page
    assert 'overheard_would_have_24h{channel="mastodon",kind="notes"} 0.0' in page
