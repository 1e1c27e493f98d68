"""The posts of the sample feed that speak of danger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers.danger import find_danger

POSTS = {
    post["id"]: post["text"]
    for post in map(json.loads, Path("examples/mentions.jsonl").read_text("utf-8").splitlines())
}


@pytest.mark.parametrize(("post", "category"), [("t3_1kx0j1", "self_harm"), ("1931004387000083931", "violence")])
def test_the_sample_shows_what_danger_is(post: str, category: str) -> None:
    """Despair and a threat, said without any of the plain words, reach people at once."""
    assert category in {danger.category for danger in find_danger(POSTS[post])}


def test_most_of_the_sample_is_no_danger() -> None:
    """Of a day's posts only a handful page: a pager that always rings is not heard."""
    assert sum(bool(find_danger(text)) for text in POSTS.values()) <= 10
