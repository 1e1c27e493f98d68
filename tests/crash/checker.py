"""Compares what the world saw with what the database says. One checker for every test in which something is killed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

SETTLED = ("sent", "needs_human")


@dataclass(frozen=True)
class Record:
    """The database's side: rows as plain mappings."""

    mentions: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]
    effects: Sequence[Mapping[str, Any]]
    joined: Sequence[Mapping[str, Any]]
    """The events of cases that say which mention joined them, in order."""

    @classmethod
    def read(cls, engine: Engine) -> Record:
        """All of it in one transaction."""
        with engine.connect() as connection:

            def rows(query: str) -> list[Mapping[str, Any]]:
                return [dict(row) for row in connection.execute(text(query)).mappings()]

            return cls(
                rows("SELECT id, external_id, author_key, posted_at, heard_at, state FROM mention"),
                rows("SELECT mention_id, route, case_id, at FROM decision"),
                rows("SELECT key, kind, state, mention_id, purpose FROM effect"),
                rows("SELECT case_id, seq, meta FROM case_event WHERE type = 'mention_posted' ORDER BY case_id, seq"),
            )


@dataclass
class Counts:
    """What happened, for the report."""

    posts: int = 0
    replies: int = 0
    second_replies: int = 0
    given_to_people: int = 0
    alerts: int = 0
    second_alerts: int = 0
    routes: Counter[str] = field(default_factory=Counter)


def check(posts: Sequence[Mapping[str, Any]], writes: Sequence[Mapping[str, Any]], record: Record) -> list[str]:
    """Every breach of a promise, in words; an empty list means that all were kept."""
    by_id = {row["external_id"]: row for row in record.mentions}
    applied: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for write in writes:
        applied[write["key"]].append(write)
    return [
        *_each_decided_once(posts, by_id, record),
        *_people_are_told(posts, by_id, record),
        *_alerts_arrive(record, applied),
        *_replies_at_most_once(posts, writes, record),
        *_nothing_is_made_up(record, applied),
        *_in_order(posts, by_id, record),
    ]


def counts(posts: Sequence[Mapping[str, Any]], writes: Sequence[Mapping[str, Any]], record: Record) -> Counts:
    """The figures."""
    replies = Counter(write["target"] for write in writes if write["place"] == "reply")
    alerts = Counter(write["key"] for write in writes if write["place"] == "alert")
    return Counts(
        posts=len(posts),
        replies=len(replies),
        second_replies=replies.total() - len(replies),
        given_to_people=sum(row["state"] == "needs_human" for row in record.effects),
        alerts=len(alerts),
        second_alerts=alerts.total() - len(alerts),
        routes=Counter(row["route"] for row in record.decisions),
    )


def _each_decided_once(posts: Sequence[Mapping[str, Any]], by_id: Mapping[str, Any], record: Record) -> Iterator[str]:
    decided = Counter(row["mention_id"] for row in record.decisions)
    if len(by_id) != len(record.mentions):
        yield "a post is kept twice"
    for post in posts:
        row = by_id.get(post["id"])
        if row is None:
            yield f"{post['id']} was lost"
        elif decided[row["id"]] != 1:
            yield f"{post['id']} was decided {decided[row['id']]} times"


def _people_are_told(posts: Sequence[Mapping[str, Any]], by_id: Mapping[str, Any], record: Record) -> Iterator[str]:
    """By what the world knows of its posts: a call always has a card or a note; a question those, or an answer."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for effect in record.effects:
        kinds[effect["mention_id"]].add(effect["kind"])
    wanted = {"call": {"alert", "note"}, "ask": {"alert", "note", "reply"}}
    for post in posts:
        has = kinds[by_id[post["id"]]["id"]] if post["id"] in by_id else set()
        if post["kind"] in wanted and not has & wanted[post["kind"]]:
            yield f"{post['id']} ({post['kind']}) led to nothing"
        if post["kind"] == "news" and has:
            yield f"{post['id']} (news) led to {has}"


def _alerts_arrive(record: Record, applied: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    told = {key for writes in applied.values() for write in writes for key in write.get("shows", ())}
    for effect in record.effects:
        # A drawing of a card in its place may be overtaken by a newer one.
        if effect["kind"] in ("reply", "edit"):
            continue
        if effect["state"] == "folded":
            if effect["key"] not in told:
                yield f"{effect['kind']} {effect['key'][:8]} is folded, and no list that arrived shows it"
            continue
        arrived = [write for write in applied.get(effect["key"], []) if not write.get("in_place")]
        if effect["state"] != "sent" or not arrived:
            yield f"{effect['kind']} {effect['key'][:8]} is {effect['state']} and arrived {len(arrived)} times"
        # The first try may also be the one that arrives last.
        if sum(not write["maybe_again"] for write in arrived) > 1:
            yield f"{effect['kind']} {effect['key'][:8]} came again and did not say so"


def _replies_at_most_once(
    posts: Sequence[Mapping[str, Any]], writes: Sequence[Mapping[str, Any]], record: Record
) -> Iterator[str]:
    post_of = {post["id"]: post for post in posts}
    answered = [post_of[write["target"]] for write in writes if write["place"] == "reply"]
    threads = Counter((post["author"], post["thread"]) for post in answered)
    yield from (f"{count} replies to {who}" for who, count in threads.items() if count > 1)
    states = {effect["key"]: effect["state"] for effect in record.effects if effect["kind"] == "reply"}
    for write in writes:
        if write["place"] == "reply" and states.get(write["key"]) not in SETTLED:
            yield f"a reply to {write['target']} was posted and is {states.get(write['key'])}"
    asked = {effect["mention_id"] for effect in record.effects if effect["purpose"] == "reply-not-sent"}
    for effect in record.effects:
        if effect["kind"] == "reply" and effect["state"] == "needs_human" and effect["mention_id"] not in asked:
            yield f"nobody was asked about reply {effect['key'][:8]}"


def _nothing_is_made_up(record: Record, applied: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[str]:
    known = {effect["key"] for effect in record.effects}
    cards = {key for key, writes in applied.items() if writes[0].get("kind") != "edit"}
    yield from (f"{key[:8]} was sent and is not in the outbox" for key in cards - known)
    for effect in record.effects:
        if effect["kind"] == "reply" and effect["state"] == "sent" and effect["key"] not in applied:
            yield f"reply {effect['key'][:8]} is called sent and never was"


def _in_order(posts: Sequence[Mapping[str, Any]], by_id: Mapping[str, Any], record: Record) -> Iterator[str]:
    """Of two posts of an author, the older one is decided first, unless it was heard later."""
    place = {_mention(row["meta"]): (row["case_id"], row["seq"]) for row in record.joined}
    decided = {row["mention_id"]: str(row["at"]) for row in record.decisions}
    last: dict[str, Mapping[str, Any]] = {}
    for post in posts:
        row = by_id.get(post["id"])
        if row is None or row["id"] not in decided:
            continue
        before = last.get(post["author"])
        if before and str(before["heard_at"]) <= str(row["heard_at"]):
            if decided[before["id"]] > decided[row["id"]]:
                yield f"{post['id']} was decided before the older {before['external_id']}"
            one, other = place.get(before["id"]), place.get(row["id"])
            if one and other and one[0] == other[0] and one[1] > other[1]:
                yield f"{post['id']} joined its case before the older {before['external_id']}"
        last[post["author"]] = row


def _mention(meta: Any) -> str:
    return str((json.loads(meta) if isinstance(meta, str) else meta)["mention"])
