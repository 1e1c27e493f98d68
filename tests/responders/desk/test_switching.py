"""The change of channel at the desk: the brief, a number taken down, tries, a no, and a code on the phone."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from models.contact import ContactKind, NewConsent, NewContact
from models.decision import Kind
from models.form import Form, Said, Wrong
from models.press import Person, Verb
from models.store import Store, contacts, switches
from models.switch import Drop, Stage
from models.vault import Vault, new_key
from responders.desk import consents
from tests.build import assessment
from tests.responders.desk.bench import ANA, BEN, Bench, question
from tests.stores import one, rows

NUMBER, SHOWN, EMAIL = "+491701234567", "+49 170 1234567", "olga@example.com"
SECRET = ("1701234567", "170 1234567", EMAIL)


@pytest.fixture
def bench(store: Store, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A desk with a key, and calls from 9 to 20."""
    monkeypatch.setenv("CALLBACK_KEY", new_key())
    return Bench(store, callback={"key": {"env": "CALLBACK_KEY"}, "url": "https://care.example.com"})


def on_the_page(bench: Bench, number: str = NUMBER, kind: ContactKind = ContactKind.PHONE) -> None:
    """The customer gives it, as the page does."""
    callback = bench.settings.callback
    new = NewContact(kind, number, "DE", "de", "Europe/Berlin", ())
    consent = NewConsent("phone", "I agree.", "de", "page")
    vault = Vault.from_settings(callback)
    bench.store.do(contacts.give, bench.case.id, new, consent, callback, vault, bench.clock(), form=number)


async def brief(bench: Bench, by: Person = ANA) -> Form:
    """Press “Brief & call”."""
    form = await bench.press(Verb.BRIEF, by)
    assert isinstance(form, Form), form
    return form


async def taken_down(bench: Bench, by: Person = ANA, /, **said: str) -> Any:
    """Fill the form of a number in."""
    return await bench.press(Verb.GIVEN, by, **{"address": NUMBER, "agreed": "en", "when": "any"} | said)


async def test_the_whole_path_by_the_agents_hand(bench: Bench) -> None:
    """From the card to the closing line, without a page: every stage stands in the ledger, in its order."""
    await bench.opened()
    await bench.press(Verb.OFFER_CALL)
    assert (bench.card().call, bench.card().contacts) == ("offered", ())
    form = await brief(bench)
    assert [verb for verb, _ in form.buttons] == [Verb.GIVE, Verb.DECLINED]
    told = await bench.press(Verb.GIVE)
    assert isinstance(told, Form)
    assert "Kestrelo" in told.quote
    kept = await taken_down(bench)
    assert isinstance(kept, Form)
    assert bench.card().contacts[0][-2] == "Ana"
    assert kept.links == ((SHOWN, f"tel:{NUMBER}"),)
    ended = await bench.press(Verb.CALL_ENDED, outcome="no_answer")
    assert ended is None
    assert bench.card().call == "tried"
    assert [words for _, words in bench.card().attempts] == ["no answer"]
    closing = await bench.press(Verb.CALL_ENDED, outcome="resolved")
    assert isinstance(closing, Form)
    assert closing.submit is Verb.CLOSED_OUT
    text = next(field.value for field in closing.fields if field.name == "text")
    assert await bench.press(Verb.CLOSED_OUT, how="send", text=text) is None
    (line,) = bench.waiting(Kind.REPLY)
    assert (line.target, line.body["text"]) == ("-100:7", text)
    bench.send_all("telegram")
    assert bench.ledger() == [
        "recommended", "offered", "accepted", "attempted", "attempted", "connected", "completed", "closed"
    ]  # fmt: skip
    assert bench.card().closing == "sent"
    told_of = [what for what, _ in bench.events()]
    assert told_of.index("brief_opened") < told_of.index("call_attempted")
    assert ("closed_in_public", "UANA") in bench.events()


async def test_only_who_has_the_case_sees_the_number(bench: Bench) -> None:
    """Whoever reads the brief of another's case reads who has it; each look at the number is in the history."""
    await bench.opened()
    on_the_page(bench)
    form = await brief(bench)
    assert form.links == ((SHOWN, f"tel:{NUMBER}"),)
    assert bench.case.holder == ANA
    theirs = await brief(bench, BEN)
    assert theirs.links == ()
    assert not any(secret in str(theirs) for secret in SECRET)
    assert "it is held by Ana" in dict(theirs.facts)["Reach them"]
    assert [who for what, who in bench.events() if what == "contact_shown"] == ["UANA"]
    await bench.press(Verb.HANDED_OVER, to="UBEN", **{"to.name": "Ben"})
    assert (await brief(bench, BEN)).links == form.links
    assert (await brief(bench, ANA)).links == ()


async def test_the_number_is_in_no_row_and_no_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Given on the page and taken down at the desk, it is found in no table, in no message and in no log line."""
    caplog.set_level(logging.DEBUG)
    await bench.opened()
    on_the_page(bench)
    await brief(bench)
    await taken_down(bench)
    await taken_down(bench, address=EMAIL)
    await bench.press(Verb.CALL_ENDED, outcome="reached", note=f"call back at {SHOWN}, {EMAIL}")
    bench.send_all()
    for table in ("effect", "contact", "consent", "switch", "press", '"case"'):
        held = str(rows(bench.store, f"SELECT * FROM {table}"))
        assert not any(secret in held for secret in SECRET), table
    cards = str(bench.card())
    assert not any(secret in cards + caplog.text for secret in SECRET)


async def test_the_brief_has_five_lines(bench: Bench) -> None:
    """What happened, what was said, what they want, what not to ask again, what to promise; none of it private."""
    await bench.opened(question(text="Kestrelo took 40 euros twice and I want it back"))
    await bench.press(Verb.PREVIEW, text="Sorry. Quote the code.")
    form = await bench.press(Verb.PREVIEW, text="Sorry. Quote the code.")
    assert isinstance(form, Form)
    await bench.press(Verb.SEND, **dict(form.kept or {}))
    bench.send_all("telegram")
    lines = (await brief(bench)).facts
    heads = ["What happened", "What was said", "What they want", "Do not ask again", "Promise", "Reach them"]
    assert [name for name, _ in lines] == heads
    happened, said, want, known, promise = (words for _, words in lines[:5])
    assert "“Kestrelo took 40 euros twice and I want it back” (Telegram, 13:00)" in happened
    assert "“Sorry. Quote the code.”" in said
    assert "put right" in want
    assert "payment details" in want
    assert "Olga M (@olga_m)" in known
    # It stood in public, so whoever says it may be anybody.
    assert f"{bench.case.code} stands in public" in known
    assert "proves nobody" in known
    assert "Nothing private" in promise


@pytest.mark.parametrize(("hours", "said"), [(0, "You may call: it is 13:00 there now"), (9, "⚠️ Do not call yet")])
async def test_the_brief_says_whether_it_is_a_time_to_call(bench: Bench, hours: int, said: str) -> None:
    """By the customer's clock; a number may be looked at all the same, because an agent may have agreed on a time."""
    await bench.opened()
    on_the_page(bench)
    bench.clock.forward(hours=hours)
    form = await brief(bench)
    assert said in dict(form.facts)["Reach them"]
    assert form.links


async def test_several_numbers_are_pointed_out(bench: Bench) -> None:
    """The link is public, so who gave which is not known."""
    await bench.opened()
    on_the_page(bench)
    on_the_page(bench, "+4915112345678")
    form = await brief(bench)
    assert len(form.links) == 2
    assert "2 ways were given" in dict(form.facts)["Reach them"]


async def test_the_card_follows(bench: Bench) -> None:
    """It says when what was given and agreed to, and that it was taken back; never the number."""
    await bench.opened()
    on_the_page(bench)
    ((kind, given, agreed, windows, zone, lang, by, state),) = bench.card().contacts
    assert (kind, windows, zone, lang, by, state) == ("phone", "", "Europe/Berlin", "de", "", "")
    assert given == agreed == bench.clock().isoformat(timespec="seconds")
    await brief(bench)
    await bench.press(Verb.WITHDRAWN)
    assert bench.card().contacts[0][-1] == "withdrawn"


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"address": ""}, "address"),
        ({"address": "0900 123456"}, "address"),
        ({"address": "112"}, "address"),
        ({"address": "olga@"}, "address"),
        ({"address": "<script>alert(1)</script>"}, "address"),
        ({"agreed": ""}, "agreed"),
        ({"agreed": "tlh"}, "agreed"),
        ({"when": "whenever"}, "when"),
    ],
)
async def test_what_cannot_be_taken_down_stays_in_its_form(bench: Bench, said: dict[str, str], at: str) -> None:
    """Each fault is said at its field, and nothing is kept of it."""
    await bench.opened()
    answer = await taken_down(bench, **said)
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {at}
    assert one(bench.store, "SELECT count(*) FROM contact") == 0


async def test_the_consent_is_kept_in_the_words_that_were_read_out(bench: Bench) -> None:
    """The form shows them in the customer's language and one more; the one that was agreed to is in the record."""
    await bench.opened(said=assessment(sensitive="payment", lang="de"))
    form = await bench.press(Verb.GIVE)
    assert isinstance(form, Form)
    agreed = next(field for field in form.fields if field.name == "agreed")
    assert [lang for lang, _ in agreed.choices] == ["de", "en"]
    await taken_down(bench, agreed="de")
    ((text, lang, how),) = rows(bench.store, "SELECT text, lang, how FROM consent")
    assert (lang, how) == ("de", "agent")
    assert text in form.quote
    assert set(consents.SPOKEN) == set(consents.PURPOSE) == set(consents.LANGUAGES)
    assert all(slot in text for text in consents.SPOKEN.values() for slot in ("{brand}", "{purpose}", "{days}"))


async def test_without_a_key_no_number_is_taken(store: Store) -> None:
    """It could not be sealed, so nobody is asked for it; everything else works."""
    bench = Bench(store)
    await bench.opened()
    answer = await bench.press(Verb.GIVE)
    assert isinstance(answer, Said)
    assert "callback.key" in answer.text
    assert "took the money" in (await brief(bench)).facts[0][1]


@pytest.mark.parametrize(("verb", "reason"), [(Verb.DECLINED, Drop.DECLINED), (Verb.WITHDRAWN, Drop.WITHDRAWN)])
async def test_a_no_ends_the_switch_and_the_number(bench: Bench, verb: Verb, reason: Drop) -> None:
    """What was given is erased at once, the form that showed it is replaced, and no call outcome is taken any more."""
    await bench.opened()
    on_the_page(bench)
    await brief(bench)
    form = await bench.press(verb)
    assert isinstance(form, Form)
    assert (form.links, form.replaces) == ((), True)
    assert one(bench.store, "SELECT count(*) FROM contact WHERE sealed <> ''") == 0
    (switch,) = bench.store.do(switches.of_case, bench.case.id)
    assert (switch.stage, switch.drop) == (Stage.DROPPED, reason)
    answer = await bench.press(Verb.CALL_ENDED, outcome="reached")
    assert isinstance(answer, Said)
    assert "offer a call anew" in answer.text
    assert await bench.press(Verb.OFFER_CALL) is None
    assert [one.hop for one in bench.store.do(switches.of_case, bench.case.id)] == [1, 2]


async def test_anybody_may_take_a_consent_back_for_the_customer(bench: Bench) -> None:
    """Who is on the phone with them need not have the case; to decline for them they must."""
    await bench.opened()
    await bench.press(Verb.CLAIM)
    on_the_page(bench)
    refused = await bench.press(Verb.DECLINED, BEN)
    assert refused == Said(f"Ana has case {bench.case.code}: ask them to hand it over.")
    assert isinstance(await bench.press(Verb.WITHDRAWN, BEN), Form)
    assert await bench.press(Verb.WITHDRAWN, BEN) == Said("Nothing is kept that could be taken back.")


async def test_after_so_many_tries_it_is_given_up(store: Store) -> None:
    """As often as callback.attempts says; the card then offers to recommend a call anew."""
    bench = Bench(store, callback={"attempts": 2})
    await bench.opened()
    await bench.press(Verb.OFFER_CALL)
    await bench.press(Verb.CALL_ENDED, outcome="no_answer")
    assert bench.card().call == "tried"
    await bench.press(Verb.CALL_ENDED, outcome="no_answer")
    assert bench.card().call == ""
    assert bench.ledger()[-1] == "dropped"


async def test_the_contact_centre_is_asked_to_dial(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with the contact's id and without the number; without a centre there is no such button."""
    monkeypatch.setenv("CALLBACK_KEY", new_key())
    centre = {"key": {"env": "CALLBACK_KEY"}, "dial": {"sink": "telegram", "to": "queue-1"}}
    bench = Bench(store, callback=centre)
    await bench.opened()
    on_the_page(bench)
    form = await brief(bench)
    assert form.buttons[0] == (Verb.DIAL, "Dial")
    for _ in range(2):
        assert isinstance(await bench.press(Verb.DIAL), Form)
    (order,) = bench.waiting(Kind.DIAL)
    assert not any(secret in str(order.body) for secret in SECRET)
    refused = await bench.press(Verb.DIAL, BEN)
    assert isinstance(refused, Said)


async def test_who_wants_no_call_is_written_to(bench: Bench) -> None:
    """By e-mail or in private: a switch of its own way, from the first letter to the line that closes it."""
    await bench.opened()
    on_the_page(bench, EMAIL, ContactKind.EMAIL)
    form = await brief(bench)
    assert form.links == ((EMAIL, f"mailto:{EMAIL}"),)
    ended = await bench.press(Verb.CALL_DONE)
    assert isinstance(ended, Form)
    assert [value for value, _ in ended.fields[0].choices][:3] == ["written", "replied", "solved"]
    assert await bench.press(Verb.CALL_ENDED, outcome="written", note="asked for the invoice") is None
    assert bench.case.answered_at
    assert bench.card().trail[0][1] == "Ana wrote to them in private (asked for the invoice)"
    assert isinstance(await bench.press(Verb.CALL_ENDED, outcome="solved"), Form)
    call, letter = bench.store.do(switches.of_case, bench.case.id)
    assert (call.to_channel, call.drop) == ("voice", Drop.SUPERSEDED)
    assert (letter.to_channel, letter.stage) == ("email", Stage.RESOLVED)
    assert bench.ledger()[-3:] == ["attempted", "connected", "completed"]
    assert bench.card().closing == "due"


async def test_a_letter_of_a_case_that_is_to_be_called_is_none(bench: Bench) -> None:
    """The form of a call has no such choice, and one that comes all the same changes nothing."""
    await bench.opened()
    await bench.press(Verb.OFFER_CALL)
    answer = await bench.press(Verb.CALL_ENDED, outcome="written")
    assert answer == Said("No e-mail and no private message is under way.")
