"""What `channels` prints: each platform's rules, what is switched on, and what has come of it. Reads no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.channel import UNKNOWN, Counting, Deletion, Manifest, ReplyRule, Threading
from models.store.channels import Counts
from models.store.shadow import Shown, Would

WHO = {
    ReplyRule.ADMITTED: "the bot may answer",
    ReplyRule.SUMMONED: "the bot may answer who called it",
    ReplyRule.PERSON: "people answer by hand",
    ReplyRule.NEVER: "nobody can answer",
}
COUNTED = {
    Counting.CHARACTERS: "code points",
    Counting.UTF16: "UTF-16 units",
    Counting.GRAPHEMES: "signs as they are read",
    Counting.BYTES: "bytes",
    Counting.WEIGHTED: "signs as X weighs them",
    Counting.LINKED: "signs, a link 23",
}
LEARNT = {
    Deletion.EVENT: "the platform tells",
    Deletion.LOOKUP: "we ask again",
    Deletion.NEVER: "never",
}
THREADS = {
    Threading.TREE: "each answer names its post",
    Threading.FLAT: "one below the other",
    Threading.NONE: "none",
}
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel as it stands. ``listeners`` hear it; ``handed`` says that one of any channel hands its posts over.

    ``first_at`` is when it was first set up, ``live_at`` when its first poll in shadow went well. ``counts`` and
    ``would`` are of the last weeks.
    """

    manifest: Manifest
    listeners: tuple[str, ...] = ()
    handed: bool = False
    reply_with: str = ""
    shadow: bool = False
    counts: Counts = field(default_factory=Counts)
    would: Would = field(default_factory=Would)
    first_at: datetime | None = None
    live_at: datetime | None = None

    @property
    def state(self) -> str:
        """On, in shadow, off, or off after it was on; its history stays."""
        if self.shadow:
            return "shadow"
        if self.listeners or self.handed:
            return "on"
        return "was on" if self.live_at or self.counts.heard else "off"


def table(found: Mapping[str, Standing], now: datetime) -> Iterator[str]:
    """One line a channel, those that are on first."""
    yield (
        f"{'channel':<14} {'state':<7} {'who may answer':<33} {'replies by':<12} {'length':>7} "
        f"{'deleted':<19} {'target':>6}  last weeks"
    )
    for name, one in sorted(found.items(), key=lambda item: (_ORDER.index(item[1].state), item[0])):
        manifest = one.manifest
        by = one.reply_with or ("nobody" if manifest.reply is ReplyRule.NEVER else "people")
        yield (
            f"{name:<14} {one.state:<7} {_who(manifest):<33} {by:<12} {manifest.max_length:>7} "
            f"{LEARNT[manifest.deletion]:<19} {span(manifest.answer_within):>6}  {_numbers(one, now)}"
        ).rstrip()
    yield "`channels show NAME` says all that is known of one; docs/channels.md has the rules of all."


_ORDER = ("on", "shadow", "was on", "off")


def page(name: str, one: Standing, shown: Sequence[Shown], now: datetime) -> Iterator[str]:
    """Everything about one channel; ``shown`` are its latest posts in shadow."""
    heard = f", heard by {', '.join(one.listeners)}" if one.listeners else ""
    yield f"{name}: {one.state}{heard}"
    rows = dict(facts(one.manifest))
    rows["replies by"] = one.reply_with or "people"
    rows["last weeks"] = f"{one.counts.heard} heard, {one.counts.cards} cards, {one.counts.replies} replies"
    if one.would.posts:
        rows["would have"] = f"{would(one.would)}, of {posts(one.would)} in shadow"
    if said := clock(one, now):
        rows["clock"] = said
    yield from (f"  {title:<15} {text}" for title, text in rows.items() if text)
    for post in shown:
        done = "; ".join(filter(None, map(_message, post.messages)))
        yield f"  {post.at:%m-%d %H:%M} UTC  {post.route:<8} {done}  {post.link or post.mention_id}"


def facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """A manifest in words: what is asked, and what its rules say."""
    yield "who may answer", f"{_who(manifest)}: {manifest.why}"
    yield "hears", manifest.hears
    yield "sends", manifest.sends
    yield "limits", manifest.limits
    yield "cost", manifest.cost
    yield "identity", manifest.identity
    yield "threads", THREADS[manifest.threading]
    yield "length", f"{manifest.max_length:,} {COUNTED[manifest.counting]}"
    yield "deleted posts", deletion(manifest)
    yield "target", f"an answer within {span(manifest.answer_within)}" if manifest.answer_within else "as for all"
    yield "training", "allowed" if manifest.training else "its terms forbid to train a model on its posts"


def deletion(manifest: Manifest) -> str:
    """How we learn that a post was deleted, and how soon."""
    if manifest.deletion is Deletion.NEVER:
        return "it cannot be learnt: texts go when their term ends"
    ways = [LEARNT[manifest.deletion]] if manifest.deletion is not Deletion.LOOKUP else []
    ways += [f"{LEARNT[Deletion.LOOKUP]}, every {span(manifest.recheck)}"] if manifest.recheck else []
    return ", and ".join(ways)


def clock(one: Standing, now: datetime) -> str:
    """How long it took from the beginning of the work until the first poll in shadow; empty where nobody knows."""
    begun, since = one.manifest.begun, "`channels new`"
    if begun is None:
        begun, since = one.first_at, "it was set up"
    if begun is None or (one.live_at is None and not one.shadow):
        return ""
    if one.live_at is None:
        return f"not heard in shadow yet, {max(now - begun, timedelta()) / HOUR:.1f} h after {since}"
    return f"heard in shadow {max(one.live_at - begun, timedelta()) / HOUR:.1f} h after {since}"


def would(done: Would) -> str:
    """What would have been sent, in words."""
    named = ((done.cards, "card"), (done.notes, "note"), (done.replies, "reply"))
    parts = [f"{count} {word if count == 1 else _PLURAL.get(word, f'{word}s')}" for count, word in named if count]
    return ", ".join(parts) or "nothing"


def posts(done: Would) -> str:
    """About how many posts."""
    return f"{done.posts} post{'s' if done.posts != 1 else ''}"


_PLURAL = {"reply": "replies"}


def span(time: timedelta | None) -> str:
    """A span of time in hours, or in days where it is some whole ones."""
    if time is None:
        return ""
    days = time / timedelta(days=1)
    return f"{days:.0f} d" if days > 1 and days.is_integer() else f"{time / HOUR:g} h"


def _who(manifest: Manifest) -> str:
    return WHO[manifest.reply] if manifest != UNKNOWN else f"{WHO[manifest.reply]}, rules unknown"


def _numbers(one: Standing, now: datetime) -> str:
    counts = one.counts
    parts = [f"{counts.heard} heard"] if counts.heard else []
    parts += [f"{counts.cards} cards, {counts.replies} replies"] if counts.cards or counts.replies else []
    parts += [f"would have: {would(one.would)}"] if one.would.posts else []
    return "; ".join([*parts, *filter(None, [clock(one, now)])])


def _message(message: Mapping[str, str]) -> str:
    to = f" to {message['to']}" if message.get("to") else ""
    says = f" “{message['says']}”" if message.get("says") else ""
    return f"{message.get('kind', '')}{to}{says}"
