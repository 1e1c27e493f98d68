"""Many alerts at once, each of a case of its own, for tests of what is done about them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.decision import CaseRef, Decision, Kind, Message, Receipt, Route
from models.mention import Author, Mention
from models.store import Store, cases, effects, storms
from tests.build import NOW, mention
from tests.models.store.steps import SINK, alert, card
from tests.stores import rows

MOST = 10


def post(number: int) -> Mention:
    """A post of a person of their own."""
    author = Author(id=f"u{number}", handle=f"user{number}", name=f"Person {number}")
    return mention(external_id=f"p{number}", author=author, text=f"word{number} is dead", conversation_id=f"t{number}")


def case_of(number: int) -> CaseRef:
    """The case that it opens."""
    return CaseRef(f"case-{number:04}", f"C{number:06}", new=True)


def flood(
    store: Store,
    numbers: Sequence[int],
    *,
    at: datetime = NOW,
    grave: Sequence[int] = (),
    target: str = "#social",
    sink: str = SINK,
) -> None:
    """Queue an alert for each number, in one transaction."""

    def work(session: Session) -> None:
        for number in numbers:
            said, case = post(number), case_of(number)
            message = alerted(number, number in grave, target, sink)
            cases.keep(session, said, Decision(Route.CALL, (), case=case, messages=(message,)), at)
            effects.queue(session, [message], at)

    store.do(work)


def alerted(number: int, grave: bool = False, target: str = "#social", sink: str = SINK) -> Message:
    """The card of a number."""
    said, case = post(number), case_of(number)
    drawn = replace(card(said), code=case.code, case_id=case.id, mention_id=said.id, grave=grave)
    priority = 90 if grave else 40
    changes: dict[str, Any] = {"key": f"a{number:04}", "target": target, "sink": sink, "priority": priority}
    return alert(said, case, body=drawn.to_body(), **changes)


def next_message(store: Store, at: datetime = NOW, most: int = MOST, sink: str = SINK) -> Message | None:
    """What the sender would take now."""
    return store.do(storms.claim, sink, most, at)


def arrive(store: Store, message: Message, reference: str, at: datetime = NOW) -> None:
    """It reached people."""
    store.do(effects.sent, message, Receipt(reference), at)


def drained(store: Store, at: datetime = NOW, most: int = MOST) -> list[Message]:
    """Carry out all that is due; what it was, in order. A message's reference is its key."""
    sent = []
    while message := next_message(store, at, most):
        arrive(store, message, message.thread if message.kind is Kind.LIST and message.thread else message.key, at)
        sent.append(message)
    return sent


def states(store: Store, kind: str = "alert") -> Counter[str]:
    """How many messages of a kind are in each state."""
    return Counter(state for (state,) in rows(store, "SELECT state FROM effect WHERE kind = :kind", kind=kind))


def card_of(store: Store, number: int) -> str | None:
    """Where the case's card stands."""
    ((card,),) = rows(store, 'SELECT card FROM "case" WHERE id = :id', id=case_of(number).id)
    return card  # type: ignore[no-any-return]


def list_body(store: Store) -> dict[str, Any]:
    """What the newest list says in the outbox."""
    ((body,),) = rows(store, "SELECT body FROM effect WHERE kind = 'list' ORDER BY queued_at DESC LIMIT 1")
    return json.loads(body) if isinstance(body, str) else body
