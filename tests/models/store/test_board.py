"""What people read of the cases: theirs, the queue, what they look for, one case, and the day in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.case import CallOutcome, Dismissal, Resolution
from models.decision import CaseRef, Decision, Kind, Reason, Receipt, Route, message_key
from models.mention import Author
from models.press import Person
from models.store import Store, answers, board, casework, deciding, effects, privacy
from tests.build import NOW, mention
from tests.models.store.desk import ANA, BEN, opened
from tests.models.store.steps import LATER, SINK, alert, claimed, judge, redecide, reply

CODES = ("234567R", "3456789", "456789W", "56789CF")
HOUR = timedelta(hours=1)


def several(store: Store, *due: int | None) -> list[str]:
    """A case for each promise, in minutes from now (None: nothing is promised), each by a person of its own."""
    ids = []
    for number, minutes in enumerate(due):
        author = Author(id=f"a{number}", handle=f"user{number}", name=f"User {number}")
        post = mention(external_id=f"p{number}", author=author, text=f"Kestrelo is down, number {number}")
        ref = CaseRef(f"c{number}", CODES[number], new=True)
        key = message_key(Kind.ALERT, SINK, ref.id, "card")
        promised = None if minutes is None else NOW + timedelta(minutes=minutes)
        judge(store, post)
        decision = Decision(
            Route.CALL, (Reason.URGENT,), case=ref, messages=(alert(post, ref, key=key),), answer_by=promised,
            resolve_by=promised + HOUR if promised else None,
        )  # fmt: skip
        store.do(deciding.record, post, decision, "config-1", NOW)
        ids.append(ref.id)
    return ids


def codes(rows: list[board.Row]) -> list[str]:
    """The cases in their order."""
    return [row.code for row in rows]


def test_the_queue_is_what_nobody_holds_by_what_is_due_first(store: Store) -> None:
    """What is promised soonest comes first, what is promised nothing last, and what rests is not in it."""
    several(store, 30, None, 10, 20)
    store.do(casework.snooze, "c3", ANA, LATER + HOUR, LATER)
    rows, more = store.do(board.queue, None, LATER)
    assert codes(rows) == [CODES[2], CODES[0], CODES[1]]
    assert more == 0
    assert store.do(board.queue, None, LATER, 1)[1] == 2
    assert codes(store.do(board.queue, None, LATER + HOUR)[0])[1] == CODES[3]
    assert store.do(board.queue, "rivalo", LATER) == ([], 0)


def test_a_row_says_who_what_by_when_and_whether_it_is_late(store: Store) -> None:
    """In the words of the card, which are masked."""
    several(store, 10)
    (row,) = store.do(board.queue, "kestrelo", LATER)[0]
    assert (row.case_id, row.state, row.holder, row.late) == ("c0", "open", "", False)
    assert row.headline == "User 0 (@user0): Kestrelo is down, number 0"
    assert row.answer_by == "2026-03-02T12:10:00+00:00"
    assert store.do(board.queue, None, LATER + HOUR)[0][0].late


def test_mine_are_the_live_cases_that_i_hold(store: Store) -> None:
    """By when each is to be closed; what rests comes last, what is closed is gone."""
    for case_id in several(store, 30, 20, 10, 5):
        store.do(casework.claim, case_id, ANA, LATER)
    store.do(casework.snooze, "c2", ANA, LATER + HOUR, LATER)
    store.do(casework.resolve, "c3", ANA, Resolution.CALLED, "", LATER)
    rows = store.do(board.mine, "U1", LATER)
    assert codes(rows) == [CODES[1], CODES[0], CODES[2]]
    assert [row.state for row in rows] == ["claimed", "claimed", "snoozed"]
    assert rows[0].answer_by == "2026-03-02T13:20:00+00:00"
    assert store.do(board.mine, "U2", LATER) == []
    assert store.do(board.mine, "", LATER) == []


def test_what_is_held_is_listed_by_holder(store: Store) -> None:
    """For the hand-over of a shift."""
    several(store, 30, 20, 10)
    for case_id, by in (("c0", BEN), ("c1", ANA), ("c2", BEN)):
        store.do(casework.claim, case_id, by, LATER)
    assert [(row.holder, row.code) for row in store.do(board.held, None, LATER)] == [
        ("Ana", CODES[1]),
        ("Ben", CODES[2]),
        ("Ben", CODES[0]),
    ]


@pytest.mark.parametrize("said", ["3456 789", "number 1", "NUMBER 1", "@user1", "USER1", "User 1", "user  1"])
def test_a_case_is_found_by_code_words_or_author(store: Store, said: str) -> None:
    """However it is written; a case that is closed is found too."""
    several(store, 30, 20)
    store.do(casework.resolve, "c1", ANA, Resolution.CALLED, "", LATER)
    assert codes(store.do(board.find, said, LATER)) == [CODES[1]]


@pytest.mark.parametrize("said", ["", " ", "@", "%", "_", "nothing like it", "2345679"])
def test_what_is_nowhere_is_not_found(store: Store, said: str) -> None:
    """Signs that a database reads as "anything" are only signs."""
    several(store, 30, 20)
    assert store.do(board.find, said, LATER) == []


def test_a_find_has_an_end(store: Store) -> None:
    """The newest so many."""
    several(store, 30, 20, 10)
    assert len(store.do(board.find, "kestrelo", LATER, 2)) == 2


def test_the_page_of_a_case_has_all_of_it(store: Store) -> None:
    """The posts newest first, the history oldest first, the card as it stands, and which post it is about."""
    several(store, 30)
    store.do(effects.sent, claimed(store), Receipt("C1:1"), LATER)
    first, later = mention(external_id="p0"), mention(external_id="p9", text="Still.", posted_at=NOW + HOUR)
    judge(store, later)
    redecide(store, later, case=CaseRef("c0", CODES[0], new=False))
    store.do(casework.claim, "c0", ANA, LATER)
    page = store.do(board.case_page, " 2345-67r ", LATER)
    assert page is not None
    assert [heard.text for heard in page.heard] == ["Still.", "Kestrelo is down, number 0"]
    assert [heard.author for heard in page.heard] == ["Anna Lind", "User 0"]
    happened = [event.type for event in page.events]
    assert happened == ["opened", "mention_posted", "switch_recommended", "alert_sent", "mention_posted", "claimed"]
    assert page.card is not None
    assert (page.card["holder"], page.mention_id, page.row.state) == ("Ana", first.id, "claimed")


def test_there_is_no_page_for_another_code(store: Store) -> None:
    """A code with a wrong sign is no code, and one that nobody has is none either."""
    opened(store)
    assert store.do(board.case_page, "AAAAAAA", NOW) is None
    assert store.do(board.case_page, "", NOW) is None


def test_a_forgotten_case_has_no_words(store: Store) -> None:
    """It is found nowhere, and its page is empty."""
    several(store, 30)
    store.do(privacy.forget, "x", "user0", LATER)
    assert store.do(board.find, "number", LATER) == []
    assert store.do(board.find, CODES[0], LATER) == []
    assert store.do(board.queue, None, LATER) == ([], 0)


def test_the_day_in_numbers(store: Store) -> None:
    """Every number is what a person counts by hand; medians are of what ended in the time."""
    several(store, 5, 10, 20, 30)
    for _ in range(4):
        store.do(effects.sent, claimed(store), Receipt("C1:1"), LATER)
    at = [LATER + timedelta(minutes=minutes) for minutes in range(60)]
    store.do(casework.claim, "c0", ANA, at[2])
    store.do(casework.call_ended, "c0", ANA, CallOutcome.RESOLVED, "", at[9])
    store.do(casework.claim, "c1", BEN, at[4])
    store.do(casework.release, "c1", BEN, at[5])
    store.do(casework.claim, "c1", ANA, at[50])
    post = mention(external_id="p1", author=Author(id="a1", handle="user1"))
    store.do(casework.answer, "c1", reply(post), ANA, at[18])
    store.do(answers.arrived, replace(reply(post), case_id="c1"), at[19])
    store.do(casework.dismiss, "c2", BEN, Dismissal.NOT_US, at[20])
    today = store.do(board.today, NOW, at[55])
    assert (today.opened, today.claimed, today.answered, today.called) == (4, 3, 1, 1)
    assert (today.resolved, today.dismissed, today.reopened) == (1, 1, 0)
    assert today.first_response == pytest.approx((10 + 20) / 2 * 60)
    # Claimed after 2 and 4 minutes, and dismissed at once after 20.
    assert today.claim == pytest.approx(4 * 60)
    assert dict(today.states) == {"claimed": 1, "open": 1, "late": 1}
    assert dict(today.routes) == {"call": 4}
    assert dict(today.closed) == {"called": 1, "not_us": 1}
    assert dict(today.holders) == {"Ana": 1}


def test_a_first_response_counts_on_its_own_day_only(store: Store) -> None:
    """What was answered yesterday and again today is not a first response of today; a dismissal is none at all."""
    several(store, 5, 5)
    store.do(casework.call_ended, "c0", ANA, CallOutcome.NO_ANSWER, "", LATER)
    tomorrow = LATER + timedelta(days=1)
    store.do(casework.call_ended, "c0", ANA, CallOutcome.REACHED, "", tomorrow)
    store.do(casework.dismiss, "c1", ANA, Dismissal.SPAM, tomorrow)
    today = store.do(board.today, NOW + HOUR, tomorrow)
    assert (today.called, today.first_response, today.opened) == (1, None, 0)


def test_a_resolution_as_answered_is_a_first_response(store: Store) -> None:
    """Who answered by hand says so when they close the case."""
    several(store, 5, 5)
    store.do(casework.resolve, "c0", ANA, Resolution.ANSWERED, "", LATER)
    store.do(casework.resolve, "c1", Person("U3"), Resolution.BY_ITSELF, "", LATER + HOUR)
    assert store.do(board.today, NOW, LATER + HOUR).first_response == pytest.approx(60)


def test_the_day_of_a_brand_is_its_own(store: Store) -> None:
    """Two brands never share a number."""
    several(store, 5)
    assert store.do(board.today, NOW, LATER, "rivalo") == board.Today()
    assert store.do(board.today, NOW, LATER, "kestrelo").opened == 1
