"""Who has a case: claimed, given back, handed over, and let rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.case import CaseState
from models.decision import Kind
from models.form import Form, Said, Wrong
from models.press import Person, Verb
from models.store import Store
from tests.build import assessment
from tests.responders.desk.bench import ANA, BEN, LEA, Bench, question


async def test_a_claim_is_shown_by_the_card_alone(store: Store) -> None:
    """Who claims on the card is told nothing more: the card is drawn anew with their name."""
    bench = Bench(store)
    await bench.opened()
    assert await bench.press(Verb.CLAIM) is None
    assert bench.case.holder == ANA
    (drawing,) = bench.waiting(Kind.EDIT)
    assert (drawing.body["holder"], drawing.body["state"]) == ("Ana", "claimed")


async def test_a_claim_away_from_the_card_is_said(store: Store) -> None:
    """Who claims where no card can be drawn anew, such as in the Home, is told."""
    bench = Bench(store)
    await bench.opened()
    press = bench.made(Verb.CLAIM)
    away = type(press)(press.id, press.verb, press.by, press.at, press.sink, press.case_id, press.mention_id)
    assert await bench.desk.handle(away) == Said("The case is yours.")


async def test_the_second_claim_is_told_by_whom_and_when(store: Store) -> None:
    """A claimed case stays with whoever was first."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.CLAIM)
    assert await bench.press(Verb.CLAIM, BEN) == Said("Already claimed by Ana at 13:00.")
    assert bench.case.holder == ANA


async def test_only_its_holder_or_a_lead_gives_a_case_back(store: Store) -> None:
    """A case is not taken from somebody by a colleague, but by a lead it is."""
    bench = Bench(store, desk={"leads": ["@ULEA"]})
    await bench.opened()
    await bench.press(Verb.CLAIM)
    answer = await bench.press(Verb.RELEASE, BEN)
    assert isinstance(answer, Said)
    assert "by Ana" in answer.text
    assert bench.case.holder == ANA
    assert await bench.press(Verb.RELEASE, LEA) is None
    assert bench.case.state is CaseState.OPEN


async def test_a_hand_over_tells_the_new_holder(store: Store) -> None:
    """They get a message of their own, with the code and the note, that a forgotten customer takes along."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.HAND_OVER)
    assert isinstance(form, Form)
    assert form.submit is Verb.HANDED_OVER
    assert await bench.press(Verb.HANDED_OVER, to="UBEN", note="knows the account") is None
    assert bench.case.holder == Person("UBEN")
    (told,) = bench.waiting(Kind.NOTICE)
    assert told.target == "@UBEN"
    assert told.body["text"] == f"Ana has handed case {bench.case.code} over to you: knows the account"
    bench.forget()
    assert bench.waiting(Kind.NOTICE) == []


async def test_a_hand_over_needs_somebody(store: Store) -> None:
    """Without a person the form stays open and says so."""
    bench = Bench(store)
    await bench.opened()
    assert await bench.press(Verb.HANDED_OVER) == Wrong({"to": "Choose somebody."})
    assert bench.events() == []


async def test_nobody_hands_over_the_case_of_another(store: Store) -> None:
    """Only its holder or a lead; and who is not told nothing."""
    bench = Bench(store, desk={"leads": ["ULEA"]})
    await bench.opened()
    await bench.press(Verb.CLAIM)
    answer = await bench.press(Verb.HANDED_OVER, BEN, to="UBEN")
    assert isinstance(answer, Said)
    assert bench.waiting(Kind.NOTICE) == []
    assert await bench.press(Verb.HANDED_OVER, LEA, to="UBEN") is None


async def test_a_case_rests_until_the_moment_that_was_chosen(store: Store) -> None:
    """The moment of the form counts before the span."""
    bench = Bench(store)
    await bench.opened()
    until = bench.clock() + timedelta(hours=5)
    assert await bench.press(Verb.SNOOZED, span="30m", until=until.isoformat()) is None
    assert bench.case.snoozed_until == until


@pytest.mark.parametrize("days", [-1, 31])
async def test_a_rest_has_an_end_that_lies_ahead(store: Store, days: int) -> None:
    """Neither the past nor next month can be chosen."""
    bench = Bench(store)
    await bench.opened()
    until = bench.clock() + timedelta(days=days)
    answer = await bench.press(Verb.SNOOZED, until=until.isoformat())
    assert answer == Wrong({"until": "Choose a moment within the next 30 days."})
    assert bench.case.snoozed_until is None


async def test_danger_is_never_snoozed(store: Store) -> None:
    """A case in which somebody may be in danger does not rest, in the form or past it."""
    bench = Bench(store)
    from models.assessment import Danger

    await bench.opened(question(text="I want to end it all"), assessment(danger=(Danger("self_harm", "end it all"),)))
    for verb in (Verb.SNOOZE, Verb.SNOOZED):
        answer = await bench.press(verb, span="2h")
        assert isinstance(answer, Said)
        assert "danger" in answer.text
    assert bench.case.snoozed_until is None
