"""The manifests of the built-in channels. The rules are the platforms' own; ``docs/safety.md`` gives their sources."""

from __future__ import annotations

from datetime import timedelta

from models.channel import UNKNOWN, Counting, Deletion, Manifest, Manifests, ReplyRule, Threading

DAY = timedelta(days=1)

_ALL = (
    Manifest(
        "x", ReplyRule.SUMMONED, "X accepts replies by API only to authors who mentioned or quoted the account",
        max_length=280, counting=Counting.WEIGHTED,
        link="https://x.com/intent/tweet?in_reply_to={id}&text={text}", profile="https://x.com/{handle}",
        training=False,
        hears="posts of the last 7 days that a query finds, by polling or as a stream",
        sends="replies to who summoned the account",
        limits="450 searches in 15 minutes; 1 stream, 1,000 rules",
        cost="$0.005 a post read, $0.01 to $0.20 a reply",
        deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=1),
    ),
    Manifest(
        "telegram", ReplyRule.ADMITTED, "the chat's admins let the bot in",
        max_length=4096, counting=Counting.UTF16, profile="https://t.me/{handle}",
        hears="groups and channels that let the bot in", sends="replies in the same chat",
        limits="20 messages a minute and group, 30 a second", threading=Threading.TREE,
        answer_within=timedelta(hours=1),
    ),
    Manifest(
        "bluesky", ReplyRule.SUMMONED, "Bluesky asks bots to answer only those who tagged them",
        max_length=300, counting=Counting.GRAPHEMES, profile="https://bsky.app/profile/{handle}",
        hears="the whole network as a stream, or posts that a search finds",
        sends="replies to who tagged the account",
        limits="3,000 requests in 5 minutes; 1,666 posts an hour", identity="a DID, stable; handles change",
        deletion=Deletion.EVENT, recheck=DAY, answer_within=timedelta(hours=4),
    ),
    Manifest(
        "mastodon", ReplyRule.SUMMONED, "Mastodon servers expect bots to speak when spoken to",
        # 500, less the name of who is answered.
        max_length=468, counting=Counting.LINKED,
        hears="hashtags and the federated timeline of the servers named, by polling or as a stream",
        sends="replies to who mentioned the account",
        limits="300 requests in 5 minutes, each account and address", identity="an account's address",
        deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=4),
    ),
    Manifest(
        "hackernews", ReplyRule.PERSON, "Hacker News has no way for programs to write",
        max_length=10_000,
        hears="stories and comments that a search finds", limits="10,000 requests an hour and address",
        identity="the user name", deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=8),
    ),
    Manifest(
        "feed", ReplyRule.PERSON, "a feed is one way: people answer where the post stands",
        max_length=10_000,
        hears="RSS, Atom and JSON feeds", limits="what the publisher bears: each feed every 5 minutes at most",
        identity="the author's name, where the feed gives one", threading=Threading.NONE,
        answer_within=timedelta(hours=24),
    ),
    Manifest(
        "stackexchange", ReplyRule.PERSON, "answers there are for people who know, and programs may not write them",
        max_length=30_000,
        hears="questions that a search finds", limits="300 requests a day and address, 10,000 with a free key",
        deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=24),
    ),
    Manifest(
        "discourse", ReplyRule.PERSON, "each forum has its rules, so people answer",
        max_length=32_000,
        hears="the posts of open forums", limits="200 requests a minute and address", threading=Threading.FLAT,
        deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=24),
    ),
    Manifest(
        "reddit", ReplyRule.PERSON, "Reddit wants approval for bots, and each community has its rules",
        max_length=10_000,
        hears="submissions and comments that a search finds", limits="100 requests a minute, for approved apps",
        cost="free within the limit; contracts above", deletion=Deletion.LOOKUP, recheck=timedelta(hours=48),
        training=False, answer_within=timedelta(hours=8),
    ),
    Manifest(
        "youtube", ReplyRule.PERSON, "YouTube lets only the channel's owner answer by program, with a login",
        max_length=10_000,
        hears="comments under the videos and channels named", limits="10,000 units a day; a page of comments is 1",
        threading=Threading.FLAT, deletion=Deletion.LOOKUP, recheck=DAY, answer_within=timedelta(hours=24),
    ),
    Manifest(
        "facebook", ReplyRule.ADMITTED, "the page is the brand's own",
        max_length=8000,
        hears="posts and comments on the pages of the brand", sends="comments below a comment",
        identity="an id that holds for the page alone",
        limits="200 calls an hour, times the people who use the app", deletion=Deletion.LOOKUP, recheck=DAY,
        training=False, answer_within=timedelta(hours=2),
    ),
    Manifest(
        "instagram", ReplyRule.ADMITTED, "the account is the brand's own",
        max_length=2200,
        hears="comments on the brand's posts, and posts that tag it", sends="comments below a comment",
        identity="the handle",
        limits="200 calls an hour, times the people who use the app", threading=Threading.FLAT,
        deletion=Deletion.LOOKUP, recheck=DAY, training=False, answer_within=timedelta(hours=2),
    ),
    Manifest(
        "email", ReplyRule.ADMITTED, "the author wrote to the mailbox, and the answer goes to the author alone",
        max_length=20_000,
        hears="a mailbox, such as the one that a list or a form writes to", sends="answers in the thread",
        limits="the mail server's", identity="the address", answer_within=timedelta(hours=24),
    ),
    Manifest(
        "matrix", ReplyRule.ADMITTED, "the room let the bot in",
        max_length=20_000, counting=Counting.BYTES, profile="https://matrix.to/#/@{handle}",
        hears="the rooms that let the bot in", sends="replies in the room",
        limits="the home server's", deletion=Deletion.EVENT, answer_within=timedelta(hours=1),
    ),
    Manifest(
        "forum", ReplyRule.ADMITTED, "the forum is the brand's own",
        max_length=4000,
        hears="what the forum hands over, by webhook or file", sends="by the webhook out",
        limits="the forum's", answer_within=timedelta(hours=8),
    ),
    Manifest(
        "webhook", ReplyRule.PERSON, "nobody knows the rules where the post stands, so people answer",
        max_length=10_000,
        hears="signed posts from any program", limits="1 MB a request", identity="what the sender gives",
        deletion=Deletion.EVENT, answer_within=timedelta(hours=8),
    ),
)  # fmt: skip

MANIFESTS: Manifests = {manifest.name: manifest for manifest in _ALL}


def manifest_of(channel: str, manifests: Manifests = MANIFESTS) -> Manifest:
    """The manifest of a channel; a careful one where nothing is known."""
    return manifests.get(channel, UNKNOWN)
