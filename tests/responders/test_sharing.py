"""A pile-on: who says the same is counted on the first one's card; grave posts and other matters keep their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Assessment, Danger, Pii
from models.case import CaseState
from models.decision import Kind, Message, Receipt
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.press import Person
from models.store import Store, casework, edits, effects, gone, hearing, joining, judging, privacy
from responders.decider import Decider
from responders.rules import rules_from
from tests.build import NOW, assessment, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.situations import templates
from tests.stores import one, rows

ANA = Person("UANA", "Ana")
TEXT = "Kestrelo has cut the night line again and tells nobody. Shame on you, bring it back!"
SAID = assessment(urgency="normal")


class Crowd:
    """Many people, one after the other."""

    def __init__(self, store: Store, **conversation: Any) -> None:
        self.store, self.clock = store, FakeClock()
        own = settings(conversation=conversation, audit={"share": 0.0})
        rules = rules_from(own, templates())
        self.decider = Decider(store, rules, "c", self.clock, conversation=own.conversation)

    async def says(self, number: int, text: str = TEXT, said: Assessment = SAID, **changes: Any) -> Mention:
        """A person posts, and it is decided."""
        author = Author(id=f"id-{number}", handle=f"person{number}")
        post = mention(external_id=str(number), author=author, text=text, posted_at=self.clock(), **changes)
        page = Batch(mentions=(post,), cursor="1")
        self.store.do(hearing.hear, "sample", page, [Screened(post)], "c", self.clock())
        self.store.do(judging.save, [(post, said)], self.clock())
        await self.decider.handle(post.author_key)
        return post

    async def settle(self) -> None:
        """Decide whoever waits."""
        for (author,) in rows(
            self.store, "SELECT DISTINCT author_key FROM mention WHERE state = 'classified' ORDER BY 1"
        ):
            await self.decider.handle(author)

    def deliver(self) -> list[Message]:
        """Everything that waits is sent."""
        sent = []
        while message := self.store.do(effects.claim, "console", self.clock()):
            reference = message.thread or f"ref-{message.mention_id}"
            self.store.do(effects.sent, message, Receipt(reference), self.clock())
            sent.append(message)
        return sent

    def cases(self) -> list[tuple[str, str, str]]:
        """Id, state and reason of every case, the oldest first."""
        found = rows(self.store, 'SELECT id, state, reason FROM "case" ORDER BY opened_at, id')
        return [(case_id, state, reason) for case_id, state, reason in found]

    def card(self, case_id: str) -> dict[str, Any]:
        """How a case's card stands."""
        card = self.store.do(edits.current_card, case_id, self.clock())
        assert card
        return card


@pytest.fixture
def crowd(store: Store) -> Crowd:
    """On SQLite and on PostgreSQL, as configured by default."""
    return Crowd(store)


async def test_who_says_the_same_is_counted_on_the_first_card(crowd: Crowd) -> None:
    """Forty-one copies make one case and one card, which says how many; none of the posts is lost."""
    for number in range(42):
        await crowd.says(number, f"{TEXT} #tag{'x' * (number % 3)}")
    ((case_id, state, _),) = crowd.cases()
    assert (state, crowd.card(case_id)["alike"]) == ("open", 41)
    (card,) = crowd.deliver()
    assert (card.kind, card.body["alike"]) == (Kind.ALERT, 41)
    assert one(crowd.store, "SELECT count(*) FROM mention WHERE kept") == 42
    assert one(crowd.store, "SELECT count(*) FROM decision WHERE route = 'review'") == 42


async def test_one_person_counts_once(crowd: Crowd) -> None:
    """However often they say it."""
    await crowd.says(1)
    first = await crowd.says(2)
    again = replace(first, external_id="2b")
    crowd.store.do(hearing.hear, "sample", Batch(mentions=(again,)), [Screened(again)], "c", crowd.clock())
    crowd.store.do(judging.save, [(again, SAID)], crowd.clock())
    await crowd.settle()
    assert [crowd.card(case_id)["alike"] for case_id, *_ in crowd.cases()] == [1]


@pytest.mark.parametrize(
    "grave", [assessment(urgency="critical"), replace(SAID, danger=(Danger("self_harm", "night"),))]
)
async def test_danger_and_harm_are_never_hidden(crowd: Crowd, grave: Assessment) -> None:
    """Whatever others have said before, such a post has its own case and card."""
    await crowd.says(1)
    await crowd.says(2, said=grave)
    assert len(crowd.cases()) == 2
    assert len([message for message in crowd.deliver() if message.kind is Kind.ALERT]) == 2


@pytest.mark.parametrize("said", [assessment(sensitive="payment"), assessment(churn="yes"), assessment(urgency="high")])
async def test_who_needs_something_of_their_own_has_a_card(crowd: Crowd, said: Assessment) -> None:
    """Six people from whose accounts money was taken are six calls, though they say it in the same words."""
    for number in range(3):
        await crowd.says(number, "Kestrelo you took my money twice and nobody answers", said)
    assert [crowd.card(case_id)["alike"] for case_id, *_ in crowd.cases()] == [0, 0, 0]
    assert len([message for message in crowd.deliver() if message.kind is Kind.ALERT]) == 3


async def test_a_graver_post_has_its_own_card(crowd: Crowd) -> None:
    """Who needs a call is not counted under a card that only asks to look; the card names the look-alike."""
    await crowd.says(1)
    await crowd.says(2, said=assessment(urgency="high"))
    (_, first_code), (second, _) = rows(crowd.store, 'SELECT id, code FROM "case" ORDER BY route DESC')
    assert crowd.card(second)["like"] == first_code
    assert first_code in str([message.body.get("like") for message in crowd.deliver()])


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (
            "My Kestrelo order 4471123 has not come for two weeks",
            "My Kestrelo order 4471124 has not come for two weeks",
        ),
        ("Kestrelo has been down in Leeds since noon today", "Kestrelo has been down in York since noon today"),
        ("Kestrelo took 49.90 twice and nobody answers me", "Kestrelo took 99.90 twice and nobody answers me"),
    ],
)
async def test_two_look_alikes_about_different_things_stay_apart(crowd: Crowd, own: str, other: str) -> None:
    """Two orders, places or amounts: two cases, two cards, and neither names the other."""
    await crowd.says(1, own)
    await crowd.says(2, other)
    assert [crowd.card(case_id)["like"] for case_id, *_ in crowd.cases()] == ["", ""]
    assert [crowd.card(case_id)["alike"] for case_id, *_ in crowd.cases()] == [0, 0]


async def test_private_data_is_never_counted_away(crowd: Crowd) -> None:
    """A post that gives away an address is somebody's own matter."""
    await crowd.says(1)
    await crowd.says(2, f"{TEXT} a@b.example", replace(SAID, pii=(Pii("email", len(TEXT) + 1, len(TEXT) + 12),)))
    assert len(crowd.cases()) == 2


async def test_few_words_are_suggested_at_most(crowd: Crowd) -> None:
    """Many people say the same three words of their own accord."""
    await crowd.says(1, "Kestrelo is down")
    await crowd.says(2, "Kestrelo is down")
    looks = [crowd.card(case_id)["like"] for case_id, *_ in crowd.cases()]
    assert len(looks) == 2
    assert any(looks)


async def test_after_the_window_it_begins_anew(crowd: Crowd) -> None:
    """A copy of yesterday's post is today's news; so is one of a case that is closed."""
    await crowd.says(1)
    crowd.clock.forward(hours=25)
    await crowd.says(2)
    assert len(crowd.cases()) == 2
    for case_id, *_ in crowd.cases():
        crowd.store.do(casework.dismiss, case_id, ANA, "spam", crowd.clock())
    await crowd.says(3)
    assert len(crowd.cases()) == 3


async def test_it_can_be_switched_off(store: Store) -> None:
    """A window of 0s: everybody has a card of their own."""
    crowd = Crowd(store, window="0s")
    await crowd.says(1)
    await crowd.says(2)
    assert [crowd.card(case_id)["like"] for case_id, *_ in crowd.cases()] == ["", ""]


async def test_each_is_still_forgettable(crowd: Crowd) -> None:
    """Who asks to be forgotten, or deletes the post, is counted no more."""
    for number in range(4):
        await crowd.says(number)
    ((case_id, *_),) = crowd.cases()
    crowd.store.do(privacy.forget, "x", "person2", crowd.clock())
    assert crowd.card(case_id)["alike"] == 2
    crowd.store.do(gone.honour, "sample", "x", ["3"], "c", crowd.clock())
    assert crowd.card(case_id)["alike"] == 1
    assert one(crowd.store, "SELECT count(*) FROM alike") == 1


@pytest.mark.parametrize("how", ["forgotten", "deleted"])
async def test_who_was_counted_on_a_card_that_goes_gets_another(crowd: Crowd, how: str) -> None:
    """The first one's case is erased: the next of them leads, with a card, and the others are counted there."""
    for number in range(4):
        await crowd.says(number)
    crowd.deliver()
    if how == "forgotten":
        crowd.store.do(privacy.forget, "x", "person0", crowd.clock())
    else:
        crowd.store.do(gone.honour, "sample", "x", ["0"], "c", crowd.clock())
    await crowd.settle()
    live = [case_id for case_id, state, _ in crowd.cases() if state == CaseState.OPEN]
    assert [crowd.card(case_id)["alike"] for case_id in live] == [2]
    assert [message.kind for message in crowd.deliver() if message.kind is Kind.ALERT] == [Kind.ALERT]


async def test_people_part_what_was_counted(crowd: Crowd) -> None:
    """Each gets a card of their own, and is not counted away again."""
    for number in range(3):
        await crowd.says(number)
    ((case_id, *_),) = crowd.cases()
    assert crowd.store.do(joining.part, case_id, ANA, crowd.clock()).done
    await crowd.settle()
    assert len(crowd.cases()) == 3
    assert [crowd.card(each)["alike"] for each, *_ in crowd.cases()] == [0, 0, 0]
    assert not crowd.store.do(joining.part, case_id, ANA, crowd.clock()).done


async def test_people_join_and_part_what_looks_alike(crowd: Crowd) -> None:
    """A joined case is closed as a duplicate and counted; parted, it is open again and says nothing of the other."""
    await crowd.says(1, "Kestrelo is down")
    crowd.clock.forward(seconds=1)
    await crowd.says(2, "Kestrelo is down")
    (lead, *_), (other, *_) = crowd.cases()
    assert crowd.store.do(joining.join, other, lead, ANA, crowd.clock()).done
    assert crowd.cases()[1][1:] == ("dismissed", "duplicate")
    assert crowd.card(lead)["alike"] == 1
    assert crowd.store.do(joining.join, other, lead, ANA, crowd.clock()).repeated
    assert not crowd.store.do(joining.join, other, lead, Person("UBEN"), crowd.clock()).done
    assert crowd.store.do(joining.part, other, ANA, crowd.clock()).done
    assert crowd.cases()[1][1] == "open"
    assert (crowd.card(lead)["alike"], crowd.card(other)["like"]) == (0, "")


async def test_what_cannot_be_joined_says_why(crowd: Crowd) -> None:
    """Itself, a closed case, danger, another brand, what was erased."""
    await crowd.says(1)
    crowd.clock.forward(seconds=1)
    await crowd.says(2, "Nobody may die here for Kestrelo", replace(SAID, danger=(Danger("self_harm", "die"),)))
    (first, *_), (grave, *_) = crowd.cases()
    now = crowd.clock()

    def joined(one: str, other: str) -> str:
        return crowd.store.do(joining.join, one, other, ANA, now).words

    assert joined(first, first) == "that is one case"
    assert "in danger" in joined(grave, first)
    assert joined(first, "nothing") == "one of them was erased"
    crowd.store.do(casework.resolve, grave, ANA, "answered", "", now)
    assert "is closed" in joined(first, grave)


async def test_the_past_is_not_read_beyond_the_window(crowd: Crowd) -> None:
    """A case that began before the window takes nobody in, however alive it is."""
    await crowd.says(1)
    crowd.clock.forward(hours=23, minutes=59)
    await crowd.says(2)
    assert len(crowd.cases()) == 1
    assert NOW + timedelta(hours=24) > crowd.clock()
