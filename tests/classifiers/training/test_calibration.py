"""The numbers that make a label of logits, and the comparison of two versions, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.evaluation.intervals import Figure
from classifiers.evaluation.labelled import Labelled
from classifiers.manifest import Manifest
from classifiers.training import measure
from classifiers.training.calibration import fit_offsets, prior, softmax, temperature
from classifiers.training.compare import Answers, Row, compare
from classifiers.training.data import MISSING, UNLABELLED, Example
from classifiers.training.recalibrate import Numbers, crossed, recalibrate
from classifiers.training.verdict import Remembered, faults
from models.assessment import LABELS, Head
from models.settings.sections import Thresholds

OLD = Numbers.of(
    Manifest(
        name="old", labels=dict(LABELS), temperatures=dict.fromkeys(LABELS, 1.5), languages=("en",),
        full_languages=("en",), max_len=32, sha256={},
    )
)  # fmt: skip
TAUGHT = [Example("", "x", dict.fromkeys(LABELS, 0), "own"), Example("", "y", dict.fromkeys(LABELS, 1), "own")]


def test_the_temperature_cools_a_boaster() -> None:
    """Logits that are right 3 times in 4 but sound certain are divided by more than 1."""
    logits = np.array([[6.0, 0.0]] * 4)
    assert temperature(np.array([0, 0, 0, 1]), logits) > 2
    assert temperature(np.array([], dtype=np.int64), logits[:0]) == 1.0


def test_offsets_raise_the_rare() -> None:
    """A label that is rare but right when it is second gets an offset, the common one none."""
    right = np.array([0] * 90 + [1] * 10)
    chances = np.array([[0.9, 0.1]] * 90 + [[0.55, 0.45]] * 10)
    common, rare = fit_offsets(Head.CHURN, right, chances, np.array([0.9, 0.1]))
    assert common == 0.0
    assert 0.2 < rare < 2.2
    posts = [Example("", "", {**UNLABELLED, Head.CHURN: int(number == 0)}, "x") for number in range(4)]
    assert prior(Head.CHURN, [*posts, Example("", "", dict(UNLABELLED), "x")]).tolist() == [0.75, 0.25]


def test_critical_is_called_early() -> None:
    """A post is called critical where that is a third as likely as another label, however seldom that is right."""
    chances = np.array([[0.7, 0.2, 0.05, 0.05], [0.2, 0.7, 0.05, 0.05], [0.1, 0.1, 0.7, 0.1]] * 30)
    right = chances.argmax(1)
    shift = np.array(fit_offsets(Head.URGENCY, right, chances, np.full(4, 0.25)))
    for p, called in (([0.15, 0.3, 0.35, 0.2], 3), ([0.1, 0.4, 0.38, 0.12], 1)):
        assert (np.log(p) + shift).argmax() == called


def drawn(count: int, boast: float = 3.0) -> tuple[dict[Head, np.ndarray], dict[Head, np.ndarray]]:
    """Truth and logits of a model that boasts: its probabilities would be right without the factor."""
    rng = np.random.default_rng(1)
    right, logits = {}, {}
    for head, labels in LABELS.items():
        raw = rng.normal(size=(count, len(labels)))
        p = softmax(raw)
        right[head] = np.array([rng.choice(len(labels), p=row) for row in p])
        logits[head] = raw * boast
    return right, logits


def test_few_posts_leave_the_numbers_as_they_were() -> None:
    """Under a hundred posts, or where a head was not taught, the old temperature holds; offsets need three hundred."""
    assert recalibrate(OLD, *drawn(99), TAUGHT) == OLD
    assert recalibrate(OLD, *drawn(400), [Example("", "x", dict(UNLABELLED), "own")]) == OLD
    some = recalibrate(OLD, *drawn(200), TAUGHT)
    assert some.offsets == {}
    assert some.temperatures[Head.INTENT] == pytest.approx(3, abs=0.8)
    assert set(recalibrate(OLD, *drawn(400), TAUGHT).offsets) == set(LABELS)


def test_the_halves_do_not_see_themselves() -> None:
    """What one half says follows from the numbers of the other alone."""
    right, logits = drawn(400)
    half = np.arange(400) % 2 == 0
    said = crossed(OLD, right, logits, half, TAUGHT)
    spoilt = {head: np.where(half, 0, one) for head, one in right.items()}
    other = crossed(OLD, spoilt, logits, half, TAUGHT)
    for head in LABELS:
        assert np.array_equal(said.p[head][half], other.p[head][half])
        assert not np.array_equal(said.p[head][~half], other.p[head][~half])


def answers(yes: list[float]) -> Answers:
    """A model that answers the head churn alone with these probabilities, and is even on the others."""
    p = {head: np.full((len(yes), len(labels)), 1 / len(labels)) for head, labels in LABELS.items()}
    p[Head.CHURN] = np.array([[1 - one, one] for one in yes])
    return Answers.of(p, {})


def judged(old: list[float], new: list[float]) -> dict[tuple[str, str], Row]:
    """Both on posts of which every other one is churn."""
    posts = [Labelled(str(number), "x") for number in range(len(old))]
    truth = {head: np.full(len(old), MISSING) for head in LABELS}
    truth[Head.CHURN] = np.arange(len(old)) % 2
    rows = compare(posts, truth, answers(old), answers(new), lambda post: Thresholds())
    return {(row.of, row.figure): row for row in rows}


def test_a_comparison_is_paired() -> None:
    """The figures are those of each, and models that say the same differ by nothing, with no doubt about it."""
    rng = np.random.default_rng(1)
    noisy = list((np.arange(60) % 2) * 0.3 + rng.random(60) * 0.7)
    rows = judged(noisy, noisy)
    assert set(rows) == {("churn", one) for one in ("macro-F1", "calibration error", "AUC", "F1")}
    assert all(row.change == Figure(0.0, 0.0, 0.0) for row in rows.values())
    right = [float(number % 2) for number in range(60)]
    better = judged(noisy, right)["churn", "AUC"]
    assert (better.new, better.posts, better.positives) == (1.0, 60, 30)
    assert better.change.value == pytest.approx(1 - better.old)
    assert better.change.low is not None
    assert better.change.low > 0


def test_what_is_surely_worse_is_a_fault() -> None:
    """A loss beyond chance is named with its figures; the same the other way round is none."""
    right = [0.1 if number % 2 == 0 else 0.9 for number in range(80)]
    wrong = [1 - p for p in right]
    nothing = Remembered({}, None)
    assert faults(list(judged(wrong, right).values()), nothing, nothing) == []
    told = faults(list(judged(right, wrong).values()), nothing, nothing)
    assert any("churn: its macro-F1 is surely worse, 0.0 instead of 100.0" in fault for fault in told)
    assert any("calibration error is surely larger" in fault for fault in told)
    assert any("lower on average" in fault for fault in told)


def test_a_loss_that_may_be_chance_is_judged_on_average() -> None:
    """One post that flips is no sure loss of a head, but the mean over the heads may not fall."""
    right = [0.1 if number % 2 == 0 else 0.9 for number in range(80)]
    flipped = [0.9, *right[1:]]
    told = faults(list(judged(right, flipped).values()), Remembered({}, None), Remembered({}, None))
    assert told == ["the heads' macro-F1 is 1.3 points lower on average"]


def test_what_is_forgotten_is_a_fault() -> None:
    """More than five points of a head on invented posts, or of the grave ones called urgent."""
    old = Remembered({Head.INTENT: 0.9}, 1.0)
    assert faults([], old, Remembered({Head.INTENT: 0.86}, 0.96)) == []
    forgot, calm = faults([], old, Remembered({Head.INTENT: 0.84}, 0.94))
    assert "intent: it forgot" in forgot
    assert "calls 94% urgent" in calm


def test_the_figures_of_a_set() -> None:
    """Recall, AUC and need, on paper."""
    truth = {head: np.array([MISSING] * 4) for head in LABELS} | {Head.CHURN: np.array([0, 0, 1, 1])}
    p = {head: np.full((4, len(labels)), 1 / len(labels)) for head, labels in LABELS.items()}
    p[Head.CHURN] = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.1, 0.9]])
    offsets = {head: np.zeros(len(labels)) for head, labels in LABELS.items()}
    figures = measure.report(truth, p, offsets)
    assert figures["rows"] == 4
    assert figures["churn.need_auc"] == 0.875
    assert (figures["churn.accuracy"], figures["churn.macro_recall"]) == (0.75, 0.75)
    assert not any(name.startswith("intent.") for name in figures)
