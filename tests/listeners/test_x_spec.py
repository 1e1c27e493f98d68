"""X's published schemas: our fake of X keeps to them, and the listener copes with whatever they allow."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from listeners.base import Spend
from listeners.x.http import NEW_FIELDS, OLD_FIELDS
from listeners.x.search import XListener
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.settings.sections import Brand
from tests.counterparts.platforms import Prism, x_spec
from tests.fakes.x_server import XServer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = datetime(1500, 1, 1, tzinfo=UTC)
"""A beginning that no post of an example is older than."""
VERSIONS = {"2026-07-06": False, "2026-08": True}
"""X's schemas, and whether they have the new names."""
SEARCH = "/2/tweets/search/recent"
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def schema(version: str) -> Any:
    spec = x_spec(version)
    if not spec.is_file():
        pytest.skip(f"no {spec.name}: set OVERHEARD_SPECS to the folder that holds X's OpenAPI files")
    whole = json.loads(gzip.decompress(spec.read_bytes()))
    paths = (SEARCH, "/2/tweets", "/2/users/me")
    return schemathesis.openapi.from_dict(whole | {"paths": {path: whole["paths"][path] for path in paths}})


@contextmanager
def in_a_thread(server: XServer) -> Iterator[str]:
    """Serve beside the test, which blocks; yields the address."""
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with server:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield server.url
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def fake(version: str) -> Iterator[str]:
    server = XServer(NOON, new_names=VERSIONS[version])
    for number in range(30):
        at = NOON - timedelta(minutes=number + 1)
        server.say(f"kestrelo {number}", at=at, mentions=["dana"], to_id="9", references=[("replied_to", "11")])
    with in_a_thread(server) as url:
        yield url


def conform(case: Any, url: str, token: str) -> int:
    response = case.call(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    case.validate_response(response, checks=CHECKS)
    return int(response.status_code)


@pytest.mark.parametrize("token", [XServer.token, "wrong"])
def test_fake_search_keeps_to_the_schema(schema: Any, fake: str, token: str) -> None:
    """To any search that the schema allows, and to a wrong token, our fake's answer is one that the schema allows."""

    @FEW
    @given(case=schema[SEARCH]["GET"].as_strategy())
    def search(case: Any) -> None:
        assert conform(case, fake, token) in ({200, 400} if token == XServer.token else {401})

    search()


def test_fake_finds_what_the_schema_shows(schema: Any, version: str, fake: str) -> None:
    """Posts with every field that the listener asks for, users and a next page have the shape of the schema."""
    names = "tweet.fields" if version < "2026-08" else "post.fields"
    fields = "conversation_id,created_at,entities,lang,public_metrics"
    query = {"query": "kestrelo", "max_results": 10, names: fields, "expansions": "author_id"}
    if version < "2026-08":
        query[names] += ",author_id,in_reply_to_user_id,referenced_tweets"
    assert conform(schema[SEARCH]["GET"].Case(query=query), fake, XServer.token) == 200


def test_fake_create_keeps_to_the_schema(schema: Any, fake: str) -> None:
    """To any post that the schema allows, our fake's answer is one that the schema allows."""

    @FEW
    @given(case=schema["/2/tweets"]["POST"].as_strategy())
    def create(case: Any) -> None:
        assert conform(case, fake, XServer.access_token) in {201, 400, 403}

    create()
    body = {"text": "Sorry! We are on it."}
    case = schema["/2/tweets"]["POST"].Case(body=body, media_type="application/json")
    assert conform(case, fake, XServer.access_token) == 201


def test_fake_knows_who_we_are(schema: Any, fake: str) -> None:
    """Our fake's answer to "who am I" has the shape of the schema."""
    assert conform(schema["/2/users/me"]["GET"].Case(), fake, XServer.access_token) == 200


@pytest.fixture
async def ask(
    prism_x: Callable[[str], Prism], version: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., XListener]]:
    """Makes listeners that ask X's schema, with the names of its version and an answer of choice."""
    monkeypatch.setenv("X_TOKEN", "bearer")
    made: list[XListener] = []

    def listener(prefer: str = "", **more: Any) -> XListener:
        told = XListener.Settings(token={"env": "X_TOKEN"}, base_url=prism_x(version).url, **more)
        one = XListener.from_settings("x", told, {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"])})
        session = one._door._session
        session.fields = NEW_FIELDS if VERSIONS[version] else OLD_FIELDS
        session._session = aiohttp.ClientSession(headers={"Prefer": prefer} if prefer else {})
        made.append(one)
        return one

    yield listener
    for one in made:
        await one.aclose()


@pytest.mark.parametrize("users", [False, True])
async def test_what_is_asked_is_in_the_schema(ask: Callable[..., XListener], users: bool) -> None:
    """X's schema, which answers 422 to parameters of the wrong kind, finds nothing wrong with our search."""
    assert await ask(users=users).check() == []


async def test_the_schema_example_is_heard(ask: Callable[..., XListener], version: str) -> None:
    """The schema's own example comes through the real client: as a mention, or set aside where its id is "string"."""
    batch = await ask().poll(None, Spend(), LONG_AGO)
    if version < "2026-08":
        (mention,) = batch.mentions
        assert (mention.external_id, mention.author.id) == ("1346889436626259968", "2244994945")
    else:
        assert [fault for _, fault in batch.spoiled] == ["id: missing or not a number"]
    assert batch.posts == 1


async def test_whatever_the_schema_allows(ask: Callable[..., XListener]) -> None:
    """Random answers of the schema's shape are heard or set aside, post by post, and leave a cursor that goes on."""
    listener = ask("dynamic=true")
    cursor = None
    for _ in range(5):
        batch = await listener.poll(cursor, Spend(), LONG_AGO)
        assert len(batch.mentions) + len(batch.spoiled) == batch.posts
        cursor = batch.cursor


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Unavailable), (401, AuthFailed), (403, AuthFailed), (429, RateLimited), (503, Unavailable)],
)
async def test_errors_of_the_schema(ask: Callable[..., XListener], status: int, error: type[EdgeError]) -> None:
    """Each status with the schema's error body gives its one error."""
    with pytest.raises(EdgeError) as caught:
        await ask(f"code={status}").poll(None, Spend(), NOON)
    assert type(caught.value) is error
