"""Taps that come with a page of posts: none is lost, and none counts twice, wherever a process ends."""

from __future__ import annotations

from collections import Counter

import pytest

from models.store import Store
from tests.listeners.test_poller import POST, Post, batch, post
from tests.models.store.test_taps import asked, tap
from tests.stores import one, rows

__all__ = ["post"]


async def test_a_tap_is_taken_before_the_cursor_moves_past_it(
    post: Post, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where keeping the page fails, the tap is kept; it comes again with the page, and counts once."""
    survey = asked(store)
    page = batch(POST, taps=(tap(survey, "csat", 4),))
    monkeypatch.setattr("models.failpoint._passes", Counter())
    monkeypatch.setenv("FAILPOINT", "poll.heard:1:raise")
    with pytest.raises(OSError, match=r"poll\.heard"):
        await post.poll(page)
    assert (post.row("cursor"), one(store, "SELECT csat FROM survey")) == (None, 4)
    await post.poll(page)
    assert post.row("cursor") == "c1"
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'survey_answered'") == 1


async def test_taps_alone_move_the_cursor(post: Post, store: Store) -> None:
    """A page without any post is a page."""
    survey = asked(store)
    await post.poll(batch(taps=(tap(survey, "csat", 2), tap(survey, "nps", 3), tap(survey, "csat", 5, by="8"))))
    assert post.row("cursor") == "c1"
    assert rows(store, "SELECT csat, nps FROM survey") == [(2, 3)]
