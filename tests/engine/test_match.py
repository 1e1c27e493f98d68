"""`match` says what words find, what they would find anew and what they would lose, before they are saved."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.match import Asked, Matched, match, matched, rules_of
from models.decision import Route
from models.errors import StoreError
from models.mention import Mention
from models.settings import Settings
from models.store import Store
from tests.build import NOW, mention, settings
from tests.models.store.steps import decide

KESTRELO: dict[str, Any] = {"name": "Kestrelo", "terms": ["kestrelo"], "handles": {"x": ["KestreloCare"]}}


def words(**changes: Any) -> Settings:
    """A configuration with these words of Kestrelo."""
    return settings(brands={"kestrelo": KESTRELO | changes})


def posts(*texts: str, **more: Any) -> list[Mention]:
    """One post a text."""
    return [mention(external_id=str(number), text=text, **more) for number, text in enumerate(texts)]


def tried(new: Settings, *texts: str, then: Settings | None = None) -> Matched:
    """What the words find in the texts."""
    return matched(posts(*texts), new, then, examples=2)


def test_each_entry_is_counted() -> None:
    """Each entry's posts are counted, also those that no other finds; what is left out counts for its exclusion."""
    found = tried(
        words(terms=["kestrelo", "falcon*"], exclude=["kite"]),
        "kestrelo falcons",
        "kestrelo",
        "kestrelo kite",
        "a kite",
        "weather",
    )
    assert found.posts == 5
    assert found.found == {("kestrelo", "terms", "kestrelo"): 2, ("kestrelo", "terms", "falcon*"): 1}
    assert found.alone == {("kestrelo", "terms", "kestrelo"): 1}
    assert found.kept_out == {("kestrelo", "exclude", "kite"): 1}


def test_what_changes_is_told_by_its_rule() -> None:
    """A new term is told for what it wins; a term taken out and a new exclusion for what they lose, with examples."""
    then = words(terms=["kestrelo", "the bird"])
    found = tried(
        words(terms=["kestrelo", "falcon"], exclude=["kite"]), "falcon!", "the bird", "kestrelo kite", then=then
    )
    assert {rule: change.posts for rule, change in found.won.items()} == {("kestrelo", "terms", "falcon"): 1}
    assert {rule: change.posts for rule, change in found.lost.items()} == {
        ("kestrelo", "terms", "the bird"): 1,
        ("kestrelo", "exclude", "kite"): 1,
    }
    ((post, one),) = found.won["kestrelo", "terms", "falcon"].examples
    assert one is not None
    assert post.text[one.start : one.end] == "falcon"


def test_the_latest_examples_are_kept() -> None:
    """Of each change so many of the latest posts are shown as were asked for."""
    found = tried(words(terms=["falcon"]), *(f"falcon {number}" for number in range(9)), then=words())
    (change,) = found.won.values()
    assert change.posts == 9
    assert [post.text for post, _ in change.examples] == ["falcon 7", "falcon 8"]


def test_a_post_to_the_account_is_no_matter_of_words() -> None:
    """A post to a brand's own account is about it whatever its words, and is only counted."""
    own = posts("no words", addressees=frozenset({"kestrelocare"}))
    found = matched(own, words(terms=["falcon"]), words(), 2)
    assert (found.accounts, found.won, found.lost) == ({"kestrelo": 1}, {}, {})


def test_a_post_that_two_brands_heard_is_tried_once() -> None:
    """The same post stored for two brands counts once for each brand's words."""
    both = [mention(brand=brand, text="kestrelo") for brand in ("kestrelo", "dimora")]
    assert matched(both, words(), None, 2).found == {("kestrelo", "terms", "kestrelo"): 1}


def test_every_entry_has_its_place() -> None:
    """Every entry of every list is named, with its language or channel."""
    own = words(aliases=["kstr"], languages={"de": {"terms": ["Falke"]}}, channels={"x": {"exclude": ["kite"]}})
    assert list(rules_of(own.brands)) == [
        ("kestrelo", "terms", "kestrelo"),
        ("kestrelo", "aliases", "kstr"),
        ("kestrelo", "languages.de.terms", "Falke"),
        ("kestrelo", "channels.x.exclude", "kite"),
    ]


def test_a_file_as_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of posts is tried as the history is; what cannot be read is counted, and private data is not shown."""
    file = tmp_path / "posts.jsonl"
    file.write_text('{"text": "falcon, call me: anna@example.org"}\nnonsense\n\n{"text": "weather"}\n')
    match(None, file, words(terms=["kestrelo", "falcon"]), words(), Asked(), NOW)
    said = capsys.readouterr().out
    assert "What each entry finds in 2 posts" in said
    assert "1 lines could not be read." in said
    assert "Newly found: 1 posts" in said
    assert "[email]" in said
    assert "anna@example.org" not in said


def test_a_file_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as one object."""
    file = tmp_path / "posts.jsonl"
    file.write_text('{"text": "the kestrelo app"}\n')
    match(None, file, words(exclude=["app"]), words(), Asked(as_json=True), NOW)
    said = json.loads(capsys.readouterr().out)
    (lost,) = said["no_longer_found"]
    assert (said["posts"], lost["list"], lost["entry"], lost["posts"]) == (1, "exclude", "app", 1)
    assert lost["examples"][0]["by"] == {"list": "terms", "entry": "kestrelo", "start": 4, "end": 12}


def test_an_empty_history_is_said(store: Store) -> None:
    """Where nothing is kept, it is said so, with what to do."""
    with pytest.raises(StoreError, match="try a file of posts"):
        match(store, None, words(), None, Asked(), NOW)


def test_the_stored_history(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file, the stored mentions that were decided in the last days are tried."""
    decide(store, mention(text="kestrelo falcon"), route=Route.IGNORE, case=None)
    match(store, None, words(exclude=["falcon"]), words(), Asked(days=3, as_json=True), NOW + timedelta(days=2))
    said = json.loads(capsys.readouterr().out)
    assert (said["posts"], said["no_longer_found"][0]["entry"]) == (1, "falcon")


def test_only_of_the_history_it_says_what_it_cannot_know(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Posts that no words found are not in the history; of a file all posts are there."""
    file = tmp_path / "posts.jsonl"
    file.write_text('{"text": "the kestrelo app"}\n')
    match(None, file, words(), words(), Asked(), NOW)
    assert "were not kept" not in capsys.readouterr().out
    decide(store, mention(text="kestrelo falcon"), route=Route.IGNORE, case=None)
    match(store, None, words(), words(), Asked(days=3), NOW + timedelta(days=2))
    assert "were not kept" in capsys.readouterr().out
