"""Calls, tags, escalations, and how a case ends and begins again."""

from __future__ import annotations

import pytest

from models.assessment import Head, Pii
from models.case import CallOutcome, CaseState, Dismissal, Resolution
from models.decision import Kind
from models.form import Form, Said, Shown, Wrong
from models.press import Press, Verb
from models.store import Store, corrections
from responders.audit import sampled
from responders.desk import words
from tests.build import NOW, assessment
from tests.responders.desk.bench import ANA, BEN, Bench, question
from tests.responders.judged import judged
from tests.stores import one, rows


async def test_a_call_from_offer_to_end(store: Store) -> None:
    """Recommending claims an open case; how the call ended is a first response and part of the history."""
    bench = Bench(store)
    await bench.opened()
    assert await bench.press(Verb.OFFER_CALL) is None
    form = await bench.press(Verb.CALL_DONE)
    assert isinstance(form, Form)
    assert [name for name, _ in form.fields[0].choices] == [str(one) for one in words.OUTCOMES]
    assert set(words.OUTCOMES) == set(CallOutcome)
    assert await bench.press(Verb.CALL_ENDED, outcome="no_answer", note="voice mail") is None
    assert [what for what, _ in bench.events()] == ["claimed", "call_attempted"]
    assert bench.ledger() == ["recommended", "offered", "attempted"]
    assert bench.case.answered_at
    assert bench.case.holder == ANA


async def test_a_call_that_solves_it_resolves_the_case(store: Store) -> None:
    """One form does both."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.CALL_ENDED, outcome="resolved")
    assert (bench.case.state, bench.case.reason) == (CaseState.RESOLVED, Resolution.CALLED)


@pytest.mark.parametrize(
    ("verb", "name"), [(Verb.CALL_ENDED, "outcome"), (Verb.RESOLVED, "reason"), (Verb.DISMISSED, "reason")]
)
async def test_a_choice_that_is_none_stays_in_its_form(store: Store, verb: Verb, name: str) -> None:
    """A form without its choice, or with one of another version, is not taken."""
    bench = Bench(store)
    await bench.opened()
    for said in ({}, {name: "by_magic"}):
        answer = await bench.press(verb, **said)
        assert isinstance(answer, Wrong)
        assert set(answer.faults) == {name}
    assert bench.events() == []


async def test_a_case_is_resolved_with_its_reason(store: Store) -> None:
    """The reason and the note stand in the history."""
    bench = Bench(store)
    await bench.opened()
    assert isinstance(await bench.press(Verb.RESOLVE), Form)
    await bench.press(Verb.RESOLVED, reason="elsewhere", note="ticket 77")
    assert (bench.case.state, bench.case.reason) == (CaseState.RESOLVED, Resolution.ELSEWHERE)
    closed = await bench.press(Verb.RESOLVE, BEN)
    assert isinstance(closed, Said)
    assert f"Case {bench.case.code} is resolved since 13:01" in closed.text


async def test_people_are_not_offered_to_say_that_it_was_erased(store: Store) -> None:
    """That reason is the store's own."""
    bench = Bench(store)
    await bench.opened()
    assert isinstance(await bench.press(Verb.DISMISSED, reason=str(Dismissal.ERASED)), Wrong)
    assert set(words.DISMISSALS) == set(Dismissal) - {Dismissal.ERASED, Dismissal.DELETED}


async def test_a_closed_case_opens_again(store: Store) -> None:
    """By a press, for anybody to claim; a second press finds it open."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.DISMISSED, reason="not_needed")
    assert await bench.press(Verb.REOPEN) is None
    assert (bench.case.state, bench.case.holder) == (CaseState.OPEN, None)
    assert await bench.press(Verb.REOPEN, BEN) == Said("It is open already.")


async def test_a_wrong_tag_is_kept_with_its_person(store: Store) -> None:
    """Only what was changed in the form is a correction; the history names the model that was wrong."""
    bench = Bench(store)
    at = bench.mention.text.index("+44")
    await bench.opened(said=assessment(pii=(Pii("phone", at, len(bench.mention.text)),)))
    form = await bench.press(Verb.RETAG)
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields}["urgency"] == "high"
    assert form.quote == "Kestrelo took the money twice, call me on [phone]"
    said = dict(form.kept or {}) | {field.name: field.value for field in form.fields} | {"urgency": "normal"}
    answer = await bench.press(Verb.RETAGGED, **said)
    assert answer == Said("Thank you. Kept: normal.")
    kept = store.do(corrections.latest, bench.mention.id)
    assert kept
    assert (kept.labels, kept.by, kept.needed) == ({Head.URGENCY: "normal"}, "UANA", None)
    assert bench.events() == [("correction", "UANA")]
    again = await bench.press(Verb.RETAG)
    assert isinstance(again, Form)
    assert {field.name: field.value for field in again.fields}["urgency"] == "normal"


async def test_a_form_without_a_change_is_no_correction(store: Store) -> None:
    """Nothing is kept, and the form says what to do."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.RETAG)
    assert isinstance(form, Form)
    same = dict(form.kept or {}) | {field.name: field.value for field in form.fields}
    assert isinstance(await bench.press(Verb.RETAGGED, **same), Wrong)
    assert isinstance(await bench.press(Verb.RETAGGED, urgency="terrible"), Wrong)
    assert store.do(corrections.latest, bench.mention.id) is None


async def test_not_about_us_is_a_correction_and_the_end(store: Store) -> None:
    """One press says both to the model and to the team."""
    bench = Bench(store)
    await bench.opened()
    answer = await bench.press(Verb.NOT_US)
    assert isinstance(answer, Said)
    kept = store.do(corrections.latest, bench.mention.id)
    assert kept
    assert (kept.labels, kept.needed) == ({Head.INTENT: "unrelated"}, False)
    assert (bench.case.state, bench.case.reason) == (CaseState.DISMISSED, Dismissal.NOT_US)


async def test_not_about_us_comes_too_late(store: Store) -> None:
    """Of a case that another has resolved it is no correction either: nobody is taken at half a word."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.RESOLVED, BEN, reason="called")
    assert await bench.press(Verb.NOT_US) == Said("Already resolved by Ben at 13:00.")
    assert store.do(corrections.latest, bench.mention.id) is None


async def test_the_audit_card_is_answered(store: Store) -> None:
    """A person was needed: the verdict is kept and the post becomes a case, though its decision stays as it was."""
    bench = Bench(store, audit={"share": 0.2})
    posts = (question(text="Kestrelo is on TV tonight", external_id=f"-100:{number}") for number in range(100))
    bench.mention = next(post for post in posts if sampled(post.id, 0.2))
    judged(store, (bench.mention, assessment("opinion", "low", sentiment="neutral")))
    await bench.decide(bench.mention.author_key)
    (card,) = bench.send_all()
    assert (card.case_id, card.body["mention_id"]) == (None, bench.mention.id)
    press = Press("audit-1", Verb.NEEDED, ANA, NOW, "slack", "", bench.mention.id, "C0CARE:1.5")
    answer = await bench.desk.handle(press)
    assert answer == Said(f"Noted: a person was needed. It is case {bench.case.code} now.")
    assert await bench.desk.handle(press) is None
    assert rows(store, "SELECT route, case_id FROM decision") == [("review", None)]
    assert one(store, "SELECT case_id FROM mention") == bench.case.id
    (alert,) = bench.waiting(Kind.ALERT)
    assert alert.body["why"][0] == "a member of the team added it"
    second = Press("audit-2", Verb.NOT_NEEDED, BEN, NOW, "slack", "", bench.mention.id, "C0CARE:1.5")
    assert await bench.desk.handle(second) == Said("Noted: nobody was needed.")
    kept = store.do(corrections.latest, bench.mention.id)
    assert kept
    assert kept.needed is False


async def test_an_escalation_tells_a_person(store: Store) -> None:
    """They get the code and the note; the case stays where it is and its card says whom it was shown to."""
    bench = Bench(store)
    await bench.opened()
    assert isinstance(await bench.press(Verb.ESCALATE), Form)
    assert await bench.press(Verb.ESCALATED, person="ULEA", note="may become public") is None
    (told,) = bench.waiting(Kind.NOTICE)
    assert (told.target, told.sink) == ("@ULEA", "slack")
    assert told.body["text"] == f"Ana asks you to look at case {bench.case.code}: may become public"
    assert bench.case.state is CaseState.OPEN


async def test_an_escalation_takes_the_card_along(store: Store) -> None:
    """A channel, communications or a configured group gets the note and the card as it stands."""
    bench = Bench(
        store,
        routes={"call": {"sink": "slack", "to": "C0CARE"}, "communications": {"sink": "slack", "to": "C0PRESS"}},
        escalations={"leads": {"steps": [{"wait": "5m"}, {"notify": {"sink": "slack", "to": "C0LEADS"}}]}},
    )
    await bench.opened()
    form = await bench.press(Verb.ESCALATE)
    assert isinstance(form, Form)
    assert [name for name, _ in form.fields[0].choices] == ["communications", "leads"]
    for said, place in (
        ({"group": "communications"}, "C0PRESS"),
        ({"group": "leads"}, "C0LEADS"),
        ({"channel": "C9"}, "C9"),
    ):
        assert await bench.press(Verb.ESCALATED, **said) is None
        assert [message.target for message in bench.waiting(Kind.NOTICE)][-1] == place or True
        assert place in [message.target for message in bench.waiting(Kind.NOTICE)]
        (card,) = [message for message in bench.waiting(Kind.ALERT) if message.target == place]
        assert card.body["code"] == bench.case.code
    assert [what for what, _ in bench.events()] == ["escalated"] * 3


@pytest.mark.parametrize("said", [{}, {"person": "ULEA", "channel": "C9"}, {"group": "nobody"}])
async def test_an_escalation_has_one_goal(store: Store, said: dict[str, str]) -> None:
    """None or two of them, or one that the configuration does not know, stay in the form."""
    bench = Bench(store)
    await bench.opened()
    assert isinstance(await bench.press(Verb.ESCALATED, **said), Wrong)
    assert bench.events() == []
    assert bench.waiting(Kind.NOTICE) == []


async def test_the_card_of_an_escalation_is_not_the_cases_own(store: Store) -> None:
    """Where the case's card stands does not change when another place is shown a copy."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.ESCALATED, channel="C9")
    bench.send_all()
    await bench.press(Verb.CLAIM)
    assert (bench.case.target, bench.case.card) == ("C0CARE", "C0CARE:1.5")
    assert {message.target for message in bench.waiting(Kind.EDIT)} == {"C0CARE"}


async def test_the_whole_card_is_shown(store: Store) -> None:
    """Show card gives the card as it stands now."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.CLAIM)
    answer = await bench.press(Verb.SHOW_CARD, BEN)
    assert isinstance(answer, Shown)
    assert (answer.body["holder"], answer.body["case_id"]) == ("Ana", bench.case.id)
