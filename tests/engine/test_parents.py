"""What a post answers: from what was heard, else from the platform, masked, on the card, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.parents import TRIES, Parents
from listeners.poller import Poller
from listeners.screen import Screen
from models.channel import Manifest, ReplyRule
from models.decision import Receipt
from models.errors import AuthFailed, Unavailable
from models.mention import Author, Mention, Parent
from models.store import Store, edits, effects, judging, privacy
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.fakes.listener import FakeListener
from tests.models.store.steps import CASE, LATER, alert, claimed, decide, hear
from tests.stores import one, rows

BO = Author(id="9", handle="bo_k", name="Bo")
ABOVE = mention(external_id="1899", author=BO, text="Is Kestrelo down? Call me at bo@kestrelo.example", brand="")
POST = mention(in_reply_to="1899")


class Fetching(FakeListener):
    """Gives one post, nothing, or an error."""

    def __init__(self, found: Mention | Exception | None = ABOVE) -> None:
        super().__init__()
        self.manifest: Any = Manifest("x", ReplyRule.PERSON, "a test")
        self.found = found
        self.fetched: list[str] = []

    async def fetch(self, external_id: str) -> Mention | None:
        """What it was made with."""
        self.fetched.append(external_id)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class Rig:
    """A card about an answer, and the clock that looks for what is above it."""

    def __init__(self, store: Store, listener: FakeListener | None = None, **toml: Any) -> None:
        self.store, self.clock = store, FakeClock(LATER)
        own = settings(listeners={"sample": {"kind": "jsonl"}}, **toml)
        self.listener: Any = listener or Fetching()
        screen, ear = Screen(own, own.brands), own.listeners["sample"]
        poller = Poller("sample", self.listener, ear, screen, store, "c", None, self.clock, asyncio.Event())
        self.parents = Parents(store, own, [poller], self.clock)

    async def shown(self, post: Mention = POST) -> list[str]:
        """What the card says after the next look."""
        decide(self.store, post, alert(post))
        await self.parents.tick()
        return self.above()

    def above(self) -> list[str]:
        """Author, text, link and why it is missing."""
        card = self.store.do(edits.current_card, CASE.id, self.clock())
        assert card
        return list(card["parent"])


async def test_a_parent_that_was_heard_is_taken_from_the_store(store: Store) -> None:
    """Nobody is asked; it stands on the card, masked, and in the card that waits already."""
    rig = Rig(store)
    hear(store, ABOVE.seen_by("kestrelo"))
    assert await rig.shown() == ["@bo_k", "Is Kestrelo down? Call me at [email]", ABOVE.url, ""]
    assert rig.listener.fetched == []
    assert claimed(store).body["parent"][0] == "@bo_k"


async def test_a_missing_parent_is_fetched(store: Store) -> None:
    """From the listener that heard the answer, once; the card that stands is drawn anew."""
    rig = Rig(store)
    decide(store, POST, alert(POST))
    store.do(effects.sent, claimed(store), Receipt("C1:1"), LATER)
    await rig.parents.tick()
    await rig.parents.tick()
    assert rig.listener.fetched == ["1899"]
    assert rig.above()[:2] == ["@bo_k", "Is Kestrelo down? Call me at [email]"]
    assert claimed(store).body["parent"][0] == "@bo_k"


async def test_what_the_listener_gave_needs_no_fetch(store: Store) -> None:
    """A chat hands over the post above; it is masked like any other, and kept raw no longer than that."""
    rig = Rig(store)
    given = mention(in_reply_to="1899", parent=Parent("1899", "Bo", "Write to bo@kestrelo.example", "", "", "9"))
    assert (await rig.shown(given))[:2] == ["Bo", "Write to [email]"]
    assert rig.listener.fetched == []
    assert "bo@kestrelo" not in str(rows(store, "SELECT * FROM parent"))


@pytest.mark.parametrize(
    ("found", "why"),
    [(None, "it was deleted, or may not be seen"), (AuthFailed("revoked"), "its platform did not answer")],
)
async def test_a_parent_that_cannot_be_had_is_marked(store: Store, found: Any, why: str) -> None:
    """The card says why nothing stands there."""
    rig = Rig(store, Fetching(found))
    assert await rig.shown() == ["", "", "", why]


async def test_a_platform_that_is_away_is_asked_again_and_then_given_up(store: Store) -> None:
    """With growing pauses, a few times."""
    rig = Rig(store, Fetching(Unavailable("away")))
    assert await rig.shown() == []
    await rig.parents.tick()
    assert len(rig.listener.fetched) == 1
    for _ in range(TRIES + 2):
        rig.clock.forward(minutes=20)
        await rig.parents.tick()
    assert len(rig.listener.fetched) == TRIES
    assert rig.above()[3] == "its platform did not answer"


async def test_a_listener_that_gives_no_single_posts_is_said_so(store: Store) -> None:
    """And so is that people have switched it off."""
    plain = FakeListener()
    assert (await Rig(store, plain).shown())[3] == "its platform does not give single posts"
    assert rows(store, "SELECT state FROM parent") == [("known",)]


async def test_it_can_be_switched_off(store: Store) -> None:
    """Nothing is fetched, and the card says that."""
    rig = Rig(store, conversation={"parents": False})
    assert "conversation.parents" in (await rig.shown())[3]
    assert rig.listener.fetched == []


async def test_only_what_people_see_is_fetched(store: Store) -> None:
    """A post that is left alone costs no look-up, and its parent is no part of what the model reads."""
    rig = Rig(store)
    decide(store, POST, case=None)
    await rig.parents.tick()
    assert rig.listener.fetched == []
    hear(store, mention(external_id="7", parent=Parent("1899", "Bo", "parentword")))
    assert all("parentword" not in post.text for post in store.do(judging.claim, "0", 10, NOW))


async def test_the_author_above_can_be_forgotten(store: Store) -> None:
    """Their words leave other people's cards, and are not fetched again."""
    rig = Rig(store)
    await rig.shown()
    store.do(privacy.forget, "x", "9", LATER, ["kestrelo"])
    assert rig.above() == ["", "", "", "its author asked to be forgotten"]
    other = mention(external_id="2", in_reply_to="1899", author=Author(id="55", handle="eva"))
    decide(store, other, case=CASE.__class__("case-2", "2345679", new=True))
    await rig.parents.tick()
    assert one(store, "SELECT count(*) FROM parent WHERE text <> ''") == 0


async def test_an_answer_that_is_forgotten_takes_its_parent_along(store: Store) -> None:
    """Nothing of the conversation stays with nobody's card."""
    rig = Rig(store)
    await rig.shown()
    store.do(privacy.forget, "x", "anna_l", LATER)
    assert one(store, "SELECT count(*) FROM parent") == 0


async def test_a_listener_that_is_broken_keeps_no_other_card_waiting(store: Store) -> None:
    """Its defect is like any failure: asked again a few times, and then the card says so."""
    rig = Rig(store, Fetching(KeyError("a defect")))
    await rig.shown()
    for _ in range(TRIES):
        rig.clock.forward(hours=1)
        await rig.parents.tick()
    assert one(store, "SELECT missing FROM parent") == "its platform did not answer"
