"""What the call-back page may know: the first post, masked, of a case whose code stands; opening is written once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.assessment import Pii
from models.case import Dismissal, Resolution
from models.contact import ContactKind, Given, NewConsent, NewContact
from models.settings.callback import CallbackSettings
from models.store import Store, casework, contacts, judging, privacy, switches, visits
from models.store.visits import LONGEST, Visit
from models.switch import Drop, Stage
from tests.build import ANNA, assessment, mention
from tests.models.store.desk import ANA, SOON
from tests.models.store.steps import alert, hear, redecide
from tests.responders.callback.bench import CASE

CALLBACK = CallbackSettings()
CONSENT = NewConsent("private", "yes", "en", "page")


def complaint(store: Store, *pii: Pii, **changes: object) -> None:
    """A case of one post in which private data was found."""
    post = mention(**changes)
    hear(store, post)
    store.do(judging.save, [(post, assessment(pii=pii))], SOON)
    redecide(store, post, alert(post, CASE), case=CASE)


def visit(store: Store, days: float = 0) -> Visit | None:
    """The case by its code, so many days later."""
    return store.do(visits.by_code, CASE.code, CALLBACK, SOON + timedelta(days=days))


def test_the_post_is_shown_without_its_private_data(store: Store) -> None:
    """Masked as on the card, with its channel and time, and cut where it is long."""
    text = "Call 0151 2345678! " + "Kestrelo is down. " * 60
    complaint(store, Pii("phone", 5, 17), text=text)
    found = visit(store)
    assert found
    assert found.post
    assert found.channel == found.post.channel == "x"
    assert found.post.text.startswith("Call [phone]! Kestrelo is down.")
    assert len(found.post.text) == LONGEST + 2


@pytest.mark.parametrize("how", ["private", "forgotten"])
def test_what_is_not_public_or_not_kept_is_not_shown(store: Store, how: str) -> None:
    """Mail is read by us alone; and who was forgotten has no page."""
    complaint(store, **{"channel": "email"} if how == "private" else {})
    if how == "private":
        found = visit(store)
        assert found
        assert found.post
        assert found.post.text == ""
        return
    store.do(privacy.forget, "x", ANNA.id, SOON)
    assert visit(store) is None


def test_a_code_stands_for_its_time(store: Store) -> None:
    """While the case is open, and a month after it was closed."""
    complaint(store)
    assert visit(store, days=400)
    store.do(casework.dismiss, CASE.id, ANA, Dismissal.NOT_NEEDED, SOON)
    assert visit(store, days=29.9)
    assert visit(store, days=30.1) is None
    assert store.do(visits.by_code, "2345678", CALLBACK, SOON) is None


def test_a_receipt_leads_to_what_was_agreed_to(store: Store) -> None:
    """By its token and no other, for as long as the code stands."""
    complaint(store)
    new = NewContact(ContactKind.PRIVATE)
    given = store.do(contacts.give, CASE.id, new, CONSENT, CALLBACK, None, SOON, form="f")
    assert isinstance(given, Given)
    found = store.do(visits.by_receipt, given.receipt_token, CALLBACK, SOON)
    assert found
    assert (found.consent, found.contact.id, found.visit.case.id) == ("yes", given.contact_id, CASE.id)
    assert store.do(visits.by_receipt, given.receipt_token + "x", CALLBACK, SOON) is None
    store.do(casework.dismiss, CASE.id, ANA, Dismissal.NOT_NEEDED, SOON)
    assert store.do(visits.by_receipt, given.receipt_token, CALLBACK, SOON + timedelta(days=31)) is None


def test_opening_is_written_once_and_never_goes_back(store: Store) -> None:
    """From offered or recommended to opened; what has come farther, or was dropped, stays."""
    complaint(store)
    assert store.do(visits.opened, CASE.id, SOON)
    assert not store.do(visits.opened, CASE.id, SOON)
    store.do(switches.advance, CASE.id, Stage.ATTEMPTED, SOON, ANA, "they called us")
    assert not store.do(visits.opened, CASE.id, SOON)
    assert store.do(switches.of_case, CASE.id)[-1].stage is Stage.ATTEMPTED
    store.do(switches.drop, CASE.id, Drop.DECLINED, SOON, ANA)
    assert not store.do(visits.opened, CASE.id, SOON)
    assert store.do(switches.of_case, CASE.id)[-1].stage is Stage.DROPPED


def test_only_what_is_over_is_asked_about(store: Store) -> None:
    """A resolved case, once, and for as long as an answer is taken."""
    complaint(store)
    within = timedelta(days=14)
    found = visit(store)
    assert found
    assert store.do(visits.survey, found.case, within, SOON) is None
    store.do(casework.resolve, CASE.id, ANA, Resolution.CALLED, "", SOON)
    found = visit(store)
    assert found
    asked = store.do(visits.survey, found.case, within, SOON)
    assert asked
    assert store.do(visits.survey, found.case, within, SOON + timedelta(days=1)) == asked
    assert store.do(visits.survey, found.case, within, SOON + timedelta(days=14)) is None
