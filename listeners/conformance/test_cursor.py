"""What a listener promises of its cursor: it begins now, loses nothing and repeats nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listeners.base import Listener, Spend
from listeners.conformance.fixtures import listener, rig
from listeners.conformance.rig import ListenerRig
from listeners.conformance.walk import begin, heard, mentions, numbered, poll, walk

__all__ = [
    "listener",
    "test_a_clock_an_hour_off_loses_nothing",
    "test_a_crash_between_pages_loses_nothing",
    "test_a_cursor_that_the_platform_has_forgotten_is_told",
    "test_a_late_post_is_heard",
    "test_deletions_between_pages_lose_and_repeat_nothing",
    "test_it_begins_now",
    "test_pages_are_followed_to_the_end",
    "test_posts_between_pages_lose_and_repeat_nothing",
    "test_posts_out_of_order_are_all_heard",
    "test_the_cursor_neither_loses_nor_repeats",
    "test_the_first_post_after_an_empty_start_is_heard",
]


async def test_it_begins_now(rig: ListenerRig, listener: Listener) -> None:
    """Without a cursor nothing of the past is heard, and all that follows is."""
    rig.needs("past")
    await rig.publish("kestrelo past")
    first = await walk(rig, listener, None)
    assert mentions(first) == []
    assert first[-1].cursor is not None
    await rig.publish("kestrelo future")
    assert heard(rig, await walk(rig, listener, first[-1].cursor)) == ["kestrelo future"]


async def test_the_first_post_after_an_empty_start_is_heard(rig: ListenerRig, listener: Listener) -> None:
    """Where nothing was ever said, the first post is not taken for the past."""
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo first")
    assert heard(rig, await walk(rig, listener, cursor)) == ["kestrelo first"]


@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_the_cursor_neither_loses_nor_repeats(rig: ListenerRig, listener: Listener, beyond: int) -> None:
    """Following the cursor brings every post once, also where a page is just full; afterwards there is nothing."""
    cursor = await begin(rig, listener)
    said = numbered(rig.page + beyond)
    await rig.publish(*said)
    batches = await walk(rig, listener, cursor)
    assert heard(rig, batches) == said
    again = await walk(rig, listener, batches[-1].cursor)
    assert "once" in rig.cannot or mentions(again) == []


async def test_pages_are_followed_to_the_end(rig: ListenerRig, listener: Listener) -> None:
    """Over several pages every post comes once, and `more` asks for the next page as long as there is one."""
    cursor = await begin(rig, listener)
    said = numbered(2 * rig.page + 5)
    await rig.publish(*said)
    batches = await walk(rig, listener, cursor)
    assert heard(rig, batches) == said
    rig.needs("more")
    assert [batch.more for batch in batches[:3]] == [True, True, False]


async def test_posts_out_of_order_are_all_heard(rig: ListenerRig, listener: Listener) -> None:
    """The order in which the platform shows posts need not be that of their moments."""
    rig.needs("order")
    cursor = await begin(rig, listener)
    said = numbered(rig.page + 4)
    await rig.publish_out_of_order(*said)
    assert heard(rig, await walk(rig, listener, cursor)) == said


async def test_a_late_post_is_heard(rig: ListenerRig, listener: Listener) -> None:
    """A post whose moment is before one that was heard already, because the platform showed it late, is not lost."""
    rig.needs("late")
    cursor = await begin(rig, listener)
    await rig.publish("kestrelo early")
    first = await walk(rig, listener, cursor)
    await rig.publish("kestrelo late", late=rig.late)
    rest = await walk(rig, listener, first[-1].cursor)
    assert heard(rig, [*first, *rest]) == ["kestrelo early", "kestrelo late"]


async def test_posts_between_pages_lose_and_repeat_nothing(rig: ListenerRig, listener: Listener) -> None:
    """What is posted while the pages are read moves no post over a page's edge unheard."""
    cursor = await begin(rig, listener)
    said = numbered(2 * rig.page + 3)
    await rig.publish(*said[:-3])
    first = await poll(rig, listener, cursor)
    await rig.publish(*said[-3:])
    rest = await walk(rig, listener, first.cursor)
    assert heard(rig, [first, *rest]) == said


async def test_deletions_between_pages_lose_and_repeat_nothing(rig: ListenerRig, listener: Listener) -> None:
    """What is deleted while the pages are read moves no other post over a page's edge unheard."""
    rig.needs("delete")
    cursor = await begin(rig, listener)
    said = numbered(2 * rig.page + 5)
    ids = dict(zip(said, await rig.publish(*said), strict=True))
    first = await poll(rig, listener, cursor)
    known = [text for text in said if text in heard(rig, [first])]
    unknown = [text for text in said if text not in known]
    for text in (*known[:2], *unknown[:2]):
        await rig.delete(ids[text])
    rest = await walk(rig, listener, first.cursor)
    assert set(unknown[2:]) <= set(heard(rig, rest)) <= set(unknown)
    assert len(set(heard(rig, [first, *rest]))) == len(heard(rig, [first, *rest]))


async def test_a_crash_between_pages_loses_nothing(rig: ListenerRig, listener: Listener) -> None:
    """A fresh listener goes on from a stored cursor; a page that was not stored comes again, with the same ids."""
    cursor = await begin(rig, listener)
    said = numbered(2 * rig.page)
    await rig.publish(*said)
    stored = await poll(rig, listener, cursor)
    lost = await poll(rig, listener, stored.cursor)
    fresh = rig.make()
    try:
        rest = await walk(rig, fresh, stored.cursor)
    finally:
        await fresh.aclose()
    assert sorted({mention.text for mention in mentions([stored, *rest])}) == said
    assert {mention.id for mention in lost.mentions} <= {mention.id for mention in mentions(rest)}


async def test_a_cursor_that_the_platform_has_forgotten_is_told(rig: ListenerRig, listener: Listener) -> None:
    """Where the platform no longer has the place, what it still has is heard, and what may be lost is said."""
    rig.needs("forget")
    start = await begin(rig, listener)
    await rig.publish("kestrelo before")
    cursor = (await walk(rig, listener, start))[-1].cursor
    said = numbered(2 * rig.page)
    await rig.publish(*said)
    await rig.forget()
    batches = await walk(rig, listener, cursor)
    lost = set(said) - set(heard(rig, batches))
    assert not lost or any(batch.gap for batch in batches), "posts are lost and nobody is told"
    await rig.publish("kestrelo goes on")
    assert "kestrelo goes on" in heard(rig, await walk(rig, listener, batches[-1].cursor))


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)], ids=["slow", "fast"])
async def test_a_clock_an_hour_off_loses_nothing(rig: ListenerRig, listener: Listener, off: timedelta) -> None:
    """Our clock may be an hour before or behind the platform's: what is posted is heard all the same."""
    rig.needs("clock")
    first = await listener.poll(None, Spend(), rig.now + off)
    await rig.publish("kestrelo one", "kestrelo two")
    batches = [first]
    for _ in range(rig.quiet + 2):
        batches.append(await listener.poll(batches[-1].cursor, Spend(), rig.now + off))
    assert heard(rig, batches) == ["kestrelo one", "kestrelo two"]
