"""People who quoted the code of somebody else's case, and now ask to be forgotten: their words go, the case stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from models.decision import Kind, message_key
from models.store import cases, edits
from models.store.dialect import table, update
from models.store.queueing import queue
from models.store.rows import message_of
from models.tables import CaseRow, EffectRow, MentionRow

_case, _effect, _mention = table(CaseRow).c, table(EffectRow).c, table(MentionRow).c

KEPT = f"{cases.CARD}-kept"
"""The purpose of a card that takes the place of one that was erased."""


def cases_of(session: Session, mention_ids: Collection[str], own: Collection[str]) -> list[str]:
    """The cases in which these posts are guests: all but their author's ``own``."""
    theirs = (_mention.id.in_(mention_ids), _mention.case_id.is_not(None), _mention.case_id.not_in(own))
    return sorted(session.scalars(select(_mention.case_id).where(*theirs).distinct()))


def left(session: Session, case_ids: Sequence[str], mention_ids: Collection[str], now: datetime) -> None:
    """Draw these cases without the posts, whose rows are gone. One that stood on a card of theirs has its own again."""
    for case_id in case_ids:
        row = cases.lock(session, case_id)
        if row is None or not row.author_key:
            continue
        # The other cards have their words among the earlier ones.
        cards = (_effect.case_id == case_id, _effect.kind.in_((Kind.ALERT, Kind.EDIT)))
        edits.reword(session, and_(*cards), {"before": []})
        if row.state in cases.LIVE and edits.about(session, case_id) in mention_ids:
            _card_again(session, row, mention_ids, now)
        edits.redraw(session, case_id, now)


def _card_again(session: Session, row: Any, mention_ids: Collection[str], now: datetime) -> None:
    """Post the case's last card that is about another post, at the place where the case stands now."""
    card = (_effect.case_id == row.id, _effect.kind == Kind.ALERT, _effect.purpose.startswith(cases.CARD))
    others = select(table(EffectRow)).where(*card, _effect.mention_id.not_in(mention_ids))
    found = session.execute(others.order_by(_effect.queued_at.desc())).all()
    earlier = next((message_of(one, None) for one in found if one.body), None)
    if earlier is None:
        return
    key = message_key(Kind.ALERT, row.sink, row.id, f"{KEPT}-{row.version}")
    again = replace(earlier, key=key, sink=row.sink, target=row.target, purpose=KEPT, attempt=0)
    queue(session, [replace(again, body=dict(earlier.body) | {"route": row.route})], now)
    session.execute(update(CaseRow).where(_case.id == row.id).values(card=None))
