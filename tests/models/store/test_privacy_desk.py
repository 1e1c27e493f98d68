"""What people wrote about a person on the desk goes with the person: drafts, notes, drawings, rules."""

from __future__ import annotations

from datetime import timedelta

from models.case import CallOutcome, CaseState, Dismissal, Resolution
from models.decision import Kind, Receipt
from models.press import Person
from models.store import Store, board, casework, effects, mutes, presses, privacy
from models.store.mutes import Mute, MuteKind
from tests.build import NOW
from tests.models.store.desk import ANA, case, drawing, later_post
from tests.models.store.steps import CASE, LATER, claimed
from tests.models.store.test_privacy import CASES_KEPT, KEPT, PLANTED, POST, everything, plant
from tests.stores import one, rows

MUCH_LATER = NOW + timedelta(days=400)
STAFF = Person("U77", "Staffordia")


def worked_on(store: Store) -> None:
    """Eva's case with a draft, notes, a drawing that was sent, one that waits, and rules about her."""
    plant(store)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        store.do(effects.sent, message, Receipt("C1:18"), LATER)
    store.do(casework.claim, CASE.id, STAFF, LATER)
    store.do(effects.sent, drawing(store), Receipt("C1:17"), LATER)
    store.do(casework.drafted, CASE.id, STAFF, "Dear Zanzibarella, plantedword", LATER)
    store.do(casework.call_ended, CASE.id, STAFF, CallOutcome.NO_ANSWER, "Zanzibarella plantedword", LATER)
    store.do(mutes.add, Mute(MuteKind.AUTHOR, "zz_handle", "", None, STAFF, "plantedword", "Zanzibarella"), LATER)
    store.do(mutes.add, Mute(MuteKind.THREAD, POST.thread_key, "", None, STAFF, "plantedword", "zz_handle"), LATER)


def test_nothing_of_a_forgotten_person_stays_on_the_desk(store: Store) -> None:
    """Neither in a table nor in a file is a word of what people wrote about them or to them."""
    worked_on(store)
    assert all(word in everything(store) for word in PLANTED[:3])
    store.do(privacy.forget, "x", "zz_handle", LATER)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        assert message.kind is Kind.ERASE
        store.do(effects.sent, message, Receipt("C1:17"), LATER)
    store.compact()
    left = everything(store)
    assert [word for word in PLANTED if word in left] == []
    assert rows(store, 'SELECT holder, holder_name FROM "case"') == [("", "")]


def test_a_drawing_is_blanked_with_its_card_and_not_by_itself(store: Store) -> None:
    """One message is one card to blank, however often it was drawn."""
    worked_on(store)
    cards = one(store, "SELECT count(*) FROM effect WHERE kind IN ('alert', 'note') AND state = 'sent'")
    assert store.do(privacy.forget, "x", "zz_handle", LATER)[1] == cards


def test_a_purge_leaves_the_measures_and_no_words(store: Store) -> None:
    """Past its time a case has no draft, no notes and no holder's name; when it was answered stays."""
    worked_on(store)
    store.do(casework.resolve, CASE.id, STAFF, Resolution.CALLED, "plantedword", LATER)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        store.do(effects.sent, message, Receipt("C1:17"), LATER)
    while store.do(privacy.purge, KEPT, CASES_KEPT, MUCH_LATER):
        pass
    (body,) = rows(store, "SELECT CAST(meta AS TEXT) FROM case_event WHERE type = 'call_attempted'")
    assert "no_answer" in body[0]
    tables = [rows(store, f'SELECT * FROM "{name}"') for name in ("case", "case_event", "effect")]
    assert "plantedword" not in str(tables)
    found = case(store)
    assert (found.holder, found.draft, found.answered_at, found.reason) == (None, None, LATER, "called")


def test_a_case_whose_text_is_gone_ends(store: Store) -> None:
    """Nobody can work on it any more, so it leaves the queue, and the history says why."""
    worked_on(store)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        store.do(effects.sent, message, Receipt("C1:17"), LATER)
    while store.do(privacy.purge, KEPT, CASES_KEPT, MUCH_LATER):
        pass
    assert (case(store).state, case(store).reason) == (CaseState.DISMISSED, Dismissal.ERASED)
    assert store.do(board.mine, STAFF.id, MUCH_LATER) == []
    for attempt in (
        store.do(casework.claim, CASE.id, ANA, MUCH_LATER),
        store.do(casework.reopen, CASE.id, ANA, MUCH_LATER),
        store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", MUCH_LATER),
    ):
        assert attempt.erased


def test_a_case_with_a_post_that_is_kept_goes_on(store: Store) -> None:
    """Only when the last of its posts is past its time is the case."""
    worked_on(store)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        store.do(effects.sent, message, Receipt("C1:17"), LATER)
    store.do(casework.resolve, CASE.id, STAFF, Resolution.CALLED, "", LATER)
    store.do(effects.sent, drawing(store), Receipt("C1:17"), LATER)
    at = NOW + timedelta(days=200)
    later_post(store, external_id="77", now=at)
    assert case(store).state is CaseState.OPEN
    store.do(effects.sent, claimed(store, now=at), Receipt("C1:17"), at)
    store.do(privacy.purge, KEPT, CASES_KEPT, at)
    assert case(store).state is CaseState.OPEN


def test_the_purge_drops_old_presses(store: Store) -> None:
    """They cannot be delivered again."""
    store.do(presses.first_time, "p-1", NOW)
    store.do(privacy.purge, KEPT, CASES_KEPT, MUCH_LATER)
    assert one(store, "SELECT count(*) FROM press") == 0
