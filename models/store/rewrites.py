"""A post that its author changed: its words are replaced, it is judged and decided anew, and what waits is held back.

A calmer post never hides what a graver one has raised: its case keeps its route, and people see that it was edited.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlmodel import Session

from models.decision import Kind, Message, Reason, Route, message_key
from models.events import EventType
from models.mention import Batch, Mention, storable
from models.past import Screened
from models.store import cases, edits, effects, joining, wakes
from models.store.cases import LIVE, Event
from models.store.dialect import table, update
from models.store.queueing import queue
from models.store.rows import draft_body, draft_of, mention_of, mention_values, message_of, shard_of
from models.tables import AssessmentRow, CaseRow, CorrectionRow, DecisionRow, EffectRow, MentionRow

_mention, _effect, _case = table(MentionRow).c, table(EffectRow).c, table(CaseRow).c

HELD_BACK = "the post was edited"
"""The error of a reply that was not sent because of it."""

JUDGED = (None, Reason.TOO_OLD)
"""What the screen may say of an edited post that is judged anew: the edit itself is news."""


@dataclass(frozen=True, slots=True)
class Before:
    """What was decided of a post before it was edited. ``closed``: nobody looks at its case any more."""

    route: Route
    reasons: tuple[str, ...]
    case_id: str
    closed: bool = False


def heard(
    session: Session, listener: str, channel: str, batch: Batch, screened: Sequence[Screened], now: datetime
) -> int:
    """Replace the words of posts that we keep and that were edited since; how many are judged anew.

    Also of those that do not name the brand any more: what people see must be what stands there. A listener whose
    posts name their channels themselves (``channel`` is empty) speaks of its own posts only.
    """
    later: dict[tuple[str, str], list[Mention]] = {}
    for post in batch.mentions:
        if post.edited_at:
            later.setdefault((post.channel, storable(post.external_id)), []).append(post)
    if not later:
        return 0
    views = {one.mention.id: one for one in screened}
    known = (_mention.external_id.in_({external_id for _, external_id in later}), _mention.kept)
    here = or_(_mention.channel == channel, _mention.listener == listener)
    anew = []
    for row in session.execute(select(table(MentionRow)).where(*known, here).order_by(_mention.id)).all():
        newest = _newest(later.get((row.channel, row.external_id), ()), row.brand)
        if newest is None or not _is_later(newest, row):
            continue
        view = views.get(row.id)
        goes_on = view.reason in JUDGED if view else False
        if _replace(session, newest.seen_by(row.brand), row, goes_on, now):
            anew.append(row)
    wakes.mark(session, "classify", {str(shard_of(row.author_key)) for row in anew}, now)
    return len(anew)


def _newest(posts: Sequence[Mention], brand: str) -> Mention | None:
    """The last of the versions that a page holds of a brand's post."""
    own = [(post.edited_at, post) for post in posts if post.edited_at and post.brand in ("", brand)]
    return max(own, key=lambda one: one[0])[1] if own else None


def _is_later(post: Mention, row: Any) -> bool:
    assert post.edited_at
    return row.edited_at is None or post.edited_at > row.edited_at


def _replace(session: Session, post: Mention, row: Any, wanted: bool, now: datetime) -> bool:
    """Whether the post has other words now, and is judged by them."""
    case = cases.lock(session, row.case_id)
    values = mention_values(post, row.listener, now, row.state)
    fresh = {name: values[name] for name in ("text", "details", "edited_at", "checked_at")}
    fresh["details"]["added"] = mention_of(row).added
    if values["text"] == row.text:
        session.execute(update(MentionRow).where(_mention.id == row.id).values(**fresh))
        return False
    anew = wanted or case is not None or row.state != "decided"
    again = {"state": "heard", "attempts": 0, "lease_until": None} if anew else {}
    session.execute(update(MentionRow).where(_mention.id == row.id).values(**fresh, **again))
    for about in (AssessmentRow, CorrectionRow):
        # Spans and verdicts are of the words that were.
        session.execute(delete(table(about)).where(table(about).c.mention_id == row.id))
    _hold_back(session, row.id, now)
    joining.changed(session, row.id, case.id if case is not None and case.author_key else "", now)
    # As it is by now: with the answer that was held back, its draft has come back.
    if (case := cases.lock(session, row.case_id)) is not None and case.author_key:
        _tell(session, case, row, now)
    return anew


def _hold_back(session: Session, mention_id: str, now: datetime) -> None:
    """What waits to be said was written to other words. One that the bot wrote itself makes room for another."""
    theirs = (_effect.mention_id == mention_id, _effect.kind == Kind.REPLY)
    effects.withdraw(session, theirs, HELD_BACK, now)
    never = (_effect.state == "dead", _effect.error == HELD_BACK, _effect.attempt == 0, _effect.case_id.is_(None))
    session.execute(delete(table(EffectRow)).where(*theirs, *never))


def _tell(session: Session, case: Any, row: Any, now: datetime) -> None:
    """In the case's history; a draft that somebody agreed to has to be looked at again."""
    happened = Event(EventType.POST_EDITED, now, "customer", channel=row.channel, meta={"mention": row.id})
    cases.append(session, case.id, [happened])
    draft = draft_of(case.draft)
    if draft and draft.approved_by and not draft.sent:
        body = draft_body(draft) | {"waiting": True, "approved_by": "", "approved_name": "", "approved_at": ""}
        session.execute(update(CaseRow).where(_case.id == case.id).values(draft=body))


def before(session: Session, mention_id: str) -> Before | None:
    """What was decided of a post that is to be decided anew; None for one that is decided for the first time."""
    decision = table(DecisionRow).c
    row = session.execute(select(table(DecisionRow)).where(decision.mention_id == mention_id)).first()
    if row is None:
        return None
    case = cases.lock(session, row.case_id)
    return Before(Route(row.route), tuple(row.reasons), row.case_id or "", case is not None and case.state not in LIVE)


def stands(session: Session, mention: Mention) -> bool:
    """What was decided of it stands; False if it was edited once more in the meantime."""
    waiting = (_mention.id == mention.id, _mention.state == "classified")
    return session.connection().execute(update(MentionRow).where(*waiting).values(state="decided")).rowcount == 1


def shown(session: Session, mention: Mention) -> list[str]:
    """The keys of the messages that show a post's words, as they are before it is decided anew."""
    return list(
        session.scalars(select(_effect.key).where(_effect.mention_id == mention.id, _effect.kind != Kind.REPLY))
    )


def show(session: Session, mention: Mention, changes: Mapping[str, Any], keys: Collection[str], now: datetime) -> None:
    """Bring the new words to where people see the old ones: the messages with these keys.

    ``changes`` are those of a card (``models.card``). A line under a card is blanked, and another follows it.
    """
    theirs = (_effect.mention_id == mention.id, _effect.key.in_(keys))
    cards = and_(*theirs, _effect.kind.in_((Kind.ALERT, Kind.EDIT)))
    edits.reword(session, cards, changes)
    for row in session.execute(select(table(EffectRow)).where(*theirs).order_by(_effect.queued_at)).all():
        if row.kind == Kind.NOTE:
            _new_note(session, mention, row, changes, now)
        elif row.kind == Kind.ALERT and row.state == "sent" and row.receipt and row.body:
            _draw(session, mention, row, changes, now)
    for case_id in {one for one in session.scalars(select(_effect.case_id).where(cards).distinct()) if one}:
        edits.redraw(session, case_id, now)


def _draw(session: Session, mention: Mention, row: Any, changes: Mapping[str, Any], now: datetime) -> None:
    """A card that no case draws anew: of the audit, or for communications."""
    if row.case_id and row.purpose.startswith(cases.CARD):
        return
    purpose = f"edited-{mention.edited_at}"
    key = message_key(Kind.EDIT, row.sink, row.key, purpose)
    body = dict(row.body) | dict(changes)
    drawing = Message(key, row.sink, Kind.EDIT, row.target, body, row.mention_id, row.case_id, row.brand, row.channel)
    queue(session, [_owned(drawing, row, purpose)], now)
    session.execute(update(EffectRow).where(_effect.key == key).values(receipt=row.receipt))


def _new_note(session: Session, mention: Mention, row: Any, changes: Mapping[str, Any], now: datetime) -> None:
    if not row.body or not changes.get("text"):
        return
    body = dict(row.body) | {"text": changes["text"]}
    if row.state == "pending":
        session.execute(update(EffectRow).where(_effect.key == row.key).values(body=body))
        return
    purpose = f"note-{mention.edited_at}"
    key = message_key(Kind.NOTE, row.sink, row.mention_id, purpose)
    note = Message(key, row.sink, Kind.NOTE, row.target, body | {"title": "An edited post"}, row.mention_id)
    if row.state == "sent":
        queue(session, effects.erasure(message_of(row, None), row.receipt, "edited"), now)
        session.execute(update(EffectRow).where(_effect.key == row.key).values(body={}))
    queue(session, [_owned(note, row, purpose)], now)


def _owned(message: Message, row: Any, purpose: str) -> Message:
    """With whose it is, as the row that it follows."""
    return replace(
        message,
        case_id=row.case_id,
        brand=row.brand,
        channel=row.channel,
        purpose=purpose,
        author_key=row.author_key,
        thread_key=row.thread_key,
        priority=row.priority,
    )
