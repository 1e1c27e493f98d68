"""Which posts the accurate model reads again, and whose answer it is in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Post
from classifiers.cascade import ASKED, Cascade, depth
from classifiers.encoder import TriageEncoder
from engine.thinking import Thinking, load_classifiers
from models.assessment import LABELS, Finding, Head
from models.errors import SettingsError
from models.settings.classifier import ClassifierSettings
from tests.build import mention, settings
from tests.classifiers.weights import weights

Folder = Callable[..., Path]
SURE = dict.fromkeys(ASKED, (0.0, 0.0))
POSTS = [Post("down " * at + "help", "a", "en") for at in range(10)]


class Scripted:
    """An encoder that finds in each text the probability of being urgent; it writes down what it was asked."""

    def __init__(self, version: str, folder: Path, doubt: dict[str, tuple[float, float]], **changes: object) -> None:
        self.version = version
        self.manifest = TriageEncoder.load(weights(folder, doubt={**SURE, **doubt}, **changes)).manifest
        self.languages = self.manifest.full_languages
        self.asked: list[list[str]] = []
        self.more = 0.0

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """Sure of everything else."""
        self.asked.append([post.text for post in posts])
        return [tuple(self._finding(head, float(post.text) + self.more) for head in LABELS) for post in posts]

    def _finding(self, head: Head, p: float) -> Finding:
        sure = {label: float(at == 0) for at, label in enumerate(LABELS[head])}
        urgent = {"low": 1 - p, "normal": 0.0, "high": p, "critical": 0.0}
        return Finding(head, urgent if head is Head.URGENCY else sure, self.version)


@pytest.fixture
def pair(tiny: Folder) -> Callable[..., tuple[Cascade, Scripted]]:
    """A cascade on scripted encoders, in doubt of urgency between .2 and .8, and its accurate one."""

    def make(share: float, **accurate: object) -> tuple[Cascade, Scripted]:
        fast = Scripted("fast", tiny(name="fast"), {"urgent": (0.2, 0.8)})
        large = Scripted("large", tiny(name="large"), {}, **accurate)
        return Cascade(fast, large, share), large  # type: ignore[arg-type]

    return make


def versions(answers: Sequence[tuple[Finding, ...]]) -> str:
    """Who answered each post: f, the fast one alone, or l, the large one too."""
    assert {finding.version for answer in answers for finding in answer} <= {"fast", "fast large"}
    assert all(len({finding.version for finding in answer}) == 1 for answer in answers)
    return "".join(answer[0].version.split()[-1][0] for answer in answers)


def test_only_doubt_is_read_again(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """Inside the band both models answer, and the finding says so; at its edges and outside the fast one alone."""
    cascade, large = pair(1.0)
    assert versions(cascade.classify([Post(p) for p in ("0.1", "0.5", "0.9", "0.2", "0.3", "0.8")])) == "flfflf"
    assert large.asked == [["0.5", "0.3"]]


def test_two_readings_are_their_mean(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """Where the fast model says .4 and the accurate one .8, it is .6, and the label follows from that."""
    cascade, large = pair(1.0)
    large.more = 0.4
    (finding,) = (one for one in cascade.classify([Post("0.4")])[0] if one.head is Head.URGENCY)
    assert dict(finding.p) == pytest.approx({"low": 0.4, "normal": 0, "high": 0.6, "critical": 0})
    assert finding.label == "high"


def test_the_share_goes_to_the_most_doubtful(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """Of ten posts in doubt at most three are read again with a share of .3, those nearest to the band's middle."""
    cascade, _ = pair(0.3)
    posts = [Post(f"{p / 20:.2f}") for p in range(5, 15)]
    again = [post.text for post, who in zip(posts, versions(cascade.classify(posts)), strict=True) if who == "l"]
    assert again == ["0.45", "0.50", "0.55"]


def test_a_lone_post_is_read_again(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """At rest posts come one by one, and there is time; a share of 0 never reads again."""
    assert versions(pair(0.15)[0].classify([Post("0.5")])) == "l"


def test_a_share_of_nothing_is_the_fast_model(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """The accurate model is never asked."""
    assert versions(pair(0.0)[0].classify([Post("0.5"), Post("0.4")])) == "ff"


def test_a_language_that_it_never_saw_is_not_read_again(pair: Callable[..., tuple[Cascade, Scripted]]) -> None:
    """The fast model's answer stays where only it was trained on the language."""
    cascade, _ = pair(1.0, languages=["en"])
    assert versions(cascade.classify([Post("0.5", lang="es"), Post("0.5", lang="en"), Post("0.5")])) == "fll"
    assert cascade.languages == ("en",)


@given(p=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_depth_is_a_share(p: float, low: float, high: float) -> None:
    """Between 0 and 1, and 0 outside the band, whatever the band."""
    assert 0 <= depth(p, low, high) <= 1
    if not low < p < high:
        assert depth(p, low, high) == 0


@given(p=st.floats(0.001, 0.999))
def test_every_threshold_has_a_probability(p: float) -> None:
    """Each threshold that may have a band reads the labels that the policy reads."""
    found = {}
    for head, (first, *rest) in LABELS.items():
        found[head] = Finding(head, {first: 1 - p, **dict.fromkeys(rest, p / len(rest))}, "v")
    assert ASKED["private"](found) == pytest.approx(p)
    assert ASKED["churn"](found) == pytest.approx(p)
    assert ASKED["urgent"](found) == pytest.approx(2 * p / 3)


@pytest.mark.parametrize("mode", ["fast", "accurate", "cascade"])
def test_each_mode_loads_what_it_names(tiny: Folder, tiny_mpnet: Folder, mode: str) -> None:
    """Every mode answers all heads of posts, in order, and its versions say who did."""
    names = {"fast": weights(tiny(), name="small"), "accurate": weights(tiny_mpnet(), name="large")}
    chosen = ClassifierSettings(mode=mode, weights=names["fast"], accurate=names["accurate"], reread=0.5, threads=1)
    (model,), languages = load_classifiers(chosen)
    answers = model.classify(POSTS)
    who = {finding.version.split("@")[0] for answer in answers for finding in answer}
    assert who <= {"fast": {"small"}, "accurate": {"large"}, "cascade": {"small", "large"}}[mode]
    assert [len(answer) for answer in answers] == [5] * len(POSTS)
    assert languages == ("en",)


@pytest.mark.parametrize("mode", ["accurate", "cascade"])
def test_missing_accurate_weights_are_told_at_start(tiny: Folder, tmp_path: Path, mode: str) -> None:
    """The message names the mode, the folder and both ways out."""
    where = {"mode": mode, "weights": weights(tiny()), "accurate": tmp_path / "none"}
    with pytest.raises(SettingsError, match=rf'mode = "{mode}".*none.*mode = "fast".*classifier\.accurate'):
        Thinking().panel(settings(classifier=where))


def test_other_settings_load_other_weights(tiny: Folder) -> None:
    """A change of the mode's folder is seen at a reload; the same settings load nothing twice."""
    thinking, first, second = Thinking(), weights(tiny(name="one"), name="one"), weights(tiny(name="two"), name="two")
    panels = [thinking.panel(settings(classifier={"weights": folder})) for folder in (first, first, second)]
    version = [panel.assess([mention()])[0].version.split("@")[0] for panel in panels]
    assert version == ["one", "one", "two"]
