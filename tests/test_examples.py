"""The example packages are found by entry point and work, and the other code of the add-a-… pages does too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifiers.base import Post
from engine.plugins import load, make_listener
from listeners.base import Spend
from models.assessment import LABELS
from models.channel import Manifest
from models.manifests import MANIFESTS
from tests.examples.pages import EXAMPLES, install, page_module

BRAND = """
[brands.kestrelo]
name = "Kestrelo"
terms = ["kestrelo"]
[responders.console]
kind = "console"
"""


def test_the_manifest_of_the_page_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest on the page is made as models/channel.py wants it, and its link leads to the post."""
    manifest = page_module("add-a-listener.md", tmp_path, monkeypatch).BOARD
    assert isinstance(manifest, Manifest)
    assert manifest.reply_link("1", "hello", "https://board.example/1") == "https://board.example/1"


def test_the_classifier_of_the_page_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classifier on the page gives one finding a post, with a probability for every label of its head."""
    classifier = page_module("add-a-classifier.md", tmp_path, monkeypatch).ExitWords()
    posts = [Post("I will cancel my Kestrelo contract"), Post("Kestrelo is fine")]
    answers = classifier.classify(posts)
    assert [answer[0].label for answer in answers] == ["yes", "no"]
    assert all(set(found.p) == set(LABELS[found.head]) and sum(found.p.values()) == 1 for (found,) in answers)


async def test_the_installed_example_is_found_and_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once installed, its kind can be used in the configuration, its settings are checked, and it hears a file."""
    install(EXAMPLES / "shout_listener", tmp_path / "site", monkeypatch)
    shouts, config = tmp_path / "shouts", tmp_path / "config.toml"
    shouts.mkdir()
    config.write_text(f'{BRAND}[listeners.shouts]\nkind = "directory"\npath = "{shouts}"\n', "utf-8")
    listener = make_listener(load(config), "shouts")
    now = datetime.now(UTC)
    first = await listener.poll(None, Spend(), now)
    (shouts / "000001.txt").write_text("Kestrelo has been down since noon\n", "utf-8")
    (shouts / "000002.txt").write_bytes(b"\xff\xfe")
    heard = await listener.poll(first.cursor, Spend(), now)
    assert [mention.text for mention in heard.mentions] == ["Kestrelo has been down since noon"]
    assert [why for _, why in heard.spoiled] == ["UnicodeDecodeError"]
    assert await listener.check() == []


def test_the_channel_of_the_page_is_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that docs/add-a-channel.md led to brings a channel that is not built in, with its rules and clock."""
    install(EXAMPLES / "overheard-github", tmp_path / "site", monkeypatch)
    config = tmp_path / "config.toml"
    config.write_text(
        f'{BRAND}[listeners.github]\nkind = "github"\nrepo = "northwind/kestrelo-client"\n'
        "[channels.github]\nshadow = true\n",
        "utf-8",
    )
    loaded = load(config)
    assert "github" not in MANIFESTS
    manifest = loaded.manifests["github"]
    assert not manifest.may_send
    assert manifest.begun is not None
    assert manifest.begun.tzinfo is not None
    assert manifest.recheck == timedelta(days=1)
    assert make_listener(loaded, "github").manifest == manifest
