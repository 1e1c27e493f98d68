"""What is known of the channels that were ever set up: their rules, since when, and what was heard there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlmodel import Session

from models.channel import Manifest, Manifests
from models.channel_tables import ChannelRow
from models.decision import Kind
from models.manifests import MANIFESTS
from models.store.dialect import insert, table, update
from models.tables import EffectRow, MentionRow

_channel, _effect, _mention = table(ChannelRow).c, table(EffectRow).c, table(MentionRow).c
_rules = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Life:
    """A channel in the database: when it was first set up, and when it was first set to shadow."""

    first_at: datetime
    shadow_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the posts heard on a channel in a time: how many, the cards that people got, and the replies that went out.

    ``by`` are the listeners that heard them.
    """

    heard: int = 0
    cards: int = 0
    replies: int = 0
    by: frozenset[str] = frozenset()


def keep(
    session: Session, manifests: Manifests, channels: Collection[str], shadowed: Collection[str], now: datetime
) -> Manifests:
    """Remember the channels that are set up, and those in shadow; returns the rules of all that ever were.

    What a plug-in says now holds against what it said before.
    """
    for name in sorted({*channels, *shadowed}):
        own = manifests.get(name) if name not in MANIFESTS else None
        rules = _rules.dump_python(own, mode="json") if own else {}
        row = insert(session, ChannelRow).values(name=name, manifest=rules, first_at=now)
        session.execute(row.on_conflict_do_nothing())
        if own:
            session.execute(update(ChannelRow).where(_channel.name == name).values(manifest=rules))
    first = update(ChannelRow).where(_channel.name.in_(list(shadowed)), _channel.shadow_at.is_(None))
    session.execute(first.values(shadow_at=now))
    return {**known(session), **manifests}


def known(session: Session) -> Manifests:
    """The rules of every channel that is built in or was ever set up; the built-in ones cannot be overruled."""
    rows = session.execute(select(_channel.name, _channel.manifest)).all()
    others = {row.name: rules for row in rows if (rules := _read(row.manifest))}
    return {**others, **MANIFESTS}


def lives(session: Session) -> dict[str, Life]:
    """Every channel that was ever set up."""
    rows = session.execute(select(_channel.name, _channel.first_at, _channel.shadow_at))
    return {row.name: Life(row.first_at, row.shadow_at) for row in rows}


def counts(session: Session, since: datetime) -> Mapping[str, Counts]:
    """By channel, of what was heard and sent after ``since``."""
    heard = select(_mention.channel, _mention.listener, func.count()).where(_mention.heard_at > since)
    sent = select(_effect.channel, _effect.kind, func.count()).where(
        _effect.queued_at > since, _effect.state == "sent", _effect.kind.in_((Kind.ALERT, Kind.REPLY))
    )
    posts: dict[str, dict[str, int]] = {}
    for channel, listener, count in session.execute(heard.group_by(_mention.channel, _mention.listener)):
        posts.setdefault(channel, {})[listener] = count
    out = {(row[0], row[1]): row[2] for row in session.execute(sent.group_by(_effect.channel, _effect.kind))}
    names = {*posts, *(channel for channel, _ in out)}
    return {
        name: Counts(
            heard=sum(posts.get(name, {}).values()),
            cards=out.get((name, Kind.ALERT), 0),
            replies=out.get((name, Kind.REPLY), 0),
            by=frozenset(posts.get(name, ())),
        )
        for name in names
        if name
    }


def _read(kept: Mapping[str, Any]) -> Manifest | None:
    """The rules that were kept; None where there are none, or another version wrote what this one cannot read."""
    if not kept:
        return None
    try:
        return _rules.validate_python(kept)
    except ValidationError:
        return None
