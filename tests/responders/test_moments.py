"""Unlucky moments of deciding: a post is deleted or edited, or another's case closed, while it is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.case import Dismissal
from models.decision import Kind
from models.mention import Batch, Mention
from models.past import Screened
from models.store import Store, alike, casework, deciding, gone, hearing, judging
from tests.build import NOW
from tests.responders.test_again import ANA, CALM, DANGER, GRAVE, POST, World
from tests.responders.test_sharing import Crowd
from tests.stores import one, rows


@pytest.fixture
def world(store: Store) -> World:
    """Without audits, so that only what is said of a post decides."""
    return World(store, audit={"share": 0.0})


def edited_and_judged(world: World, text: str = "anewword of Kestrelo") -> Mention:
    """POST's next version waits to be decided."""
    world.clock.forward(minutes=1)
    edited = replace(POST, text=text, edited_at=world.clock())
    world.hear(edited)
    world.store.do(judging.save, [(edited, CALM)], world.clock())
    return edited


async def test_a_post_that_is_deleted_while_it_is_decided_anew_does_not_come_back(world: World) -> None:
    """The decider has read the words before they were erased: none of them reach a card."""
    await world.post(POST, CALM)
    await world.post(replace(POST, external_id="2", text="Kestrelo, still nothing!"), CALM)
    world.deliver()
    edited_and_judged(world)
    ((taken, said, tries),) = world.store.do(deciding.pending, POST.author_key)
    world.store.do(gone.erase, POST.id, "c", world.clock())
    world.store.do(world.decider._one, taken, said, tries, world.clock())
    assert "anewword" not in str(rows(world.store, "SELECT CAST(body AS TEXT) FROM effect"))
    assert rows(world.store, "SELECT text FROM mention WHERE NOT kept") == [("",)]


async def test_a_post_that_is_edited_while_it_is_decided_is_decided_by_its_new_words(world: World) -> None:
    """Judged again already, so that only the moment of the edit tells the two versions apart."""
    world.hear(POST)
    world.store.do(judging.save, [(POST, CALM)], NOW)
    ((taken, said, tries),) = world.store.do(deciding.pending, POST.author_key)
    edited_and_judged(world)
    world.store.do(world.decider._one, taken, said, tries, world.clock())
    assert one(world.store, "SELECT count(*) FROM decision") == 0
    await world.decider.handle(POST.author_key)
    assert world.card()["text"] == "anewword of Kestrelo"


@pytest.mark.parametrize("said", [DANGER, GRAVE])
async def test_grave_words_in_a_closed_case_are_looked_at(world: World, said: object) -> None:
    """It was grave by mistake and was dismissed; the words that it has now are not in the closed case alone."""
    await world.post(POST, said)  # type: ignore[arg-type]
    world.deliver()
    case_id = one(world.store, 'SELECT id FROM "case"')
    world.store.do(casework.dismiss, case_id, ANA, Dismissal.SPAM, world.clock())
    world.deliver()
    await world.edit(POST, said)  # type: ignore[arg-type]
    assert Kind.ALERT in [message.kind for message in world.deliver()]
    assert rows(world.store, "SELECT state FROM \"case\" WHERE state = 'open'") == [("open",)]


async def test_nobody_is_counted_on_a_card_that_was_closed_at_that_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's case is dismissed between the look at it and the count: the second gets a card."""
    crowd = Crowd(store)
    await crowd.says(1)
    ((case_id, _, _),) = crowd.cases()
    looked = alike.leads

    def closed(session: object, *more: object) -> object:
        found = looked(session, *more)  # type: ignore[arg-type]
        casework.dismiss(session, case_id, ANA, Dismissal.SPAM, crowd.clock())  # type: ignore[arg-type]
        return found

    monkeypatch.setattr("models.store.alike.leads", closed)
    await crowd.says(2)
    assert len(crowd.cases()) == 2


async def test_who_says_something_else_now_is_not_counted(store: Store) -> None:
    """The copy was edited into another matter: it has a card, and the first one's count is as before."""
    crowd = Crowd(store)
    await crowd.says(1)
    copy = await crowd.says(2)
    ((case_id, _, _),) = crowd.cases()
    assert crowd.card(case_id)["alike"] == 1
    await change(crowd, copy)
    assert len(crowd.cases()) == 2
    assert crowd.card(case_id)["alike"] == 0


async def test_a_first_post_that_changes_leaves_the_others_a_card(store: Store) -> None:
    """Nobody is hidden behind a card that does not say any more what they said."""
    crowd = Crowd(store)
    first = await crowd.says(1)
    await crowd.says(2)
    await change(crowd, first)
    await crowd.settle()
    assert len(crowd.cases()) == 2


async def change(crowd: Crowd, post: Mention) -> None:
    """Its author writes something else."""
    crowd.clock.forward(minutes=1)
    edited = replace(post, text="Where can I buy a Kestrelo shirt in blue?", edited_at=crowd.clock())
    page = Batch(mentions=(edited,), cursor="1")
    crowd.store.do(hearing.hear, "sample", page, [Screened(edited)], "c", crowd.clock())
    crowd.store.do(judging.save, [(edited, CALM)], crowd.clock())
    await crowd.decider.handle(edited.author_key)
