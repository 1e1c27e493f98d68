"""Who holds a case is told when its customer gives a number or takes it back: an edited card tells nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.store import Store, casework, contacts
from tests.models.store import desk
from tests.models.store.desk import ANA, SOON
from tests.models.store.reaching import FORM, NUMBER, OTHER, by_hand, given, kept, phone
from tests.models.store.steps import CASE
from tests.responders.desk.bench import read
from tests.stores import rows


def notes(store: Store) -> list[dict[str, Any]]:
    """The lines under the card, in their order."""
    found = rows(store, "SELECT body FROM effect WHERE kind = 'note' AND purpose <> 'note' ORDER BY queued_at, key")
    return [read(body) for (body,) in found]


def test_the_holder_is_told_of_a_number(store: Store) -> None:
    """By name, without the number, and once however often the form is sent."""
    desk.opened(store)
    store.do(casework.claim, CASE.id, ANA, SOON)
    for _ in range(3):
        given(store, now=SOON)
    (note,) = notes(store)
    assert (note["title"], note["mention"]) == ("Call now", [ANA.id])
    assert NUMBER[3:] not in str(note)


def test_where_nobody_has_the_case_the_channel_is_told(store: Store) -> None:
    """The thread of such a case has no readers."""
    desk.opened(store)
    given(store, now=SOON)
    (note,) = notes(store)
    assert note["broadcast"]
    assert "mention" not in note


def test_a_number_that_is_changed_again_and_again_is_told_once_an_hour(store: Store) -> None:
    """Whoever has the link cannot fill the thread."""
    desk.opened(store)
    for minute in range(20):
        given(store, phone(OTHER if minute % 2 else NUMBER), now=SOON + timedelta(minutes=minute))
    assert len(notes(store)) == 1
    given(store, phone(windows=("2026-03-05 09:00-12:00",)), now=SOON + timedelta(hours=2))
    assert len(notes(store)) == 2


def test_the_agent_who_wrote_it_down_knows_it_already(store: Store) -> None:
    """Neither what they write down nor what they take back for the customer is told to them."""
    desk.opened(store)
    by_hand(store, ANA)
    store.do(contacts.withdraw_by, kept(store)[0].id, ANA, SOON)
    assert notes(store) == []


def test_a_consent_that_is_taken_back_is_told_at_once(store: Store) -> None:
    """So that nobody calls whose number is on somebody's screen still."""
    desk.opened(store)
    store.do(casework.claim, CASE.id, ANA, SOON)
    token = given(store, now=SOON).receipt_token
    store.do(contacts.withdraw, token, SOON + timedelta(minutes=1))
    assert [note["title"] for note in notes(store)] == ["Call now", "Do not call"]
    assert FORM not in str(notes(store))


@pytest.mark.parametrize("erased", [True, False])
def test_there_is_no_line_where_there_is_no_card(store: Store, erased: bool) -> None:
    """A case that was erased, or whose id nobody knows, is told of nowhere."""
    from models.store import privacy, under
    from tests.build import mention

    case_id = desk.opened(store) if erased else "nothing"
    if erased:
        store.do(privacy.forget, mention().channel, mention().author.id, SOON, ["kestrelo"])
    store.do(under.given, case_id, "contact", "phone", SOON)
    assert notes(store) == []
