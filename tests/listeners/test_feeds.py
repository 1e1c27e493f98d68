"""Feeds: what is new is heard once whatever a publisher does, and no feed can hurt us or the other feeds."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listeners.base import Spend
from listeners.feed.feed import FeedListener
from models.errors import Unavailable
from models.mention import ANONYMOUS, Batch
from tests.fakes.feed_server import FeedServer
from tests.fakes.open_web import Answer, endless, page, redirect

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEM = "<item><guid>{id}</guid><description>{text}</description>{more}</item>"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><rss version='2.0'><channel><item><title>&i;</title></item></channel></rss>"
)
OUTSIDE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>'


@pytest.fixture
async def blog() -> AsyncIterator[FeedServer]:
    """A blog with nothing in it yet."""
    async with FeedServer() as server:
        yield server


def listener_of(*urls: str, **own: Any) -> FeedListener:
    """A listener of some feeds of this machine, without rests."""
    base: dict[str, Any] = {"urls": list(urls), "rest": "0s", "private_hosts": ["127.0.0.1"], "timeout": "5s"}
    return FeedListener.from_settings("blogs", FeedListener.Settings.model_validate(base | own), {})


async def poll(listener: FeedListener, cursor: str | None, now: datetime = NOW) -> Batch:
    """One poll."""
    return await listener.poll(cursor, Spend(), now)


def rss(*items: tuple[str, str], more: str = "") -> str:
    """A feed of ids and texts."""
    inner = "".join(ITEM.format(id=known, text=text, more=more) for known, text in items)
    return f'<rss version="2.0"><channel><title>Kestrelo</title>{inner}</channel></rss>'


async def after(server: FeedServer, answer: Answer, **own: Any) -> Batch:
    """What is heard of a feed that was empty, and then answers this."""
    server.pages["/other"] = page(rss(), kind="text/xml")
    listener = listener_of(f"{server.url}/other", **own)
    try:
        begun = await poll(listener, None)
        server.pages["/other"] = answer
        return await poll(listener, begun.cursor)
    finally:
        await listener.aclose()


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
async def test_every_kind_of_feed_is_heard(form: str) -> None:
    """RSS, Atom and JSON Feed give the same mention."""
    async with FeedServer(form) as server:
        listener = listener_of(f"{server.url}/feed")
        begun = await poll(listener, None)
        known = server.say("My Kestrelo <leaks> & drips", by="Mara")
        (mention,) = (await poll(listener, begun.cursor)).mentions
        await listener.aclose()
    assert (mention.channel, mention.external_id, mention.url) == ("feed", known, known)
    assert (mention.text, mention.posted_at) == ("My Kestrelo <leaks> & drips", NOW)
    assert (mention.author.id, mention.author.handle) == ("127.0.0.1/Mara", "Mara")


async def test_what_has_not_changed_is_not_sent(blog: FeedServer) -> None:
    """A feed is asked whether it has changed; while a page of it is still to be heard it is read again."""
    listener = listener_of(f"{blog.url}/feed", page=2)
    batch = await poll(listener, None)
    batch = await poll(listener, batch.cursor)
    assert blog.unchanged == 1
    for number in range(3):
        blog.say(f"kestrelo {number}")
    first = await poll(listener, batch.cursor)
    second = await poll(listener, first.cursor)
    assert [mention.text for mention in (*first.mentions, *second.mentions)] == [f"kestrelo {n}" for n in range(3)]
    assert (first.more, second.more, blog.unchanged) == (True, False, 1)
    await poll(listener, second.cursor)
    assert blog.unchanged == 2
    await listener.aclose()


async def test_a_feed_rests(blog: FeedServer) -> None:
    """A feed is not asked more often than its rest allows, also if the clock was wrong for a while."""
    listener = listener_of(f"{blog.url}/feed", rest="5m")
    batch = await poll(listener, None)
    for later, asked in ((4, 1), (5, 2)):
        batch = await poll(listener, batch.cursor, NOW + timedelta(minutes=later))
        assert len(blog.requests) == asked
    await poll(listener, batch.cursor, NOW - timedelta(days=1))
    assert len(blog.requests) == 3
    await listener.aclose()


async def test_items_may_stand_in_any_order(blog: FeedServer) -> None:
    """Items that change their places, leave and come back are heard once."""
    listener = listener_of(f"{blog.url}/feed")
    begun = await poll(listener, None)
    for text in ("one", "two", "three"):
        blog.say(text)
    heard = await poll(listener, begun.cursor)
    blog.entries.reverse()
    kept = blog.entries.pop()
    again = await poll(listener, heard.cursor)
    blog.entries.insert(1, kept)
    back = await poll(listener, again.cursor)
    assert [len(batch.mentions) for batch in (heard, again, back)] == [3, 0, 0]
    await listener.aclose()


async def test_a_feed_that_moved_on_is_told(blog: FeedServer) -> None:
    """Where nothing is left of what was there before, posts between may have been missed, and that is said."""
    listener = listener_of(f"{blog.url}/feed")
    blog.say("old")
    begun = await poll(listener, None)
    blog.entries.clear()
    blog.say("new")
    batch = await poll(listener, begun.cursor)
    assert ([mention.text for mention in batch.mentions], "feed 1 (127.0.0.1)" in batch.gap) == (["new"], True)
    await listener.aclose()


async def test_a_text_that_changes_for_ever_is_let_be(blog: FeedServer) -> None:
    """A counter in a text makes no edit without end."""
    listener = listener_of(f"{blog.url}/feed")
    cursor = (await poll(listener, None)).cursor
    known = blog.say("0 comments")
    heard = 0
    for number in range(1, 12):
        batch = await poll(listener, cursor)
        heard, cursor = heard + len(batch.mentions), batch.cursor
        blog.edit(known, f"{number} comments")
    assert heard == 6
    await listener.aclose()


# What publishers leave out


async def test_without_a_date_it_is_now(blog: FeedServer) -> None:
    """No date, one that is none, and one in the future are all the moment at which the item is first seen."""
    for more in ("", "<pubDate>soon</pubDate>", "<pubDate>Tue, 03 Mar 2026 12:00:00 GMT</pubDate>"):
        batch = await after(blog, page(rss(("1", "kestrelo"), more=more), kind="text/xml"))
        assert [mention.posted_at for mention in batch.mentions] == [NOW]


async def test_without_an_id_it_is_known_by_its_link_or_its_words(blog: FeedServer) -> None:
    """An item without a guid is still heard once; an id that is only a number is the feed's own."""
    body = rss().replace(
        "</channel>", "<item><link>/p/1</link><title>a</title></item><item><title>b</title></item></channel>"
    )
    batch = await after(blog, page(body, kind="text/xml"))
    by_words, by_link = batch.mentions
    assert (by_link.external_id, by_link.url) == (f"{blog.url}/p/1", f"{blog.url}/p/1")
    assert by_words.author.id == ANONYMOUS
    numbered = (await after(blog, page(rss(("1", "kestrelo")), kind="text/xml"))).mentions[0]
    assert numbered.external_id.endswith("#1")
    assert numbered.external_id != "1"


@pytest.mark.parametrize(("body", "kind"), [
    (rss(("1", "Prüfung")).encode("latin-1"), "text/xml"),
    (rss(("1", "Prüfung")).encode("latin-1"), "text/xml; charset=utf-8"),
    (b'<?xml version="1.0" encoding="latin-1"?>' + rss(("1", "Prüfung")).encode("latin-1"), "text/xml; charset=utf-8"),
    (b'<?xml version="1.0" encoding="klingon"?>' + rss(("1", "Prüfung")).encode(), "text/xml; charset=nonsense"),
    (rss(("1", "Prüfung")).encode("utf-16"), "text/xml"),
    (rss(("1", "Prüfung")).encode("utf-8-sig"), "text/html; charset=latin-1"),
])  # fmt: skip
async def test_a_wrong_charset_is_seen_through(blog: FeedServer, body: bytes, kind: str) -> None:
    """Whatever the server and the document say of their encoding, the words are right."""
    batch = await after(blog, page(body, kind=kind))
    assert [mention.text for mention in batch.mentions] == ["Prüfung"]


async def test_a_feed_that_is_not_well_formed_is_heard(blog: FeedServer) -> None:
    """Many are not; what can be read of them is."""
    body = rss(("1", "Fish & chips <br> by Kestrelo"))
    (mention,) = (await after(blog, page(body, kind="text/xml"))).mentions
    assert "Kestrelo" in mention.text


# What is meant to hurt


@pytest.mark.parametrize("answer", [
    redirect("http://localhost:1/"), redirect("http://[::1]/"), redirect("http://169.254.169.254/latest/meta-data/"),
    redirect("file:///etc/passwd"), redirect("/other"),
    page(BOMB, kind="text/xml"), page(BOMB.encode("utf-16"), kind="text/xml"), page(OUTSIDE, kind="text/xml"),
    page(gzip.compress(bytes(10 << 20)) * 100, Content_Encoding="gzip"), endless(b"<item>" * 1000),
    page(rss(("1", "<a>" * 5000 + "</a>" * 5000))),
    page(rss(("1", "<x " + " ".join(f"a{n}='1'" for n in range(500)) + "/>"))),
    page(rss(("1", "x"), more=f"<author>{'a' * 300_000}</author>")),
    page(rss(("1", "x"), more=f"<author>{'a' * 300_000}")),
    page(rss(("1", "x"), more="<category>a</category>" * 10_000)), page(rss(("1", "&" * 500_000))),
    page("<html><body>Please log in</body></html>", kind="text/html"), page(b"", kind="text/xml"),
    page(b"\x00\xff\xfe" * 1000), page("[" * 100_000),
    page('{"version": "https://jsonfeed.org/version/1", "items": 1}'),
    page(rss(("1", "kestrelo"))[:-30], kind="text/xml"),
], ids=[
    "to localhost", "to ::1", "to metadata", "to a file", "to itself", "entities", "entities in utf-16",
    "outside entity", "gzip bomb", "endless", "deep", "attributes", "long author", "open author", "categories",
    "broken and long", "page", "empty", "noise", "deep json", "no items", "broken off",
])  # fmt: skip
async def test_a_hostile_feed_is_refused(blog: FeedServer, answer: Answer) -> None:
    """Redirects inwards, bombs of three kinds, a gigabyte, and what is no feed at all end in the same error."""
    with pytest.raises(Unavailable, match=r"feed 1 \(127\.0\.0\.1\)"):
        await after(blog, answer, max_bytes=1_000_000)


async def test_entities_do_not_hide_in_an_encoding(blog: FeedServer) -> None:
    """A document that says that it is in UTF-7 is not taken at its word, for in it "<" need not be written as such."""
    hidden = BOMB.replace("<!", "+ADwAIQ-").replace('"1.0"', '"1.0" encoding="utf-7"')
    batch = await after(blog, page(hidden, kind="text/xml; charset=utf-7"))
    assert all(len(mention.text) < 100 for mention in batch.mentions)


async def test_a_bad_item_spoils_only_itself(blog: FeedServer) -> None:
    """An item in no feed's shape is set aside without its words, and the rest is heard."""
    items = (
        '[{"id": 1, "content_text": "good"}, "canary", {"id": 2, "title": {"canary": 1}, "content_text": ["canary"]}]'
    )
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}}}'
    batch = await after(blog, page(body))
    assert "good" in [mention.text for mention in batch.mentions]
    assert batch.spoiled
    assert "canary" not in str(batch.spoiled)


# Many feeds


async def test_one_bad_feed_does_not_stop_the_others(blog: FeedServer) -> None:
    """The others are heard, the bad one rests for longer and longer, and the operator is told at the fifth failure."""
    listener = listener_of(f"{blog.url}/feed", f"{blog.url}/gone?key=canary")
    cursor, warnings, heard = (await poll(listener, None)).cursor, [], 0
    now = NOW
    for number in range(40):
        blog.say(f"kestrelo {number}")
        now += timedelta(minutes=1)
        batch = await poll(listener, cursor, now)
        cursor, heard = batch.cursor, heard + len(batch.mentions)
        warnings += [batch.warning] if batch.warning else []
    assert heard == 40
    assert len([request for request in blog.requests if request.path == "/gone"]) == 6
    assert warnings == ["feed 2 (127.0.0.1): the page is not there (status 404): check its address and name"]
    await listener.aclose()


async def test_many_feeds_take_turns(blog: FeedServer) -> None:
    """A poll asks some of them, and asks to be polled again until each has had its turn."""
    listener = listener_of(*(f"{blog.url}/feed?{number}" for number in range(20)))
    batches = [await poll(listener, None)]
    while batches[-1].more:
        batches.append(await poll(listener, batches[-1].cursor))
    assert (len(batches), len(blog.requests)) == (3, 20)
    await listener.aclose()


async def test_where_all_fail_it_is_a_failure_and_each_is_tried(blog: FeedServer) -> None:
    """A network that is down is an error and no silence; feeds that are gone for good do not stand before the rest."""
    listener = listener_of(*(f"{blog.url}/gone?{number}" for number in range(12)), f"{blog.url}/late")
    cursor = None
    for _ in range(4):
        try:
            cursor = (await poll(listener, cursor)).cursor
        except Unavailable:
            blog.pages["/late"] = page(rss(), kind="text/xml")
    assert blog.pages["/late"]
    assert any(request.path == "/late" for request in blog.requests)
    await listener.aclose()


async def test_a_feed_that_is_added_begins_now(blog: FeedServer) -> None:
    """A feed that is new in the settings is not heard from its past; one that is taken out is forgotten."""
    first, both = listener_of(f"{blog.url}/feed"), listener_of(f"{blog.url}/feed", f"{blog.url}/feed?2")
    blog.say("past")
    cursor = (await poll(first, None)).cursor
    batch = await poll(both, cursor)
    assert batch.mentions == ()
    blog.say("future")
    assert len((await poll(both, batch.cursor)).mentions) == 2
    for listener in (first, both):
        await listener.aclose()


async def test_another_kinds_cursor_is_not_taken(blog: FeedServer) -> None:
    """A name that had another kind of listener before is said to be taken, and nothing is lost unseen."""
    listener = listener_of(f"{blog.url}/feed")
    for cursor in ("12:34", '{"places": {}}', "[]", '{"feeds": {"x": 1}, "todo": 3}'):
        with pytest.raises(Unavailable, match="another kind"):
            await poll(listener, cursor)
    await listener.aclose()


@pytest.mark.parametrize("url", ["ftp://blog.example/feed", "blog.example/feed", "http://", "http://["])
def test_an_address_that_is_none_is_refused_at_the_start(url: str) -> None:
    """It is named by its number, for an address may hold a secret."""
    with pytest.raises(ValueError, match="number 1 must begin with"):
        listener_of(url)


async def test_check_names_each_bad_feed(blog: FeedServer) -> None:
    """Each feed that cannot be read has its own fault and fix."""
    listener = listener_of(f"{blog.url}/feed", f"{blog.url}/gone", "http://10.0.0.1/feed")
    faults = await listener.check()
    assert [fault.what.partition(")")[0] for fault in faults] == ["feed 2 (127.0.0.1", "feed 3 (10.0.0.1"]
    await listener.aclose()
