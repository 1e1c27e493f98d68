"""The Mastodon responder posts once, under the right post, to who is answered, and finds what it has posted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.decision import Receipt
from models.errors import RateLimited, Refused, Unconfirmed
from tests.contract.rigs.mastodon import ME, MastodonReplyRig
from tests.counterparts.mastodon import number_of

TEXT = "Hold both keys for ten seconds."


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MastodonReplyRig]:
    """A server on which Mara has asked something."""
    async with MastodonReplyRig.open(tmp_path, monkeypatch) as opened:
        yield opened


def posted(rig: MastodonReplyRig) -> list[Any]:
    """What our account has posted, newest first."""
    me = rig.server.client(ME)
    return list(me.account_statuses(me.me()["id"]))


async def test_a_reply_stands_below_its_post(rig: MastodonReplyRig) -> None:
    """It names and so notifies its author, and stays out of the public timelines."""
    responder = rig.make()
    receipt = await responder.send(rig.message(TEXT))
    (status,) = posted(rig)
    assert str(status["in_reply_to_id"]) == str(number_of(rig.asked))
    assert (status["visibility"], [person["acct"] for person in status["mentions"]]) == ("unlisted", ["mara"])
    assert receipt == Receipt(str(status["uri"]), str(status["url"]))
    await responder.aclose()


async def test_a_person_of_another_server_is_named_in_full(rig: MastodonReplyRig) -> None:
    """Else nobody there would be notified."""
    asked = rig.server.say("@kestrelo_official and I?", by="ada")
    responder = rig.make()
    await responder.send(replace(rig.message(TEXT), target=asked))
    assert [person["acct"] for person in posted(rig)[0]["mentions"]] == ["ada@far.example"]
    await responder.aclose()


@pytest.mark.parametrize("target", ["nothing", "https://far.example/users/x/statuses/1", "deleted"])
async def test_a_post_that_is_gone_is_not_answered(rig: MastodonReplyRig, target: str) -> None:
    """Words below nothing would be words out of the blue."""
    if target == "deleted":
        target = rig.asked
        rig.server.delete(target)
    responder = rig.make()
    with pytest.raises(Refused):
        await responder.send(replace(rig.message(TEXT), target=target))
    assert posted(rig) == []
    await responder.aclose()


async def test_a_reply_is_found_by_its_words_below_its_post(rig: MastodonReplyRig) -> None:
    """Also one that was cut; not the same words below another post, nor other words below this one."""
    responder = rig.make()
    long = rig.message("word " * 200, key="key-1")
    sent = await responder.send(long)
    assert await responder.find(long) == sent
    other = rig.server.say("@kestrelo_official and me?")
    assert await responder.find(replace(long, target=other)) is None
    assert await responder.find(rig.message("Something else", key="key-2")) is None
    await responder.aclose()


async def test_an_account_that_posts_much_leaves_doubt(rig: MastodonReplyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be looked through was not shown to be absent; the moment of queueing bounds the search."""
    monkeypatch.setattr("responders.mastodon.PAGES", 1)
    rig.server.say("Works again", by=ME)
    responder = rig.make()
    with pytest.raises(Unconfirmed):
        await responder.find(rig.message(TEXT))
    later = datetime.now(UTC) + timedelta(hours=3)
    assert await responder.find(replace(rig.message(TEXT), queued_at=later)) is None
    await responder.aclose()


async def test_a_limit_says_how_long(rig: MastodonReplyRig) -> None:
    """By the server's own moment, for it names no pause."""
    responder = rig.make()
    await rig.fault("429")
    with pytest.raises(RateLimited) as caught:
        await responder.send(rig.message(TEXT))
    assert caught.value.retry_after == pytest.approx(7, abs=3)
    await responder.aclose()


def test_importing_it_does_not_import_the_sdk() -> None:
    """A command that needs no Mastodon does not pay for its SDK, and runs where it is not installed."""
    code = "import sys, listeners.mastodon.timelines, responders.mastodon; sys.exit('mastodon' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
