"""The recheck clock: deleted posts are found within the platform's term, open cases first, within the budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from engine.recheck import Recheck
from listeners.base import Spend
from listeners.poller import Poller
from listeners.screen import Screen
from models.channel import Deletion, Manifest, ReplyRule
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.mention import Batch, Mention, Parent
from models.past import Screened
from models.settings.sections import Target
from models.store import Store, hearing, parents, sources
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.fakes.listener import FakeListener
from tests.models.store.steps import alert, redecide
from tests.models.store.steps import judge as judge_all
from tests.stores import one, rows

TERM = timedelta(hours=24)
X = Manifest("x", ReplyRule.PERSON, "a test", deletion=Deletion.LOOKUP, recheck=TERM)


class Asking(FakeListener):
    """Knows which posts are gone; remembers what it was asked, and bills a cent each within its budget."""

    def __init__(self, *gone: str, budget: int = 1000) -> None:
        super().__init__()
        self.manifest: Any = X
        self.absent = set(gone)
        self.asked: list[list[str]] = []
        self.fails: Exception | None = None
        self.budget = budget

    async def gone(self, external_ids: Sequence[str]) -> frozenset[str]:
        """Those that are gone."""
        self.asked.append(list(external_ids))
        if self.fails:
            raise self.fails
        return frozenset(self.absent & set(external_ids))

    def affordable(self, spent: Spend, share: float) -> int:
        """What is left of its share."""
        return max(0, int(self.budget * share) - spent.posts)

    def cost(self, posts: int) -> float:
        """In dollars."""
        return posts * 0.01


class Rig:
    """A listener of X, its posts and the clock."""

    def __init__(self, store: Store, **asking: Any) -> None:
        self.store, self.clock = store, FakeClock()
        self.listener: Any = Asking(**asking)
        own = settings(listeners={"ear": {"kind": "jsonl"}})
        screen, ops = Screen(own, own.brands), Target(sink="console", to="ops")
        ear = own.listeners["ear"]
        self.poller = Poller("ear", self.listener, ear, screen, store, "c", ops, self.clock, asyncio.Event())
        self.recheck = Recheck(store, [self.poller], 0.5, "c", ops, self.clock)

    def hear(self, *posts: Mention) -> None:
        """The listener has heard them now."""
        self.store.do(sources.get, "ear")
        page = Batch(mentions=posts, cursor="1")
        self.store.do(hearing.hear, "ear", page, [Screened(post) for post in posts], "c", self.clock(), "x")

    async def after(self, **step: float) -> list[list[str]]:
        """What the platform is asked at the tick after so long."""
        self.clock.forward(**step)
        self.listener.asked.clear()
        await self.recheck.tick()
        return self.listener.asked

    def told(self) -> list[str]:
        """What the operator is told."""
        return [text for (text,) in rows(self.store, "SELECT CAST(body AS TEXT) FROM effect WHERE kind = 'notice'")]


def post(number: int, **changes: Any) -> Mention:
    """A post with an id of its own."""
    return mention(external_id=str(number), **changes)


async def test_posts_are_asked_for_before_their_term_is_over(store: Store) -> None:
    """Half of the term after they were seen last, and not before; then again half a term later."""
    rig = Rig(store)
    rig.hear(post(1), post(2))
    assert await rig.after(hours=11) == []
    assert await rig.after(hours=1) == [["1", "2"]]
    assert await rig.after(hours=1) == []
    assert await rig.after(hours=11) == [["1", "2"]]


async def test_what_is_gone_is_erased_and_not_asked_for_again(store: Store) -> None:
    """The mention's words go within the term; the others stay."""
    rig = Rig(store)
    rig.listener.absent = {"2"}
    rig.hear(post(1), post(2))
    await rig.after(hours=12)
    assert rows(store, "SELECT external_id FROM mention WHERE kept ORDER BY 1") == [("1",)]
    assert await rig.after(hours=12) == [["1"]]


async def test_posts_of_open_cases_come_first(store: Store) -> None:
    """A hundred at a time; those that people look at are in the first batch."""
    rig = Rig(store)
    rig.hear(*(post(number) for number in range(1000, 1150)))
    rig.clock.forward(seconds=1)
    case = post(7)
    judge_all(store, case)
    store.do(_heard_by, "7", "ear")
    redecide(store, case, alert(case))
    asked = await rig.after(hours=12)
    assert [len(batch) for batch in asked] == [100, 51]
    assert asked[0][0] == "7"


def _heard_by(session: Session, external_id: str, listener: str) -> None:
    values = {"listener": listener, "id": external_id}
    session.execute(text("UPDATE mention SET listener = :listener WHERE external_id = :id"), values)


async def test_what_people_handed_in_is_asked_for_too(store: Store) -> None:
    """By any listener of the channel, as are posts of a listener that was taken out; not those of another that runs."""
    rig = Rig(store)
    rig.hear(post(1), post(2), post(3))
    for number, name in (("1", "desk"), ("2", "former"), ("3", "twin")):
        store.do(_heard_by, number, name)
    own = settings(listeners={"twin": {"kind": "jsonl"}})
    twin = Poller(
        "twin",
        rig.listener,
        own.listeners["twin"],
        Screen(own, own.brands),
        store,
        "c",
        None,
        rig.clock,
        asyncio.Event(),
    )
    rig.recheck = Recheck(store, [rig.poller, twin], 0.5, "c", None, rig.clock)
    assert await rig.after(hours=12) == [["1", "2"], ["3"]]


async def test_a_post_of_two_brands_is_asked_for_once(store: Store) -> None:
    """It costs once, and both let it go."""
    rig = Rig(store)
    rig.listener.absent = {"1"}
    rig.hear(post(1), post(1, brand="rivalo"))
    assert await rig.after(hours=12) == [["1"]]
    assert one(store, "SELECT count(*) FROM mention WHERE kept") == 0


async def test_the_budget_holds_and_is_counted(store: Store) -> None:
    """No more than the share of the day's budget is spent on it; the next day goes on."""
    rig = Rig(store, budget=6)
    rig.hear(*(post(number) for number in range(10, 20)))
    assert await rig.after(hours=13) == [["10", "11", "12"]]
    assert await rig.after(hours=1) == []
    assert rows(store, "SELECT listener, posts, dollars FROM spend ORDER BY 1") == [
        ("ear", 3, 0.03),
        ("ear (look-ups)", 3, 0.03),
    ]
    assert await rig.after(hours=24) == [["13", "14", "15"]]


@pytest.mark.parametrize("error", [Unavailable("away"), RateLimited("slow down", 600), AuthFailed("revoked")])
async def test_a_platform_that_does_not_answer_is_left_alone_for_a_while(store: Store, error: EdgeError) -> None:
    """In doubt a post stays; it is asked for again later."""
    rig = Rig(store)
    rig.listener.fails = error
    rig.hear(post(1))
    assert len(await rig.after(hours=12)) == 1
    assert await rig.after(minutes=1) == []
    rig.listener.fails = None
    assert await rig.after(minutes=15) == [["1"]]
    assert one(store, "SELECT count(*) FROM mention WHERE kept") == 1


async def test_the_operator_hears_that_the_term_cannot_be_kept(store: Store) -> None:
    """Once a day, with how many posts and what to do."""
    rig = Rig(store, budget=0)
    rig.hear(post(1), post(2))
    await rig.after(hours=23)
    assert rig.told() == []
    await rig.after(hours=2)
    await rig.after(minutes=1)
    (told,) = rig.told()
    assert "2 posts were not looked for within 24 h" in told
    assert "recheck_budget" in told


async def test_what_stands_above_a_post_is_asked_for_as_well(store: Store) -> None:
    """A fetched parent is somebody's post too."""
    rig = Rig(store)
    answer = post(5, in_reply_to="4")
    rig.hear(answer)
    store.do(parents.want, answer, NOW)
    store.do(parents.known, answer, Parent("4", "@bo", "parentword"), "", NOW)
    rig.listener.absent = {"4"}
    assert await rig.after(hours=12) == [["4", "5"]]
    assert rows(store, "SELECT text, missing FROM parent") == [("", "its author deleted it")]


async def test_a_listener_that_cannot_ask_is_left_out(store: Store) -> None:
    """Without a way to ask, or without a term, there is nothing to do."""
    rig = Rig(store)
    rig.listener.manifest = replace(X, recheck=None)
    again = Recheck(store, [rig.poller], 0.5, "c", None, rig.clock)
    rig.hear(post(1))
    rig.clock.forward(days=2)
    await again.tick()
    assert rig.listener.asked == []


async def test_a_listener_that_is_broken_keeps_no_other_from_asking(store: Store) -> None:
    """Its defect is logged, it rests, and the tick goes on."""
    rig = Rig(store)
    rig.listener.fails = KeyError("a defect")
    rig.hear(post(1))
    assert await rig.after(hours=12) == [["1"]]
    rig.listener.fails = None
    assert await rig.after(minutes=1) == []
    assert await rig.after(minutes=5) == [["1"]]
