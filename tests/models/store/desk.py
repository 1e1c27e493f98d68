"""A case on the desk, for tests of what people do to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.case import Case
from models.decision import CaseRef, Kind, Message, Receipt
from models.press import Person
from models.store import Store, board, effects
from tests.build import NOW, mention
from tests.models.store.steps import CASE, LATER, SINK, alert, claimed, decide, judge, redecide
from tests.stores import rows

ANA, BEN = Person("U1", "Ana"), Person("U2", "Ben")
CARD = Receipt("C1:17")
SOON = LATER + timedelta(minutes=1)
BEGAN = ("opened", "mention_posted", "switch_recommended", "alert_sent")


def opened(store: Store, **changes: Any) -> str:
    """A case whose card waits in the outbox; its id."""
    post = mention(**changes)
    decide(store, post, alert(post))
    return CASE.id


def shown(store: Store, **changes: Any) -> str:
    """A case whose card people see; its id."""
    case_id = opened(store, **changes)
    store.do(effects.sent, claimed(store), CARD, LATER)
    return case_id


def case(store: Store, case_id: str = CASE.id) -> Case:
    """The case as it stands."""
    found = store.do(board.case_of, case_id)
    assert found
    return found


def history(store: Store, case_id: str = CASE.id) -> list[tuple[str, str]]:
    """What happened, and who did it; without how it began."""
    said = rows(store, "SELECT type, actor_id FROM case_event WHERE case_id = :case ORDER BY seq", case=case_id)
    return [(type_, actor) for type_, actor in said if type_ not in BEGAN]


def drawing(store: Store) -> Message:
    """The EDIT that is due, now being sent."""
    message = claimed(store, SINK, LATER + timedelta(hours=1))
    assert message.kind is Kind.EDIT
    return message


def later_post(store: Store, *messages: Message, minutes: int = 30, **changes: Any) -> None:
    """Another post of the same author joins the case."""
    known = {"external_id": "1901", "posted_at": NOW + timedelta(minutes=minutes)}
    decided = {name: changes.pop(name) for name in ("route", "reasons", "now", "case") if name in changes}
    post = mention(**known | changes)
    judge(store, post)
    redecide(store, post, *messages, **{"case": CaseRef(CASE.id, CASE.code, new=False)} | decided)
