"""X's JSON becomes mentions, under old and new names, and what cannot be read is set aside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.x.posts import Page, read_page
from models.mention import Author, Mention, Reach

OWN = {"42": "kestrelo"}


def page(*items: Any, **more: Any) -> Page:
    return read_page(json.dumps({"data": items, **more}).encode(), OWN)


def mention(**more: Any) -> Mention:
    item = {"id": "1990000000000000001", "text": "kestrelo", "created_at": "2026-11-21T12:00:00.000Z", "author_id": "7"}
    (heard,) = page(item | more.pop("item", {}), **more).mentions
    return heard


OLD: dict[str, Any] = {
    "edit_history_tweet_ids": ["1990000000000000001"],
    "referenced_tweets": [{"type": "replied_to", "id": "11"}, {"type": "quoted", "id": "12"}],
    "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1},
    "note_tweet": {"text": "kestrelo at length"},
}
NEW: dict[str, Any] = {
    "edit_history_post_ids": ["1990000000000000001"],
    "referenced_posts": [{"type": "replied_to", "id": "11"}, {"type": "quoted", "id": "12"}],
    "public_metrics": {"like_count": 3, "repost_count": 2, "reply_count": 1},
    "note_post": {"text": "kestrelo at length"},
}


@pytest.mark.parametrize(("item", "included"), [(OLD, "tweets"), (NEW, "posts")], ids=["old names", "new names"])
def test_both_versions(item: dict[str, Any], included: str) -> None:
    """Both versions of X's names give the same mention."""
    entities = {"mentions": [{"username": "Dana"}]}
    common = {"lang": "en", "conversation_id": "10", "in_reply_to_user_id": "42", "entities": entities}
    users = [{"id": "7", "username": "Ines", "name": "Ines", "public_metrics": {"followers_count": 9}}]
    heard = mention(item=item | common, includes={included: [{"id": "12", "author_id": "42"}], "users": users})
    assert heard == Mention(
        channel="x",
        external_id="1990000000000000001",
        author=Author("7", "Ines", "Ines", 9),
        text="kestrelo at length",
        posted_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        url="https://x.com/Ines/status/1990000000000000001",
        conversation_id="10",
        in_reply_to="11",
        lang="en",
        reach=Reach(likes=3, reposts=2, replies=1),
        addressees=frozenset({"dana", "kestrelo"}),
        quotes="kestrelo",
    )


def test_without_users() -> None:
    """Without users the author is an id, and the link works without a handle."""
    heard = mention()
    assert heard.author == Author("7")
    assert heard.url == "https://x.com/i/status/1990000000000000001"


def test_own_post() -> None:
    """A post from one of the brand's account ids carries the brand's handle, so that it can be dropped."""
    assert mention(item={"author_id": "42"}).author.handle == "kestrelo"


def test_repost() -> None:
    """A retweet is marked as a repost."""
    assert mention(item={"referenced_tweets": [{"type": "retweeted", "id": "5"}]}).repost


def test_edits_are_one_mention() -> None:
    """An edited post keeps the id of its first version and links to the one it is now."""
    heard = mention(item={"edit_history_tweet_ids": ["1989999999999999999", "1990000000000000001"]})
    assert heard.external_id == "1989999999999999999"
    assert heard.url.endswith("/1990000000000000001")


def test_text_is_made_plain() -> None:
    """HTML escapes are undone, and signs that no database can keep are replaced."""
    assert mention(item={"text": "a &lt;b&gt; &amp; \ud800\x00c"}).text == "a <b> & \ufffd\ufffdc"


@pytest.mark.parametrize("written", [None, "Wed Jan 06 18:40:40 +0000 2021", 5])
def test_moment_from_the_id(written: Any) -> None:
    """A post without a readable moment has the one that its id holds; id and moment are X's schema's own example."""
    heard = mention(item={"created_at": written, "id": "1346889436626259968"})
    assert heard.posted_at.replace(microsecond=0) == datetime(2021, 1, 6, 18, 40, 40, tzinfo=UTC)


@pytest.mark.parametrize(("code", "lang"), [("und", None), ("qme", None), ("in", "id"), ("fr", "fr"), (5, None)])
def test_language(code: Any, lang: str | None) -> None:
    """X's own codes for "no language" are none, and withdrawn codes are today's."""
    assert mention(item={"lang": code}).lang == lang


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("kestrelo", "not an object"),
        ({"text": "kestrelo canary"}, "id: missing or not a number"),
        ({"id": "x1", "text": "kestrelo canary"}, "id: missing or not a number"),
        ({"id": "1990000000000000002", "text": ["canary"]}, "text: missing or not text"),
        ({"id": "12", "text": "canary", "created_at": "canary"}, "created_at: missing or not a moment"),
        ({"id": "12", "text": "canary"}, "created_at: missing or not a moment"),
    ],
)
def test_spoiled(item: Any, fault: str) -> None:
    """A post that cannot be read is set aside by digest and fault, without its text, and the others are heard."""
    good = {"id": "1990000000000000001", "text": "kestrelo"}
    read = page(item, good)
    ((digest, said),) = read.spoiled
    assert [heard.text for heard in read.mentions] == ["kestrelo"]
    assert (said, len(digest), read.posts) == (fault, 16, 2)


@pytest.mark.parametrize(
    "strange",
    [
        {"entities": []},
        {"entities": {"mentions": [None, {}]}},
        {"public_metrics": "many", "referenced_tweets": [None, 5]},
        {"referenced_tweets": {"a": 1}, "edit_history_tweet_ids": "x", "note_tweet": []},
    ],
)
def test_strange_side_fields(strange: dict[str, Any]) -> None:
    """Fields beside the text that are of another kind than X says cost the field and not the post."""
    assert mention(item=strange).text == "kestrelo"


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"errors":[]}', b'{"data":{"id":"1"}}', b"\xff"])
def test_no_page(body: bytes) -> None:
    """What is no page of posts is an error, and never taken for silence."""
    with pytest.raises(ValueError):
        read_page(body, OWN)
