"""The figures of merit: by hand, against each other, and within their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.evaluation import resampled, scores
from classifiers.evaluation.intervals import bootstrap, wilson

KIND = st.integers(0, 3)


def test_the_figures_are_right_on_paper() -> None:
    """F1, recall, AUC and calibration error against values worked out by hand."""
    truth, guess = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert scores.f1(truth, guess) == pytest.approx(0.8)
    assert scores.macro_f1(truth, guess) == pytest.approx((2 / 3 + 0.8) / 2)
    assert scores.macro_recall(truth, guess) == pytest.approx(0.75)
    assert scores.precision_recall(truth == 1, guess == 1) == pytest.approx((2 / 3, 1.0))
    assert scores.auc(truth, np.array([0.1, 0.4, 0.4, 0.9])) == pytest.approx(0.875)
    p = np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    assert scores.ece(truth, p) == pytest.approx(0.15)
    assert scores.confusion(truth, guess, 3).tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]


def test_what_cannot_be_said_is_not_said() -> None:
    """With one kind alone there is no AUC, and without a guess no precision."""
    assert np.isnan(scores.auc(np.array([1, 1]), np.array([0.1, 0.2])))
    none = np.zeros(2, dtype=bool)
    assert np.isnan(scores.precision_recall(none, none)).all()
    assert scores.f1(none, none) == 0


@given(st.lists(st.tuples(KIND, st.lists(st.floats(0.01, 1), min_size=4, max_size=4)), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_resampling_uses_the_same_definitions(rows: list[tuple[int, list[float]]]) -> None:
    """With each post drawn once, the resampled figures are those of scikit-learn and of the definition of ECE."""
    truth, raw = np.array([kind for kind, _ in rows]), np.array([weights for _, weights in rows])
    p = raw / raw.sum(1, keepdims=True)
    once = np.ones((1, len(truth)))
    guess = np.roll(p.argmax(1), 1)
    found = resampled.of_head(truth, guess, p)(once)[:, 0]
    assert found == pytest.approx([scores.macro_f1(truth, guess), np.mean(truth == guess), scores.ece(truth, p)])
    yes, score = truth > 1, np.round(p[:, 2:].sum(1), 1)
    found = resampled.of_question(yes, score, score >= 0.5)(once)[:, 0]
    wanted = [scores.auc(yes, score), scores.f1(yes, score >= 0.5), *scores.precision_recall(yes, score >= 0.5)]
    if not yes.any() and not (score >= 0.5).any():
        wanted[1] = float("nan")
    assert found == pytest.approx(wanted, nan_ok=True)


def test_an_interval_holds_its_figure_and_can_be_repeated() -> None:
    """The same posts give the same interval, it holds the figure, and more posts make it narrower."""
    rng = np.random.default_rng(3)
    widths = []
    for count in (50, 800):
        p = rng.dirichlet(np.ones(3), count)
        truth = np.array([rng.choice(3, p=row) for row in p])
        values = [scores.macro_f1(truth, p.argmax(1)), float(np.mean(truth == p.argmax(1))), scores.ece(truth, p)]
        found = bootstrap(resampled.of_head(truth, p.argmax(1), p), values, count)
        assert found == bootstrap(resampled.of_head(truth, p.argmax(1), p), values, count)
        for figure in found:
            assert figure.value is not None
            assert figure.low is not None
            assert figure.high is not None
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
        widths.append((found[1].high or 0) - (found[1].low or 0))
    assert widths[1] < widths[0] / 2


def test_a_figure_without_a_value_has_no_interval() -> None:
    """Posts of one kind give no AUC and so nothing to print."""
    truth, score = np.ones(5, dtype=bool), np.linspace(0, 1, 5)
    figure = bootstrap(resampled.of_question(truth, score, score > 0.5), [float("nan")] * 4, 5)[0]
    assert (figure.value, figure.low, figure.percent()) == (None, None, "–")


def test_calibration_error_by_chance() -> None:
    """A perfectly calibrated model shows about as much error as chance gives, and few posts give more."""
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(3), 4000)
    truth = np.array([rng.choice(3, p=row) for row in p])
    assert scores.ece(truth, p) == pytest.approx(scores.ece_by_chance(p), abs=0.01)
    assert scores.ece_by_chance(p[:100]) > 2 * scores.ece_by_chance(p)


def test_wilson_on_paper() -> None:
    """The interval of 8 of 10 as the textbooks have it; of none of 10 it ends above 0; of nothing there is none."""
    assert (wilson(8, 10).low, wilson(8, 10).high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10).high == pytest.approx(0.2775, abs=1e-4)
    assert wilson(0, 0).value is None


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_share(hits: int, others: int) -> None:
    """Whatever the counts, low is at most the share, and the share at most high."""
    figure = wilson(hits, hits + others)
    if figure.value is not None:
        assert 0 <= figure.low <= figure.value <= figure.high <= 1  # type: ignore[operator]
