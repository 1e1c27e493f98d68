"""Which threshold is proposed: near the theory where probabilities are right, and none where posts are too few."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.evaluation.arrays import Judged
from classifiers.evaluation.asked import QUESTIONS, Question
from classifiers.evaluation.choose import Advice, advise, band_below
from classifiers.evaluation.folds import FOLDS, folds
from classifiers.evaluation.labelled import Labelled
from classifiers.evaluation.sweep import Costs, Scored, grid, sweep
from classifiers.evaluation.tuning_sheets import Tuning, sheets
from models.assessment import Head
from models.settings.sections import Thresholds
from models.settings.types import Band

Make = Callable[..., list[Labelled]]
CHURN, QUIET = QUESTIONS["churn"], Question("churn", Head.CHURN, ("yes",), quiet=True)
TWENTY = Costs(20, 1)


def advice(posts: list[Labelled], question: Question = CHURN, costs: Costs = TWENTY, at: float = 0.9) -> Advice:
    """What is advised on these posts against a threshold in force."""
    return advise(Judged.of(posts), question, costs, Band(at=at, doubt=0.1), folds(posts))


@pytest.mark.parametrize(("missed", "needless"), [(20, 1), (4, 1), (1, 1)])
@pytest.mark.parametrize("quiet", [False, True])
def test_least_cost_is_near_the_theory(calibrated: Make, missed: float, needless: float, quiet: bool) -> None:
    """Where probabilities mean what they say, the cheapest threshold is near needless / (missed + needless)."""
    question, costs = QUIET if quiet else CHURN, Costs(missed, needless)
    found = advice(calibrated(6000), question, costs, at=0.05 if quiet else 0.9)
    theory = (missed if quiet else needless) / (missed + needless)
    assert found.calibrated == pytest.approx(theory, abs=0.001)
    assert found.check
    assert found.check.least == pytest.approx(theory, abs=0.08)
    assert found.chosen
    assert found.chosen.at in (found.check.least, found.calibrated)
    assert found.check.saving_low > 0


def test_a_choice_costs_more_where_it_was_not_made(calibrated: Make) -> None:
    """The cost on posts kept apart is not below that of the least on the very posts that it was chosen on."""
    for seed in range(3):
        found = advice(calibrated(300, seed=seed))
        assert found.check
        assert found.check.crossed >= found.cost(found.check.least)


def test_too_few_give_no_line(calibrated: Make) -> None:
    """With under 20 posts of which it is true, the one in force is kept, and no TOML is printed."""
    posts = [post for post in calibrated(200) if post.truth[Head.CHURN] == "no"]
    yes = [post for post in calibrated(200) if post.truth[Head.CHURN] == "yes"][:19]
    found = advice(posts + yes)
    assert found.chosen is None
    assert "too few to choose: 19" in found.why
    assert Tuning([found], Costs(), "[thresholds]", 0, "").toml() == ""


def test_a_threshold_that_is_good_is_kept(calibrated: Make) -> None:
    """What may be chance is no reason to change what is in force."""
    found = advice(calibrated(400), at=0.05)
    assert found.chosen is None
    assert found.why.endswith("keep")


def test_leaving_posts_unseen_needs_a_reserve() -> None:
    """That none of thirty was missed is no promise: such a saving must outweigh one more missed post."""
    rows = [("yes", p) for p in np.linspace(0.6, 0.99, 30)] + [("no", p) for p in np.linspace(0.01, 0.3, 60)]
    posts = [
        Labelled(f"{n}", f"{n}", truth={Head.CHURN: label}, p={Head.CHURN: {"no": 1 - p, "yes": p}})
        for n, (label, p) in enumerate(rows)
    ]
    found = advice(posts, QUIET, at=0.8)
    assert found.check
    assert found.cost(found.check.least) < found.cost(0.8)
    assert found.chosen is None


@given(st.floats(0.1, 1000), st.floats(0.1, 1000), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_costs_are_those_of_counting(missed: float, needless: float, seed: int) -> None:
    """Each candidate's counts and cost are those of going through the posts one by one."""
    rng = np.random.default_rng(seed)
    score, truth = np.round(rng.random(50), 2), rng.random(50) < 0.4
    scored, costs = Scored(truth, score, score), Costs(missed, needless)
    for question in (CHURN, QUIET):
        for one in sweep(scored, question, costs, grid()):
            yes = score >= one.at
            assert (one.hits, one.alarms, one.misses) == (
                (yes & truth).sum(), (yes & ~truth).sum(), (~yes & truth).sum(),
            )  # fmt: skip
            assert one.share == yes.mean()
            assert one.cost == pytest.approx(costs.each(question, scored, one.at).sum())


def test_the_doubt_band_reaches_far_enough() -> None:
    """It ends where 95 % are seen, sooner where little is found, and is nothing where all is seen already."""
    score = np.round(np.linspace(0.01, 1, 100), 2)
    below = score >= 0.3
    rich = Scored(below, score, score)
    assert band_below(rich, 0.5, 0.05) == pytest.approx(0.17)
    assert np.mean(score[below] >= 0.5 - 0.17) >= 0.95
    assert band_below(rich, 0.3, 0.05) == 0
    poor = Scored((score >= 0.5) | (score <= 0.04), score, score)
    assert band_below(poor, 0.5, 0.2) == 0


def test_brands_are_kept_together(calibrated: Make) -> None:
    """With five brands each is in one part; without, the same text is; every part has posts."""
    posts = calibrated(300, brands=7)
    parts = folds(posts)
    assert set(parts) == set(range(FOLDS))
    for brand in {post.brand for post in posts}:
        assert len({part for post, part in zip(posts, parts, strict=True) if post.brand == brand}) == 1
    alone = calibrated(300, brands=0)
    assert set(folds(alone)) == set(range(FOLDS))
    assert (folds(alone) == folds(alone)).all()


def test_the_lines_can_be_pasted(calibrated: Make) -> None:
    """What is printed is TOML that the settings take, with every threshold under its own name."""
    posts = calibrated(1500)
    found = [advice(posts, QUESTIONS[name], at=0.95) for name in ("churn", "urgent")]
    text = Tuning(found, Costs(), "[thresholds]", 400, "five parts by brand").toml()
    bands = Thresholds.model_validate(tomllib.loads(text)["thresholds"])
    for one in found:
        assert one.chosen
        assert getattr(bands, one.question.name) == one.chosen
        assert 0 <= one.chosen.doubt <= one.chosen.at


def test_what_is_in_force_and_what_is_proposed_is_marked(calibrated: Make) -> None:
    """A lead finds the four thresholds that matter, with alerts a day."""
    tuning = Tuning([advice(calibrated(1500))], Costs(), "[thresholds]", 400, "five parts by brand")
    _, sheet = sheets(tuning)
    marks = ", ".join(row[-1] for row in sheet.rows)
    for mark in ("in force", "least cost", "calibration alone", "proposed"):
        assert mark in marks
    assert "alerts/day" in sheet.columns
    assert tuning.as_json()["thresholds"]["churn"]["check"]["crossed"] > 0
