"""A post that its author deleted upstream: its words leave every row and every card, and what waits for it is stopped.

The row itself stays, so that the same post is not heard again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, literal_column, or_, select
from sqlmodel import Session

from models import identity
from models.case import CaseState, Dismissal
from models.decision import Eligibility, Kind, Reason, Route
from models.events import EventType
from models.mention import storable
from models.store import alike, cases, contacts, edits, effects, joining, ladder, parents, privacy, shadow
from models.store.dialect import insert, table, update
from models.store.queueing import DRAWING
from models.switch import Drop
from models.tables import AssessmentRow, CaseRow, CorrectionRow, DecisionRow, EffectRow, MentionRow

_mention, _effect, _case = table(MentionRow).c, table(EffectRow).c, table(CaseRow).c

PORTION = 400
"""So many ids are looked for at a time: a stream tells of the deletions of a whole network."""

WORDS = "[its author deleted this post]"
"""What a card says in its place, while the case has other posts."""

BLANK: dict[str, Any] = {
    "text": WORDS,
    "link": "",
    "reach": "",
    "scores": [],
    "private_data": "",
    "draft": "",
    "reply_link": "",
    "parent": [],
}
"""What becomes of the parts of a card that repeat the post, or were read out of it."""


def honour(
    session: Session, listener: str, channel: str, external_ids: Sequence[str], version: str, now: datetime
) -> int:
    """Posts of a channel are gone: erase those that we keep; returns how many mentions that concerned.

    ``channel`` is empty for a listener whose posts name their channels themselves: then its own posts are meant.
    """
    erased = 0
    for start in range(0, len(external_ids), PORTION):
        wanted = [storable(one) for one in external_ids[start : start + PORTION]]
        parents.gone(session, listener, channel, wanted, now)
        for mention_id in _found(session, listener, channel, wanted):
            erase(session, mention_id, version, now)
            erased += 1
    return erased


def _found(session: Session, listener: str, channel: str, external_ids: Sequence[str]) -> list[str]:
    """Our mentions of these posts; also those that were heard through another source."""
    here = or_(_mention.channel == channel, _mention.listener == listener)
    found = set(session.scalars(select(_mention.id).where(_mention.external_id.in_(external_ids), here, _mention.kept)))
    if known := {name: one for one in external_ids if (name := identity.of_post(channel, one))}:
        # The second condition is that of the index, for SQLite.
        copies = (_mention.canonical.in_(known), _mention.canonical != literal_column("''"), _mention.kept)
        carried = _mention.channel.in_(identity.CARRIERS)
        for row in session.execute(select(_mention.id, _mention.canonical, _mention.details).where(*copies, carried)):
            if identity.may_be(known[row.canonical], row.details["url"]):
                found.add(row.id)
    return sorted(found)


def erase(session: Session, mention_id: str, version: str, now: datetime) -> None:
    """Take one post out of everything. A case of which nothing is left is closed, and says why."""
    row = session.execute(select(table(MentionRow)).where(_mention.id == mention_id)).first()
    if row is None:
        return
    case = cases.lock(session, row.case_id)
    goes_on = case is not None and bool(case.author_key) and _has_others(session, row)
    # Before the words go: what waits to be said to a post that is not there any more is not said.
    effects.withdraw(session, [_effect.mention_id == row.id], "the post was deleted", now)
    _blank(session, row, version, now)
    theirs = _effect.mention_id == row.id
    if goes_on:
        cards = and_(_effect.case_id == row.case_id, _effect.kind.in_((Kind.ALERT, Kind.EDIT)))
        own = and_(cards, _drawn_anew(edits.card_key(session, case.id)))
        edits.reword(session, and_(theirs, own), BLANK)
        # A card of a later post has it among the earlier ones.
        edits.reword(session, cards, {"before": []})
        theirs = and_(theirs, ~own)
    elif case is not None:
        # Its card may be about an earlier post, that was deleted before this one.
        theirs = or_(theirs, _effect.case_id == case.id)
    privacy.erase_shown(session, theirs, now, Dismissal.DELETED)
    privacy.blank_effects(session, theirs)
    counted = alike.left(session, [row.id])
    if case is not None and case.author_key:
        if not goes_on or edits.about(session, case.id) == row.id:
            # Nobody can tell any more what the others said the same as.
            joining.orphaned(session, [case.id], now)
        _tell(session, case, row, goes_on, now)
    for other in counted:
        edits.redraw(session, other, now)


def _blank(session: Session, row: Any, version: str, now: datetime) -> None:
    """No words, no author, no assessment; one that nobody has decided on is decided with that."""
    ended = {"state": "decided", "lease_until": None, "checked_at": now}
    session.execute(update(MentionRow).where(_mention.id == row.id).values(**privacy.BLANK, **ended))
    for kept in (AssessmentRow, CorrectionRow):
        session.execute(delete(table(kept)).where(table(kept).c.mention_id == row.id))
    parents.forget(session, [row.id])
    shadow.blank(session, [row.id])
    decision = {
        "mention_id": row.id,
        "route": Route.IGNORE,
        "reasons": [Reason.DELETED],
        "eligibility": Eligibility.NONE,
        "eligibility_reason": "",
        "config_version": version,
        "at": now,
    }
    session.execute(insert(session, DecisionRow).on_conflict_do_nothing(), [decision])


def _tell(session: Session, case: Any, row: Any, goes_on: bool, now: datetime) -> None:
    """In the case's history, and on its card where one is left."""
    happened = [cases.Event(EventType.POST_DELETED, now, "customer", channel=row.channel, meta={"mention": row.id})]
    if not goes_on:
        values: dict[str, Any] = {"draft": None, "snoozed_until": None, "step_at": None}
        if case.state in cases.LIVE:
            values |= {"state": CaseState.DISMISSED, "reason": Dismissal.DELETED, "closed_at": now}
            contacts.erase_case(session, case.id, "closed", now)
            happened += ladder.drop(session, ladder.newest(session, case.id), Drop.NOT_NEEDED, now, None)
            over = cases.Event(EventType.CLOSED_NO_ACTION, now, meta={"reason": Dismissal.DELETED})
            happened.append(over)
        session.execute(update(CaseRow).where(_case.id == case.id).values(**values))
        privacy.blank_notes(session, case.id)
    cases.append(session, case.id, happened)
    if goes_on:
        edits.redraw(session, case.id, now)


def _has_others(session: Session, row: Any) -> bool:
    """Whether the case has another post whose words are kept."""
    others = (_mention.case_id == row.case_id, _mention.kept, _mention.id != row.id)
    return session.execute(select(_mention.id).where(*others).limit(1)).first() is not None


def _drawn_anew(card: str) -> Any:
    """The case's present card and its drawings; nothing draws another, nor one that a graver post has replaced."""
    return or_(_effect.key == card, and_(_effect.kind == Kind.EDIT, _effect.purpose.startswith(DRAWING)))
