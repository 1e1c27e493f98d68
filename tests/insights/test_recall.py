"""Recall and precision from people's verdicts: right on paper, and their intervals hold what they say."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.recall import Z95, precision, recall, wilson, window
from models.store.verdicts import Tally

JUDGED = Tally(alerts=100, needed=80, needless=20, left_alone=10_000, audited=100, missed=1, rightly=99)


def test_with_all_judged_it_is_the_formula_of_the_sample() -> None:
    """Where every card was judged, a miss counts 1 / share: 80 of 80 + 1 / 0.01."""
    found = recall(JUDGED)
    assert found is not None
    assert found.share == pytest.approx(80 / (80 + 1 / 0.01))
    assert found.low < found.share < found.high


def test_cards_that_nobody_judged_do_not_count_as_right() -> None:
    """With half of the alerts and half of the sample judged in the same way, the estimates stay and widen."""
    half = replace(JUDGED, needed=40, needless=10, audited=200, missed=1, rightly=99)
    whole, part = recall(JUDGED), recall(half)
    assert whole is not None
    assert part is not None
    assert part.share == pytest.approx(whole.share)
    assert part.high - part.low > whole.high - whole.low
    assert precision(half) is not None
    assert precision(half).share == 0.8  # type: ignore[union-attr]


def test_no_miss_in_the_sample_is_not_certainty() -> None:
    """A clean sample gives a recall of 1 with a lower end that says how little that may mean."""
    found = recall(replace(JUDGED, missed=0, rightly=100))
    assert found is not None
    assert found.share == found.high == 1
    assert found.low == pytest.approx(80 / (80 + 10_000 * wilson(0, 100, Z95)[1]))


@pytest.mark.parametrize(
    "tally",
    [
        Tally(),
        replace(JUDGED, needed=0, needless=0),
        replace(JUDGED, missed=0, rightly=0),
        Tally(alerts=10, needed=5, needless=5),
        replace(JUDGED, needed=0, needless=100, missed=0, rightly=100),
    ],
)
def test_what_verdicts_do_not_tell_is_not_told(tally: Tally) -> None:
    """Without verdicts on both sides, or where nobody needed anything, there is no recall."""
    assert recall(tally) is None


def test_the_ends_are_told() -> None:
    """Only misses are a recall of 0; nothing judged is no figure."""
    none = recall(Tally(left_alone=100, audited=10, missed=5, rightly=5))
    assert none is not None
    assert none.share == none.low == none.high == 0
    assert precision(Tally(alerts=10)) is None


def test_wilsons_interval_is_right_on_paper() -> None:
    """The value that is printed in textbooks: 15 of 148 give 0.0624 to 0.1605 (Newcombe, Stat Med 17, 1998)."""
    assert wilson(15, 148, Z95) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@given(
    alerts=st.integers(0, 500),
    left=st.integers(0, 50_000),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_an_estimate_lies_within_its_interval(alerts: int, left: int, shares: tuple[float, ...]) -> None:
    """Whatever was counted, low ≤ share ≤ high, all between 0 and 1."""
    judged, audited = int(alerts * shares[0]), int(left * shares[1] * 0.2)
    needed, sample = int(judged * shares[2]), int(audited * shares[3])
    missed = int(sample * shares[4])
    tally = Tally("", "", alerts, needed, judged - needed, left, audited, missed, sample - missed)
    for found in (recall(tally), precision(tally)):
        if found:
            assert -1e-9 <= found.low <= found.share + 1e-9
            assert found.share <= found.high + 1e-9 <= 1 + 2e-9


@pytest.mark.parametrize(("judged", "share"), [(1.0, 0.02), (0.4, 0.02), (1.0, 0.005)])
def test_the_interval_holds_the_truth(judged: float, share: float) -> None:
    """In simulated weeks with a known recall, at least 94 of 100 intervals hold it."""
    chance = random.Random(f"{judged} {share}")
    alerts, alerts_needed, left, misses = 300, 210, 20_000, 60
    truth, held, rounds = alerts_needed / (alerts_needed + misses), 0, 400
    for _ in range(rounds):
        seen = chance.sample(range(alerts), int(alerts * judged))
        sample = chance.sample(range(left), int(left * share))
        needed, missed = sum(one < alerts_needed for one in seen), sum(one < misses for one in sample)
        found = recall(
            Tally("", "", alerts, needed, len(seen) - needed, left, len(sample), missed, len(sample) - missed)
        )
        assert found is not None
        held += found.low <= truth <= found.high
    assert held / rounds >= 0.94


def test_the_window_ends_where_texts_are_erased() -> None:
    """Verdicts on the sample go with the texts; looking further back would find only those on cases."""
    assert window(timedelta(days=7)) == timedelta(days=7)
    assert window(timedelta(days=365)) == timedelta(days=28)
