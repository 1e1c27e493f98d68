"""What a platform tells besides posts: gaps raise an alarm that no crash loses, deletions and edits are honoured."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.manifests import MANIFESTS
from models.mention import Batch
from models.store import Store
from tests.build import NOW
from tests.listeners.test_poller import POST, Post, batch
from tests.stores import one, rows


@pytest.fixture
def post(store: Store) -> Post:
    """On SQLite and on PostgreSQL."""
    return Post(store)


async def test_a_gap_is_told_and_counted(post: Post) -> None:
    """The operator hears what may have been missed; the listener's row counts it; its posts are kept all the same."""
    await post.poll(batch(POST, gap="the platform keeps 36 hours, and we were away for 40"))
    (told,) = post.told()
    assert "ear may have missed posts for good: the platform keeps 36 hours" in told
    assert (post.row("gaps"), post.row("cursor")) == (1, "c1")
    assert post.heard() == [POST.text]


async def test_the_same_gap_again_is_counted_and_told_once_an_hour(post: Post) -> None:
    """A stream that breaks every minute does not flood people."""
    for _ in range(3):
        await post.poll(Batch(cursor="c", gap="the stream was away"))
    assert (len(post.told()), post.row("gaps")) == (1, 3)
    post.clock.forward(hours=1)
    await post.poll(Batch(cursor="c", gap="the stream was away"))
    assert (len(post.told()), post.row("gaps")) == (2, 4)


async def test_a_gap_is_never_lost_with_its_cursor(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where keeping the page fails, neither the cursor nor the alarm is there; both come with the next try."""
    monkeypatch.setattr("models.failpoint._passes", Counter())
    monkeypatch.setenv("FAILPOINT", "poll.heard:1:raise")
    with pytest.raises(OSError, match=r"poll\.heard"):
        await post.poll(batch(gap="away"))
    assert (post.told(), post.row("gaps"), post.row("cursor")) == ([], 0, None)
    await post.poll(batch(gap="away"))
    assert (len(post.told()), post.row("gaps"), post.row("cursor")) == (1, 1, "c1")


async def test_a_deletion_is_meant_for_the_listener_s_channel(post: Post) -> None:
    """Also where another listener of the channel has heard the post."""
    await post.poll(batch(POST))
    post.store.do(lambda session: session.connection().exec_driver_sql("UPDATE mention SET listener = 'other'"))
    await post.poll(Batch(cursor="c2", gone=("1900",)))
    assert post.heard() == [POST.text]
    listener: Any = post.listener
    listener.manifest = MANIFESTS["x"]
    await post.poll(Batch(cursor="c3", gone=("1900",)))
    assert post.heard() == [""]


async def test_an_edit_that_takes_the_brand_out_is_honoured(post: Post) -> None:
    """The post does not name the brand any more, so the screen drops it; the old words go all the same."""
    await post.poll(batch(POST))
    edited = replace(POST, text="Never mind.", edited_at=NOW + timedelta(minutes=1))
    await post.poll(batch(edited, cursor="c2"))
    assert post.heard() == ["Never mind."]
    assert one(post.store, "SELECT state FROM mention") == "heard"
    assert rows(post.store, "SELECT reason, count FROM tally") == [("not_about_us", 1)]


async def test_an_id_that_no_index_takes_is_told_and_holds_nothing_up(post: Post) -> None:
    """The posts beside it are kept, the cursor moves, and the spoiled one is counted."""
    await post.poll(batch(replace(POST, external_id="x" * 3000), POST))
    assert (post.heard(), post.row("cursor")) == ([POST.text], "c1")
    assert one(post.store, "SELECT why FROM spoiled") == "its id is over 512 characters"
