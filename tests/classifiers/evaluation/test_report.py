"""The report of an evaluation, its tables and its pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from classifiers.evaluation.arrays import Judged
from classifiers.evaluation.asked import QUESTIONS
from classifiers.evaluation.choose import advise
from classifiers.evaluation.curves import curves
from classifiers.evaluation.folds import folds
from classifiers.evaluation.labelled import Labelled
from classifiers.evaluation.pictures import reliability
from classifiers.evaluation.report import Report, report
from classifiers.evaluation.report_sheets import sheets
from classifiers.evaluation.sheet import WIDEST, Sheet, show
from classifiers.evaluation.sweep import Costs
from models.assessment import LABELS, Head
from models.settings.sections import Thresholds
from models.settings.types import Band

SOME = (QUESTIONS["urgent"], QUESTIONS["ignore"])


def of(posts: list[Labelled]) -> Report:
    """The report with the thresholds as they ship."""
    return report(Judged.of(posts), lambda post: Thresholds())


def test_every_number_is_there(mixed: list[Labelled]) -> None:
    """Heads, questions, parts, confusion, calibration and mistakes, as JSON without a post's words."""
    found = of(mixed)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert "Kestrelo post" not in text
    assert list(found.whole.heads) == [head.value for head in LABELS]
    assert list(found.whole.questions) == list(QUESTIONS)
    assert {key: set(parts) for key, parts in found.parts.items()} == {
        "channel": {"x", "forum"}, "brand": set(), "lang": {"en", "de"},
    }  # fmt: skip
    for head, counts in found.confusion.items():
        assert sum(map(sum, counts)) == 60
        assert sum(one.posts for one in found.reliability[head]) == 60


def test_small_parts_are_left_out(mixed: list[Labelled]) -> None:
    """Fewer than twenty posts of a channel say nothing, so nothing is said."""
    posts = [replace(post, channel="telegram") if number < 19 else post for number, post in enumerate(mixed)]
    assert "telegram" not in of(posts).parts["channel"]


def test_a_missing_truth_or_answer_is_not_counted(mixed: list[Labelled]) -> None:
    """A head counts the posts of which the truth is known and which it answered; one without any is left out."""
    posts = [replace(post, truth={Head.INTENT: post.truth[Head.INTENT]}) for post in mixed]
    posts[0] = replace(posts[0], p={})
    found = of(posts)
    assert {name: one.posts for name, one in found.whole.heads.items()} == {"intent": 59}
    assert set(found.whole.questions) == {"problem", "question", "praise", "ignore", "idle"}


def test_thresholds_are_those_of_the_posts_own_place(mixed: list[Labelled]) -> None:
    """A band that one channel widens is counted there and only there."""
    wide = Thresholds(churn=Band(at=1.0, doubt=1.0))
    found = report(Judged.of(mixed), lambda post: wide if post.channel == "x" else Thresholds())
    assert found.parts["channel"]["x"].questions["churn"].in_doubt > 0.9
    assert found.parts["channel"]["forum"].questions["churn"].in_doubt < 0.5
    assert found.parts["channel"]["x"].questions["churn"].recall_with_doubt == 1


def test_what_the_model_calls_a_post_counts(mixed: list[Labelled]) -> None:
    """Where the model calls a label that is not the likeliest, that one is right or wrong; calibration stays."""
    called = [replace(post, called={Head.INTENT: post.truth[Head.INTENT]}) for post in mixed]
    found, before = of(called).whole.heads, of(mixed).whole.heads
    assert found["intent"].macro_f1.value == 1
    assert before["intent"].macro_f1.value < 1  # type: ignore[operator]
    assert found["intent"].ece == before["intent"].ece
    assert found["churn"] == before["churn"]


def test_the_worst_mistakes_come_first(mixed: list[Labelled]) -> None:
    """At most ten a head, all wrong, the surest first."""
    for head, mistakes in of(mixed).worst.items():
        assert len(mistakes) <= 10
        assert [one.p for one in mistakes] == sorted((one.p for one in mistakes), reverse=True)
        for one in mistakes:
            assert mixed[one.at].truth[Head(head)] == one.truth != one.guess


def test_what_is_printed_fits_a_terminal(mixed: list[Labelled], capsys: pytest.CaptureFixture[str]) -> None:
    """No line is wider than a hundred columns, long words and markup of strangers included."""
    texts = dict.fromkeys(range(60), "[red]Kestrelo[/red] " + "o" * 130)
    posts = [replace(post, id="9" * 40) for post in mixed]
    show([Sheet("60 posts"), *sheets(of(posts), texts)])
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDEST
    assert "[red]Kestrelo[/red]" in said
    assert "\x1b" not in said
    for words in ("macro-F1", "recall", "Confusion of intent", "Worst mistakes of churn", "by channel"):
        assert words in said


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_pictures_are_drawn(mixed: list[Labelled], tmp_path: Path, suffix: str) -> None:
    """Both pictures are valid files with a panel for each head or threshold, the same every time."""
    found, judged = of(mixed), Judged.of(mixed)
    costs, band = Costs(2, 1), Band(at=0.9, doubt=0.1)
    advice = [advise(judged, question, costs, band, folds(mixed)) for question in SOME]
    errors = {head: one.ece.value or 0 for head, one in found.whole.heads.items()}
    for name in ("first", "again"):
        reliability(found.reliability, errors, tmp_path / f"{name}-reliability.{suffix}")
        curves(advice, tmp_path / f"{name}-tune.{suffix}")
    for name, words in (("reliability", list(Head)), ("tune", [question.name for question in SOME])):
        drawn = (tmp_path / f"first-{name}.{suffix}").read_bytes()
        assert drawn == (tmp_path / f"again-{name}.{suffix}").read_bytes()
        if suffix == "png":
            assert drawn.startswith(b"\x89PNG")
            continue
        assert ElementTree.fromstring(drawn).tag.endswith("svg")
        assert [word for word in words if f"{word}" not in drawn.decode()] == []


def test_one_threshold_alone_is_drawn(calibrated: Callable[..., list[Labelled]], tmp_path: Path) -> None:
    """A picture may have a single panel, with its proposal and its doubt band."""
    posts = calibrated(1500)
    one = advise(Judged.of(posts), QUESTIONS["urgent"], Costs(), Band(at=0.9), folds(posts))
    curves([one], tmp_path / "tune.svg")
    assert "proposed" in (tmp_path / "tune.svg").read_text("utf-8")
