"""What holds for every press: once, whoever delivers it twice; told, whatever became of its case meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from models.case import CaseState
from models.form import Form, Page, Said
from models.press import Verb
from models.store import Store, privacy
from responders.desk import desk as table
from responders.desk import words
from tests.responders.desk.bench import BEN, LEA, Bench, later
from tests.stores import one

CHANGES: dict[Verb, dict[str, str]] = {
    Verb.CLAIM: {},
    Verb.HANDED_OVER: {"to": "ULEA", "note": "knows the account"},
    Verb.SNOOZED: {"span": "2h"},
    Verb.OFFER_CALL: {},
    Verb.CALL_ENDED: {"outcome": "no_answer"},
    Verb.ESCALATED: {"person": "ULEA"},
    Verb.BRIEF: {},
    Verb.RESOLVED: {"reason": "by_itself"},
    Verb.DISMISSED: {"reason": "duplicate"},
}
"""What moves a live case, with a form as it is filled in."""

NOTED: dict[Verb, dict[str, str]] = {
    Verb.OPENED_PLATFORM: {},
    Verb.RETAGGED: {"urgency": "low", "was_urgency": "high"},
    Verb.NOT_US: {},
    Verb.MUTED: {"kind": "author", "span": "7d"},
    Verb.DECLINED: {},
}
OFF_THE_CARD = (Verb.PREVIEW, Verb.MUTE_PREVIEW, Verb.ADD, Verb.HOME, Verb.COMMAND, Verb.SHOW_LIST)
FORMS = [verb for verb in table.SHOWS if verb not in OFF_THE_CARD]


def test_every_verb_has_one_place() -> None:
    """Each verb is either carried out once or answered every time."""
    assert {*table.ACTS, *table.SHOWS} == set(Verb)
    assert not {*table.ACTS} & {*table.SHOWS}


@pytest.mark.parametrize("verb", [*CHANGES, *NOTED])
async def test_a_press_that_is_delivered_twice_counts_once(store: Store, verb: Verb) -> None:
    """The second delivery of the same press changes nothing and says nothing."""
    bench = Bench(store)
    await bench.opened()
    press = bench.made(verb, **CHANGES.get(verb, {}) | NOTED.get(verb, {}))
    await bench.desk.handle(press)
    before = bench.events(), bench.case, one(store, "SELECT count(*) FROM effect")
    assert before[0] or bench.ledger()[1:]
    assert await bench.desk.handle(press) is None
    assert (bench.events(), bench.case, one(store, "SELECT count(*) FROM effect")) == before


@pytest.mark.parametrize(
    "verb", [*CHANGES, *NOTED, *FORMS, Verb.SEND, Verb.PREVIEW, Verb.MUTE_PREVIEW, Verb.REOPEN, Verb.RELEASE]
)
async def test_an_erased_case_says_so(store: Store, verb: Verb) -> None:
    """Whatever is pressed on the card of a person who asked to be forgotten, the answer is that it was erased."""
    bench = Bench(store)
    await bench.opened()
    fields = (
        {"text": "Hello", "kind": "author", "span": "7d", "digest": "x"} | CHANGES.get(verb, {}) | NOTED.get(verb, {})
    )
    press = bench.made(verb, **fields)
    bench.forget()
    events, messages = bench.events(), one(store, "SELECT count(*) FROM effect")
    answer = await bench.desk.handle(press)
    if verb is Verb.OPENED_PLATFORM:
        assert answer is None
    else:
        assert isinstance(answer, Said)
        assert "erased" in answer.text
    assert bench.events() == events
    assert one(store, "SELECT count(*) FROM effect") == messages


@pytest.mark.parametrize("verb", [Verb.CLAIM, Verb.DRAFT, Verb.RESOLVE, Verb.RETAG, Verb.REOPEN])
async def test_a_case_past_its_time_says_so(store: Store, verb: Verb) -> None:
    """Of a case whose text was purged nothing can be done any more, and its person is told."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="elsewhere")
    bench.send_all()
    press = bench.made(verb)
    bench.clock.forward(days=200)
    store.do(privacy.purge, timedelta(days=30), timedelta(days=180), bench.clock())
    answer = await bench.desk.handle(press)
    assert isinstance(answer, Said)
    assert "erased" in answer.text


@pytest.mark.parametrize("verb", CHANGES)
async def test_a_case_that_was_closed_meanwhile_stays_closed(store: Store, verb: Verb) -> None:
    """Who presses on a card that another has just closed is told by whom and when, on the team's clock."""
    bench = Bench(store)
    await bench.opened()
    press = bench.made(verb, **CHANGES[verb])
    await bench.press(Verb.RESOLVED, BEN, reason="by_itself")
    events = bench.events()
    answer = await bench.desk.handle(press)
    assert answer == Said("Already resolved by Ben at 13:00.")
    assert bench.events() == events
    assert bench.case.state is CaseState.RESOLVED


@pytest.mark.parametrize("verb", [Verb.CLAIM, Verb.HANDED_OVER, Verb.RESOLVED, Verb.DISMISSED])
async def test_of_two_at_once_one_wins(store: Store, verb: Verb) -> None:
    """Two people press in the same moment, on two connections: one is served, the other told by whom."""
    bench = Bench(store, desk={"leads": ["ULEA"]})
    await bench.opened()
    twin = bench.twin()
    fields = {"reason": "spam"} if verb is Verb.DISMISSED else CHANGES[verb]
    first, second = bench.made(verb, **fields | {"to": "UZOE"}), bench.made(verb, BEN, **fields | {"to": "UTOM"})
    answers = await asyncio.gather(bench.desk.handle(first), twin.handle(second))
    twin._store.close()
    told = [answer for answer in answers if answer is not None]
    assert len(told) == 1
    assert isinstance(told[0], Said)
    assert any(f"by {name}" in told[0].text for name in ("Ana", "Ben", "UZOE", "UTOM"))
    assert len(bench.events()) == 1


async def test_a_form_with_a_fault_may_be_sent_again(store: Store) -> None:
    """What could not be taken leaves no trace, so the mended form is taken though its press has the same id."""
    bench = Bench(store)
    await bench.opened()
    press = bench.made(Verb.RESOLVED, reason="")
    assert "reason" in getattr(await bench.desk.handle(press), "faults", {})
    mended = bench.made(Verb.RESOLVED, reason="by_itself")
    same = type(mended)(press.id, *(getattr(mended, name) for name in mended.__slots__[1:]))
    assert await bench.desk.handle(same) is None
    assert bench.case.state is CaseState.RESOLVED


async def test_the_same_wish_pressed_again_changes_nothing(store: Store) -> None:
    """Two presses of the same person that want the same leave one line of history."""
    bench = Bench(store)
    await bench.opened()
    press = bench.made(Verb.CLAIM)
    for number in range(3):
        assert await bench.desk.handle(later(press, number)) is None
    assert bench.events() == [("claimed", "UANA")]


@pytest.mark.parametrize("verb", FORMS)
async def test_what_only_shows_changes_nothing(store: Store, verb: Verb) -> None:
    """A form or page can be opened as often as anybody likes."""
    bench = Bench(store)
    await bench.opened()
    before = bench.case
    answers = [await bench.press(verb, LEA) for _ in range(2)]
    assert answers[0] is not None
    assert type(answers[0]) is type(answers[1])
    assert (bench.case, bench.events()) == (before, [])
    assert words.ERASED not in str(answers)


async def test_pages_have_words(store: Store) -> None:
    """The Home has its four parts even where nothing ever happened."""
    answer = await Bench(store).desk.handle(_home())
    assert isinstance(answer, Page)
    assert [part.heading for part in answer.parts] == ["Your open cases", "Nobody has these", "Sources", "Today"]
    assert all(part.lines or part.rows or part.empty for part in answer.parts)


def _home():  # type: ignore[no-untyped-def]
    from models.press import Person, Press
    from tests.build import NOW

    return Press("home-1", Verb.HOME, Person("UANA", "Ana"), NOW, "slack")


async def test_forms_know_their_case(store: Store) -> None:
    """Every form of a card carries its case, its post and the version that its person has seen."""
    bench = Bench(store)
    await bench.opened()
    for verb in FORMS:
        answer = await bench.press(verb)
        if isinstance(answer, Form):
            assert (answer.case_id, answer.mention_id) == (bench.case.id, bench.mention.id)
            assert answer.submit in table.ACTS or answer.submit in table.SHOWS
