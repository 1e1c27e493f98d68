"""`evaluate` and `tune`: what they read, what they say, and that their thresholds are those of the policy."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.base import Post
from classifiers.evaluation.arrays import Judged
from classifiers.evaluation.asked import QUESTIONS
from classifiers.evaluation.labelled import Labelled
from classifiers.panel import Panel
from engine.evaluate import evaluate
from engine.labelled import given as posts_of
from engine.labelled import judged, thresholds_for
from engine.thinking import Thinking
from engine.tune import Wishes, tune
from models.assessment import LABELS, Assessment, Finding, Head
from models.correction import CorrectedPost
from models.errors import SettingsError
from models.settings import load_settings
from models.settings.sections import Thresholds
from responders.reading import read
from tests.build import NOW
from tests.build import settings as built

CARD = "my card 4111 1111 1111 1111 was charged twice by Kestrelo"


class Parrot:
    """A classifier that reads its answer off the post: ``p`` stands in its text as a number."""

    version = "parrot-1"

    def classify(self, posts: Any) -> list[tuple[Finding, ...]]:
        """Each head's last label gets the number."""
        return [tuple(self._finding(head, post) for head in LABELS) for post in posts]

    def _finding(self, head: Head, post: Post) -> Finding:
        p = float(post.text.split("p=")[1].split()[0]) if "p=" in post.text else 0.9
        *others, last = LABELS[head]
        return Finding(head, {**dict.fromkeys(others, (1 - p) / len(others)), last: p}, self.version)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands ask the parrot."""
    monkeypatch.setattr(Thinking, "panel", lambda self, settings: Panel([Parrot()], ("en",), {}))


def write(path: Path, rows: list[Any]) -> Path:
    """A file of JSON lines; what is a string is a line as it stands."""
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def some(count: int = 200) -> list[dict[str, Any]]:
    """Posts whose churn is true as often as the parrot says, of six brands, within ten days."""
    return [
        {
            "id": number, "text": f"Kestrelo p={number % 100 / 100} thing {number}", "brand": f"b{number % 6}",
            "churn": "yes" if number * 37 % 100 < number % 100 else "no", "at": f"2026-03-{1 + number % 10:02}",
        }
        for number in range(count)
    ]  # fmt: skip


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_evaluation_and_policy_ask_the_same(data: st.DataObject) -> None:
    """For any probabilities each question's score is the one that the policy compares with the threshold."""
    findings, p = {}, {}
    for head, labels in LABELS.items():
        raw = data.draw(st.lists(st.floats(0.01, 1), min_size=len(labels), max_size=len(labels)))
        p[head] = dict(zip(labels, [one / sum(raw) for one in raw], strict=True))
        findings[head] = Finding(head, p[head], "v")
    reading = read(Assessment(findings), Thresholds())
    table = Judged.of([Labelled("1", "Kestrelo", p=p)])
    found = {name: float(question.score(table.p[question.head])[0]) for name, question in QUESTIONS.items()}
    assert found == pytest.approx(dict(reading.p), abs=2e-6)


def test_every_threshold_but_one_is_asked() -> None:
    """A threshold that is added must be added to tuning too; the FAQ's alone is no matter of labels."""
    assert set(QUESTIONS) == set(Thresholds.model_fields) - {"faq"}


def test_files_in_any_form(tmp_path: Path) -> None:
    """Plain and gzipped files hold the same; a brand is known by its key and by its name."""
    rows = [{"text": "Kestrelo is down", "brand": name, "churn": "no"} for name in ("kestrelo", "KESTRELO", "other")]
    plain = write(tmp_path / "a.jsonl", rows)
    packed = tmp_path / "b"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    found = posts_of(plain, built())
    assert found == posts_of(packed, built())
    assert [post.brand for post in found.posts] == ["kestrelo", "kestrelo", "other"]
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(OSError, match="damaged gzip"):
        posts_of(packed, built())


def test_bad_lines_are_told_and_the_rest_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its number up to twenty, and all of them counted."""
    file = write(tmp_path / "a.jsonl", [*["{"] * 30, {"text": "Kestrelo", "churn": "no"}])
    found = posts_of(file, built())
    told = capsys.readouterr().err
    assert (len(found.posts), len(found.bad_lines), found.exit_code) == (1, 30, 0)
    assert told.count("not valid JSON") == 20
    assert "30 of 31 lines cannot be used (the first 20 are above)" in told


@pytest.mark.parametrize(("row", "code", "told"), [("{", 1, "no line of"), ({"text": "Kestrelo"}, 2, "no label")])
def test_nothing_to_work_with(tmp_path: Path, row: Any, code: int, told: str, capsys: Any) -> None:
    """No line that can be used is exit code 1, and no label at all exit code 2, before any model is loaded."""
    file = write(tmp_path / "a.jsonl", [row])
    assert evaluate(built(), file, None, False) == code
    assert tune(built(), file, None, Wishes()) == code
    assert capsys.readouterr().err.count(told) == 2


def test_thresholds_of_a_place() -> None:
    """The brand's hold over the channel's, and a brand that is not configured has the channel's."""
    config = built(
        channels={"x": {"thresholds": {"churn": {"at": 0.2}}}},
        brands={"k": {"name": "K", "terms": ["k"], "thresholds": {"churn": {"at": 0.1}}}},
    )
    places = (("k", "x"), ("other", "x"), ("other", ""))
    assert [thresholds_for(config, *place).churn.at for place in places] == [0.1, 0.2, config.thresholds.churn.at]


def test_stored_probabilities_are_kept() -> None:
    """A post that carries some is not judged again, and the order stays."""
    known = {Head.CHURN: {"no": 0.2, "yes": 0.8}}
    posts = [Labelled("1", "Kestrelo p=0.5"), Labelled("2", "Kestrelo", p=known), Labelled("3", "Kestrelo p=0.1")]
    found, version = judged(posts, Panel([Parrot()], ("en",), {}), 2)
    assert [round((post.p or {})[Head.CHURN]["yes"], 6) for post in found] == [0.5, 0.8, 0.1]
    assert version == "parrot-1"


@pytest.mark.usefixtures("parrot")
def test_evaluate_tells_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables without private data on the terminal; the folder gets the picture, the numbers and the probabilities."""
    file = write(tmp_path / "a.jsonl", ["{", *some(40), {"id": "c", "text": CARD, "churn": "no"}])
    assert evaluate(built(), file, tmp_path / "out" / "deep", False) == 0
    said = capsys.readouterr()
    assert "41 posts" in said.out
    assert "my card [card] was charged" in said.out
    assert "4111" not in said.out + said.err
    numbers = json.loads((tmp_path / "out/deep/report.json").read_text())
    assert numbers["whole"]["heads"]["churn"]["posts"] == 41
    assert numbers["bad_lines"] == [{"line": 1, "fault": numbers["bad_lines"][0]["fault"]}]
    rows = [json.loads(line) for line in (tmp_path / "out/deep/predictions.jsonl").read_text().splitlines()]
    assert rows[3] | {"p": 0, "lang": ""} == {
        "id": "3", "brand": "b3", "channel": "", "lang": "", "truth": {"churn": "no"}, "p": 0,
    }  # fmt: skip
    assert rows[3]["p"]["churn"] == {"no": 0.97, "yes": 0.03}
    assert (tmp_path / "out/deep/reliability.svg").read_text("utf-8").startswith("<?xml")


@pytest.mark.usefixtures("parrot")
def test_evaluate_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is one JSON object and nothing else."""
    assert evaluate(built(), write(tmp_path / "a.jsonl", some(40)), None, True) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "parrot-1"


@pytest.mark.usefixtures("parrot")
def test_tune_prints_lines_that_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last lines can be pasted into a configuration, and the folder gets the picture and every candidate."""
    file = write(tmp_path / "a.jsonl", some(400))
    config = built(thresholds={"churn": {"at": 0.95}})
    assert tune(config, file, None, Wishes(only="churn, urgent", out=tmp_path / "out")) == 0
    said = capsys.readouterr().out
    assert "alerts/day" in said, "the posts' own times tell how many are heard"
    lines = said[said.index("[thresholds]") :]
    whole = tmp_path / "config.toml"
    base = 'brands.k = { name = "K", terms = ["k"] }\nlisteners.f = { kind = "jsonl", path = "f" }\n'
    whole.write_text(f'{base}responders.console = {{ kind = "console" }}\n{lines}')
    assert 0.02 <= load_settings(whole).settings.thresholds.churn.at < 0.3
    assert list(json.loads((tmp_path / "out/tune.json").read_text())["thresholds"]) == ["churn"]
    assert (tmp_path / "out/tune.svg").exists()


@pytest.mark.usefixtures("parrot")
def test_tune_for_one_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only that brand's posts count, and the lines stand in its table."""
    rows = [row | {"brand": "shop 2" if row["id"] % 2 else "b"} for row in some(400)]
    config = built(thresholds={"churn": {"at": 0.95}})
    assert tune(config, write(tmp_path / "a.jsonl", rows), None, Wishes(brand="shop 2")) == 0
    said = capsys.readouterr().out
    assert "of 200 posts" in said
    assert '[brands."shop 2".thresholds]\nchurn = ' in said


@pytest.mark.usefixtures("parrot")
def test_tune_from_corrections(capsys: pytest.CaptureFixture[str]) -> None:
    """Corrected posts count with what the model had said, and it is told that they are no fair sample."""
    posts = [
        CorrectedPost(str(row["id"]), "k", "x", "en", row["text"], NOW, {Head.CHURN: row["churn"]}, {}, None)
        for row in some(400)
    ]
    posts[0] = replace(posts[0], p={Head.CHURN: {"no": 1.0, "yes": 0.0}})
    assert tune(built(thresholds={"churn": {"at": 0.95}}), None, posts, Wishes()) == 0
    said = capsys.readouterr()
    assert "churn = { at = " in said.out
    assert "mistakes" in said.err
    assert tune(built(), None, [], Wishes()) == 1


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"only": "urgent,faq"}, "no such threshold: faq"),
        ({"missed": 0}, "above 0"),
        ({"needless": float("nan")}, "above 0"),
        ({"brand": "k", "channel": "x"}, "not both"),
    ],
)
def test_a_wish_that_makes_no_sense(wishes: dict[str, Any], told: str) -> None:
    """It is refused in words."""
    with pytest.raises(SettingsError, match=told):
        Wishes(**wishes)


def test_tune_needs_posts() -> None:
    """Without a file and without corrections there is nothing to tune on, which is said."""
    with pytest.raises(SettingsError, match="FILE"):
        tune(built(), None, None, Wishes())
