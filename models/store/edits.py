"""Draws a case's card anew as the case moves: in the outbox while it waits there, in its place once people see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlmodel import Session

from models.case import CaseState
from models.conversation_tables import ParentRow
from models.decision import Kind, Message, message_key
from models.mask import mask
from models.store import alike, cases, folds, wakes, ways
from models.store.dialect import table, update
from models.store.listed import LISTED
from models.store.queueing import DRAWING, SENT, drop_drawings, queue
from models.store.rows import case_of, readable
from models.tables import AssessmentRow, CaseEventRow, CaseRow, EffectRow, MentionRow
from models.trail import UNTOLD, outcome_of, told, waits_for

_case, _effect, _mention = table(CaseRow).c, table(EffectRow).c, table(MentionRow).c

PRIORITY = 45
"""After the cards of calls and danger, before all others: who has pressed a button looks at the card."""

BEFORE, TRAIL = 5, 5
"""So many earlier posts and steps stand on a card."""

GRAVER = "It became graver and has a new card"
"""What is left of the card before that."""

LOOKED_AT = 40
"""So many of the last things that happened are looked at."""

LONGEST = 300
"""An earlier post is cut here; all of it stands on the platform."""


def redraw(session: Session, case_id: str, now: datetime) -> bool:
    """Queue the case's card as it stands now; whether anything was to be drawn.

    Raises the case's version, so that no two drawings are taken for one another. A card that waits to be sent is
    replaced; of one that was sent an EDIT is queued, and an EDIT that still waits is replaced. A card in a list is
    drawn there, and by itself once the case is claimed. Nothing is drawn of a case that was forgotten or purged, or
    whose card could not be posted.
    """
    row = cases.lock(session, case_id)
    if row is None or not row.author_key:
        return False
    session.execute(update(CaseRow).where(_case.id == case_id).values(version=row.version + 1))
    alert = _alert(session, case_id)
    if alert is None or not alert.body:
        return False
    body = _drawn(session, row, alert, now, row.version + 1)
    if folds.case_moved(session, alert, body, now):
        drop_drawings(session, case_id)
        return True
    if _changed(session, _effect.key == alert.key, _effect.state == "pending", body=body):
        drop_drawings(session, case_id)
        return True
    if row.card == "" or alert.state in LISTED or _blanked(session, alert):
        return False
    purpose = f"{DRAWING}{row.version + 1:08d}"
    if not _changed(session, *_waiting(row), body=body, purpose=purpose):
        drop_drawings(session, case_id)
        queue(session, [_edit(row, alert, body, purpose)], now)
    wakes.mark(session, "send", [row.sink], now)
    return True


def fold_earlier(session: Session, row: Any, now: datetime) -> None:
    """The card of a case that became graver makes room for a new one; ``row`` is the case as it was before that."""
    here = (_effect.case_id == row.id, _effect.kind == Kind.ALERT, SENT, _effect.receipt == row.card)
    card = session.connection().execute(select(table(EffectRow)).where(*here).limit(1)).first() if row.card else None
    if card is None or not card.body or _blanked(session, card):
        return
    over = {"state": CaseState.DISMISSED.value, "outcome": GRAVER, "version": row.version + 1}
    edit = _edit(row, card, dict(card.body) | over, f"earlier-{row.version + 1:08d}")
    queue(session, [edit], now)
    _changed(session, _effect.key == edit.key, receipt=row.card)


def reword(session: Session, theirs: ColumnElement[bool], changes: Mapping[str, Any]) -> None:
    """Change what these cards and drawings of cards say; ``redraw`` then brings it to where people see them."""
    for row in session.execute(select(_effect.key, _effect.body).where(theirs)).all():
        if row.body and "title" in row.body:
            _changed(session, _effect.key == row.key, body=dict(row.body) | dict(changes))


def current_card(session: Session, case_id: str, now: datetime) -> dict[str, Any] | None:
    """The body of the case's card (``models.card.Card``) as it stands now; None where it was erased or never was."""
    row = session.connection().execute(select(table(CaseRow)).where(_case.id == case_id)).first()
    alert = _alert(session, case_id)
    if row is None or not row.author_key or alert is None or not alert.body:
        return None
    return _drawn(session, row, alert, now, row.version)


def leave(session: Session, sinks: Collection[str]) -> None:
    """Drawings for a sink that is not among ``sinks`` any more come to nothing: the card stands where nobody looks."""
    homeless = (_effect.kind == Kind.EDIT, _effect.state.in_(("pending", "uncertain")), _effect.sink.not_in(sinks))
    session.execute(delete(table(EffectRow)).where(*homeless))


def about(session: Session, case_id: str) -> str:
    """The id of the post that the case's card is about; empty where there is no card."""
    alert = _alert(session, case_id)
    return (alert.mention_id or "") if alert else ""


def card_key(session: Session, case_id: str) -> str:
    """The key of the case's present card; empty where there is none."""
    alert = _alert(session, case_id)
    return alert.key if alert else ""


def _alert(session: Session, case_id: str) -> Any:
    """The case's card as it was queued, the newest if it became graver."""
    card = (_effect.case_id == case_id, _effect.kind == Kind.ALERT, _effect.purpose.startswith(cases.CARD))
    newest = select(table(EffectRow)).where(*card).order_by(_effect.queued_at.desc(), _effect.priority.desc())
    return session.connection().execute(newest.limit(1)).first()


def _drawn(session: Session, row: Any, alert: Any, now: datetime, version: int) -> dict[str, Any]:
    case = case_of(row)
    due = case.due if case.state is CaseState.OPEN and case.answered_at is None else None
    rests = case.snoozed_until if case.live and case.rests(now) else None
    trail = _trail(session, row.id)
    said = {"draft": ""} if case.draft and case.draft.sent else {}
    return (
        dict(alert.body)
        | said
        | {
            "case_id": case.id,
            "mention_id": alert.mention_id or "",
            "code": case.code,
            "mentions": case.mentions,
            "state": case.state.value,
            "version": version,
            "holder": case.holder.called if case.holder else "",
            "holder_id": case.holder.id if case.holder else "",
            "answer_by": _written(due),
            "snoozed_until": _written(rests),
            "outcome": "" if case.live else outcome_of(case, trail),
            "before": [list(one) for one in _before(session, row.id, alert.mention_id)],
            "trail": [[_written(event.at), told(event)] for event in trail[:TRAIL]],
            "waiting": waits_for(case.draft) if case.live else "",
            **ways.shown(session, row),
            "parent": _parent(session, alert.mention_id),
            **alike.shown(session, case.id, alert.mention_id),
        }
    )


def _parent(session: Session, mention_id: str | None) -> list[str]:
    """What the card's post answers, masked; nothing where it answers nothing, or nobody has looked yet."""
    parent = table(ParentRow).c
    known = (parent.mention_id == mention_id, parent.state == "known")
    row = session.execute(select(parent.author, parent.text, parent.url, parent.missing).where(*known)).first()
    return list(row) if row else []


def _trail(session: Session, case_id: str) -> list[Any]:
    """What people should see of what happened, the newest first."""
    event = table(CaseEventRow).c
    query = select(table(CaseEventRow)).where(event.case_id == case_id, event.type.not_in(UNTOLD))
    return list(session.connection().execute(query.order_by(event.seq.desc()).limit(LOOKED_AT)))


def _before(session: Session, case_id: str, mention_id: str | None) -> Iterator[tuple[str, str, str]]:
    """What the person said in this case before the post that the card is about, the newest first, masked."""
    body = table(AssessmentRow).c.body
    both = table(MentionRow).join(table(AssessmentRow), table(AssessmentRow).c.mention_id == _mention.id)
    first = select(_mention.posted_at).where(_mention.id == mention_id).scalar_subquery()
    earlier = (_mention.case_id == case_id, _mention.kept, _mention.id != mention_id, _mention.posted_at <= first)
    query = select(_mention.posted_at, _mention.channel, _mention.text, body).select_from(both).where(*earlier)
    for row in session.connection().execute(query.order_by(_mention.posted_at.desc()).limit(BEFORE)):
        yield _written(row.posted_at), row.channel, masked(row.text, row.body)[:LONGEST]


def masked(text: str, body: dict[str, Any] | None) -> str:
    """A post without the private data that was found in it; nothing where nobody can tell what to take out."""
    assessment = readable(body) if body else None
    if assessment is None:
        return ""
    try:
        return mask(text, assessment.pii)
    except ValueError:
        return ""


def _waiting(row: Any) -> tuple[Any, ...]:
    """The drawing of a case that has not gone out, in the place where its card is."""
    here = (_effect.sink == row.sink, _effect.target == row.target)
    drawing = (_effect.kind == Kind.EDIT, _effect.purpose.startswith(DRAWING), _effect.state == "pending")
    return (_effect.case_id == row.id, *drawing, *here)


def _changed(session: Session, *where: Any, **values: Any) -> bool:
    return session.connection().execute(update(EffectRow).where(*where).values(**values)).rowcount > 0


def _blanked(session: Session, alert: Any) -> bool:
    """Whether the card was taken back, so that nothing may be drawn where it was."""
    key = message_key(Kind.ERASE, alert.sink, alert.key, "forget")
    return session.connection().execute(select(_effect.key).where(_effect.key == key)).first() is not None


def _edit(row: Any, alert: Any, body: dict[str, Any], purpose: str) -> Message:
    return Message(
        key=message_key(Kind.EDIT, row.sink, row.id, purpose),
        sink=row.sink,
        kind=Kind.EDIT,
        target=row.target,
        body=body,
        mention_id=alert.mention_id,
        case_id=row.id,
        brand=row.brand,
        channel=row.channel,
        purpose=purpose,
        author_key=row.author_key,
        thread_key=row.thread_key,
        priority=PRIORITY,
    )


def _written(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
