"""What customers gave us to be reached, looked for in a real dump: before, when the case ends, when they are forgotten
and when the terms are over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from insights.report import as_dict, report
from models.case import CallOutcome
from models.contact import Contact, ContactKind, Given, NewConsent, NewContact, Refusal, Why
from models.decision import Kind, Receipt
from models.mention import Author
from models.past import Screened
from models.settings.callback import SurveySettings
from models.store import Store, casework, contacts, effects, privacy, reach, surveys, winbacks
from models.store.report import Span, read
from models.switch import Drop, Stage
from tests.build import NOW, mention, settings
from tests.models.store.desk import ANA, SOON, case, opened
from tests.models.store.dump import dump, found
from tests.models.store.reaching import CALLBACK, CONSENT, FORM, KEY, NUMBER, VAULT, given, phone, switch
from tests.models.store.steps import CASE, LATER, alert, claimed, listen
from tests.stores import one, rows

EVA = Author(id="zz-id-4711", handle="zz_handle", name="Zanzibarella Quist")
EMAIL = "zanzi@planted.example"
WORDS = ("plantedword", "Zanzibarella", "zz_handle", "zz-id-4711", "plantednote", "planteddraft")
SPOKEN_OF = (NUMBER, NUMBER[1:], NUMBER[3:], f"0{NUMBER[3:]}", EMAIL, EMAIL.partition("@")[0])
REACH = ("Europe/Lisbon", "2026-03-02 14:00-16:00")
SECRETS = (KEY, FORM)
KEPT, CASES_KEPT = timedelta(days=30), timedelta(days=180)


def plant(store: Store) -> tuple[str, str]:
    """Eva's whole way: a card, a number, an e-mail address, a claim, a look at the number, a draft; both receipts."""
    opened(store, author=EVA, text="plantedword " * 3)
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    store.do(winbacks.open, CASE.id, "offered", LATER, LATER + timedelta(days=14))
    first = given(store, phone(zone=REACH[0], windows=(REACH[1],)))
    second = given(store, NewContact(ContactKind.EMAIL, EMAIL, lang="de"), form="another browser")
    store.do(casework.claim, CASE.id, ANA, LATER)
    assert store.do(contacts.reveal, first.contact_id, ANA, VAULT, LATER) == NUMBER
    store.do(casework.drafted, CASE.id, ANA, "planteddraft", LATER)
    return first.receipt_token, second.receipt_token


def settle(store: Store) -> None:
    """Ana calls, writes a note, and it is settled; the customer answers what they are asked."""
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "plantednote about Zanzibarella", SOON)
    assert store.do(surveys.ask, CASE.id, "page", SOON)
    store.do(surveys.answer, CASE.id, SOON, timedelta(days=14), csat=5, nps=9, again=False)


def test_a_dump_never_holds_a_number_a_receipt_or_a_key(store: Store) -> None:
    """While the number is kept, the dump has its words, its clock and its consent, and no way to the number."""
    receipts = plant(store)
    assert found(store, *SPOKEN_OF, *SECRETS, *receipts) == []
    assert found(store, *REACH, CONSENT.text) == [*REACH, CONSENT.text]
    store.compact()
    assert found(store, *SPOKEN_OF, *SECRETS, *receipts) == []


def test_when_the_case_ends_only_the_consent_stays(store: Store) -> None:
    """The sealed number, the clock and the times are gone from the dump and from the file, the words that were
    agreed to are not."""
    plant(store)
    sealed = [value for (value,) in rows(store, "SELECT sealed FROM contact")]
    assert len(found(store, *sealed)) == 2
    settle(store)
    store.compact()
    assert found(store, *sealed, *REACH, *SPOKEN_OF) == []
    assert found(store, CONSENT.text) == [CONSENT.text]
    assert one(store, "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 2


def test_nothing_of_a_forgotten_customer_stays_but_figures(store: Store) -> None:
    """No word, no number, no receipt and no way to them; the ledger, the survey and the record of consent stay."""
    receipts = plant(store)
    settle(store)
    steps = rows(store, "SELECT seq, type, at FROM case_event ORDER BY seq")
    assert store.do(privacy.forget, "x", "zz_handle", SOON) == (1, 1)
    store.compact()
    assert found(store, *WORDS, *SPOKEN_OF, *REACH, *SECRETS, *receipts) == []
    assert rows(store, "SELECT seq, type, at FROM case_event ORDER BY seq")[: len(steps)] == steps
    assert rows(store, "SELECT csat, nps FROM survey") == [(5, 9)]
    assert one(store, "SELECT count(*) FROM winback") == 1
    agreed = rows(store, "SELECT text FROM consent WHERE withdrawn_at IS NOT NULL")
    assert agreed == [(CONSENT.text,)] * 2
    assert one(store, "SELECT count(*) FROM contact") == 0


def test_the_ledger_of_a_forgotten_customer_can_still_be_counted(store: Store) -> None:
    """Which way it went, how far it came and why it ended stay in the history; names and free words do not."""
    plant(store)
    store.do(privacy.forget, "x", "zz_handle", SOON)
    known = {type_: json.loads(meta) if isinstance(meta, str) else meta
             for type_, meta in rows(store, "SELECT type, meta FROM case_event")}  # fmt: skip
    assert known["switch_accepted"]["to"] == "voice"
    assert known["switch_dropped"] == known["switch_dropped"] | {"reason": "erased", "stage": "accepted"}
    assert (known["opened"], known["claimed"]) == ({"route": "call"}, {})
    assert known["closed_no_action"] == {"reason": "erased"}
    assert (switch(store).stage, switch(store).drop) == (Stage.DROPPED, Drop.ERASED)
    assert case(store).reason == "erased"


def test_a_forgotten_customers_receipt_leads_nowhere(store: Store) -> None:
    """Neither a look, nor a withdrawal, nor another number."""
    receipt, _ = plant(store)
    store.do(privacy.forget, "x", "zz_handle", SOON)
    assert store.do(contacts.by_receipt, receipt) is None
    assert store.do(contacts.withdraw, receipt, SOON) is None
    again = store.do(contacts.give, CASE.id, phone(), CONSENT, CALLBACK, VAULT, SOON, receipt=receipt)
    assert again == Refusal(Why.ERASED)


def test_words_past_their_time_take_the_number_with_them(store: Store) -> None:
    """An open case that nobody touched for half a year ends with its texts: nobody is called about it any more."""
    plant(store)
    while (message := store.do(effects.claim, "console", LATER)) is not None:
        store.do(effects.sent, message, Receipt("C1:17"), LATER)
    late = NOW + CASES_KEPT + timedelta(days=1)
    while store.do(privacy.purge, KEPT, CASES_KEPT, late):
        pass
    store.compact()
    assert found(store, *WORDS[:5], *SPOKEN_OF, *REACH) == []
    assert switch(store).drop is Drop.ERASED
    assert [contact.usable for contact in store.do(contacts.of_case, CASE.id)] == [False, False]


def test_each_kind_of_data_has_its_own_term(store: Store) -> None:
    """Consents and surveys go when theirs is over, and not a moment before; the figures in the history stay."""
    plant(store)
    settle(store)
    terms = SurveySettings(keep=timedelta(days=100))
    kept = ("contact", "consent", "survey")

    def left() -> list[int]:
        return [one(store, f"SELECT count(*) FROM {name}") for name in kept]

    store.do(reach.retire, CALLBACK, terms, SOON + timedelta(days=100) - timedelta(seconds=1))
    assert left() == [2, 2, 1]
    store.do(reach.retire, CALLBACK, terms, SOON + timedelta(days=100))
    assert left() == [2, 2, 0]
    store.do(reach.retire, CALLBACK, terms, LATER + CALLBACK.keep_consent)
    assert left() == [0, 0, 0]
    assert "5" in str(rows(store, "SELECT meta FROM case_event WHERE type = 'survey_answered'"))


def test_a_number_that_is_still_kept_outlives_no_consent(store: Store) -> None:
    """A term for consents that is shorter than the number's waits for the number."""
    plant(store)
    short = CALLBACK.model_copy(update={"keep_consent": timedelta(days=1)})
    store.do(reach.retire, short, SurveySettings(), LATER + timedelta(days=2))
    assert one(store, "SELECT count(*) FROM consent") == 2
    store.do(contacts.erase_case, CASE.id, "closed", LATER + timedelta(days=2))
    store.do(reach.retire, short, SurveySettings(), LATER + timedelta(days=2))
    assert one(store, "SELECT count(*) FROM consent") == 0


def test_a_number_is_forgotten_wherever_it_was_given(store: Store) -> None:
    """Somebody who is no author, only a number: it goes from every case, its consents end and stay."""
    receipt, _ = plant(store)
    assert store.do(contacts.forget_number, VAULT.digests(NUMBER), SOON) == (1, 1)
    assert store.do(contacts.forget_number, VAULT.digests(NUMBER), SOON) == (0, 1)
    gone = store.do(contacts.by_receipt, receipt)
    assert isinstance(gone, Contact)
    assert not gone.usable
    assert one(store, "SELECT count(*) FROM contact WHERE sealed <> ''") == 1
    assert store.do(contacts.forget_number, VAULT.digests("+4915100000000"), SOON) == (0, 0)


def test_a_message_that_only_names_the_case_goes_too(store: Store) -> None:
    """A reminder to the team that says who it is about is blanked, and not sent if it waits."""
    plant(store)
    body = {"text": "plantedreminder: Zanzibarella waits"}
    alone = {"mention_id": None, "author_key": "", "case_id": CASE.id, "body": body}
    store.do(effects.queue, [alert(mention(), key="n-1", kind=Kind.NOTICE, purpose="reminder", **alone)], LATER)
    store.do(privacy.forget, "x", "zz_handle", SOON)
    store.compact()
    assert found(store, "plantedreminder", "Zanzibarella") == []
    assert rows(store, "SELECT state, error FROM effect WHERE key = 'n-1'") == [("dead", "forgotten")]


def test_others_keep_their_numbers(store: Store) -> None:
    """Forgetting somebody else touches no contact, no consent and no switch of this case."""
    plant(store)
    listen(store, Screened(mention(external_id="77", author=Author(id="other", handle="other"))))
    before = [rows(store, f"SELECT * FROM {name} ORDER BY 1") for name in ("contact", "consent", "switch")]
    store.do(privacy.forget, "x", "other", SOON)
    assert [rows(store, f"SELECT * FROM {name} ORDER BY 1") for name in ("contact", "consent", "switch")] == before


@pytest.mark.parametrize("words", ["plantedword", CONSENT.text])
def test_the_search_itself_would_find_it(store: Store, words: str) -> None:
    """What is in the database is in the dump: the tests above can fail."""
    plant(store)
    assert words in dump(store)
    assert isinstance(given(store, form="third", consent=NewConsent("call", "plantedconsent", "en", "page")), Given)
    assert found(store, "plantedconsent") == ["plantedconsent"]


def test_the_report_is_the_same_after_somebody_was_forgotten(store: Store) -> None:
    """What was measured of a settled case, its change of channel and its survey stays to the last figure."""
    plant(store)
    settle(store)
    span = Span(NOW - timedelta(days=1), NOW + timedelta(days=1))
    before = as_dict(report(store.do(read, span), settings()))
    store.do(privacy.forget, "x", "zz_handle", SOON)
    after = as_dict(report(store.do(read, span), settings()))
    differing = {path for path, value in flat(before) if dict(flat(after)).get(path) != value}
    # The posts themselves are gone, and with them how many there were and how soon they were heard.
    assert {path for path in differing if "mentions" not in path and "lag" not in path} == set()


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure, by its path."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    if not isinstance(value, dict | list | tuple):
        yield path, value
    for name, part in parts:
        yield from flat(part, f"{path}.{name}")
