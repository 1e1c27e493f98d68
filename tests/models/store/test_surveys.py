"""A survey is asked once, answered in parts, changed while it may be, and names nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from models.case import CallOutcome, Dismissal, Resolution
from models.events import EventType
from models.settings import Settings
from models.store import Store, casework, privacy, surveys
from models.store.cases import Event, append
from models.store.dialect import table
from models.store.surveys import Answered, Refusal, Why
from models.tables import CaseEventRow, OptOutRow
from tests.build import NOW, mention, settings
from tests.models.store.desk import ANA, opened
from tests.models.store.steps import CASE, LATER
from tests.stores import one, rows

WITHIN = timedelta(days=14)
ID = CASE.id


def closed(store: Store, reason: Resolution = Resolution.ANSWERED, **changes: Any) -> None:
    """A case that was resolved at LATER."""
    opened(store, **changes)
    assert store.do(casework.resolve, ID, ANA, reason, "", LATER).done


def said(store: Store) -> list[Any]:
    """What the history keeps of the answers, by whom."""

    def read(session: Session) -> list[Any]:
        event = table(CaseEventRow).c
        query = select(event.actor_kind, event.meta).where(event.type == EventType.SURVEY_ANSWERED)
        return [tuple(row) for row in session.execute(query.order_by(event.seq))]

    return store.do(read)


def test_a_resolved_case_is_asked_once(store: Store) -> None:
    """Whoever opens the page again is not asked again, and the history says by which way it was asked."""
    closed(store)
    assert store.do(surveys.ask, ID, "page", LATER)
    assert not store.do(surveys.ask, ID, "telegram", LATER + timedelta(hours=1))
    assert rows(store, "SELECT via, from_channel, to_channel, route FROM survey") == [("page", "x", "x", "call")]
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'survey_sent'") == 1


def test_nobody_is_asked_while_it_is_open_or_after_a_dismissal(store: Store) -> None:
    """Only who was helped can say how it was."""
    opened(store)
    assert not store.do(surveys.ask, ID, "page", LATER)
    store.do(casework.dismiss, ID, ANA, Dismissal.SPAM, LATER)
    assert not store.do(surveys.ask, ID, "page", LATER)
    assert not store.do(surveys.ask, "no-such-case", "page", LATER)
    assert store.do(surveys.of_case, ID) is None


def test_parts_of_an_answer_come_together(store: Store) -> None:
    """Each tap adds to what stands, and the first one gives the moment."""
    closed(store)
    store.do(surveys.ask, ID, "telegram", LATER)
    assert store.do(surveys.answer, ID, LATER, WITHIN, csat=5) == Answered(5, None, None, changed=True)
    whole = store.do(surveys.answer, ID, LATER + timedelta(hours=1), WITHIN, nps=0, again=False)
    assert whole == Answered(5, 0, False, changed=True)
    assert isinstance(whole, Answered)
    assert whole.whole
    kept = store.do(surveys.of_case, ID)
    assert kept
    assert (kept.answered_at, kept.csat, kept.nps, kept.again) == (LATER, 5, 0, False)


def test_a_changed_mind_takes_the_place_of_the_first(store: Store) -> None:
    """The last answer stands, the history has both, and the same answer twice is written down once."""
    closed(store)
    store.do(surveys.ask, ID, "page", LATER)
    for csat in (2, 2, 4):
        store.do(surveys.answer, ID, LATER, WITHIN, csat=csat, via="page")
    assert one(store, "SELECT csat FROM survey") == 4
    assert said(store) == [("customer", {"via": "page", "csat": 2}), ("customer", {"via": "page", "csat": 4})]


def test_the_term_ends(store: Store) -> None:
    """The last second before its end an answer is taken, and at its end no more."""
    closed(store)
    store.do(surveys.ask, ID, "page", LATER)
    late = store.do(surveys.answer, ID, LATER + WITHIN, WITHIN, csat=3)
    assert isinstance(late, Refusal)
    assert late.why is Why.OVER
    assert isinstance(store.do(surveys.answer, ID, LATER + WITHIN - timedelta(seconds=1), WITHIN, csat=3), Answered)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"csat": 0}, {"csat": 6}, {"nps": 11}, {"nps": -1}, {"csat": True}, {"again": 1}, {"csat": 5, "nps": 99},
     {"csat": "5"}, {"nps": 9.5}],
)  # fmt: skip
def test_what_is_on_no_scale_is_refused_whole(store: Store, wrong: dict[str, Any]) -> None:
    """A forged value keeps nothing, also not what stood beside it."""
    closed(store)
    store.do(surveys.ask, ID, "page", LATER)
    refused = store.do(surveys.answer, ID, LATER, WITHIN, **wrong)
    assert isinstance(refused, Refusal)
    assert refused.why is Why.NOT_VALID
    assert rows(store, "SELECT csat, nps, again, answered_at FROM survey") == [(None, None, None, None)]


def test_nobody_answers_what_was_not_asked(store: Store) -> None:
    """An answer to a case without a question, or without a person, is refused with its reason."""
    closed(store)
    refused = store.do(surveys.answer, ID, LATER, WITHIN, csat=3)
    assert isinstance(refused, Refusal)
    assert refused.why is Why.NOT_ASKED
    gone = store.do(surveys.answer, "no-such-case", LATER, WITHIN, csat=3)
    assert isinstance(gone, Refusal)
    assert gone.why is Why.ERASED


def test_the_numbers_stay_when_the_person_is_forgotten(store: Store) -> None:
    """What was answered names nobody, so it stays; nothing can be asked or answered any more."""
    closed(store)
    store.do(surveys.ask, ID, "page", LATER)
    store.do(surveys.answer, ID, LATER, WITHIN, csat=4)
    store.do(privacy.forget, "x", "anna_l", LATER)
    assert one(store, "SELECT csat FROM survey") == 4
    refused = store.do(surveys.answer, ID, LATER, WITHIN, csat=5)
    assert isinstance(refused, Refusal)
    assert refused.why is Why.ERASED
    assert not store.do(surveys.ask, ID, "page", LATER)


def test_who_never_answered_is_asked_again_after_the_next_end(store: Store) -> None:
    """A case that opened and closed once more has a new term; one that was answered is left alone."""
    closed(store)
    store.do(surveys.ask, ID, "page", LATER)
    again = LATER + timedelta(days=3)
    for _ in range(2):
        store.do(casework.reopen, ID, ANA, again)
        store.do(casework.resolve, ID, ANA, Resolution.ANSWERED, "", again)
        again += timedelta(days=1)
        asked = store.do(surveys.ask, ID, "page", again)
        store.do(surveys.answer, ID, again, WITHIN, csat=5)
    assert not asked
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'survey_sent'") == 2


@pytest.mark.parametrize(("outcome", "to"), [(CallOutcome.NO_ANSWER, "x"), (CallOutcome.REACHED, "voice")])
def test_the_path_ends_where_both_spoke(store: Store, outcome: CallOutcome, to: str) -> None:
    """A call makes it voice, and a call that nobody took changes nothing."""
    opened(store)
    store.do(casework.call_ended, ID, ANA, outcome, "", LATER)
    store.do(casework.resolve, ID, ANA, Resolution.ANSWERED, "", LATER)
    store.do(surveys.ask, ID, "page", LATER)
    assert one(store, "SELECT to_channel FROM survey") == to


def test_the_ledger_names_the_other_channel(store: Store) -> None:
    """Any pair of channels is a path; what was connected before there was a ledger was a call."""
    opened(store)
    for number, meta in enumerate(({}, {"to": "email"})):
        at = LATER + timedelta(days=number)
        store.do(append, ID, [Event(EventType.SWITCH_CONNECTED, at, "agent", "U1", meta=dict(meta))])
        store.do(casework.resolve, ID, ANA, Resolution.ANSWERED, "", at)
        store.do(surveys.ask, ID, "page", at)
        assert one(store, "SELECT to_channel FROM survey") == ("email" if meta else "voice")
        store.do(casework.reopen, ID, ANA, at)


ASKING: dict[str, Any] = {
    "surveys": {"channels": ["telegram"]},
    "channels": {"telegram": {"reply_with": "bot"}},
    "responders": {"console": {"kind": "console"}, "bot": {"kind": "telegram", "token": {"env": "T"}}},
}
POST: dict[str, Any] = {"channel": "telegram", "external_id": "-100:7", "lang": "de"}
DUE = LATER + timedelta(minutes=5)


def asking(**changes: Any) -> Settings:
    """Settings that ask on Telegram."""
    return settings(**(ASKING | changes))


def test_it_is_due_where_the_customer_posted(store: Store) -> None:
    """Five minutes after the end, under their own last post, in their language."""
    closed(store, **POST)
    assert store.do(surveys.due, asking(), DUE - timedelta(seconds=1)) == []
    (due,) = store.do(surveys.due, asking(), DUE)
    assert (due.case_id, due.external_id, due.lang, due.channel) == (ID, "-100:7", "de", "telegram")
    store.do(surveys.ask, ID, "telegram", DUE)
    assert store.do(surveys.due, asking(), DUE) == []


@pytest.mark.parametrize(
    "changes",
    [{"surveys": {"on": False, "channels": ["telegram"]}}, {"surveys": {"channels": []}},
     {"surveys": {"channels": ["matrix"]}}],
)  # fmt: skip
def test_nothing_is_due_where_nobody_wants_it(store: Store, changes: dict[str, Any]) -> None:
    """Without the setting no channel asks anybody."""
    closed(store, **POST)
    assert store.do(surveys.due, asking(**changes), DUE) == []


@pytest.mark.parametrize("reason", list(Resolution))
def test_only_who_was_helped_by_us_is_asked(store: Store, reason: Resolution) -> None:
    """What went away by itself is no help of ours."""
    closed(store, reason, **POST)
    assert bool(store.do(surveys.due, asking(), DUE)) is (reason is not Resolution.BY_ITSELF)


@pytest.mark.parametrize("why", ["opted out", "turned", "danger", "stale", "post gone", "open again", "forgotten"])
def test_some_are_left_alone(store: Store, why: str) -> None:
    """Who wants no automatic words, was in danger, was upset by us, has gone, or is not done."""
    closed(store, **POST)
    at = DUE
    match why:
        case "opted out":
            key = mention(**POST).author_key
            store.do(lambda session: session.add(OptOutRow(author_key=key, at=NOW, why="asked")))
        case "turned":
            rows(store, 'UPDATE "case" SET turned_at = closed_at RETURNING id')
        case "danger":
            rows(store, "UPDATE \"case\" SET route = 'page' RETURNING id")
        case "stale":
            at = DUE + timedelta(days=3)
        case "post gone":
            rows(store, "UPDATE mention SET kept = :no RETURNING id", no=False)
        case "open again":
            store.do(casework.reopen, ID, ANA, LATER)
        case "forgotten":
            store.do(privacy.forget, "telegram", "anna_l", LATER)
    assert store.do(surveys.due, asking(), at) == []
