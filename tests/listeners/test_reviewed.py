"""Reddit, YouTube, Facebook and Instagram: what their listeners hear beyond what the conformance suite asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listeners.base import Spend
from listeners.conformance.rig import ListenerRig
from listeners.reddit.search import RedditListener
from listeners.youtube.comments import YouTubeListener
from models.errors import AuthFailed, RateLimited, Unavailable
from models.mention import Batch, Mention
from tests.contract.rigs.facebook import FacebookRig
from tests.contract.rigs.instagram import InstagramRig
from tests.contract.rigs.reddit import RedditRig
from tests.contract.rigs.youtube import YouTubeRig
from tests.fakes.graph_server import PAGE_ID, refusal
from tests.fakes.troubled import says
from tests.fakes.youtube_server import refused


@pytest.fixture
async def reddit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedditRig]:
    async with RedditRig.open(tmp_path, monkeypatch) as rig:
        yield rig


@pytest.fixture
async def youtube(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[YouTubeRig]:
    async with YouTubeRig.open(tmp_path, monkeypatch) as rig:
        yield rig


@pytest.fixture
async def facebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FacebookRig]:
    async with FacebookRig.open(tmp_path, monkeypatch) as rig:
        yield rig


@pytest.fixture
async def instagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[InstagramRig]:
    async with InstagramRig.open(tmp_path, monkeypatch) as rig:
        yield rig


async def walk(rig: ListenerRig, listener: Any, cursor: str | None) -> tuple[list[Mention], str, list[Batch]]:
    """All that a round brings, its cursor, and its pages."""
    batches: list[Batch] = []
    while not batches or batches[-1].more:
        batches.append(await listener.poll(cursor, Spend(), rig.now))
        cursor = batches[-1].cursor
    assert cursor is not None
    return [mention for batch in batches for mention in batch.mentions], cursor, batches


# Reddit


async def test_communities_are_read_whole(reddit: RedditRig) -> None:
    """With subreddits named, comments are heard too, below the submission that they answer."""
    listener: Any = reddit.make(search=False, subreddits=["r/networks"])
    _, cursor, _ = await walk(reddit, listener, None)
    reddit.server.say("Kestrelo again, says u/Ines_9", comment=True)
    (comment,), cursor, _ = await walk(reddit, listener, cursor)
    assert (comment.conversation_id, comment.in_reply_to, comment.author.id) == ("t3_1", "t3_1", "t2_77")
    assert comment.addressees == {"ines_9"}
    await listener.aclose()


async def test_what_reddit_has_taken_down_is_not_heard(reddit: RedditRig) -> None:
    """A removed submission that still stands in a listing is no post; AutoModerator is a bot; a crosspost a repost."""
    listener: Any = reddit.make()
    _, cursor, _ = await walk(reddit, listener, None)
    reddit.server.say("Kestrelo", selftext="[removed]")
    reddit.server.say("Kestrelo rules", author="AutoModerator")
    reddit.server.say("Kestrelo seen elsewhere", crosspost_parent="t3_9")
    heard, _, _ = await walk(reddit, listener, cursor)
    assert sorted((one.author.bot, one.repost) for one in heard) == [(False, True), (True, False)]
    await listener.aclose()


async def test_a_used_up_minute_is_a_pause(reddit: RedditRig) -> None:
    """When Reddit has nothing left for us the batch asks to rest, and nobody sleeps within the poll."""
    reddit.server.remaining = 0
    listener: Any = reddit.make()
    batch = await listener.poll(None, Spend(), reddit.now)
    assert batch.pause == pytest.approx(7, abs=1)
    await listener.aclose()


async def test_a_revoked_token_is_asked_for_anew(reddit: RedditRig) -> None:
    """A token that ends before its time costs one more request, and no alarm."""
    listener: Any = reddit.make()
    _, cursor, _ = await walk(reddit, listener, None)
    reddit.server.tokens.clear()
    reddit.server.say("Kestrelo")
    assert len((await walk(reddit, listener, cursor))[0]) == 1
    await listener.aclose()


async def test_a_closed_community_is_named_as_such(reddit: RedditRig) -> None:
    """A private community is no fault of the credential."""
    reddit.server.trouble.refusal = lambda _: says(403, {"reason": "private", "error": 403})
    reddit.server.trouble.play("403", times=2)
    listener: Any = reddit.make()
    reddit.server.trouble.name = ""
    await listener._door.get("/api/info", {"id": "t3_1"})
    reddit.server.trouble.play("403")
    with pytest.raises(Unavailable, match="private"):
        await listener.poll(None, Spend(), reddit.now)
    await listener.aclose()


def test_reddit_with_nothing_to_hear_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a search nor a community is an error that says what to set."""
    monkeypatch.setenv("RIG_REDDIT", "secret")
    own = {"client_id": "a", "client_secret": {"env": "RIG_REDDIT"}, "account": "kestrelo_care", "search": False}
    with pytest.raises(ValueError, match="subreddits"):
        RedditListener.from_settings("r", RedditListener.Settings.model_validate(own), {})


# YouTube


async def test_replies_come_with_their_threads(youtube: YouTubeRig) -> None:
    """A reply is heard below its thread, also below one that is known already, and once."""
    listener: Any = youtube.make()
    _, cursor, _ = await walk(youtube, listener, None)
    top = youtube.server.say("Kestrelo is down")
    heard, cursor, _ = await walk(youtube, listener, cursor)
    assert [one.external_id for one in heard] == [top]
    reply = youtube.server.say("@Ines-9 for me too, Kestrelo", parent=top)
    (answer,), cursor, _ = await walk(youtube, listener, cursor)
    assert (answer.external_id, answer.in_reply_to, answer.conversation_id) == (reply, top, top)
    assert (answer.addressees, answer.url) == ({"ines-9"}, f"https://www.youtube.com/watch?v=vid1&lc={reply}")
    assert (await walk(youtube, listener, cursor))[0] == []
    await listener.aclose()


async def test_units_are_counted_and_kept(youtube: YouTubeRig) -> None:
    """Each page is a unit; when the day's are used up nothing is asked, and the batch says why."""
    listener: Any = youtube.make(units_per_day=5)
    assert (await listener.poll(None, Spend(), youtube.now)).posts == 1
    asked = len(youtube.server.trouble.seen)
    batch = await listener.poll(None, Spend(posts=5), youtube.now)
    assert ("used up" in batch.warning, batch.pause, len(youtube.server.trouble.seen)) == (True, 900.0, asked)
    await listener.aclose()


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "quotaExceeded", RateLimited),
        (403, "rateLimitExceeded", RateLimited),
        (403, "accessNotConfigured", AuthFailed),
        (400, "keyInvalid", AuthFailed),
        (400, "processingFailure", Unavailable),
        (404, "channelNotFound", Unavailable),
        (403, "commentsDisabled", Unavailable),
    ],
)
async def test_what_youtube_refuses(youtube: YouTubeRig, status: int, reason: str, error: type[Exception]) -> None:
    """The reason, and not the status, says whether to wait, to look at the key, or at the id."""
    youtube.server.trouble.refusal = lambda _: refused(status, reason)
    youtube.server.trouble.play("403")
    listener: Any = youtube.make()
    with pytest.raises(error) as caught:
        await listener.poll(None, Spend(), datetime(2026, 3, 2, 12, tzinfo=UTC))
    if reason == "quotaExceeded":
        # Midnight in California is 8 o'clock in UTC, in winter.
        assert caught.value.retry_after == 20 * 3600  # type: ignore[attr-defined]
    await listener.aclose()


async def test_one_closed_video_stops_no_other(youtube: YouTubeRig) -> None:
    """Where several are heard, the one without comments is named and passed over."""
    youtube.server.closed["off"] = "commentsDisabled"
    listener: Any = youtube.make(videos=["off"])
    _, cursor, batches = await walk(youtube, listener, None)
    assert any("video:off" in batch.warning for batch in batches)
    youtube.server.say("Kestrelo is down")
    assert len((await walk(youtube, listener, cursor))[0]) == 1
    await listener.aclose()


def test_youtube_with_nothing_to_hear_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither channels nor videos is an error that says what to set."""
    monkeypatch.setenv("RIG_YOUTUBE", "secret")
    with pytest.raises(ValueError, match="channels or videos"):
        YouTubeListener.from_settings("y", YouTubeListener.Settings.model_validate({"key": {"env": "RIG_YOUTUBE"}}), {})


# Facebook and Instagram


async def test_comments_below_the_brands_posts_are_heard(facebook: FacebookRig) -> None:
    """Comments and answers to them are heard with their thread and parent; those from before the start are not."""
    post = facebook.server.post("Kestrelo news", by=PAGE_ID)
    facebook.server.comment(post, "from before")
    listener: Any = facebook.make()
    heard, cursor, _ = await walk(facebook, listener, None)
    assert heard == []
    comment = facebook.server.comment(post, "my line is dead")
    answer = facebook.server.comment(post, "mine too", parent=comment)
    heard, cursor, _ = await walk(facebook, listener, cursor)
    assert {(one.external_id, one.conversation_id, one.in_reply_to) for one in heard} == {
        (comment, post, post),
        (answer, post, comment),
    }
    assert (await walk(facebook, listener, cursor))[0] == []
    await listener.aclose()


async def test_a_new_post_brings_all_its_comments(facebook: FacebookRig) -> None:
    """What was said below a new post before we saw it is heard, over several pages."""
    listener: Any = facebook.make()
    _, cursor, _ = await walk(facebook, listener, None)
    post = facebook.server.post("Kestrelo news", by=PAGE_ID)
    said = {facebook.server.comment(post, f"comment {number}") for number in range(25)}
    heard, cursor, _ = await walk(facebook, listener, cursor)
    assert {one.external_id for one in heard} == {post, *said}
    own = next(one for one in heard if one.external_id == post)
    assert own.author.handle == "kestrelo_official"
    await listener.aclose()


async def test_only_so_many_posts_are_watched(facebook: FacebookRig) -> None:
    """The cursor keeps places for the newest posts alone, and a post that was deleted is let go."""
    listener: Any = facebook.make(watched=3)
    posts = [facebook.server.post(f"news {number}", by=PAGE_ID) for number in range(6)]
    _, cursor, _ = await walk(facebook, listener, None)
    assert (posts[5] in cursor, cursor.count('"on:') <= 6) == (True, True)
    heard_below = facebook.server.comment(posts[5], "below the newest")
    gone = posts[4]
    facebook.server.comment(gone, "below one that goes")
    at = (await listener.poll(cursor, Spend(), facebook.now)).cursor
    del facebook.server.things[gone]
    heard, cursor, _ = await walk(facebook, listener, at)
    assert [one.external_id for one in heard] == [heard_below]
    assert f"on:{gone}" not in cursor
    await listener.aclose()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 190, AuthFailed),
        (400, 4, RateLimited),
        (403, 200, AuthFailed),
        (400, 80001, RateLimited),
        (500, 2, Unavailable),
    ],
)
async def test_metas_codes_say_what_is_wrong(
    facebook: FacebookRig, status: int, code: int, error: type[Exception]
) -> None:
    """The code in the body, and not the status, says whether to wait or to renew the token."""
    facebook.server.trouble.refusal = lambda _: refusal(status, code)
    facebook.server.trouble.play("400")
    listener: Any = facebook.make()
    with pytest.raises(error):
        await listener.poll(None, Spend(), facebook.now)
    await listener.aclose()


async def test_metas_pause_is_in_minutes(facebook: FacebookRig) -> None:
    """Where Meta says in its usage header when we may go on, that is how long we wait."""
    usage = '{"1": [{"type": "pages", "estimated_time_to_regain_access": 3}]}'
    body = {"error": {"code": 80001}}
    facebook.server.trouble.refusal = lambda _: says(400, body, X_Business_Use_Case_Usage=usage)
    facebook.server.trouble.play("400")
    listener: Any = facebook.make()
    with pytest.raises(RateLimited) as caught:
        await listener.poll(None, Spend(), facebook.now)
    assert caught.value.retry_after == 180
    await listener.aclose()


async def test_the_check_asks_for_the_pages_handle(facebook: FacebookRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the page's own posts would be a stranger's, so `check` says what to add."""
    monkeypatch.setattr(FacebookRig, "brands", {})
    listener: Any = facebook.make()
    assert PAGE_ID in (await listener.check())[0].fix
    await listener.aclose()


async def test_instagram_hears_comments_and_their_answers(instagram: InstagramRig) -> None:
    """Answers that stand inside a comment are heard as its answers, once, with the handles that they name."""
    post = instagram.server.media()
    listener: Any = instagram.make(watched=5)
    _, cursor, _ = await walk(instagram, listener, None)
    comment = instagram.server.comment(post, "dead line", by="ines.9")
    answer = instagram.server.comment(post, "@ines.9 same", by="otto", parent=comment)
    heard, cursor, _ = await walk(instagram, listener, cursor)
    assert {(one.external_id, one.in_reply_to) for one in heard} == {(comment, post), (answer, comment)}
    assert {name for one in heard for name in one.addressees} == {"ines.9"}
    assert (await walk(instagram, listener, cursor))[0] == []
    later = instagram.server.comment(post, "and today", by="otto", late=timedelta(seconds=1))
    assert [one.external_id for one in (await walk(instagram, listener, cursor))[0]] == [later]
    await listener.aclose()
