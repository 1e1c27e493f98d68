"""Cases and their history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, literal_column, or_
from sqlalchemy import select as plain_select
from sqlmodel import Session

from models.case import Case, CaseState, Dismissal
from models.columns import UtcDateTime
from models.decision import Decision, Kind, Message, Reason, Route
from models.events import EventType
from models.mention import Mention
from models.store import ladder
from models.store.dialect import insert, table, update
from models.store.happened import Event as Event
from models.store.happened import append as append
from models.store.happened import lock as lock
from models.store.rows import case_of
from models.switch import Stage
from models.tables import CaseEventRow, CaseRow, MentionRow

_case = table(CaseRow).c

SAME_ISSUE = timedelta(days=7)
"""A later mention of the same author within this time belongs to the open case, or opens the closed one again."""

CARD = "card"
"""How the purpose of a case's own card begins."""

LIVE = (CaseState.OPEN, CaseState.CLAIMED)

ELSEWHERE = (Route.CALL, Route.WINBACK)
"""Routes that recommend to leave the public channel."""


def open_case(session: Session, author_key: str, now: datetime) -> Case | None:
    """The author's newest case that a mention now belongs to: one that is not closed, else one closed lately as done.

    A case that was dismissed is not gone back to: what comes after it has to be looked at for itself.
    """
    theirs = {"author": author_key, "since": now - SAME_ISSUE}
    row = session.connection().execute(_live_case(), theirs).first()
    return case_of(row) if row else None


@cache
def _live_case() -> Any:
    live = _case.state.in_([literal_column(f"'{state}'") for state in LIVE])
    done = or_(_case.state == CaseState.RESOLVED, _case.reason == Dismissal.NO_REACTION)
    since = bindparam("since", type_=UtcDateTime())
    joined = or_(and_(live, _case.last_at >= since), and_(done, _case.closed_at >= since))
    # Of one whose posts were all deleted, the card was taken back: nothing can be added to it.
    mention = table(MentionRow).c
    kept = plain_select(mention.id).where(mention.case_id == _case.id, mention.kept).exists()
    query = plain_select(table(CaseRow)).where(_case.author_key == bindparam("author"), joined, or_(live, kept))
    return query.order_by(case((live, 0), else_=1), _case.opened_at.desc()).limit(1)


def keep(session: Session, mention: Mention, decision: Decision, now: datetime, *, known: bool = False) -> None:
    """Open the decision's case, or add the mention to it; a closed case is open again with it.

    ``known``: the mention is in it already, and is not counted twice.
    """
    assert decision.case
    if decision.case.new:
        session.execute(insert(session, CaseRow).values(_new(mention, decision, now) | _place(decision)))
        opened = Event(EventType.OPENED, now, channel=mention.channel, meta={"route": decision.route})
        elsewhere = _recommended(session, mention, decision, now)
        append(session, decision.case.id, [opened, _posted(mention, now), *elsewhere], last=0)
        return
    row = lock(session, decision.case.id)
    changes: dict[str, Any] = {"mentions": _case.mentions + (0 if known else 1), "last_at": now}
    events = [] if known else [_posted(mention, now)]
    if row.snoozed_until:
        changes |= {"snoozed_until": None} | from_the_first_step(now)
        events.append(Event(EventType.WOKEN, now, meta={"mention": mention.id}))
    if not known and (switch := _left(session, row.id, mention)) is not None:
        events.append(_returned(mention, switch, now))
    graver = Reason.ESCALATED in decision.reasons
    if row.state not in LIVE:
        changes |= open_again(row, decision.answer_by, decision.resolve_by, now)
        events.append(Event(EventType.REOPENED, now, meta={"mention": mention.id}))
    elif graver:
        changes |= _owed_anew(row, decision, now)
    if graver or row.state not in LIVE or Reason.TURNED in decision.reasons:
        events += _recommended(session, mention, decision, now, row.route)
    if graver:
        changes |= {"route": decision.route, "card": None} | _place(decision)
    session.execute(update(CaseRow).where(_case.id == row.id).values(**changes))
    if events:
        append(session, row.id, events)


def open_again(row: Any, answer_by: datetime | None, resolve_by: datetime | None, now: datetime) -> dict[str, Any]:
    """What changes in a closed case that is open again: nobody holds it, and a new answer is owed."""
    sent = bool(row.draft and row.draft["sent"])
    return {
        "state": CaseState.OPEN,
        "holder": "",
        "holder_name": "",
        "claimed_at": None,
        "answered_at": None,
        "closed_at": None,
        "snoozed_until": None,
        "reason": "",
        "draft": None if sent else row.draft,
        "answer_by": answer_by,
        "resolve_by": resolve_by,
    } | from_the_first_step(now)


def from_the_first_step(now: datetime) -> dict[str, Any]:
    """The escalation of a case that waits for people begins (again)."""
    return {"step": 0, "step_at": now}


def _owed_anew(row: Any, decision: Decision, now: datetime) -> dict[str, Any]:
    """A case that became graver owes an answer again, and no later than it did."""
    promised = row.answer_by if row.answered_at is None else None
    return {
        "answered_at": None,
        "answer_by": _sooner(promised, decision.answer_by),
        "resolve_by": _sooner(row.resolve_by, decision.resolve_by),
    } | from_the_first_step(now)


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _recommended(
    session: Session, mention: Mention, decision: Decision, now: datetime, before: str = ""
) -> list[Event]:
    """Who needs a call, or is leaving, should be helped elsewhere: a change of channel begins, if none is under way.

    ``before`` is the route that the case had.
    """
    assert decision.case
    if not {decision.route, before} & set(ELSEWHERE):
        return []
    last = ladder.newest(session, decision.case.id) if before else None
    if last and last.live:
        return []
    of_case = ladder.Of(decision.case.id, mention.brand, mention.channel)
    return ladder.climb(session, of_case, Stage.RECOMMENDED, now, None)


def _left(session: Session, case_id: str, mention: Mention) -> str | None:
    """The switch by which the customer was spoken to elsewhere before a post; None where they were not, or go on there.

    Empty for a call from before the ledger.
    """
    event = table(CaseEventRow).c
    spoken = event.type.in_((EventType.SWITCH_CONNECTED, EventType.SWITCH_COMPLETED))
    query = plain_select(event.meta).where(event.case_id == case_id, spoken, event.at <= mention.posted_at)
    last = session.connection().execute(query.order_by(event.seq.desc()).limit(1)).first()
    if last is None or last.meta.get("to") == mention.channel:
        return None
    return str(last.meta.get("switch", ""))


def _returned(mention: Mention, switch: str, now: datetime) -> Event:
    """The customer is back in public: a post after they had been spoken to."""
    posted = _posted(mention, now)
    return replace(
        posted, type=EventType.RETURNED_TO_PUBLIC, at=now, meta=posted.meta | ({"switch": switch} if switch else {})
    )


def _posted(mention: Mention, now: datetime) -> Event:
    meta = {"mention": mention.id, "seen_at": now.isoformat()}
    return Event(EventType.MENTION_POSTED, mention.posted_at, "customer", channel=mention.channel, meta=meta)


def _place(decision: Decision) -> dict[str, Any]:
    """Where the case's card goes, if this decision makes one; later mentions follow it there."""
    cards = (message for message in decision.messages if is_card(message))
    return next(({"sink": card.sink, "target": card.target} for card in cards), {})


def is_card(message: Message) -> bool:
    """Whether a message is the card of its case, the first one or a graver one."""
    return message.kind is Kind.ALERT and message.purpose.startswith(CARD)


def card_sent(session: Session, message: Message, reference: str) -> None:
    """Remember where the case's card stands; an empty reference means that it could not be posted.

    A card of a case that has moved to another place in the meantime is not the case's card any more.
    """
    here = (_case.sink == message.sink, _case.target == message.target)
    session.execute(update(CaseRow).where(_case.id == message.case_id, *here).values(card=reference))


def move(session: Session, message: Message, sink: str, target: str) -> None:
    """The place of a message's case is no more: what comes goes to another, under the card there if this is one."""
    card = None if is_card(message) else ""
    gone = (_case.id == message.case_id, _case.sink == message.sink)
    session.execute(update(CaseRow).where(*gone).values(sink=sink, target=target, card=card))


def _new(mention: Mention, decision: Decision, now: datetime) -> dict[str, Any]:
    assert decision.case
    return {
        "id": decision.case.id,
        "code": decision.case.code,
        "brand": mention.brand,
        "channel": mention.channel,
        "state": CaseState.OPEN,
        "route": decision.route,
        "author_key": mention.author_key,
        "thread_key": mention.thread_key,
        "opened_at": now,
        "last_at": now,
        "mentions": 1,
        "version": 0,
        "holder": "",
        "holder_name": "",
        "step": 0,
        "step_at": now,
        "reason": "",
        "answer_by": decision.answer_by,
        "resolve_by": decision.resolve_by,
    }
