"""Hacker News, Stack Exchange and Discourse: what each says, what each asks for, and what is only theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listeners.base import Spend
from listeners.discourse.forum import DiscourseListener
from listeners.hackernews.search import HackerNewsListener
from listeners.matching.search_terms import search_terms
from listeners.stackexchange.search import StackExchangeListener
from models.errors import AuthFailed, RateLimited, Unavailable
from models.mention import ANONYMOUS, Batch, Mention
from models.settings.sections import Brand
from tests.fakes.discourse_server import DiscourseServer
from tests.fakes.hackernews_server import HackerNewsServer
from tests.fakes.open_web import page, said
from tests.fakes.stackexchange_server import StackExchangeServer

BRANDS = {"kestrelo": Brand(name="Kestrelo", terms=["Kestrelo", "Kestrelo Home"], aliases=["#kestrelo", "kstrl*"])}


@pytest.fixture
async def news() -> AsyncIterator[HackerNewsServer]:
    """Hacker News."""
    async with HackerNewsServer() as server:
        yield server


@pytest.fixture
async def stack() -> AsyncIterator[StackExchangeServer]:
    """Stack Overflow."""
    async with StackExchangeServer() as server:
        yield server


@pytest.fixture
async def forum() -> AsyncIterator[DiscourseServer]:
    """A forum that pages by windows of numbers."""
    async with DiscourseServer(windows=True) as server:
        yield server


def of_news(server: HackerNewsServer, **own: Any) -> HackerNewsListener:
    """A listener of it."""
    base = {"base_url": f"{server.url}/api", "items_url": f"{server.url}/v0"}
    return HackerNewsListener.from_settings("news", HackerNewsListener.Settings.model_validate(base | own), BRANDS)


def of_stack(server: StackExchangeServer, **own: Any) -> StackExchangeListener:
    """A listener of it, without a key."""
    settings = StackExchangeListener.Settings.model_validate({"base_url": f"{server.url}/2.3"} | own)
    brands = {"kestrelo": Brand(name="Kestrelo", terms=["Kestrelo"])}
    return StackExchangeListener.from_settings("questions", settings, brands)


def of_forum(server: DiscourseServer, **own: Any) -> DiscourseListener:
    """A listener of it."""
    return DiscourseListener.from_settings(
        "forum", DiscourseListener.Settings.model_validate({"url": server.url} | own), {}
    )


async def walk(listener: Any, cursor: str | None, now: datetime) -> tuple[list[Mention], list[Batch]]:
    """What is heard in one round, and its pages."""
    batches = [await listener.poll(cursor, Spend(), now)]
    while batches[-1].more:
        batches.append(await listener.poll(batches[-1].cursor, Spend(), now))
    return [mention for batch in batches for mention in batch.mentions], batches


# What is searched for


def test_the_words_that_are_searched_for() -> None:
    """Each way to name a brand is asked for once, in the words of a search; what only a reader can see is not."""
    brand = Brand.model_validate({
        "name": "Kestrelo", "terms": ["Kestrelo", "#KESTRELO", '"Shell"', "shell NEAR/5 petrol", "Kestrelo Home", "🦅"],
        "aliases": ["kstrl*"], "languages": {"de": {"terms": ["Turmfalke"]}},
        "channels": {"hackernews": {"terms": ["kestrelo.example"]}, "reddit": {"terms": ["u/kestrelo"]}},
    })  # fmt: skip
    asked = search_terms("news", {"kestrelo": brand}, "hackernews")
    expected = ["Kestrelo", "Shell", "shell petrol", '"Kestrelo Home"', "kstrl", "Turmfalke", "kestrelo.example"]
    assert list(asked.values()) == expected
    with pytest.raises(ValueError, match="no brand has a word"):
        search_terms("news", {"kestrelo": Brand(name="K", terms=["🦅"])}, "hackernews")


# Hacker News


async def test_a_story_has_its_title_and_its_link(news: HackerNewsServer) -> None:
    """A story is its title, its link and its text; a comment is tied to its story and to what it answers."""
    listener = of_news(news)
    _, begun = await walk(listener, None, news.now)
    news.say(
        "See for <b>yourself</b>",
        type="story",
        title="Kestrelo &amp; co",
        url="https://k.example/",
        score=5,
        parent=None,
    )
    news.say("Kestrelo never answers", parent=40_000_000, raw={"story_id": 40_000_000})
    (story, comment), _ = await walk(listener, begun[-1].cursor, news.now)
    assert story.text == "Kestrelo & co\nhttps://k.example/\nSee for <b>yourself</b>"
    assert (story.reach.likes, story.in_reply_to, story.conversation_id) == (5, None, "40000000")
    assert (comment.in_reply_to, comment.conversation_id) == ("40000000", "40000000")
    assert comment.url == "https://news.ycombinator.com/item?id=40000001"
    await listener.aclose()


async def test_each_term_is_asked_for_since_its_own_last_post(news: HackerNewsServer) -> None:
    """A post that several terms find is handed over by each, with one id; every term has its own place."""
    listener = of_news(news, comments=False)
    await walk(listener, None, news.now)
    asked = [request.query["query"] for request in news.requests]
    assert asked == ["Kestrelo", '"Kestrelo Home"', "kstrl"]
    assert {request.query["tags"] for request in news.requests} == {"story"}
    await listener.aclose()


async def test_a_hit_that_cannot_be_read_spoils_only_itself(news: HackerNewsServer) -> None:
    """A hit out of shape is set aside without its words, once."""
    listener = of_news(news)
    _, begun = await walk(listener, None, news.now)
    news.say("Kestrelo canary", raw={"author": None, "points": "many"})
    news.say("Kestrelo canary", raw={"objectID": "no number"})
    news.say("Kestrelo works")
    heard, batches = await walk(listener, begun[-1].cursor, news.now)
    assert [mention.text for mention in heard] == ["Kestrelo works"]
    assert [len(batch.spoiled) for batch in batches if batch.spoiled] == [1]
    assert "canary" not in str([batch.spoiled for batch in batches])
    assert (await walk(listener, batches[-1].cursor, news.now))[1][0].spoiled == ()
    await listener.aclose()


async def test_more_posts_of_one_second_than_a_page_is_told(news: HackerNewsServer) -> None:
    """Where pages cannot part the posts of one moment, what may be missing is said and the rest goes on."""
    listener = of_news(news, page=2)
    _, begun = await walk(listener, None, news.now)
    moment = news.now
    for number in range(5):
        news.say(f"Kestrelo {number}", at=moment)
    _, batches = await walk(listener, begun[-1].cursor, news.now)
    assert any("than a page holds" in batch.gap for batch in batches)
    await listener.aclose()


async def test_hidden_by_moderators_is_not_gone(news: HackerNewsServer) -> None:
    """Only what an author deleted is gone for good; what the source does not know yet is not."""
    listener = of_news(news)
    ids = [news.say("Kestrelo"), news.say("Kestrelo", dead=True), news.say("Kestrelo", deleted=True)]
    assert await listener.gone([*ids, "49999999", "no id", ids[2]]) == {ids[2]}
    assert [await listener.fetch(known) is None for known in (*ids, "49999999", "no id")] == [
        False,
        True,
        True,
        True,
        True,
    ]
    await listener.aclose()


# Stack Exchange


async def test_backoff_and_quota_are_obeyed(stack: StackExchangeServer) -> None:
    """A backoff ends the round; what is left of the day's quota sets the pace."""
    listener = of_stack(stack, sites=["stackoverflow", "stackoverflow"], page=1)
    stack.told = {"backoff": 12, "quota_remaining": 9000}
    batch = await listener.poll(None, Spend(), stack.now)
    assert (batch.more, batch.pause) == (False, 12)
    stack.told = {"quota_remaining": 100}
    assert (await listener.poll(batch.cursor, Spend(), stack.now)).pause == 12 * 3600 / 100
    stack.told = {"quota_remaining": 0}
    assert (await listener.poll(batch.cursor, Spend(), stack.now)).pause == 3600
    await listener.aclose()


@pytest.mark.parametrize(("name", "error"), [
    ("key_required", AuthFailed), ("invalid_access_token", AuthFailed), ("bad_parameter", Unavailable),
    ("<b>canary</b>", Unavailable),
])  # fmt: skip
async def test_refusals_are_told_apart(stack: StackExchangeServer, name: str, error: type[Exception]) -> None:
    """The API gives all of them with status 400."""
    listener = of_stack(stack)
    stack.pages["/2.3/search/advanced"] = said({"error_id": 1, "error_name": name, "error_message": "canary"}, 400)
    with pytest.raises(error) as caught:
        await listener.poll(None, Spend(), stack.now)
    assert "canary" not in str(caught.value)
    stack.pages["/2.3/search/advanced"] = said({"error_name": "throttle_violation", "error_message": "soon"}, 400)
    with pytest.raises(RateLimited) as limited:
        await listener.poll(None, Spend(), stack.now)
    assert limited.value.retry_after is None
    await listener.aclose()


async def test_an_author_who_left_has_no_id(stack: StackExchangeServer) -> None:
    """Whose account is gone is anonymous; titles and bodies lose their HTML."""
    listener = of_stack(stack)
    _, begun = await walk(listener, None, stack.now)
    stack.say("Kestrelo <fails>", title="Why does &quot;kestrelo&quot; fail?", owner={"display_name": "user123"})
    ((mention,), _) = await walk(listener, begun[-1].cursor, stack.now)
    assert (mention.author.id, mention.author.name) == (ANONYMOUS, "user123")
    assert mention.text == 'Why does "kestrelo" fail?\nKestrelo <fails>'
    assert await listener.gone(["stackoverflow/x", "", "no id"]) == frozenset()
    await listener.aclose()


# Discourse


async def test_numbers_that_nobody_sees_are_passed(forum: DiscourseServer) -> None:
    """On versions whose pages are windows of numbers, many letters between two posts hide none of them."""
    listener = of_forum(forum)
    forum.say("past")
    _, begun = await walk(listener, None, forum.now)
    forum.say("kestrelo one")
    forum.letters(230)
    forum.say("kestrelo two")
    heard, batches = await walk(listener, begun[-1].cursor, forum.now)
    assert sorted(mention.text for mention in heard) == ["kestrelo one", "kestrelo two"]
    assert len(batches) < 10
    await listener.aclose()


async def test_a_post_says_whom_it_speaks_to(forum: DiscourseServer) -> None:
    """Who is called or answered is an addressee; what is quoted is not the author's; a title is the first post's."""
    listener = of_forum(forum, categories=[3])
    _, begun = await walk(listener, None, forum.now)
    quote = '<aside class="quote" data-username="x"><blockquote>never works</blockquote></aside>'
    called = '<a class="mention" href="/u/kestrelo">@Kestrelo</a>'
    forum.say("", cooked=f"{quote}<p>{called} help</p>", reply_to_post_number=2, reply_to_user={"username": "Tom"})
    forum.say("Charging fails", post_number=1)
    forum.say("elsewhere", category_id=4)
    forum.say("hidden", hidden=True)
    (answer, first), _ = await walk(listener, begun[-1].cursor, forum.now)
    host = f"127.0.0.1:{forum.port}"
    assert (answer.text, answer.addressees) == ("@Kestrelo help", {"kestrelo", "tom"})
    assert (answer.in_reply_to, answer.conversation_id) == (f"{host}/t/5/2", f"{host}/t/5")
    assert (answer.reach.likes, answer.url) == (4, f"{forum.url}/t/charging/5/101")
    assert first.text == "Charging\nCharging fails"
    await listener.aclose()


async def test_a_parent_is_found_by_its_place(forum: DiscourseServer) -> None:
    """An answer names the place of what it answers; the forum tells which post that is."""
    listener = of_forum(forum)
    number = forum.say("the parent")
    host = f"127.0.0.1:{forum.port}"
    parent = await listener.fetch(f"{host}/t/5/{number + 100}")
    assert parent is not None
    assert (parent.external_id, parent.text) == (f"{host}/{number}", "the parent")
    assert [await listener.fetch(known) for known in (f"{host}/t/5/999", f"{host}/77", "elsewhere/1", "")] == [None] * 4
    await listener.aclose()


async def test_only_the_forums_own_word_makes_a_post_gone(forum: DiscourseServer) -> None:
    """Deleted by its author or by staff is gone; moved out of sight is not; a proxy's 404 says nothing."""
    listener = of_forum(forum)
    host = f"127.0.0.1:{forum.port}"
    left, moved = forum.say("left", user_deleted=True), forum.say("moved")
    forum.pages[f"/posts/{moved}.json"] = said({"error_type": "invalid_access"}, 403)
    ids = [f"{host}/{number}" for number in (left, moved, 5)]
    assert await listener.gone([*ids, "elsewhere/5"]) == {ids[0], ids[2]}
    forum.pages["/posts/5.json"] = page("<html>canary</html>", status=404)
    with pytest.raises(Unavailable):
        await listener.gone(ids)
    await listener.aclose()


async def test_a_busy_forum_costs_one_request_a_poll(forum: DiscourseServer) -> None:
    """Looking back for edits does not read a second page."""
    listener = of_forum(forum)
    for number in range(120):
        forum.say(f"post {number}")
    _, begun = await walk(listener, None, forum.now)
    forum.say("kestrelo")
    heard, batches = await walk(listener, begun[-1].cursor, forum.now + timedelta(minutes=1))
    assert ([mention.text for mention in heard], len(batches)) == (["kestrelo"], 1)
    assert heard[0].posted_at.tzinfo is UTC
    await listener.aclose()
