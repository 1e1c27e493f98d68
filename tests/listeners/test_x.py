"""The X listener against a stateful fake of X: nothing is skipped, and nothing is heard from the past."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models.errors import Unavailable
from models.settings.sections import Brand
from tests.fakes.x_ear import KESTRELO, NOON, Ear, begun
from tests.fakes.x_server import XServer


@pytest.fixture(params=[False, True], ids=["old names", "new names"])
async def x(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[XServer]:
    monkeypatch.setenv("X_TOKEN", XServer.token)
    async with XServer(NOON, new_names=request.param) as server:
        yield server


@pytest.fixture
async def ear(x: XServer) -> AsyncIterator[Ear]:
    ear = Ear(x)
    yield ear
    await ear.listener.aclose()


async def test_begins_now(ear: Ear) -> None:
    """The first poll hears nothing of the past, and what is posted from then on is heard once."""
    ear.server.say("kestrelo long ago", at=NOON - timedelta(hours=5))
    ear.server.say("kestrelo just before", at=NOON - timedelta(seconds=31))
    assert await ear.round() == []
    ear.server.say("kestrelo just after", at=NOON + timedelta(seconds=1))
    assert await ear.round(60) == ["kestrelo just after"]
    assert await ear.round(60) == []


async def test_begins_now_on_a_silent_brand(ear: Ear) -> None:
    """A brand that nobody names is listened to by the clock, and its first post is heard, however late it comes."""
    for _ in range(3):
        batch = await ear.poll(86_400 * 5)
        assert not batch.mentions
        assert not batch.warning
    ear.server.say("kestrelo at last")
    assert await ear.round(60) == ["kestrelo at last"]


async def test_goes_on_by_id(ear: Ear) -> None:
    """Once a post is known, X is asked for what is newer than it and not by the clock."""
    await begun(ear)
    await ear.poll(60)
    assert "since_id" in ear.server.searches[-1]
    assert "start_time" not in ear.server.searches[-1]


async def test_burst_with_a_crash_between_pages(ear: Ear) -> None:
    """A burst of 350 posts comes page by page; a crash between two pages repeats some and skips none."""
    await begun(ear)
    burst = [ear.server.say(f"kestrelo {number}") for number in range(350)]
    heard: list[str] = []
    after = 60.0
    while True:
        kept = ear.cursor
        lost = await ear.poll(after)
        ear.cursor = kept if len(heard) == 100 else ear.cursor
        again = await ear.poll() if ear.cursor == kept else lost
        heard += [mention.external_id for mention in again.mentions]
        after = 0
        if not again.more:
            break
    assert sorted(heard) == sorted(burst)
    assert len(heard) == len(set(heard))
    assert await ear.round(60) == []


async def test_posts_during_a_burst(ear: Ear) -> None:
    """What is posted while the pages of a burst are read is heard in the next round."""
    await begun(ear)
    for number in range(150):
        ear.server.say(f"kestrelo {number}")
    assert (await ear.poll(60)).more
    ear.server.say("kestrelo meanwhile")
    ear.server.now += timedelta(seconds=60)
    assert len((await ear.poll()).mentions) == 50
    assert await ear.round() == ["kestrelo meanwhile"]


async def test_out_of_order(ear: Ear) -> None:
    """Posts that X hands over out of order are all heard, and none twice."""
    await begun(ear)
    ear.server.shuffled = True
    said = [f"kestrelo {number}" for number in range(230)]
    for text in said:
        ear.server.say(text)
    assert sorted(await ear.round(60)) == sorted(said)
    assert await ear.round(60) == []


async def test_every_query_is_asked(x: XServer) -> None:
    """Brands that do not fit one query are asked for in turn, and one with many pages does not hold up the others."""
    brands = {
        name: Brand(name=name, terms=[name, *(f"{name} product number {i}" for i in range(14))])
        for name in ("kestrelo", "finchly")
    }
    ear = Ear(x, brands)
    for name in brands:
        x.say(f"{name} before", at=NOON - timedelta(seconds=40))
    assert await ear.round() == []
    for number in range(120):
        x.say(f"kestrelo {number}")
    x.say("finchly")
    first, second, third = await ear.poll(60), await ear.poll(), await ear.poll()
    assert [len(batch.mentions) for batch in (first, second, third)] == [100, 1, 20]
    assert (first.more, second.more, third.more) == (True, True, False)
    await ear.listener.aclose()


async def test_a_changed_query_skips_nothing(ear: Ear) -> None:
    """When the brand's terms change, the new query goes on from where the old one had been."""
    await begun(ear)
    await ear.poll(60)
    ear.server.say("finchly after the restart")
    wider = Ear(ear.server, {"kestrelo": KESTRELO.model_copy(update={"terms": ["kestrelo", "finchly"]})})
    wider.cursor = ear.cursor
    assert "finchly after the restart" in await wider.round(60)
    await wider.listener.aclose()


async def test_an_id_that_is_too_old(ear: Ear) -> None:
    """After more than seven days off, hearing starts again at the oldest post that X has, and the gap is told."""
    await begun(ear)
    ear.server.say("kestrelo within reach", at=NOON + timedelta(days=4))
    refused = await ear.poll(86_400 * 10)
    assert refused.more
    assert "no longer takes the post id" in refused.warning
    again = await ear.poll()
    assert [mention.text for mention in again.mentions] == ["kestrelo within reach"]
    assert "posts from 2026-11-21 12:00 UTC to 2026-11-24 12:01 UTC were not heard" in again.gap
    assert not (await ear.poll(60)).warning


async def test_a_quiet_week_loses_nothing(ear: Ear) -> None:
    """A brand that nobody named for more than a week is heard again from the last poll on, nothing lost or repeated."""
    await begun(ear)
    for _ in range(9):
        batch = await ear.poll(86_400)
        assert not batch.mentions
        assert not batch.gap
    ear.server.say("kestrelo at last")
    assert await ear.round(60) == ["kestrelo at last"]


async def test_a_page_that_is_gone(ear: Ear) -> None:
    """When X forgets the next page, the round is read again from its first page, with a warning."""
    await begun(ear)
    for number in range(150):
        ear.server.say(f"kestrelo {number}")
    await ear.poll(60)
    ear.server._pages.clear()
    refused = await ear.poll()
    assert refused.more
    assert "first page" in refused.warning
    assert len(await ear.round()) == 150


async def test_a_foreign_cursor(ear: Ear) -> None:
    """A cursor that is not ours is an error that says so, never a new beginning."""
    ear.cursor = "12345"
    with pytest.raises(Unavailable, match="cursor is not one of this listener"):
        await ear.poll()


async def test_a_spoiled_post(ear: Ear) -> None:
    """One post that cannot be read is set aside, is paid for, and does not come again."""
    await begun(ear)
    ear.server.say("kestrelo good")
    ear.server.say("kestrelo bad", raw={"text": None})
    batch = await ear.poll(60)
    assert [mention.text for mention in batch.mentions] == ["kestrelo good"]
    assert [fault for _, fault in batch.spoiled] == ["text: missing or not text"]
    assert batch.posts == 2
    assert not (await ear.poll(60)).spoiled


async def test_asks_for_no_users(ear: Ear) -> None:
    """Users are billed, so none are asked for unless the settings say so."""
    await ear.poll()
    assert "expansions" not in ear.server.searches[-1]


async def test_users_on_request(x: XServer) -> None:
    """With users, authors have handle and followers, and their price is counted."""
    ear = await begun(Ear(x, users=True))
    x.say("kestrelo")
    batch = await ear.poll(60)
    (mention,) = batch.mentions
    assert (mention.author.handle, mention.author.followers) == ("ines", 1200)
    assert batch.dollars == pytest.approx(0.015)
    await ear.listener.aclose()


async def test_answers_to_the_brand_are_known(x: XServer) -> None:
    """An answer to the brand's account id, without its name in it, counts as addressed to the brand."""
    ear = await begun(Ear(x, own_ids=["42"]))
    x.say("kestrelo no", to_id="42")
    (mention,) = (await ear.poll(60)).mentions
    assert mention.addressees == {"kestrelo"}
    await ear.listener.aclose()


async def test_new_names_are_found_out(ear: Ear) -> None:
    """When X refuses the old parameter's name, the new one is used from then on."""
    await ear.poll()
    await ear.poll(60)
    asked = ["post.fields" in query for query in ear.server.searches]
    assert asked == ([False, True, True] if ear.server.new_names else [False, False])
