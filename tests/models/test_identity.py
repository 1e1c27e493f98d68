"""One post, many addresses: what is the same post across sources, and what only looks so."""

from __future__ import annotations

import pytest

from models import identity
from tests.build import mention

SAME = {
    "x": (
        "https://x.com/anna_l/status/1900",
        "https://twitter.com/anna_l/status/1900?s=20&t=abc",
        "http://mobile.twitter.com/i/status/1900/photo/1",
        "https://www.x.com/Anna_L/statuses/1900#m",
    ),
    "hackernews": (
        "https://news.ycombinator.com/item?id=4711",
        "https://news.ycombinator.com/item?id=1#4711",
    ),
    "bluesky": (
        "https://bsky.app/profile/anna.example/post/3kabc22xyz2k",
        "https://bsky.app/profile/did:plc:abc/post/3kabc22xyz2k",
    ),
    "stackexchange": (
        "https://stackoverflow.com/questions/77/why-is-it-dead",
        "https://stackoverflow.com/q/77",
        "https://stackoverflow.com/questions/77/another-title?utm_source=feed",
    ),
    "reddit": (
        "https://www.reddit.com/r/kestrelo/comments/1abcd/dead_line/",
        "https://old.reddit.com/r/kestrelo/comments/1abcd",
    ),
    "url": (
        "https://blog.kestrelo.example/a/b",
        "http://www.blog.kestrelo.example/a//b/?utm_medium=rss&fbclid=1",
        "https://blog.kestrelo.example/a/b/index.html#:~:text=dead",
        "https://blog.kestrelo.example:443/a/b#utm_source=x",
        "https://blog.kestrelo.example/a/b/amp/",
    ),
}
APART = (
    ("https://x.com/a/status/1", "https://x.com/a/status/2"),
    ("https://x.com/anna_l", "https://x.com/bo_k"),
    ("https://a.example/p?id=1", "https://a.example/p?id=2"),
    ("https://a.example/p#comment-1", "https://a.example/p#comment-2"),
    ("https://a.example/p", "https://b.example/p"),
    ("https://stackoverflow.com/q/7", "https://superuser.com/q/7"),
    ("https://stackoverflow.com/questions/7/a/8", "https://stackoverflow.com/questions/7/a/9"),
    ("https://reddit.com/r/k/comments/1/t/a", "https://reddit.com/r/k/comments/1/t/b"),
    ("https://a.example:8080/p", "https://a.example/p"),
)


@pytest.mark.parametrize("kind", SAME)
def test_addresses_of_one_post_are_one(kind: str) -> None:
    """Mobile and old hosts, tracking, titles in the path and marks behind # tell no post from another."""
    (found,) = {identity.of_link(link) for link in SAME[kind]}
    assert found.startswith(f"{kind}:")


@pytest.mark.parametrize(("one", "other"), APART)
def test_addresses_of_two_posts_are_two(one: str, other: str) -> None:
    """What names a post stays: ids, queries that are not tracking, comments behind #, ports, hosts."""
    assert identity.of_link(one) != identity.of_link(other)


def test_the_order_of_a_query_does_not_matter() -> None:
    """It means the same to every server that people use."""
    assert identity.of_link("https://a.example/p?b=2&a=1") == identity.of_link("https://a.example/p?a=1&b=2")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "no address",
        "ftp://a.example/",
        "https://",
        "https://[::1",
        "https://a.example:99999/",
        "javascript:x",
        "x" * 5000,
    ],
)
def test_what_is_no_address_is_no_identity(link: str) -> None:
    """Any text is taken, and nothing is the same as it."""
    assert identity.of_link(link) == ""


def test_the_platform_s_own_id_goes_before_the_address() -> None:
    """A post that was heard on the platform itself is known by what a feed's address of it says."""
    own = mention(external_id="1900", url="https://x.com/anna_l/status/1999")
    assert identity.canonical(own) == identity.of_link("https://twitter.com/i/status/1900") == "x:1900"
    at = mention(channel="bluesky", external_id="at://did:plc:abc/app.bsky.feed.post/3kabc22xyz2k", url="")
    assert identity.canonical(at) == identity.of_link(SAME["bluesky"][0])
    assert identity.surely("x:1900")
    assert not identity.surely("url:a.example/p")
