"""HTTP for listeners: every failure is one of the three errors, nothing is too long, and nothing secret is shown."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from aiohttp import web

from listeners.web.guard import Guard
from listeners.web.web import Web, retry_after
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from tests.fakes.open_web import OpenWeb, dropped, endless, page, redirect, said


@pytest.fixture
async def server() -> AsyncIterator[OpenWeb]:
    """A server whose pages the test writes."""
    async with OpenWeb() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[Web]:
    """A client with a short patience for bytes."""
    made = Web("the board", most=100_000, headers={"Authorization": "Bearer token-canary"})
    yield made
    await made.aclose()


async def test_json_is_read(server: OpenWeb, client: Web) -> None:
    """What is asked for arrives, with the parameters beside those of the address, and what is JSON is parsed."""
    server.pages["/posts"] = said({"posts": ["ä"]})
    assert await client.json(f"{server.url}/posts?page=2", {"q": "Kestrelo & Co", "n": 3}) == {"posts": ["ä"]}
    (request,) = server.requests
    assert dict(request.query) == {"page": "2", "q": "Kestrelo & Co", "n": "3"}
    assert request.headers["Authorization"] == "Bearer token-canary"
    assert "Overheard" in request.headers["User-Agent"]


@pytest.mark.parametrize(("status", "error"), [
    (400, Unavailable), (401, AuthFailed), (403, AuthFailed), (404, Unavailable), (410, Unavailable),
    (418, Unavailable), (429, RateLimited), (500, Unavailable), (502, Unavailable), (503, Unavailable),
])  # fmt: skip
async def test_each_refusal_has_its_error(server: OpenWeb, client: Web, status: int, error: type[EdgeError]) -> None:
    """A status is the error that its meaning asks for, in words that name the other side and none of its own."""
    server.pages["/"] = page("words-canary", status=status, Retry_After="7")
    with pytest.raises(error) as caught:
        await client.get(f"{server.url}/?key=key-canary")
    assert type(caught.value) is error
    assert "the board" in str(caught.value)
    assert "canary" not in str(caught.value)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 7


async def test_a_status_may_be_handed_back(server: OpenWeb, client: Web) -> None:
    """Where a platform explains a refusal in the body, the listener reads it."""
    server.pages["/"] = said({"error_name": "throttle_violation"}, 400)
    answer = await client.get(server.url, also=(400,))
    assert (answer.status, client.parse(answer)) == (400, {"error_name": "throttle_violation"})


async def test_what_has_not_changed_is_no_failure(server: OpenWeb, client: Web) -> None:
    """An answer of 304 comes back as it is."""
    server.pages["/"] = page(b"", status=304, ETag='"1"')
    answer = await client.get(server.url, headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"1"')


@pytest.mark.parametrize("body", ["<html>words-canary</html>", '{"broken": [', "", "\udcff", "[" * 100_000])
async def test_what_is_no_json_is_unavailable(server: OpenWeb, client: Web, body: str) -> None:
    """A proxy's page, a broken answer, none, bytes that are no text, and one too deep are all the same error."""
    server.pages["/"] = page(body.encode("utf-8", "surrogateescape"))
    with pytest.raises(Unavailable, match="not JSON") as caught:
        await client.json(server.url)
    assert "canary" not in str(caught.value)


async def test_a_broken_connection_is_unavailable(server: OpenWeb, client: Web) -> None:
    """A connection that breaks, and one that nobody takes, end in the error, without the address."""
    server.pages["/"] = dropped
    for url in (server.url, "http://127.0.0.1:1/?key=key-canary"):
        with pytest.raises(Unavailable, match="the board cannot be read") as caught:
            await client.get(url)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://", "file:///etc/passwd", "gopher://a/", "http://[", "nowhere", "http://a:99999/"]
)
async def test_an_address_that_is_none_is_unavailable(client: Web, url: str) -> None:
    """What cannot be asked for does not escape as an error of the library."""
    with pytest.raises(Unavailable):
        await client.get(url)


async def test_a_silent_server_is_given_up(server: OpenWeb) -> None:
    """No answer, and an answer that never ends, are given up in time."""
    impatient = Web("the board", timeout=0.3, most=10**12)
    server.pages |= {"/silent": server.hang, "/endless": endless(b" ")}
    for path in ("silent", "endless"):
        with pytest.raises(Unavailable, match="did not answer in time"):
            await impatient.get(f"{server.url}/{path}")
    await impatient.aclose()


# Size


async def test_an_endless_answer_is_cut(server: OpenWeb, client: Web) -> None:
    """However long an answer is, or says that it is, no more than the limit is taken."""
    server.pages |= {
        "/endless": endless(b"x" * 65_536),
        "/declared": lambda _: web.Response(headers={"Content-Length": str(10**9)}),
    }
    for path in ("endless", "declared"):
        with pytest.raises(Unavailable, match="more than 100000 bytes"):
            await client.get(f"{server.url}/{path}")


async def test_a_bomb_is_not_unpacked(server: OpenWeb, client: Web) -> None:
    """A small answer that unpacks to a gigabyte is given up after the limit, also one packed in members."""
    bomb = gzip.compress(bytes(10 << 20))
    server.pages |= {"/one": page(bomb, Content_Encoding="gzip"), "/many": page(bomb * 100, Content_Encoding="gzip")}
    for path in ("one", "many"):
        with pytest.raises(Unavailable, match="more than 100000 bytes"):
            await client.get(f"{server.url}/{path}")


async def test_what_is_packed_is_unpacked(server: OpenWeb, client: Web) -> None:
    """Gzip is read in one member and in several, with what some servers fill up behind it, and in small pieces."""

    async def slowly(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        for byte in gzip.compress(b"words"):
            await response.write(bytes([byte]))
        return response

    members = gzip.compress(b"wo") + gzip.compress(b"rds") + bytes(8)
    server.pages |= {"/members": page(members, Content_Encoding="gzip"), "/slowly": slowly}
    server.pages |= {"/nothing": page(b"", Content_Encoding="gzip")}
    answers = [(await client.get(f"{server.url}/{path}")).body for path in ("members", "slowly", "nothing")]
    assert answers == [b"words", b"words", b""]


@pytest.mark.parametrize(("body", "coding"), [
    (b"not packed", "gzip"), (gzip.compress(b"words" * 100)[:-20], "gzip"), (b"x", "br"), (b"x", "gzip, gzip"),
])  # fmt: skip
async def test_what_cannot_be_unpacked_is_unavailable(server: OpenWeb, client: Web, body: bytes, coding: str) -> None:
    """What is not in gzip, breaks off, or is packed in another way is not handed over by halves."""
    server.pages["/"] = page(body, Content_Encoding=coding)
    with pytest.raises(Unavailable):
        await client.get(server.url)


# Redirects


async def test_a_redirect_on_the_same_host_is_followed(server: OpenWeb, client: Web) -> None:
    """The secret goes along, and the page says where it was found."""
    server.pages |= {"/old": redirect("/new?page=1"), "/new": said([1])}
    answer = await client.get(f"{server.url}/old")
    assert (client.parse(answer), answer.url) == ([1], f"{server.url}/new?page=1")
    assert server.requests[-1].headers["Authorization"] == "Bearer token-canary"


async def test_a_redirect_to_another_host_is_refused_without_a_guard(server: OpenWeb, client: Web) -> None:
    """A platform that sends us elsewhere would be sent our secret."""
    for to in (f"http://localhost:{server.port}/", f"//localhost:{server.port}/", "http://127.0.0.1:1/"):
        server.pages["/"] = redirect(to)
        with pytest.raises(Unavailable, match="another host"):
            await client.get(server.url)
    assert len(server.requests) == 3


async def test_redirects_end(server: OpenWeb, client: Web) -> None:
    """A circle of redirects is left after five."""
    server.pages["/"] = redirect("/")
    with pytest.raises(Unavailable, match="more than 5 times"):
        await client.get(server.url)
    assert len(server.requests) == 6


async def test_another_host_is_not_sent_the_secret(server: OpenWeb) -> None:
    """With a guard, redirects may lead elsewhere; what goes along is only what anybody may know."""
    client = Web("the feed", headers={"Authorization": "canary"}, guard=Guard(["127.0.0.1"]))
    async with OpenWeb() as other:
        other.pages["/"] = said([])
        server.pages["/"] = redirect(f"{other.url}/")
        await client.get(server.url, headers={"If-None-Match": '"1"', "X-Key": "canary"})
        (request,) = other.requests
        assert request.headers["If-None-Match"] == '"1"'
        assert request.headers["Host"] == f"127.0.0.1:{other.port}"
        assert "canary" not in str(request.headers)
    await client.aclose()


# The guard


class Stranger(Guard):
    """A guard for whom the test's server is a public blog, by one name."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int, *, named: bool) -> list[str]:
        self.asked.append(host)
        return ["127.0.0.1"] if host == "blog.example" else await super().addresses(host, port, named=named)


class Fixed(Guard):
    """A guard that has looked up the addresses before."""

    def __init__(self, *found: str) -> None:
        super().__init__()
        self.found, self.asked = list(found), 0

    async def addresses(self, host: str, port: int, *, named: bool) -> list[str]:
        self.asked += 1
        return self.found


@pytest.mark.parametrize("to", [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://0x7f000001:{port}/",
    "http://2130706433:{port}/", "http://127.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/",
    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "ftp://127.0.0.1/",
])  # fmt: skip
async def test_a_redirect_to_a_private_address_is_refused(server: OpenWeb, to: str) -> None:
    """However it is written, an address of our own machine or network is not asked where a stranger leads us to it."""
    stranger = Stranger()
    client = Web("the feed", guard=stranger)
    server.pages["/"] = redirect(to.format(port=server.port))
    with pytest.raises(Unavailable):
        await client.get(f"http://blog.example:{server.port}/")
    assert stranger.asked[0] == "blog.example"
    assert len(server.requests) == 1
    await client.aclose()


async def test_a_private_host_may_be_named(server: OpenWeb) -> None:
    """The operator's own feed is read where the settings name its host, but not where a stranger's feed leads to it."""
    server.pages["/"] = said([])
    for private, allowed in (((), False), (("127.0.0.1",), True)):
        client = Web("the feed", guard=Guard(private))
        if allowed:
            assert await client.json(server.url) == []
        else:
            with pytest.raises(Unavailable, match="private or reserved"):
                await client.json(server.url)
        await client.aclose()
    with pytest.raises(Unavailable, match="private or reserved"):
        await Guard(["127.0.0.1"]).addresses("127.0.0.1", 80, named=False)


@pytest.mark.parametrize(("address", "public"), [
    ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("::ffff:93.184.216.34", True), ("64:ff9b::5db8:d822", True),
    ("127.0.0.1", False), ("127.8.8.8", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
    ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("255.255.255.255", False),
    ("224.0.0.1", False), ("240.0.0.1", False), ("192.0.2.1", False), ("198.18.0.1", False), ("192.88.99.1", False),
    ("::", False), ("::1", False), ("fe80::1", False), ("fc00::1", False), ("ff02::1", False), ("2001:db8::1", False),
    ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
    ("2002:a00:1::", False),
])  # fmt: skip
async def test_which_addresses_are_public(address: str, public: bool) -> None:
    """Loopback, private, link-local, shared, multicast and reserved ones are not, also inside an IPv6 one."""
    if public:
        assert await Guard().addresses(address, 80, named=True) == [address]
    else:
        with pytest.raises(Unavailable, match="private or reserved"):
            await Guard().addresses(address, 80, named=True)


async def test_the_address_that_was_checked_is_the_one_that_is_asked(server: OpenWeb) -> None:
    """A name that is looked up a second time might have another address: it is looked up once, and the name is sent."""
    server.pages["/"] = said(["checked"])
    guard = Fixed("127.0.0.1")
    client = Web("the feed", guard=guard)
    assert await client.json(f"http://rebinding.example:{server.port}/") == ["checked"]
    assert guard.asked == 1
    assert server.requests[0].headers["Host"] == f"rebinding.example:{server.port}"
    await client.aclose()


async def test_the_next_address_is_tried(server: OpenWeb) -> None:
    """A host whose first address takes no connection is asked at its second."""
    server.pages["/"] = said(["second"])
    client = Web("the feed", guard=Fixed("127.0.0.9", "127.0.0.1"))
    assert await client.json(f"http://two.example:{server.port}/") == ["second"]
    await client.aclose()


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    """A host without an address is said to be missing."""
    with pytest.raises(Unavailable, match="cannot be found"):
        await Guard().addresses("nowhere.invalid", 80, named=True)
    with pytest.raises(Unavailable, match="cannot be found"):
        await Guard().addresses("x" * 300, 80, named=True)


# What is kept to ourselves


async def test_nothing_is_logged_or_shown(server: OpenWeb, client: Web, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the log at any level nor a repr has an address with its key, a header or a word."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, "aiohttp.access")
    server.pages["/"] = page(json.dumps(["words-canary"]), Set_Cookie="a=cookie-canary")
    answer = await client.get(f"{server.url}/?key=key-canary")
    await client.get(server.url)
    assert "canary" not in caplog.text + repr(answer) + repr(client)
    assert "Cookie" not in server.requests[1].headers


def test_when_to_come_back() -> None:
    """Retry-After is read in seconds and as a date, which is counted by the other side's own clock."""
    date = {"date": format_datetime(datetime(2020, 1, 1, 12, tzinfo=UTC))}
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": format_datetime(datetime(2020, 1, 1, 12, 1, tzinfo=UTC)), **date}) == 60
    assert retry_after({"retry-after": format_datetime(datetime(2020, 1, 1, 11, tzinfo=UTC)), **date}) == 0
    assert retry_after({"retry-after": "9" * 400}) == 999_999_999
    assert [retry_after(headers) for headers in ({}, {"retry-after": "soon"}, {"retry-after": "-1"})] == [None] * 3
