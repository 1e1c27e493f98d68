"""`train` before and around the training itself: whose posts, which weights, and who takes a new version up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import engine.thinking
from classifiers.manifest import CURRENT, FILE, WeightsError
from classifiers.versions import FAST
from engine.thinking import Thinking
from engine.train import Corrected, Wishes, corrected, plan_of, train
from models.assessment import Head
from models.correction import Correction
from models.errors import SettingsError
from models.mention import Mention
from models.settings import Loaded
from models.store import Store, corrections
from tests.build import NOW, mention, settings
from tests.models.store.steps import judge

TODAY = date(2026, 3, 2)
LATE = {Head.URGENCY: "high"}


def loaded(path: Path, **toml: Any) -> Loaded:
    """A configuration that stands in this folder."""
    return Loaded(path / "config.toml", settings(**toml))


def post(number: int, channel: str) -> Mention:
    """A post of an author of its own."""
    return mention(external_id=str(number), channel=channel, text=f"Kestrelo is down, number {number}")


@pytest.fixture
def spoken(store: Store) -> Store:
    """Corrections: three on posts from X, two from a forum, and a verdict alone."""
    posts = [post(number, "x" if number < 3 else "forum") for number in range(6)]
    judge(store, *posts)
    for one in posts[:5]:
        store.do(corrections.add, Correction(one.id, NOW, "ana", LATE))
    store.do(corrections.add, Correction(posts[5].id, NOW, "ana", {}, needed=True))
    return store


def test_corrections_on_posts_from_x_are_left_out(spoken: Store) -> None:
    """They are counted and not given, because X's terms forbid it; a verdict without a label is counted too."""
    found = spoken.do(corrected, [])
    assert {one.channel for one in found.posts} == {"forum"}
    assert [one.truth for one in found.posts] == [LATE, LATE]
    assert (found.barred, found.verdicts) == ({"x": 3}, 1)


def test_with_permission_they_are_trained_on(spoken: Store) -> None:
    """`corrections.also_train_on` names the channels that gave it."""
    found = spoken.do(corrected, ["x"])
    assert len(found.posts) == 5
    assert found.barred == {}


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the number, the reason and the setting, also where nothing is left to train on."""
    code = train(loaded(tmp_path), None, Corrected((), {"x": 12}, 3), Wishes(), TODAY)
    told = capsys.readouterr().err
    assert code == 2
    assert "12 corrected posts of x are left out: its terms forbid to train" in told
    assert "corrections.also_train_on" in told
    assert "3 corrections are left out: they have a verdict and no label" in told


def test_a_file_of_posts_from_x_is_used_and_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lead answers for a file that they name; who has the permission is not warned. Too few posts are an error."""
    file = tmp_path / "posts.jsonl"
    file.write_text('{"text": "Kestrelo is down", "channel": "x", "churn": "no"}\n')
    for permitted, warned in (([], True), (["x"], False)):
        with pytest.raises(SettingsError, match=r"1 of 1 posts can be used .* 50 are needed"):
            train(loaded(tmp_path, corrections={"also_train_on": permitted}), file, None, Wishes(), TODAY)
        assert ("1 posts of the file are of x, whose terms forbid" in capsys.readouterr().err) is warned
    assert not (tmp_path / "weights").exists()


def test_wishes_that_cannot_be_met(tmp_path: Path) -> None:
    """Nothing to train on, or a part to keep that is too small or too large, is refused in words."""
    with pytest.raises(SettingsError, match="FILE"):
        train(loaded(tmp_path), None, None, Wishes(), TODAY)
    for keep in (0.0, 0.6):
        with pytest.raises(SettingsError, match="--keep"):
            Wishes(keep=keep)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A folder of two versions, the first of them in force."""
    folder = tmp_path / "weights"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        (folder / name / FILE).write_text("{}")
    (folder / CURRENT).write_text("one\n")
    return folder


def test_where_it_begins_and_ends(tmp_path: Path, versions: Path) -> None:
    """Beside the configuration, from the weights in force, held against what would be replaced; each can be said."""
    other = tmp_path / "other"
    other.mkdir()
    plain = plan_of(loaded(other), Wishes(), TODAY)
    assert (plain.base, plain.against, plain.out) == (FAST, FAST, other / "weights")
    assert plain.name == "overheard-own-20260302"
    kept = plan_of(loaded(tmp_path), Wishes(), TODAY)
    assert (kept.base, kept.against, kept.out) == (FAST, versions / "one", versions)
    used = plan_of(loaded(tmp_path, classifier={"weights": str(versions)}), Wishes(epochs=7, keep=0.3), TODAY)
    assert (used.base, used.against) == (versions / "one", versions / "one")
    assert (used.recipe.epochs, used.keep) == (7, 0.3)
    said = plan_of(loaded(tmp_path), Wishes(base=versions / "two", out=tmp_path / "new"), TODAY)
    assert (said.base, said.against, said.out) == (versions / "two", FAST, tmp_path / "new")
    with pytest.raises(SettingsError, match="itself a folder of weights"):
        plan_of(loaded(tmp_path), Wishes(out=versions / "two"), TODAY)
    (versions / CURRENT).write_text("three")
    with pytest.raises(WeightsError, match=r"names 'three', .* \(there are: one, two\)"):
        plan_of(loaded(tmp_path), Wishes(), TODAY)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were loaded, instead of loading them."""
    from classifiers.versions import folders

    found: list[Path] = []

    def load(own: Any) -> tuple[list[Any], tuple[str, ...]]:
        found.extend(folders(own))
        return [], ("en",)

    monkeypatch.setattr(engine.thinking, "load_classifiers", load)
    return found


def test_a_reload_takes_the_adopted_version(versions: Path, loads: list[Path]) -> None:
    """With the same settings another version is loaded once it is in force, and the same one is not loaded again."""
    thinking, own = Thinking(), settings(classifier={"weights": str(versions)})
    thinking.panel(own)
    thinking.panel(own)
    (versions / CURRENT).write_text("two")
    thinking.panel(own)
    thinking.panel(replace_batch(own))
    assert [path.name for path in loads] == ["one", "two", "two"]


def replace_batch(own: Any) -> Any:
    """The same with another setting of the classifier."""
    return own.model_copy(update={"classifier": own.classifier.model_copy(update={"batch": 7})})


def test_a_broken_pointer_is_refused_and_what_is_loaded_stays(versions: Path, loads: list[Path]) -> None:
    """It is an error that names the versions there are; told to stay, the loaded one goes on, once."""
    thinking, own = Thinking(), settings(classifier={"weights": str(versions)})
    thinking.panel(own)
    (versions / CURRENT).write_text("three")
    for _ in range(2):
        with pytest.raises(SettingsError, match="there are: one, two"):
            thinking.panel(own)
        thinking.stay()
        assert thinking.panel(own)
    thinking.stay()
    with pytest.raises(SettingsError):
        thinking.panel(replace_batch(own))
    assert [path.name for path in loads] == ["one"]


def test_corrections_are_those_of_the_last_word(spoken: Store) -> None:
    """A later correction of the same head replaces the earlier, and what the model had said is not taken over."""
    again = Correction(post(3, "forum").id, NOW, "ben", {Head.URGENCY: "low"})
    spoken.do(corrections.add, again)
    first, second = sorted(spoken.do(corrected, []).posts, key=lambda one: one.text)
    assert (first.truth, second.truth) == ({Head.URGENCY: "low"}, LATE)
    assert (first.p, second.p) == (None, None)
    assert replace(first, truth=LATE, text=second.text, id=second.id) == second
