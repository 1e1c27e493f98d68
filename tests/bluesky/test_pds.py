"""Our listener and responder against a real Bluesky server, whose firehose a Jetstream of ours hands on.

A stage of its own: `make test-bluesky` installs the server first. Without it these tests are skipped, and say so.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.base import Spend
from listeners.bluesky.jetstream import JetstreamListener
from models.decision import Kind, Message
from models.errors import AuthFailed, Refused
from models.mention import Batch
from models.settings.sections import Brand
from responders.bluesky import MENTION, POSTS, BlueskyResponder
from tests.bluesky.install import TARGET, installed
from tests.counterparts.install import node
from tests.counterparts.servers import free_port, started
from tests.fakes.bluesky_server import BlueskyServer

pytestmark = pytest.mark.skipif(not installed(), reason="no real Bluesky server here: `make test-bluesky` installs it")
PASSWORD = "correct-horse-canary"


@pytest.fixture(scope="module")
def pds_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh server."""
    log = tmp_path_factory.mktemp("bluesky") / "pds.log"
    with started(
        lambda port: [str(node()), str(TARGET / "pds.mjs")],
        log=log,
        env=lambda port: {"PORT": str(port), "PLC_PORT": str(free_port()), "LOG_ENABLED": "false"},
        cwd=TARGET,
    ) as port:
        yield f"http://localhost:{port}"


@dataclass
class Network:
    """The server, the people on it, and the stream of what they do."""

    url: str
    stream: BlueskyServer
    ines: Any
    kestrelo: Any

    async def say(self, text: str, **more: Any) -> tuple[str, str]:
        """Ines posts; returns the post's id and its CID."""
        record = {"$type": POSTS, "text": text, "createdAt": datetime.now(UTC).isoformat(), "langs": ["en"]} | more
        body = {"repo": self.ines.me_did, "collection": POSTS, "record": record}
        made = await self.ines.com.atproto.repo.create_record(data=body)
        return made.uri, made.cid

    async def tag(self, text: str) -> tuple[str, str]:
        """Ines posts and tags the brand's account."""
        facet = {
            "index": {"byteStart": 0, "byteEnd": 14},
            "features": [{"$type": MENTION, "did": self.kestrelo.me_did}],
        }
        return await self.say(f"@kestrelo.test {text}", facets=[facet])

    async def replies(self) -> list[Any]:
        """What the brand's account has posted."""
        listed = await self.kestrelo.com.atproto.repo.list_records(
            params={"repo": self.kestrelo.me_did, "collection": POSTS}
        )
        return [json.loads(record.value.model_dump_json(by_alias=True)) for record in listed.records]


async def account(url: str, handle: str) -> Any:
    """A person, signed in; made where there is none yet."""
    from atproto import AsyncClient
    from atproto.exceptions import BadRequestError

    client = AsyncClient(url)
    with suppress(BadRequestError):
        data = {"handle": handle, "email": f"{handle}@mail.example", "password": PASSWORD}
        await client.com.atproto.server.create_account(data=data)
    await client.login(handle, PASSWORD, fetch_bsky_profile=False)
    client.me_did = client._session.did
    return client


async def hand_on(url: str, stream: BlueskyServer) -> None:
    """Put every change of the server's repositories onto the stream, as a Jetstream does."""
    from atproto import CAR, AsyncFirehoseSubscribeReposClient, parse_subscribe_repos_message

    client = AsyncFirehoseSubscribeReposClient(base_uri=f"{url.replace('http', 'ws', 1)}/xrpc")

    async def on(message: Any) -> None:
        commit = parse_subscribe_repos_message(message)
        if not hasattr(commit, "ops"):
            return
        blocks = CAR.from_bytes(commit.blocks).blocks
        for change in commit.ops:
            kind, _, rkey = change.path.partition("/")
            if kind == POSTS:
                stream.now = datetime.now(UTC)
                await stream.commit(commit.repo, rkey, change.action, blocks.get(change.cid) if change.cid else None)

    await client.start(on)


@pytest.fixture
async def network(pds_url: str) -> AsyncIterator[Network]:
    """The server with its stream."""
    people = [await account(pds_url, handle) for handle in ("ines.test", "kestrelo.test")]
    async with BlueskyServer(datetime.now(UTC)) as stream:
        bridge = asyncio.create_task(hand_on(pds_url, stream))
        yield Network(pds_url, stream, *people)
        bridge.cancel()
        await asyncio.gather(bridge, return_exceptions=True)
    for person in people:
        await person.request.close()


@pytest.fixture
async def listener(network: Network) -> AsyncIterator[JetstreamListener]:
    """Our listener on the stream; the server itself is its index."""
    told = {"url": network.stream.stream_url, "index": network.url, "wait": "2s", "stall_after": "0s"}
    brands = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={"bluesky": ["kestrelo.test"]})}
    made = JetstreamListener.from_settings("stream", JetstreamListener.Settings.model_validate(told), brands)
    yield made
    await made.aclose()


@pytest.fixture
async def responder(network: Network, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BlueskyResponder]:
    """Our responder, signed in as the brand's account."""
    monkeypatch.setenv("PDS_PASSWORD", PASSWORD)
    told = {"account": "kestrelo.test", "password": {"env": "PDS_PASSWORD"}, "url": network.url}
    made = BlueskyResponder.from_settings("bluesky", BlueskyResponder.Settings.model_validate(told))
    yield made
    await made.aclose()


async def until(listener: JetstreamListener, cursor: str | None, wanted: str) -> Batch:
    """The first poll that names a post, heard or gone."""
    for _ in range(10):
        batch = await listener.poll(cursor, Spend(), datetime.now(UTC))
        cursor = batch.cursor
        if wanted in batch.gone or wanted in {mention.external_id for mention in batch.mentions}:
            return batch
    raise AssertionError(f"{wanted} is not heard")


def reply(target: str, key: str, text: str = "We are sorry: https://help.kestrelo.example/contact #help") -> Message:
    """An answer."""
    return Message(key, "bluesky", Kind.REPLY, target, {"text": text}, queued_at=datetime.now(UTC))


async def test_a_post_is_heard_answered_once_and_its_deletion_is_learnt(
    network: Network, listener: JetstreamListener, responder: BlueskyResponder
) -> None:
    """The whole way on a real server: tagged, heard, answered, sent again without a second post, found, deleted."""
    start = await listener.poll(None, Spend(), datetime.now(UTC))
    known, cid = await network.tag("my Kestrelo phone is dead")
    batch = await until(listener, start.cursor, known)
    (mention,) = batch.mentions
    assert (mention.text, mention.lang) == ("@kestrelo.test my Kestrelo phone is dead", "en")
    assert "kestrelo.test" in mention.addressees
    message = reply(known, os.urandom(8).hex())
    assert await responder.find(message) is None
    receipt = await responder.send(message)
    assert await responder.send(message) == receipt
    assert await responder.find(message) == receipt
    (posted,) = [one for one in await network.replies() if one["reply"]["parent"]["uri"] == known]
    assert [(posted["reply"][end]["uri"], posted["reply"][end]["cid"]) for end in ("root", "parent")] == [
        (known, cid)
    ] * 2
    kinds = [feature["$type"].rpartition("#")[2] for facet in posted["facets"] for feature in facet["features"]]
    assert sorted(kinds) == ["link", "tag"]
    own = await until(listener, batch.cursor, receipt.external_id)
    assert [one.author.handle for one in own.mentions] == ["kestrelo.test"]
    place = {"repo": network.ines.me_did, "collection": POSTS, "rkey": known.rpartition("/")[2]}
    await network.ines.com.atproto.repo.delete_record(data=place)
    assert known in (await until(listener, own.cursor, known)).gone
    with pytest.raises(Refused, match="not there any more"):
        await responder.send(reply(known, "another"))


async def test_who_did_not_tag_the_account_gets_no_answer(network: Network, responder: BlueskyResponder) -> None:
    """Nothing is written where Bluesky asks bots to be silent."""
    known, _ = await network.say("kestrelo is down for me")
    with pytest.raises(Refused, match="did not tag"):
        await responder.send(reply(known, os.urandom(8).hex()))
    assert not [one for one in await network.replies() if one["reply"]["parent"]["uri"] == known]


async def test_a_text_at_the_limit_is_taken(network: Network, responder: BlueskyResponder) -> None:
    """300 signs of one reader's count, and 3,000 bytes, are what a real server takes: we cut to no more and no less."""
    known, _ = await network.tag("kestrelo limits")
    for sign in ("a", "é", "漢", "👍🏽", "👩‍👩‍👧‍👦"):
        receipt = await responder.send(reply(known, os.urandom(8).hex(), sign * 1000))
        assert receipt.external_id


async def test_a_wrong_password_is_told(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` says what to do, and a post that waits is not lost: the credential is at fault."""
    monkeypatch.setenv("PDS_PASSWORD", "wrong")
    told = {"account": "kestrelo.test", "password": {"env": "PDS_PASSWORD"}, "url": network.url}
    made = BlueskyResponder.from_settings("bluesky", BlueskyResponder.Settings.model_validate(told))
    try:
        (fault,) = await made.check()
        assert "app password" in fault.fix
        with pytest.raises(AuthFailed):
            await made.send(reply("at://did:plc:x/app.bsky.feed.post/3k", "key"))
    finally:
        await made.aclose()


async def test_check_asks_for_the_label_of_a_bot(network: Network, responder: BlueskyResponder) -> None:
    """An account that does not say that it is a bot is a fault; with the label there is none."""
    (fault,) = await responder.check()
    assert "bot" in fault.what
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    body = {"repo": network.kestrelo.me_did, "collection": "app.bsky.actor.profile", "rkey": "self"}
    record = {"$type": "app.bsky.actor.profile", "labels": labels}
    await network.kestrelo.com.atproto.repo.put_record(data=body | {"record": record})
    assert await responder.check() == []
