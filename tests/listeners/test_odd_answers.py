"""Odd, broken and hostile answers: each becomes a spoiled post or one of the listener's errors, never a crash."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from engine.listen import line
from listeners.bluesky import post, wire
from listeners.bluesky.jetstream import JetstreamListener
from listeners.bluesky.page import Page
from listeners.bluesky.wanted import Wanted
from listeners.feed.cursor import Place
from listeners.feed.document import read_feed
from listeners.mail.message import mention_of as mail_of
from listeners.mail.text import text_of_html
from listeners.mastodon.origin import Origins, api_of
from listeners.mastodon.server import Server
from listeners.mastodon.status import words
from listeners.mastodon.stream import _streaming
from listeners.matrix.http import Home
from listeners.matrix.rooms import MatrixListener, _Page
from listeners.meta import facebook, instagram
from listeners.meta.graph import moment as meta_moment
from listeners.reddit.http import Door
from listeners.stackexchange.search import StackExchangeListener
from listeners.web.guard import is_public
from listeners.web.newest_first import Cursor
from listeners.webhook.event import events_of
from listeners.x.posts import read_page
from listeners.youtube.comments import YouTubeListener
from listeners.youtube.posts import moment
from models.errors import Unavailable
from models.mention import Author, Mention
from tests.fakes.open_web import OpenWeb, page

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ABSURD = "0001-01-01T00:00:00+05:00"


@pytest.fixture
async def server() -> AsyncIterator[OpenWeb]:
    """A server whose pages the test writes."""
    async with OpenWeb() as opened:
        yield opened


@pytest.mark.parametrize("read", [text_of_html, words])
@pytest.mark.parametrize("html", ["<" * 30_000, "<a " * 20_000, "<!" * 20_000, "<head>" * 20_000 + "</title>" * 20_000])
def test_chosen_html_takes_no_time(read: Any, html: str) -> None:
    """Strangers write it, so the time grows with its length alone."""
    began = time.monotonic()
    read(html)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("url", ["https://news.example", "http://ws.example"])
def test_a_stream_stays_on_the_server_that_has_ws_in_its_name(url: str) -> None:
    """The token goes nowhere else."""
    assert _streaming({"configuration": [1]}, url) == url
    assert _streaming({"configuration": {"urls": {"streaming": "wss://ws.example"}}}, url) == "https://ws.example"


def test_an_id_that_is_no_address_is_no_post_of_mastodon() -> None:
    """A stranger's server gives it."""
    assert api_of("https://[x/users/a/statuses/1") is None


def test_moments_that_cannot_be() -> None:
    """Before the first year in UTC."""
    assert moment(ABSURD) is None
    with pytest.raises(ValueError, match="moment"):
        meta_moment(ABSURD)


@pytest.mark.parametrize("at", ["1e400", "1" + "0" * 30, "-1", "null"])
def test_a_frame_of_no_moment(at: str) -> None:
    """The stream goes on."""
    frame = f'{{"time_us": {at}, "did": "d", "commit": {{"collection": "app.bsky.feed.post", "rkey": "r"}}}}'.encode()
    assert wire.read_moment_of(frame) is None
    with pytest.raises(ValueError, match=r"."):
        wire.read_event(frame.replace(b'"rkey"', b'"operation": "delete", "rkey"'))


def test_an_odd_profile_and_an_odd_record_on_bluesky() -> None:
    """Anybody's PDS may write anything."""
    author = post.author_of({"did": "did:x:y", "labels": ["bot"], "followersCount": "many"}, {})
    assert (author.followers, author.bot) == (None, False)
    record = {"text": "kestrelo", "reply": {"parent": {"uri": {"a": 1}}}}
    assert isinstance(post.mention_of("at://d/c/r", record, Author(), NOW, {}).in_reply_to, str)


def test_a_post_of_meta_without_numbers() -> None:
    """Its comments are read then."""
    assert facebook._mark({"comments": {"summary": {"total_count": None}}})[1] == 1
    assert facebook._mark({"comments": [1]})[1] == 1
    assert instagram._mark({"comments_count": None})[1] == 1


@pytest.mark.parametrize("kept", [
    {"places": {"a": ["0", "0", {}]}, "todo": []}, {"places": {"a": {"since": "x", "seen": {}}}, "todo": []},
    {"places": {"a": {}}, "todo": []}, {"places": {}, "todo": [], "notes": 1},
])  # fmt: skip
def test_a_cursor_of_another_kind_begins_anew(kept: dict[str, Any]) -> None:
    """Such as Mastodon's, which has the same names."""
    at = Cursor.read(json.dumps(kept), ["a"])
    assert (at.places["a"].since, dict(at.notes)) == (None, {})


@pytest.mark.parametrize("inner", ["&#99999999999;", "<title/><content:encoded>&lt;![foo[<![CDATA[<category>"])
def test_a_feed_that_the_parser_fails_at(inner: str) -> None:
    """It is read, or it is none."""
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>x</title>{inner}</entry></feed>'
    try:
        read_feed(text.encode(), "text/xml", "http://h/")
    except ValueError as error:
        assert "foo" not in str(error)  # noqa: PT017 - either will do


def test_an_etag_past_ascii_is_not_sent() -> None:
    """It fits in no header, and the feed would never be read again."""
    assert Place(etag='"é"', modified="now").conditions() == {"If-Modified-Since": "now"}


@pytest.mark.parametrize("body", [
    b'{"type": "post.deleted", "data": {"id": "\\ud800"}}', b'{"type": "post.deleted", "data": {"id": "a\\u0000"}}',
])  # fmt: skip
def test_a_deletion_by_an_id_that_nobody_can_keep(body: bytes) -> None:
    """Its sender hears no, and not that we failed."""
    with pytest.raises(ValueError, match="id"):
        events_of(body, "m", "forum", frozenset(), NOW)


def test_nesting_is_no_page_of_x() -> None:
    """Deeper than a parser goes."""
    with pytest.raises(ValueError, match="deep"):
        read_page(b"[" * 100_000, {})


def test_a_name_gives_a_terminal_no_orders() -> None:
    """Nor begins it a new line."""
    mention = Mention("feed", "1", Author("a", "", "\x1b[2J\nroot"), "hello", NOW)
    shown = line(SimpleNamespace(mention=mention, assessment=None, reasons=(), route="ignore"))  # type: ignore[arg-type]
    assert "\x1b" not in shown
    assert shown.count("\n") == 1


async def test_youtube_never_tells_of_its_own_errors(server: OpenWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single comments are asked for as polls are."""
    monkeypatch.setenv("ODD_KEY", "k")
    settings = YouTubeListener.Settings.model_validate(
        {"key": {"env": "ODD_KEY"}, "videos": ["v"], "base_url": server.url}
    )
    listener = YouTubeListener.from_settings("you", settings, {})
    told = json.dumps({"error": {"errors": [{"reason": "videoNotFound"}]}})
    server.pages["/comments"] = page(told, status=404)
    for call in (listener.gone(["a"]), listener.fetch("a")):
        with pytest.raises(Unavailable):
            await call
    await listener.aclose()


async def test_a_large_answer_of_matrix_is_read_whole() -> None:
    """It comes in many pieces."""

    async def whoami(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in (b'{"user_id": "', b"@" + b"a" * 300_000, b'"}'):
            await answer.write(piece)
        return answer

    app = web.Application()
    app.router.add_get("/{rest:.*}", whoami)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    home = Home("here", f"http://127.0.0.1:{runner.addresses[0][1]}", "token", 5.0)
    assert len(await home.me()) == 300_001
    await home.aclose()
    await runner.cleanup()


async def test_nobody_edits_the_message_of_another_in_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers hand such an edit on; it means nothing."""
    theirs = {"type": "m.room.message", "sender": "@mara:a", "event_id": "$1", "origin_server_ts": 1}

    class Fake:
        async def event(self, room: str, name: str) -> dict[str, Any] | None:
            return theirs if name == "$1" else None

        async def members(self, room: str) -> int:
            return 9

    monkeypatch.setenv("ODD_KEY", "k")
    settings = MatrixListener.Settings.model_validate({"server": "http://a", "token": {"env": "ODD_KEY"}})
    listener, found = MatrixListener(Fake(), settings, frozenset()), _Page()  # type: ignore[arg-type]
    said_anew = {"msgtype": "m.text", "body": "new"}
    content = {**said_anew, "m.new_content": said_anew, "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}
    for sender in ("@eve:b", "@mara:a"):
        await listener._hear("!r:a", [{**theirs, "sender": sender, "event_id": "$2", "content": content}], found)
    assert [one.author.id for one in found.mentions] == ["@mara:a"]
    assert not found.spoiled


def test_a_huge_backoff_is_bounded() -> None:
    """No moment lies so far ahead."""
    pause = StackExchangeListener._pause(SimpleNamespace(_searches={}), {"backoff": 10**400}, NOW)  # type: ignore[arg-type]
    assert pause == 86_400


@pytest.mark.parametrize("kind", ["multipart/report; report-type=delivery-status", "text/plain"])
def test_a_bounce_is_a_machines(kind: str) -> None:
    """Also one that names a person as its sender."""
    data = f"From: mara@far.example\r\nContent-Type: {kind}\r\n\r\nhello".encode()
    assert mail_of(data, NOW).author.bot is kind.startswith("multipart")


@pytest.mark.parametrize("frames", [[b'{"time_us": 1700000000000000}'], []])
async def test_a_stream_that_is_cut_often_still_goes_on(frames: list[bytes]) -> None:
    """What brought frames without a find has moved our place; what brings none is told."""

    class Cut:
        open = False

        async def connect(self, place: Any) -> None:
            self.left, self.open = list(frames), True

        async def receive(self) -> bytes | None:
            self.open = bool(self.left)
            return self.left.pop() if self.left else None

    listener = JetstreamListener(JetstreamListener.Settings(), Wanted.of({}, "bluesky"), Cut(), None)  # type: ignore
    found = Page(None, 10)
    if frames:
        await listener._gather(found, await listener._learn())
        assert found.after() is not None
    else:
        with pytest.raises(Unavailable):
            await listener._gather(found, await listener._learn())


async def test_odd_headers_of_reddit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its library reads them as numbers, and they need be none."""
    door = Door("id", "secret", "agent", ("http://127.0.0.1:1", "http://127.0.0.1:1"), 5.0)

    async def request(**_: Any) -> Any:
        return float("soon")

    monkeypatch.setattr(Door, "_core", SimpleNamespace(rate_limiter=SimpleNamespace(), request=request))
    with pytest.raises(Unavailable):
        await door.get("/r/all", {})
    await door.aclose()


@pytest.mark.parametrize("address", ["fec0::1", "192.0.0.192", "168.63.129.16", "::ffff:192.0.0.192"])
def test_addresses_that_only_seem_open(address: str) -> None:
    """Sites' own, and the metadata of two clouds."""
    assert not is_public(address)


async def test_a_strangers_id_reaches_no_other_port_of_our_server(server: OpenWeb) -> None:
    """Beside a Mastodon of our own network other programs listen."""
    ours = Server("http://127.0.0.1:1", "", 5.0)
    origins = Origins({ours.host: ours}, 5.0)
    with pytest.raises(Unavailable, match="private"):
        await origins.fetch(f"{server.url}/users/a/statuses/1")
    assert not server.requests
    await origins.aclose()
    await ours.web.aclose()
