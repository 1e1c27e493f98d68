"""Webhook in: only what is signed is taken, a "yes" survives a crash, and what was heard does not stay on the disk."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from listeners.base import Spend
from listeners.conformance.rig import START
from listeners.webhook.spool import Spool
from listeners.webhook.webhook import WebhookListener
from models.errors import Unavailable
from models.mention import Batch
from models.settings.sections import Brand
from models.signature import key_of, signed
from tests.contract.rigs.webhook import aiohttp_server
from tests.counterparts.servers import free_port

SECRET = "a secret that only Kestrelo knows"
BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"])}


@dataclass
class Desk:
    """A listener's folder and clock, and a program that sends to it."""

    folder: Path
    now: datetime = START
    listen: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    made: list[WebhookListener] = field(default_factory=list)

    def listener(self, **own: Any) -> WebhookListener:
        told = {"secret": {"env": "HOOK"}, "listen": self.listen, "spool": self.folder / "spool", "wait": "0s"} | own
        one = WebhookListener.from_settings("hook", WebhookListener.Settings.model_validate(told), BRANDS)
        one._clock = lambda: self.now
        self.made.append(one)
        return one

    async def up(self, **own: Any) -> tuple[WebhookListener, str | None]:
        """A listener that listens, and its cursor."""
        one = self.listener(**own)
        return one, (await poll(one)).cursor

    async def send(self, said: Any, message: str = "m1", **more: Any) -> tuple[int, dict[str, Any]]:
        """Sign and send; the status and what the answer says. ``headers`` replace the signed ones."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        headers = signed(key_of(more.get("secret", SECRET)), message, self.now, body) | more.get("headers", {})
        url = f"http://{self.listen}{more.get('path', '/posts')}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.read() or b"{}")

    @property
    def waiting(self) -> str:
        """All that lies on the disk."""
        return "".join(file.read_text() for file in sorted((self.folder / "spool" / "hook").glob("*.jsonl")))


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("HOOK", SECRET)
    monkeypatch.setenv("OLD_HOOK", "the secret of last year's senders")
    one = Desk(tmp_path)
    yield one
    for made in one.made:
        await made.aclose()


async def poll(listener: WebhookListener, cursor: str | None = None) -> Batch:
    return await listener.poll(cursor, Spend(), START)


def post(text: str, identifier: str = "p1", **more: Any) -> dict[str, Any]:
    return {"id": identifier, "text": text} | more


# What is taken


async def test_a_post_is_heard_whole(desk: Desk) -> None:
    """A signed post arrives with its author, moment and thread, on the channel of the settings."""
    listener, cursor = await desk.up(channel="forum")
    moment = "2026-03-02T11:00:00+01:00"
    said = post("Kestrelo is down", author={"id": "u1", "handle": "mara"}, posted_at=moment, conversation_id="t1")
    assert await desk.send({"type": "post.created", "data": said}) == (202, {"accepted": 1})
    (mention,) = (await poll(listener, cursor)).mentions
    assert (mention.channel, mention.external_id, mention.author.handle) == ("forum", "p1", "mara")
    assert (mention.posted_at.hour, mention.conversation_id) == (10, "t1")
    assert listener.manifest is not None
    assert listener.manifest.name == "forum"


async def test_a_bare_post_will_do(desk: Desk) -> None:
    """One object with a text is a post; its id and moment are those of the message, the same on a second try."""
    listener, cursor = await desk.up()
    await desk.send({"text": "Kestrelo is down"}, "m7")
    desk.now += timedelta(seconds=20)
    assert (await desk.send({"text": "Kestrelo is down"}, "m7"))[0] == 202
    (mention,) = (await poll(listener, cursor)).mentions
    assert (mention.external_id, mention.posted_at) == ("m7", START)


async def test_edits_and_deletions_come_in_order(desk: Desk) -> None:
    """An edit is the same post with a later moment; what follows a deletion waits for the next page."""
    listener, cursor = await desk.up()
    await desk.send({"type": "post.created", "data": [post("dwon"), post("b", "p2")]}, "m1")
    await desk.send({"type": "post.edited", "data": post("down")}, "m2")
    await desk.send({"type": "post.deleted", "data": {"id": "p2"}}, "m3")
    await desk.send({"type": "post.created", "data": post("b again", "p2")}, "m4")
    first = await poll(listener, cursor)
    assert [mention.text for mention in first.mentions] == ["dwon", "b", "down"]
    assert (first.gone, first.more, first.mentions[2].edited_at) == (("p2",), True, START)
    assert first.mentions[0].id == first.mentions[2].id
    second = await poll(listener, first.cursor)
    assert ([mention.text for mention in second.mentions], second.more) == (["b again"], False)


async def test_a_poll_waits_for_news(desk: Desk) -> None:
    """A long poll ends as soon as a post is there, and can be cancelled without loss."""
    listener, cursor = await desk.up(wait="30s")
    waiting = asyncio.create_task(poll(listener, cursor))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    waiting = asyncio.create_task(poll(listener, cursor))
    await desk.send(post("Kestrelo is down"))
    async with asyncio.timeout(5):
        batch = await waiting
    assert ([mention.text for mention in batch.mentions], batch.pause) == (["Kestrelo is down"], 0.0)


async def test_secrets_can_be_changed_without_a_break(desk: Desk) -> None:
    """While the old secret stands beside the new one, both are taken."""
    await desk.up(old_secret={"env": "OLD_HOOK"})
    assert (await desk.send(post("a"), "m1"))[0] == 202
    assert (await desk.send(post("b"), "m2", secret="the secret of last year's senders"))[0] == 202


# What is refused


async def test_what_is_not_signed_is_not_taken(desk: Desk) -> None:
    """No signature, another secret, another id and an old moment: 401, and nothing on the disk."""
    await desk.up()
    for more in (
        {"secret": "a secret of somebody else's"},
        {"headers": {"webhook-id": "m9"}},
        {"headers": {"webhook-signature": "v1,AAAA"}},
        {"headers": {"webhook-timestamp": str(int(START.timestamp()) - 3600)}},
    ):
        status, said = await desk.send(post("Kestrelo"), **more)
        assert (status, "error" in said) == (401, True)
    assert desk.waiting == ""


async def test_a_replay_is_not_heard_twice(desk: Desk) -> None:
    """The same message again is answered with yes and changes nothing; an hour later it is refused."""
    listener, cursor = await desk.up()
    body = json.dumps(post("Kestrelo")).encode()
    headers = signed(key_of(SECRET), "m1", START, body)
    assert [(await desk.send(body, headers=headers))[0] for _ in range(3)] == [202, 202, 202]
    desk.now += timedelta(hours=1)
    assert (await desk.send(body, headers=headers))[0] == 401
    assert len((await poll(listener, cursor)).mentions) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"words-canary"', "must be an object"),
        ({"type": "post.liked", "data": {}}, "type: must be one of"),
        ({"data": []}, "1 to 100"),
        ({"data": [{"text": "a"}] * 101}, "1 to 100"),
        ({"data": "words-canary"}, "should be"),
        ({"id": "p1"}, "text"),
        ({"text": "words-canary", "words-canary-key": 1}, "not permitted"),
        ({"text": "a\0b"}, "NUL"),
        ({"text": "a", "brand": "words-canary"}, "brand: must be one of"),
        ({"text": "a", "channel": "x"}, "takes posts of webhook alone"),
        ({"text": "a", "posted_at": "2026-03-02T11:00:00"}, "timezone"),
        ({"type": "post.edited", "data": {"text": "a"}}, "an edited post needs the id"),
        ({"type": "post.deleted", "data": {"text": "a"}}, "a deleted post needs the id"),
        ({"type": "post.deleted", "data": {"id": True}}, "a deleted post needs the id"),
    ],
)
async def test_a_wrong_request_is_told_why(desk: Desk, body: Any, why: str) -> None:
    """A signed request that says nothing we know gets 400 with a reason that repeats none of its values."""
    await desk.up()
    status, said = await desk.send(body)
    assert (status, why in said["error"]) == (400, True), said
    assert "words-canary" not in said["error"].replace("words-canary-key", "")
    assert desk.waiting == ""


async def test_what_is_too_large_is_not_read(desk: Desk) -> None:
    """A body over the limit, and a packed one that would be, are refused before anything else is done."""
    await desk.up(largest=10_000)
    assert (await desk.send(post("a" * 20_000)))[0] == 413
    bomb = gzip.compress(b" " * 1_000_000)
    assert (await desk.send(bomb, headers={"Content-Encoding": "gzip"}))[0] == 400
    assert desk.waiting == ""


async def test_only_its_own_path_is_there(desk: Desk) -> None:
    """Another path is not there, and reading is not offered."""
    await desk.up()
    url = f"http://{desk.listen}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/posts") as answer:
            assert answer.status == 405
        async with session.post(url, data=b"{}") as answer:
            assert answer.status == 404


# What survives


async def test_a_yes_survives_a_kill(desk: Desk) -> None:
    """What was accepted and not yet read is handed over by the next process, also one that lost its cursor."""
    listener, cursor = await desk.up()
    await desk.send(post("one"), "m1")
    await listener.aclose()
    fresh = desk.listener()
    assert [mention.text for mention in (await poll(fresh, cursor)).mentions] == ["one"]
    await fresh.aclose()
    assert [mention.text for mention in (await poll(desk.listener())).mentions] == ["one"]


async def test_half_a_line_is_cut_off(desk: Desk) -> None:
    """A process that died while it wrote leaves half a line, of which nobody was told that it is kept."""
    listener, cursor = await desk.up()
    await desk.send(post("one"), "m1")
    await listener.aclose()
    (file,) = (desk.folder / "spool" / "hook").glob("*.jsonl")
    with file.open("a") as half:
        half.write('{"kind": "post.crea')
    fresh = desk.listener()
    await poll(fresh, cursor)
    await desk.send(post("two", "p2"), "m2")
    batch = await poll(fresh, cursor)
    assert ([mention.text for mention in batch.mentions], batch.spoiled) == (["one", "two"], ())


async def test_what_was_heard_is_deleted(desk: Desk) -> None:
    """With the cursor behind them, posts are gone from the disk; and the cursor stays good over restarts."""
    listener, cursor = await desk.up()
    await desk.send(post("one"), "m1")
    first = await poll(listener, cursor)
    assert "one" in desk.waiting
    second = await poll(listener, first.cursor)
    assert (desk.waiting, second.mentions, second.gap) == ("", (), "")
    await listener.aclose()
    fresh = desk.listener()
    assert (await poll(fresh, second.cursor)).gap == ""
    await desk.send(post("two", "p2"), "m2")
    third = await poll(fresh, second.cursor)
    assert ([mention.text for mention in third.mentions], third.gap) == (["two"], "")
    assert oct(os.stat(desk.folder / "spool" / "hook").st_mode & 0o777) == "0o700"


async def test_a_lost_spool_is_not_passed_over(desk: Desk) -> None:
    """Where the folder was replaced, the batch says that something may be missing for good."""
    listener, cursor = await desk.up()
    await desk.send(post("one"), "m1")
    await listener.aclose()
    for file in (desk.folder / "spool" / "hook").iterdir():
        file.unlink()
    assert "replaced" in (await poll(desk.listener(), cursor)).gap


async def test_pages_follow_one_another(desk: Desk) -> None:
    """A full page says more, and a page that was not stored comes again."""
    listener, cursor = await desk.up(page=2)
    await desk.send({"data": [post(text, text) for text in "abcde"]})
    first = await poll(listener, cursor)
    again = await poll(listener, cursor)
    assert (first.mentions, first.cursor, first.more) == (again.mentions, again.cursor, True)
    second = await poll(listener, first.cursor)
    third = await poll(listener, second.cursor)
    assert [mention.text for mention in (*first.mentions, *second.mentions, *third.mentions)] == list("abcde")
    assert not third.more


async def test_a_line_of_another_version_spoils_only_itself(desk: Desk) -> None:
    """A line that cannot be read is set aside without its words."""
    listener, cursor = await desk.up()
    listener._spool.append(b'{"words-canary": 1}\n')
    await desk.send(post("one"))
    batch = await poll(listener, cursor)
    assert ([mention.text for mention in batch.mentions], len(batch.spoiled)) == (["one"], 1)
    assert "canary" not in str(batch.spoiled)


async def test_a_full_spool_puts_senders_off(desk: Desk) -> None:
    """When too much waits the answer is 503 with a pause; after a poll there is room again."""
    listener, cursor = await desk.up(most_waiting=100_000)
    long = post("a" * 60_000)
    assert [(await desk.send(long, message))[0] for message in ("m1", "m2")] == [202, 503]
    batch = await poll(listener, cursor)
    await poll(listener, batch.cursor)
    assert (await desk.send(long, "m2"))[0] == 202


async def test_a_disk_that_fails_is_no_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk takes nothing the sender hears 503, nothing half written stays, and the next try is kept."""
    listener, cursor = await desk.up()

    def refuse(_: int) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("listeners.webhook.spool.os.fsync", refuse)
        assert (await desk.send(post("one")))[0] == 503
    assert (desk.waiting, (await desk.send(post("one")))[0]) == ("", 202)
    assert len((await poll(listener, cursor)).mentions) == 1


# The operator


async def test_one_process_has_the_spool(desk: Desk) -> None:
    """A second listener on the folder is told so, on the poll and by the check."""
    await desk.up()
    second = desk.listener(listen=f"127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="in use by another process"):
        await poll(second)
    assert [fault.what for fault in await second.check()] == [
        f"the spool {desk.folder / 'spool'} is in use by another process"
    ]


async def test_the_check_knows_the_daemon(desk: Desk) -> None:
    """While the daemon listens, `check` beside it is content; another program on the port is a fault."""
    listener, _ = await desk.up()
    assert await desk.listener().check() == []
    await listener.aclose()
    somebody = await aiohttp_server(desk.listen)
    assert "cannot listen" in (await desk.listener().check())[0].what
    await somebody.cleanup()


def test_a_spool_in_use_by_nobody_can_be_closed_twice(tmp_path: Path) -> None:
    """Closing what was never opened is no harm."""
    spool = Spool(tmp_path / "one", 1000)
    spool.close()
    spool.open()
    spool.open()
    spool.close()
    spool.close()
