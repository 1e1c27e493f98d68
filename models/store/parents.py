"""What a post answers: given by its listener, wanted once people see the post, and known, masked, or marked missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal_column, or_, select
from sqlmodel import Session

from models.conversation_tables import ParentRow
from models.mention import ANONYMOUS, Mention, Parent, key_of_author, storable
from models.store import edits, wakes
from models.store.dialect import insert, table, update
from models.store.rows import MAX_TEXT, mention_of
from models.tables import CaseRow, EffectRow, MentionRow, TombstoneRow

_parent, _mention = table(ParentRow).c, table(MentionRow).c

DELETED = "its author deleted it"
FORGOTTEN = "its author asked to be forgotten"

CLOCK = "parents"
"""The clock that gets what is wanted."""

LONGEST_ID = 500
"""A longer id is no platform's, and more than an index takes."""

GIVEN, WANTED, KNOWN = "given", "wanted", "known"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parent that a card waits for. ``given`` holds what the mention's listener said of it, unmasked.

    ``author_key`` is that of the given one's author, where the listener named them.
    """

    mention: Mention
    listener: str
    external_id: str
    tries: int
    given: Parent | None = None
    author_key: str = ""


def keep(session: Session, mentions: Iterable[Mention], now: datetime) -> None:
    """Keep what listeners said of the posts that these answer."""
    named = ((one, one.parent) for one in mentions if one.parent and len(one.parent.external_id) <= LONGEST_ID)
    rows = [_values(mention, parent, GIVEN, now) for mention, parent in named]
    forgotten = _forgotten(session, {row["author_key"] for row in rows} - {""})
    rows = [row | (_nobodys(FORGOTTEN) if row["author_key"] in forgotten else {}) for row in rows]
    if rows:
        session.execute(insert(session, ParentRow).on_conflict_do_nothing(), rows)


def want(session: Session, mention: Mention, now: datetime) -> None:
    """People will see this mention: get what it answers."""
    again = {"state": WANTED, "next_at": now}
    if mention.in_reply_to and len(mention.in_reply_to) <= LONGEST_ID:
        row = insert(session, ParentRow).values(_values(mention, Parent(mention.in_reply_to), WANTED, now))
        given = _parent.state == GIVEN
        asked = row.on_conflict_do_update(index_elements=["mention_id"], set_=again, where=given)
    else:
        asked = update(ParentRow).where(_parent.mention_id == mention.id, _parent.state == GIVEN).values(**again)
    if session.execute(asked).rowcount:  # type: ignore[attr-defined]
        wakes.mark(session, "tick", [CLOCK], now)


def wanted(session: Session, now: datetime, limit: int = 20) -> list[Wanted]:
    """The parents that are due, each once; what was kept of them comes with them."""
    both = table(ParentRow).join(table(MentionRow), _mention.id == _parent.mention_id)
    columns = (_parent.external_id.label("answers"), _parent.tries, _parent.missing, _parent.text.label("said"))
    more = (_parent.author.label("by"), _parent.author_key.label("by_key"), _parent.url.label("at"))
    query = select(table(MentionRow), *columns, *more).select_from(both)
    # Written out, so that SQLite takes the index of what is wanted.
    due = query.where(_parent.state == literal_column("'wanted'"), _parent.next_at <= now, _mention.kept)
    return [_wanted(row) for row in session.execute(due.order_by(_parent.next_at).limit(limit)).all()]


def in_store(session: Session, one: Wanted) -> tuple[str, Parent] | None:
    """The parent if we have heard it ourselves: the key of its author, and the post as it is."""
    same = (_mention.external_id == one.external_id, _mention.channel == one.mention.channel)
    query = select(table(MentionRow)).where(*same, _mention.brand == one.mention.brand)
    row = session.execute(query).first()
    if row is None:
        return None
    if not row.kept:
        return "", Parent(one.external_id, missing="its text was erased")
    found = mention_of(row)
    return found.author_key, Parent(one.external_id, called(found), found.text, found.url)


def called(mention: Mention) -> str:
    """Its author as people read it."""
    return f"@{mention.author.handle.removeprefix('@')}" if mention.author.handle else mention.author.name


def known(session: Session, mention: Mention, parent: Parent, author_key: str, now: datetime) -> None:
    """Keep what people may see of it, which is masked by now, and draw the card with it."""
    if author_key and _forgotten(session, {author_key}):
        parent, author_key = Parent(parent.external_id, missing=FORGOTTEN), ""
    said = {"author": parent.author, "text": parent.text[:MAX_TEXT], "url": parent.url, "missing": parent.missing}
    values = {name: storable(value) for name, value in said.items()} | {
        "author_key": author_key,
        "state": KNOWN,
        "next_at": now,
    }
    # One that is known already was deleted while we asked for it.
    waits = (_parent.mention_id == mention.id, _parent.state != KNOWN)
    session.execute(update(ParentRow).where(*waits).values(**values))
    _redraw(session, [mention.id], now)


def later(session: Session, mention: Mention, at: datetime) -> None:
    """It could not be had now."""
    row = update(ParentRow).where(_parent.mention_id == mention.id)
    session.execute(row.values(tries=_parent.tries + 1, next_at=at))


def gone(session: Session, listener: str, channel: str, external_ids: Sequence[str], now: datetime) -> None:
    """Posts of a channel or listener were deleted: nobody sees what they said, above no answer to them either."""
    theirs = select(_mention.id).where(_mention.id == _parent.mention_id, _mention.listener == listener).exists()
    _blank(session, [_parent.external_id.in_(external_ids), or_(_parent.channel == channel, theirs)], DELETED, now)


def forget_authors(session: Session, author_keys: Sequence[str], now: datetime) -> None:
    """Their authors asked to be forgotten."""
    _blank(session, [_parent.author_key.in_(author_keys)], FORGOTTEN, now)


def forget_called(session: Session, channel: str, who: str, now: datetime) -> None:
    """The same where a listener gave the handle alone, so that there is no key."""
    handle = f"@{storable(who).removeprefix('@')}"
    theirs = or_(_parent.author == handle, func.lower(_parent.author) == handle.lower())
    _blank(session, [_parent.channel == channel, _parent.author_key == "", theirs], FORGOTTEN, now)


def forget(session: Session, mention_ids: Sequence[str]) -> None:
    """The mentions that answered them have no words any more."""
    session.execute(delete(table(ParentRow)).where(_parent.mention_id.in_(mention_ids)))


def seen(session: Session, channel: str, others: Collection[str], before: datetime, limit: int) -> list[str]:
    """Posts that stand above mentions of other listeners than these, and that nobody has looked at since a moment."""
    both = table(ParentRow).join(table(MentionRow), _mention.id == _parent.mention_id)
    theirs = (_parent.channel == channel, _mention.listener.not_in(others), _parent.state == KNOWN, _parent.text != "")
    query = select(_parent.external_id).select_from(both).where(*theirs, _parent.next_at <= before)
    return list(session.scalars(query.group_by(_parent.external_id).order_by(func.min(_parent.next_at)).limit(limit)))


def looked_at(session: Session, channel: str, external_ids: Sequence[str], now: datetime) -> None:
    """They were there at this moment."""
    theirs = (_parent.external_id.in_(external_ids), _parent.channel == channel, _parent.state == KNOWN)
    session.execute(update(ParentRow).where(*theirs).values(next_at=now))


def _blank(session: Session, theirs: Sequence[Any], why: str, now: datetime) -> None:
    # Also one that is still waited for: what is fetched at this moment must not be shown.
    there = or_(_parent.text != "", _parent.state != KNOWN)
    shown = update(ParentRow).where(*theirs, there).values(**_nobodys(why)).returning(_parent.mention_id)
    answers = list(session.execute(shown).scalars())
    if not answers:
        return
    edits.reword(session, table(EffectRow).c.mention_id.in_(answers), {"parent": []})
    _redraw(session, answers, now)


def _redraw(session: Session, mention_ids: Sequence[str], now: datetime) -> None:
    query = select(_mention.case_id).where(_mention.id.in_(mention_ids), _mention.case_id.is_not(None))
    live = select(table(CaseRow).c.id).where(table(CaseRow).c.id.in_(query))
    for case_id in sorted(session.scalars(live)):
        edits.redraw(session, case_id, now)


def _nobodys(why: str) -> dict[str, Any]:
    """What is left of a parent that nobody may see."""
    return {"text": "", "author": "", "url": "", "author_key": "", "missing": why, "state": KNOWN}


def _forgotten(session: Session, author_keys: Collection[str]) -> set[str]:
    """Those who asked to be forgotten."""
    key = table(TombstoneRow).c.author_key
    return set(session.scalars(select(key).where(key.in_(author_keys)))) if author_keys else set()


def _values(mention: Mention, parent: Parent, state: str, now: datetime) -> dict[str, Any]:
    named = parent.author_id and parent.author_id != ANONYMOUS
    said = {"author": parent.author, "text": parent.text[:MAX_TEXT], "url": parent.url, "missing": parent.missing}
    return {name: storable(value) for name, value in said.items()} | {
        "mention_id": mention.id,
        "brand": mention.brand,
        "channel": mention.channel,
        "external_id": storable(parent.external_id),
        "author_key": key_of_author(mention.brand, mention.channel, parent.author_id) if named else "",
        "state": state,
        "tries": 0,
        "next_at": now,
    }


def _wanted(row: Any) -> Wanted:
    given = Parent(row.answers, row.by, row.said, row.at, row.missing) if row.said or row.missing else None
    return Wanted(mention_of(row), row.listener, row.answers, row.tries, given, row.by_key)
