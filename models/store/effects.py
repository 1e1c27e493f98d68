"""The outbox: queue, claim, settle, and what a killed process left half done.

pending → sending → sent | pending (certainly not carried out) | rejected | uncertain; pending → folding → folded
(``models.store.folds``);
uncertain → sent | pending (an alert) | needs_human (a public reply). The claim is committed before the first byte
goes out, so that whatever happens after it is known to be uncertain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, delete, literal_column, or_, select
from sqlmodel import Session

from models.decision import PUBLIC, Kind, Message, Receipt, message_key
from models.events import EventType
from models.mention import storable
from models.store import answers, cases, controls, dialling, folds, surveys, wakes
from models.store.dialect import table, update
from models.store.doubts import doubt_abandoned as doubt_abandoned
from models.store.doubts import doubt_unfinished as doubt_unfinished
from models.store.doubts import recover as recover
from models.store.queueing import DRAWING, drop_drawings
from models.store.queueing import queue as queue
from models.store.rows import message_of
from models.tables import CaseRow, EffectRow

_effect, _case = table(EffectRow).c, table(CaseRow).c

UNFINISHED = ("pending", "folding", "sending", "uncertain")

FORGOTTEN = "forgotten"
"""The error of a message that was stopped because its person asked to be forgotten, or deleted the post."""

ARRIVED: Mapping[Kind, Callable[[Session, Message, datetime], None]] = {
    Kind.REPLY: answers.arrived,
    Kind.SURVEY: surveys.sent,
    Kind.DIAL: dialling.accepted,
}
"""What the history of a case says of a message that was carried out."""

LONGEST_PAUSE = timedelta(minutes=20)
"""No retry waits longer. A later ``not_before`` was written before the clock jumped back, so it is due."""


def claim(session: Session, sink: str, now: datetime) -> Message | None:
    """The next message that is due, now in state sending; None where nothing is, or where people have paused us."""
    wakes.clear(session, "send", sink)
    pause = controls.pause_at(session, now)
    if pause and pause.everything:
        return None
    of_now = {"of_sink": sink, "now": now, "far": now + LONGEST_PAUSE}
    row = session.connection().execute(_next(replies=pause is None), of_now).first()
    if row is None:
        return None
    taken = {"state": "sending", "sending_at": now, "attempt": row.attempt + 1}
    if not _move(session, row.key, "pending", **taken):
        return None
    return message_of(row, _place_of(row), row.attempt + 1)


def _place_of(row: Any) -> str | None:
    """The reference of what a message blanks or draws anew, or of the card that it goes under."""
    drawn = row.receipt if row.kind == Kind.EDIT else None
    return row.body.get("reference") or drawn or row.card or None


@cache
def _next(replies: bool) -> Select[Any]:
    """The gravest, oldest message of a sink that is due."""
    not_before = _effect.not_before
    due = or_(not_before.is_(None), not_before <= bindparam("now"), not_before > bindparam("far"))
    # A note goes under its card, so it waits until the card is there; one of a case that moved on waits for none.
    under_card = or_(_effect.kind != Kind.NOTE, _case.id.is_(None), _case.card.is_not(None))
    # A drawing replaces a card that is there.
    in_place = or_(_effect.kind != Kind.EDIT, _case.card != "", _effect.receipt.is_not(None))
    mine = (_effect.sink == bindparam("of_sink"), _effect.state == literal_column("'pending'"))
    wanted = [*mine, due, under_card, in_place]
    if not replies:
        wanted.append(_effect.kind.not_in(PUBLIC))
    query = select(table(EffectRow), _case.card).select_from(_with_its_card()).where(*wanted)
    query = query.order_by(_effect.priority.desc(), _effect.queued_at, _effect.key).limit(1)
    return query.with_for_update(skip_locked=True, of=table(EffectRow))


def next_due(session: Session, sink: str) -> datetime | None:
    """When the next delayed message of a sink is due."""
    query = select(_effect.not_before).where(
        _effect.sink == sink, _effect.state == "pending", _effect.not_before.is_not(None)
    )
    return session.scalars(query.order_by(_effect.not_before).limit(1)).first()


def sent(session: Session, message: Message, receipt: Receipt, now: datetime) -> None:
    """It was carried out. A late word from a worker taken for dead is true as well, so the state does not matter."""
    here = _effect.key == message.key
    # The case before its message, as everywhere: two that take them in unlike orders would wait for each other.
    cases.lock(session, message.case_id)
    if message.kind is Kind.LIST:
        folds.lock(session, message)
    before = session.execute(select(_effect.state, _effect.error).where(here).with_for_update()).first()
    values = {"state": "sent", "receipt": receipt.external_id, "url": receipt.url, "settled_at": now, "error": ""}
    session.execute(update(EffectRow).where(here).values(**values))
    if before and before[1] == FORGOTTEN:
        # Its person was forgotten while it was on its way.
        queue(session, erasure(message, receipt.external_id), now)
        return
    if before and before[0] == "sent":
        return
    if message.kind is Kind.LIST:
        folds.settled(session, message, receipt.external_id, now)
    if message.case_id and cases.is_card(message):
        cases.card_sent(session, message, receipt.external_id)
        wakes.mark(session, "send", [message.sink], now)
    if message.case_id and message.kind is Kind.ALERT:
        shown = cases.Event(EventType.ALERT_SENT, now, channel=message.sink, meta={"key": message.key})
        cases.append(session, message.case_id, [shown])
    elif message.case_id and (arrived := ARRIVED.get(message.kind)):
        arrived(session, message, now)


def erasure(message: Message, reference: str | None, why: str = "") -> list[Message]:
    """What blanks a message of ours that people can see; nothing for words in public, which are the brand's own.

    ``why`` is said in its place where it was not its person's request (``models.card.ERASURES``).
    """
    if message.kind in PUBLIC or message.kind is Kind.DIAL:
        return []
    key = message_key(Kind.ERASE, message.sink, message.key, "forget")
    body = {"reference": reference} | ({"why": why} if why else {})
    return [Message(key, message.sink, Kind.ERASE, message.target, body, priority=80)]


def stop_forgotten(session: Session, theirs: ColumnElement[bool], now: datetime) -> None:
    """Messages of a forgotten person go no further; of a card that may stand already, the sink is asked first."""
    public = _effect.kind.in_(PUBLIC)
    waiting = update(EffectRow).where(theirs, or_(public, _effect.state == "pending"))
    waiting = waiting.where(_effect.state.in_(UNFINISHED))
    session.execute(waiting.values(state="dead", error=FORGOTTEN, settled_at=now))
    unsure = update(EffectRow).where(theirs, _effect.state.in_(("sending", "uncertain")))
    sinks = session.execute(unsure.values(state="uncertain", error=FORGOTTEN).returning(_effect.sink))
    wakes.mark(session, "reconcile", set(sinks.scalars()), now)
    folds.stop(session, theirs, FORGOTTEN, now)


def found(session: Session, message: Message, receipt: Receipt, at: datetime, now: datetime) -> None:
    """What was in doubt had arrived. Of a list it is only known that some drawing of it stands: from ``at`` on the
    latest is drawn in its place, and what that shows is told then."""
    if message.kind is Kind.LIST:
        folds.stands(session, message, receipt, at)
        wakes.mark(session, "send", [message.sink], now)
    else:
        sent(session, message, receipt, now)


def again(session: Session, message: Message, at: datetime, error: str, *, doubtful: bool = False) -> None:
    """It was certainly not carried out (or may be carried out twice): try again at ``at``."""
    if _stopped(session, message.key) or (message.kind is Kind.EDIT and _outdated(session, message)):
        return
    row = update(EffectRow).where(_effect.key == message.key, _effect.state.in_(UNFINISHED))
    # Once in doubt it stays so: a refusal now does not tell what became of the try before it.
    doubtful = doubtful or message.possible_duplicate
    session.execute(row.values(state="pending", not_before=at, error=_short(error), doubtful=doubtful))


def reject(
    session: Session, message: Message, state: str, error: str, follow: Sequence[Message], now: datetime
) -> None:
    """It will not be carried out by us (rejected, needs_human, expired or dead); people get ``follow``."""
    cases.lock(session, message.case_id)
    _stopped(session, message.key)
    if _move(session, message.key, *UNFINISHED, state=state, error=_short(error), settled_at=now):
        queue(session, follow, now)
        if message.kind is Kind.LIST:
            folds.given_back(session, message.key)
        if message.case_id and cases.is_card(message):
            _without_card(session, message, follow, now)
        if message.case_id and message.kind is Kind.REPLY:
            answers.failed(session, message.case_id, message.key, now)


def _without_card(session: Session, message: Message, follow: Sequence[Message], now: datetime) -> None:
    """Later mentions of a case must not wait for a card that never comes: its card is another now, or none."""
    assert message.case_id
    drop_drawings(session, message.case_id)
    other = next((one for one in follow if cases.is_card(one)), None)
    if other:
        cases.move(session, message, other.sink, other.target)
    else:
        cases.card_sent(session, message, "")
    wakes.mark(session, "send", [message.sink], now)


def doubt(session: Session, message: Message, error: str, now: datetime) -> None:
    """It may have been carried out: the sink is asked before anything else happens."""
    _move(session, message.key, "sending", state="uncertain", error=_short(error))
    wakes.mark(session, "reconcile", [message.sink], now)


def withdraw_replies(session: Session, author_key: str | None, now: datetime) -> None:
    """What waits to be said to an author is not said: they opted out, or (None: anybody) replies were switched off."""
    # A survey is no reply that somebody switched on or off.
    theirs = _effect.kind == Kind.REPLY if author_key is None else _effect.author_key == author_key
    withdraw(session, [theirs], "withdrawn", now)


def withdraw(session: Session, theirs: Sequence[ColumnElement[bool]], why: str, now: datetime) -> None:
    """The same for any replies that wait; who wrote one for a case gets it back as the case's draft."""
    waiting = update(EffectRow).where(_effect.kind.in_(PUBLIC), _effect.state == "pending", *theirs)
    gone = waiting.values(state="dead", error=why, settled_at=now)
    for key, case_id in session.execute(gone.returning(_effect.key, _effect.case_id)).all():
        if case_id:
            answers.failed(session, case_id, key, now)


def uncertain(session: Session, sink: str) -> list[Message]:
    """The messages of a sink of which nobody knows whether they arrived."""
    wakes.clear(session, "reconcile", sink)
    unsure = (_effect.sink == sink, _effect.state == "uncertain")
    query = select(table(EffectRow), _case.card).select_from(_with_its_card()).where(*unsure)
    rows = session.execute(query.order_by(_effect.queued_at)).all()
    return [message_of(row, _place_of(row), row.attempt) for row in rows]


def homeless(session: Session, sinks: Collection[str]) -> list[Message]:
    """Messages for a sink that is not among ``sinks`` any more, though people or the public wait for them."""
    kinds = (Kind.ALERT, Kind.NOTE, Kind.NOTICE, Kind.PICTURE, Kind.DIAL, *PUBLIC)
    query = select(table(EffectRow)).where(
        _effect.state.in_(("pending", "uncertain")),
        _effect.sink.not_in(sinks),
        _effect.kind.in_(kinds),
    )
    return [message_of(row, None) for row in session.execute(query.order_by(_effect.queued_at))]


def move(session: Session, message: Message, sink: str, target: str, now: datetime) -> None:
    """Send a message elsewhere; the case whose card it is goes with it."""
    cases.lock(session, message.case_id)
    if message.case_id:
        drop_drawings(session, message.case_id)
    doubtful = message.possible_duplicate or _effect.state == "uncertain"
    row = update(EffectRow).where(_effect.key == message.key)
    session.execute(row.values(sink=sink, target=target, doubtful=doubtful, state="pending", not_before=None))
    cases.move(session, message, sink, target)
    wakes.mark(session, "send", [sink], now)


def _with_its_card() -> FromClause:
    """Messages with their case, as far as the case's card stands in the same place."""
    same_place = and_(_case.sink == _effect.sink, _case.target == _effect.target)
    return table(EffectRow).join(table(CaseRow), and_(_case.id == _effect.case_id, same_place), isouter=True)


def _move(session: Session, key: str, *states: str, **values: Any) -> bool:
    """Change a row only if it is still in one of ``states``; whether it was."""
    row = update(EffectRow).where(_effect.key == key, _effect.state.in_(states))
    return session.connection().execute(row.values(**values)).rowcount == 1


def _stopped(session: Session, key: str) -> bool:
    """Whether the message's person was forgotten in the meantime; then it ends here."""
    row = update(EffectRow).where(_effect.key == key, _effect.error == FORGOTTEN)
    ended = row.where(_effect.state.in_(UNFINISHED)).values(state="dead")
    return session.execute(ended).rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _outdated(session: Session, message: Message) -> bool:
    """Whether a newer drawing of the same card is on its way; then this one ends here, or it would come last."""
    newer = select(_effect.key).where(
        _effect.case_id == message.case_id,
        _effect.kind == Kind.EDIT,
        _effect.purpose.startswith(DRAWING),
        _effect.purpose > message.purpose,
        _effect.state.in_((*UNFINISHED, "sent")),
    )
    if not message.purpose.startswith(DRAWING) or session.execute(newer.limit(1)).first() is None:
        return False
    # Not dead: nobody has to look at it.
    session.execute(delete(table(EffectRow)).where(_effect.key == message.key, _effect.state.in_(UNFINISHED)))
    return True


def _short(error: str) -> str:
    return storable(error)[:500]
