"""Waits, their quantiles where some still go on, and promises; shares, scores and their differences."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.digest import quantile
from insights.paths import said, surveys, winback
from insights.shares import Share, gap, promoters
from insights.spans import Wait, spread, timing
from models.hours import Hours
from models.store.report import Answers, Leaver
from tests.build import NOW

HOUR = timedelta(hours=1)
WAITS = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=40)
OFFICE = Hours(ZoneInfo("Europe/Berlin"), (*(((9 * 60, 17 * 60),),) * 5, (), ()))


def test_quantiles_with_what_goes_on() -> None:
    """Kaplan and Meier by hand: of 1, 2, 3+, 4, 5+ half have ended within 4, and nine in ten are not known."""
    found = spread([1, 2, 4], [3, 5])
    assert (found.ended, found.going_on, found.p50, found.p90) == (3, 2, 4, None)


@given(WAITS)
def test_where_all_have_ended_they_are_the_usual_quantiles(ended: list[float]) -> None:
    """The least value that at least this share does not exceed, as in the digest."""
    found = spread(ended)
    assert (found.p50, found.p90) == tuple(quantile(sorted(ended), share) for share in (0.5, 0.9))


@given(WAITS, WAITS)
def test_what_goes_on_never_makes_it_faster(ended: list[float], going_on: list[float]) -> None:
    """To look only at what has ended would flatter a desk that leaves things lying."""
    alone, together = spread(ended), spread(ended, going_on)
    assert (together.p50 or math.inf) >= (alone.p50 or 0)
    assert together.p90 is None or together.p90 >= (alone.p90 or 0)


def test_nothing_has_no_quantiles() -> None:
    """No waits, and waits none of which has ended, say nothing."""
    assert (spread([]).p50, spread([], [5]).p50) == (None, None)


def test_hours_are_those_of_the_team() -> None:
    """Friday 16:30 to Monday 9:30 is one hour of the office and 64 of all, as clocks go forward."""
    start = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
    made = timing([Wait(start, datetime(2026, 3, 30, 7, 30, tzinfo=UTC))], OFFICE, HOUR, 0.9)
    assert (made.always.p50, made.hours and made.hours.p50) == (64 * 3600, 3600)
    assert made.kept
    assert (made.kept.in_time, made.kept.late, made.kept.enough) == (1, 0, True)


def test_what_is_open_and_past_due_is_late() -> None:
    """In time to the second; open and past due is late, open and not yet due is in neither."""
    waits = [(60, True), (61, True), (61, False), (60, False), (5, False)]
    made = timing([Wait(NOW, NOW + timedelta(minutes=minutes), over) for minutes, over in waits], None, HOUR, 0.5)
    assert made.kept
    assert (made.kept.in_time, made.kept.late, made.kept.waiting) == (1, 2, 2)
    assert (made.kept.attained.share, made.kept.enough) == (pytest.approx(1 / 3), False)


def test_a_promise_that_is_not_due_is_not_judged() -> None:
    """Neither kept nor broken."""
    made = timing([Wait(NOW, NOW + HOUR / 2, over=False)], None, HOUR, 0.9)
    assert made.kept
    assert (made.kept.attained.share, made.kept.enough) == (None, None)


@given(st.lists(st.tuples(st.integers(-100, 9000), st.booleans()), max_size=30))
def test_attainment_is_a_share(waits: list[tuple[int, bool]]) -> None:
    """Between 0 and 1, and every case is in time, late or not due, also where clocks jump back."""
    made = timing([Wait(NOW, NOW + timedelta(seconds=length), over) for length, over in waits], None, HOUR, 0.9)
    assert made.kept
    assert made.kept.in_time + made.kept.late + made.kept.waiting == len(waits)
    assert made.kept.attained.share is None or 0 <= made.kept.attained.share <= 1


def test_newcombes_example() -> None:
    """56 of 70 against 48 of 80: 0.2, from 0.0524 to 0.3339 (Statistics in Medicine 17, table II, method 10)."""
    found = gap(Share.of_counts(56, 70), Share.of_counts(48, 80))
    assert (found.gap, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found.verdict == "higher"


def test_a_difference_needs_both() -> None:
    """Without answers on one side nothing is said; turned round it is the same with the other sign."""
    assert gap(Share.of_counts(5, 9), Share.of_counts(0, 0)).verdict == "open"
    one, other = Share.of_counts(2, 50), Share.of_counts(40, 50)
    there, back = gap(one, other), gap(other, one)
    assert (there.verdict, back.verdict) == ("lower", "higher")
    assert there.low == pytest.approx(-(back.high or 0))


@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_a_promoter_score_stays_on_its_scale(answers: list[int]) -> None:
    """From -100 to 100, with an interval that is not empty however few or equal the answers are."""
    found = promoters(answers)
    assert found.low is not None
    assert found.high is not None
    assert -100 <= found.low < found.high <= 100


def test_bands_of_the_promoter_score() -> None:
    """0 to 6 are detractors, 7 and 8 neither, 9 and 10 promoters."""
    assert promoters([6, 7, 8, 9]).score == 0
    assert promoters([10, 9, 9, 0]).score == 50
    assert promoters([]).score is None


def test_an_answer_left_out_is_in_none_of_its_shares() -> None:
    """Each question has its own denominator; 4 and 5 are satisfied."""
    answers = [Answers("a", "x", "voice", True, 4, None, None), Answers("b", "x", "x", True, 3, 9, True)]
    made = said("all", [*answers, Answers("c", "x", "x", False, None, None, None)])
    assert (made.answered.hits, made.answered.size) == (2, 3)
    assert (made.satisfied.hits, made.satisfied.size, made.csat_mean) == (1, 2, 3.5)
    assert (made.nps.size, made.explained_again.size) == (1, 1)


def test_paths_are_compared() -> None:
    """Voice against text and switched against not: by where the case ended."""
    answers = [Answers(f"v{one}", "x", "voice", True, 5, 10, False) for one in range(40)]
    answers += [Answers(f"m{one}", "x", "email", True, 1, 0, True) for one in range(40)]
    told, (voice, switched) = surveys(answers)
    assert [one.path for one in told] == ["all", "voice", "text", "switched", "not switched"]
    assert (voice.satisfied.verdict, voice.nps.verdict, voice.explained_again.verdict) == ("higher", "higher", "lower")
    assert switched.satisfied.verdict == "open"


def test_lift_is_the_difference_of_the_arms() -> None:
    """Of the known outcomes, and at least: there whoever nobody knows of counts as lost."""
    leavers = [Leaver(f"a{one}", "offered", outcome) for one, outcome in enumerate(["retained"] * 30 + ["lost"] * 10)]
    leavers += [Leaver(f"u{one}", "offered", "unknown") for one in range(20)]
    leavers += [Leaver(f"h{one}", "held_out", outcome) for one, outcome in enumerate(["retained"] * 15 + ["lost"] * 15)]
    made = winback([*leavers, Leaver("p", "held_out", "")])
    assert made.lift.gap == pytest.approx(0.25)
    assert made.lift_at_least.gap == pytest.approx(0.0)
    assert [(arm.opened, arm.pending) for arm in made.arms] == [(60, 0), (31, 1)]
