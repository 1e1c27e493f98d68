"""Edits: the words are replaced everywhere, judged and decided anew; graver ones escalate, calmer ones hide nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Assessment, Danger, Pii
from models.decision import Kind, Message, Reason, Receipt
from models.mention import Batch, Mention
from models.past import Screened
from models.press import Person
from models.store import Store, answers, casework, edits, effects, hearing, judging
from responders.decider import Decider
from responders.rules import rules_from
from tests.build import NOW, assessment, mention, settings
from tests.fakes.clock import FakeClock
from tests.models.store.steps import reply
from tests.responders.situations import templates
from tests.stores import one, rows

ANA = Person("UANA", "Ana")
POST = mention(text="The oldword line of Kestrelo is dead since noon and nobody answers.")
CALM, GRAVE = assessment(urgency="normal"), assessment(urgency="critical")
IDLE = assessment(intent="opinion", urgency="low", sentiment="neutral")
DANGER = replace(CALM, danger=(Danger("self_harm", "newword"),))


class World:
    """One author's posts on their way, and what people see of them."""

    def __init__(self, store: Store, **toml: Any) -> None:
        self.store, self.clock = store, FakeClock()
        own = settings(**toml)
        self.decider = Decider(store, rules_from(own, templates()), "config-1", self.clock)

    async def post(self, post: Mention, said: Assessment) -> None:
        """It is heard, judged and decided."""
        self.hear(post)
        await self.judge(post, said)

    def hear(self, post: Mention, *screened: Screened) -> int:
        """A listener hands it over."""
        page = Batch(mentions=(post,), cursor="1")
        return self.store.do(hearing.hear, "sample", page, screened or [Screened(post)], "config-1", self.clock())

    async def judge(self, post: Mention, said: Assessment) -> None:
        """The model and the policy have their say."""
        self.store.do(judging.save, [(post, said)], self.clock())
        await self.decider.handle(post.author_key)

    async def edit(self, post: Mention, said: Assessment | None = None, **changes: Any) -> Mention:
        """Its author changes it a minute later."""
        self.clock.forward(minutes=1)
        values: dict[str, Any] = {"text": "The newword line of Kestrelo.", "edited_at": self.clock()}
        edited = replace(post, **values | changes)
        self.hear(edited)
        await self.judge(edited, said or CALM)
        return edited

    def deliver(self) -> list[Message]:
        """Everything that waits is sent."""
        sent: list[Message] = []
        while message := self.store.do(effects.claim, "console", self.clock()):
            self.store.do(effects.sent, message, Receipt(message.thread or f"ref-{len(sent)}"), self.clock())
            sent.append(message)
        return sent

    def card(self) -> dict[str, Any]:
        """The newest case's card."""
        ((case_id, _),) = rows(self.store, 'SELECT id, opened_at FROM "case" ORDER BY opened_at DESC LIMIT 1')
        card = self.store.do(edits.current_card, case_id, self.clock())
        assert card
        return card


@pytest.fixture
def world(store: Store) -> World:
    """On SQLite and on PostgreSQL."""
    return World(store)


async def test_an_edited_post_has_its_new_words_everywhere(world: World) -> None:
    """Row, card and drawing hold the new words and say when; the old ones are nowhere."""
    await world.post(POST, CALM)
    world.deliver()
    await world.edit(POST)
    (drawing,) = world.deliver()
    assert (drawing.kind, drawing.body["text"]) == (Kind.EDIT, "The newword line of Kestrelo.")
    assert drawing.body["edited"] == "2026-03-02T12:01:00+00:00"
    assert "the customer edited the post" in str(drawing.body["trail"])
    assert one(world.store, "SELECT count(*) FROM effect WHERE CAST(body AS TEXT) LIKE '%oldword%'") == 0
    assert rows(world.store, "SELECT text, state FROM mention") == [("The newword line of Kestrelo.", "decided")]
    assert one(world.store, 'SELECT mentions FROM "case"') == 1


async def test_private_data_in_the_new_words_is_masked(world: World) -> None:
    """What people see after an edit is masked by what was found in the new words."""
    await world.post(POST, CALM)
    world.deliver()
    said = replace(CALM, pii=(Pii("phone", 8, 20),))
    await world.edit(POST, said, text="Call me 020 7946 0000 newword")
    assert "[phone]" in world.card()["text"]
    assert "7946" not in world.card()["text"]


async def test_a_graver_edit_escalates(world: World) -> None:
    """The case gets the graver route and a new card; the old card makes room."""
    await world.post(POST, CALM)
    world.deliver()
    await world.edit(POST, DANGER)
    sent = world.deliver()
    assert Counter(message.kind for message in sent)[Kind.ALERT] == 1
    assert rows(world.store, 'SELECT route, mentions FROM "case"') == [("page", 1)]
    assert world.card()["text"] == "The newword line of Kestrelo."
    assert "escalated" in str(one(world.store, "SELECT reasons FROM decision"))


async def test_a_calmer_edit_hides_nothing(world: World) -> None:
    """The case stays open on its route; people see the new words and that it was edited."""
    await world.post(POST, GRAVE)
    world.deliver()
    before = world.card()
    await world.edit(POST, IDLE)
    after = world.card()
    assert rows(world.store, 'SELECT state, route FROM "case"') == [("open", before["route"])]
    assert rows(world.store, "SELECT route FROM decision") == [(before["route"],)]
    assert (after["title"], after["why"], after["urgency"]) == (before["title"], before["why"], before["urgency"])
    assert after["text"] == "The newword line of Kestrelo."


async def test_an_edit_that_no_longer_names_the_brand_is_honoured_too(world: World) -> None:
    """The screen finds no brand in it any more; what we keep and show is what stands there all the same."""
    await world.post(POST, CALM)
    world.clock.forward(minutes=1)
    edited = replace(POST, text="Never mind.", edited_at=world.clock(), brand="")
    page = Batch(mentions=(edited,), cursor="2")
    assert world.store.do(hearing.hear, "sample", page, [], "config-1", world.clock()) == 1
    await world.judge(edited.seen_by("kestrelo"), IDLE)
    assert world.card()["text"] == "Never mind."


async def test_what_was_left_alone_becomes_a_case_by_a_graver_edit(world: World) -> None:
    """A harmless post that turns into a problem gets its card."""
    await world.post(POST, IDLE)
    assert world.deliver() == []
    await world.edit(POST, GRAVE)
    (card,) = world.deliver()
    assert card.kind is Kind.ALERT
    assert one(world.store, "SELECT case_id FROM mention") == one(world.store, 'SELECT id FROM "case"')


async def test_the_same_words_and_older_edits_change_nothing(world: World) -> None:
    """A like or a late copy is no edit."""
    await world.post(POST, CALM)
    edited = await world.edit(POST)
    world.deliver()
    assert world.hear(replace(edited, edited_at=world.clock() + timedelta(minutes=5))) == 0
    assert world.hear(replace(POST, edited_at=NOW)) == 0
    assert world.hear(POST) == 0
    assert world.deliver() == []
    assert one(world.store, "SELECT count(*) FROM case_event WHERE type = 'post_edited'") == 1


async def test_a_late_answer_to_the_old_words_is_dropped(world: World) -> None:
    """The model was at work on the old words while they were changed: its answer is not taken for the new ones."""
    world.hear(POST)
    edited = replace(POST, text="newword", edited_at=NOW + timedelta(seconds=5))
    assert world.hear(edited) == 1
    world.store.do(judging.save, [(POST, CALM)], NOW)
    assert one(world.store, "SELECT count(*) FROM assessment") == 0
    world.store.do(judging.save, [(edited, CALM)], NOW)
    assert one(world.store, "SELECT state FROM mention") == "classified"


async def test_a_reply_that_a_person_sent_is_held_back(world: World) -> None:
    """It was written to other words: it stays as the draft, and the case is unanswered again."""
    await world.post(POST, CALM)
    world.deliver()
    case_id = one(world.store, 'SELECT id FROM "case"')
    waiting = reply(POST, case_id=case_id)
    assert world.store.do(answers.answer, case_id, waiting, ANA, world.clock()).done
    await world.edit(POST)
    assert all(message.kind is not Kind.REPLY for message in world.deliver())
    assert rows(world.store, "SELECT state, error FROM effect WHERE kind = 'reply'") == [
        ("dead", "the post was edited")
    ]
    assert one(world.store, 'SELECT answered_at FROM "case"') is None
    assert "Sorry to hear that" in str(one(world.store, 'SELECT draft FROM "case"'))


async def test_a_reply_of_the_bot_is_written_anew(world: World) -> None:
    """One that waits unsent makes room, and what is said is said to the new words."""
    await world.post(POST, IDLE)
    world.store.do(effects.queue, [reply(POST)], world.clock())
    await world.edit(POST, IDLE)
    assert world.deliver() == []
    assert one(world.store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == 0


async def test_an_approval_is_of_the_words_that_were(world: World) -> None:
    """A draft that somebody agreed to waits for another look once the post has changed."""
    await world.post(POST, CALM)
    case_id = one(world.store, 'SELECT id FROM "case"')
    world.store.do(casework.drafted, case_id, ANA, "We are sorry.", NOW, waiting=True)
    world.store.do(casework.approved, case_id, Person("UBEN"), "We are sorry.", NOW)
    await world.edit(POST)
    draft = one(world.store, 'SELECT draft FROM "case"')
    assert "UBEN" not in str(draft)
    assert "We are sorry." in str(draft)


async def test_a_closed_case_stays_closed_unless_the_edit_is_graver(world: World) -> None:
    """Work that is done is not undone by a mended typing error; danger opens it again."""
    await world.post(POST, CALM)
    world.deliver()
    case_id = one(world.store, 'SELECT id FROM "case"')
    world.store.do(casework.resolve, case_id, ANA, "answered", "", world.clock())
    edited = await world.edit(POST)
    assert one(world.store, 'SELECT state FROM "case"') == "resolved"
    await world.edit(edited, DANGER, text="I will newword myself")
    assert one(world.store, 'SELECT state FROM "case"') == "open"


async def test_a_line_under_the_card_is_blanked_and_written_anew(world: World) -> None:
    """A later post of the case: its line goes, and another with the new words follows."""
    await world.post(POST, CALM)
    second = replace(POST, external_id="2", posted_at=NOW + timedelta(seconds=9))
    await world.post(second, CALM)
    world.deliver()
    await world.edit(second)
    sent = {message.kind: message for message in world.deliver()}
    assert sent[Kind.ERASE].body["why"] == "edited"
    assert (sent[Kind.NOTE].body["title"], sent[Kind.NOTE].body["text"]) == (
        "An edited post",
        "The newword line of Kestrelo.",
    )
    assert one(world.store, 'SELECT mentions FROM "case"') == 2


async def test_an_edited_post_that_is_too_old_is_judged_all_the_same(world: World) -> None:
    """Its age is that of the post; the words are news."""
    world.hear(POST, Screened(POST, Reason.TOO_OLD))
    assert one(world.store, "SELECT state FROM mention") == "decided"
    edited = replace(POST, text="newword", edited_at=NOW + timedelta(days=2))
    assert world.hear(edited, Screened(edited, Reason.TOO_OLD)) == 1
    assert one(world.store, "SELECT state FROM mention") == "heard"
