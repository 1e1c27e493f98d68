"""Deciding: one decision a mention, with everything that follows from it or nothing at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from models.case import CaseState
from models.decision import CaseRef, Reason, Route
from models.mention import Author
from models.past import Screened
from models.store import Store, cases, deciding
from models.store.cases import SAME_ISSUE
from tests.build import NOW, mention
from tests.models.store.steps import CASE, LATER, alert, decide, judge, listen, note, redecide, reply
from tests.stores import one, rows


def test_a_mention_is_decided_once(store: Store) -> None:
    """Recording a second decision is refused, and neither its case nor its messages are kept."""
    assert decide(store, mention(), alert(mention()))
    other = CaseRef("case-2", "3456789", new=True)
    assert not redecide(store, mention(), reply(mention()), case=other, route=Route.ANSWER)
    assert rows(store, "SELECT route FROM decision") == [("call",)]
    assert rows(store, "SELECT kind FROM effect") == [("alert",)]
    assert rows(store, 'SELECT id FROM "case"') == [("case-1",)]


def test_a_decision_that_cannot_be_kept_leaves_nothing(store: Store) -> None:
    """When a part fails, here a case code that is taken, no part stays and the mention can be tried again."""
    decide(store, mention(), alert(mention()))
    second = mention(external_id="2", author=Author(id="8"))
    judge(store, second)
    clash = CaseRef("case-2", CASE.code, new=True)
    with pytest.raises(SQLAlchemyError):
        redecide(store, second, alert(second, clash), case=clash)
    assert one(store, "SELECT count(*) FROM decision") == one(store, "SELECT count(*) FROM effect") == 1
    assert redecide(store, second, case=CaseRef("case-2", "3456789", new=True))


def test_a_decision_opens_a_case_and_tells_its_story(store: Store) -> None:
    """A new case knows its mention, and its clocks start when the post was posted, not when it was seen."""
    early = mention(posted_at=NOW - timedelta(hours=1))
    decide(store, early, alert(early))
    events = rows(store, "SELECT seq, type, actor_kind, channel FROM case_event ORDER BY seq")
    opened = [(1, "opened", "bot", "x"), (2, "mention_posted", "customer", "x")]
    assert events == [*opened, (3, "switch_recommended", "bot", "x")]
    assert one(store, 'SELECT mentions FROM "case"') == 1
    assert "10:" not in one(store, "SELECT CAST(at AS VARCHAR) FROM case_event WHERE seq = 1")
    assert "11:00" in one(store, "SELECT CAST(at AS VARCHAR) FROM case_event WHERE seq = 2")


def test_a_later_mention_joins_the_open_case(store: Store) -> None:
    """A second mention of the author is told of the case, and counts in it."""
    decide(store, mention(), alert(mention()))
    second = mention(external_id="2")
    past = store.do(deciding.past_of, second, LATER)
    assert past.case is not None
    assert (past.case.id, past.case.code, past.case.state) == ("case-1", CASE.code, CaseState.OPEN)
    decide(store, second, note(second), case=CaseRef("case-1", CASE.code, new=False))
    assert one(store, 'SELECT mentions FROM "case"') == 2
    assert rows(store, "SELECT case_id FROM mention") == [("case-1",)] * 2


def test_only_a_graver_mention_changes_the_route_of_a_case(store: Store) -> None:
    """The case's route follows an escalation and nothing else."""
    decide(store, mention(), alert(mention()), route=Route.REVIEW)
    joined = CaseRef("case-1", CASE.code, new=False)
    decide(store, mention(external_id="2"), case=joined, route=Route.CALL, reasons=(Reason.SAME_CASE,))
    assert one(store, 'SELECT route FROM "case"') == "review"
    decide(store, mention(external_id="3"), case=joined, route=Route.CALL, reasons=(Reason.ESCALATED,))
    assert one(store, 'SELECT route FROM "case"') == "call"


def test_an_old_or_closed_case_is_not_joined(store: Store) -> None:
    """After a week of silence, or once closed, a new mention is a new issue."""
    decide(store, mention(), alert(mention()))
    author = mention().author_key
    assert store.do(deciding.past_of, mention(), NOW + SAME_ISSUE).case
    assert store.do(deciding.past_of, mention(), NOW + SAME_ISSUE + timedelta(seconds=1)).case is None
    for state in ("resolved", "dismissed"):
        rows_changed(store, state)
        assert store.do(cases.open_case, author, NOW) is None
    rows_changed(store, "claimed")
    assert store.do(cases.open_case, author, NOW)


def rows_changed(store: Store, state: str) -> None:
    """Put the only case into a state."""
    store.do(lambda session: session.connection().exec_driver_sql(f"UPDATE \"case\" SET state = '{state}'"))


def test_the_case_of_another_person_is_not_joined(store: Store) -> None:
    """Somebody else, and the same person seen by another brand, have no part in a case."""
    decide(store, mention(), alert(mention()))
    assert store.do(deciding.past_of, mention(author=Author(id="8")), NOW).case is None
    assert store.do(deciding.past_of, mention(brand="rivalo"), NOW).case is None


def test_the_past_counts_replies_by_brand_and_channel(store: Store) -> None:
    """Replies of this hour and day are counted for the brand on the channel; other brands and channels are left out."""
    for number, where in enumerate(({}, {}, {"channel": "forum"}, {"brand": "rivalo"})):
        post = mention(external_id=str(number), author=Author(id=str(number)), **where)
        purpose = "thank" if number == 1 else "answer"
        decide(store, post, reply(post, purpose=purpose), case=None, route=Route.ANSWER)
    new = mention(external_id="9", author=Author(id="9"))
    past = store.do(deciding.past_of, new, LATER)
    assert (past.replies_last_hour, past.replies_last_day, past.thanks_last_day) == (2, 2, 1)
    later = store.do(deciding.past_of, new, NOW + timedelta(hours=2))
    assert (later.replies_last_hour, later.replies_last_day) == (0, 2)
    assert not past.replied_in_thread
    assert past.last_reply_at is None


def test_the_past_knows_a_reply_in_the_thread_and_the_last_one(store: Store) -> None:
    """The same author in the same thread was answered; in another thread only the time of the last answer holds."""
    post = mention(conversation_id="thread-1")
    decide(store, post, reply(post), case=None, route=Route.ANSWER)
    same = store.do(deciding.past_of, mention(external_id="2", conversation_id="thread-1"), LATER)
    other = store.do(deciding.past_of, mention(external_id="3"), LATER)
    assert (same.replied_in_thread, other.replied_in_thread) == (True, False)
    assert same.last_reply_at == other.last_reply_at == NOW


def test_the_past_knows_who_opted_out(store: Store) -> None:
    """An author who wants no more answers is known as such, for their brand only."""
    listen(store, Screened(mention(), Reason.ADDRESSED, opt_out=True))
    assert store.do(deciding.past_of, mention(external_id="2"), LATER).opted_out
    assert not store.do(deciding.past_of, mention(brand="rivalo"), LATER).opted_out


def test_failures_of_deciding_are_counted(store: Store) -> None:
    """How often deciding a mention has failed is known at the next try."""
    judge(store, mention())
    store.do(deciding.failed, mention())
    ((_, _, tries),) = store.do(deciding.pending, mention().author_key)
    assert tries == 1


def test_an_assessment_that_cannot_be_read_is_none(store: Store) -> None:
    """What another version kept in another form does not stop its author."""
    judge(store, mention())
    store.do(lambda session: session.connection().exec_driver_sql("UPDATE assessment SET body = '{\"x\": 1}'"))
    ((_, assessment, _),) = store.do(deciding.pending, mention().author_key)
    assert assessment is None


def test_what_is_about_something_else_is_counted(store: Store) -> None:
    """A post left alone because it is about something else is counted by its brand and channel."""
    assert decide(store, mention(), route=Route.IGNORE, reasons=(Reason.NOT_RELEVANT,), case=None)
    assert rows(store, "SELECT brand, channel, reason, count FROM tally") == [("kestrelo", "x", "not_relevant", 1)]
