"""The decide stage: one author's mentions in order and in one transaction; what cannot be decided goes to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from models.assessment import Assessment, Pii
from models.decision import Message, Reason
from models.mention import Author, Mention
from models.store import Store, effects
from responders.decider import RETRY, Decider
from responders.rules import rules_from
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.responders.situations import heads, templates
from tests.stores import one, rows

TEXT = "My Kestrelo line is a zebra-striped ruin."
BEN = Author(id="8", handle="ben")
FIRST, SECOND, THIRD = (
    mention(external_id=str(number), text=TEXT, posted_at=NOW - timedelta(minutes=9 - number)) for number in (1, 2, 3)
)
PROBLEM = heads()
BROKEN = heads(pii=(Pii("phone", 0, 9999),))
"""Its span lies outside the text, so that the card cannot be drawn."""


@pytest.fixture
def clock() -> FakeClock:
    """Stands at NOW."""
    return FakeClock()


@pytest.fixture
def decider(store: Store, clock: FakeClock) -> Decider:
    """A decider for Kestrelo."""
    return Decider(store, rules_from(settings(), templates()), "config-1", clock)


def decisions(store: Store) -> dict[str, list[Any]]:
    """Each decided mention's external id and its reasons."""
    found = rows(store, "SELECT m.external_id, d.reasons FROM decision d JOIN mention m ON m.id = d.mention_id")
    return dict(found)  # type: ignore[arg-type]


def outbox(store: Store) -> list[tuple[str, str]]:
    """Kind and external id of every message, in the order of their mentions."""
    sql = (
        "SELECT e.kind, m.external_id FROM effect e JOIN mention m ON m.id = e.mention_id ORDER BY m.posted_at, e.kind"
    )
    return [(kind, external_id) for kind, external_id in rows(store, sql)]


async def test_an_author_is_decided_in_the_order_of_posting(store: Store, decider: Decider) -> None:
    """The oldest post opens the case, whatever was heard or judged first; the later ones are notes under it."""
    judged(store, (THIRD, PROBLEM), (FIRST, PROBLEM))
    judged(store, (SECOND, PROBLEM))
    assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("alert", "1"), ("note", "2"), ("note", "3")]
    told = rows(store, "SELECT at FROM case_event WHERE type = 'mention_posted' ORDER BY seq")
    assert [at for (at,) in told] == sorted(at for (at,) in told)
    assert one(store, 'SELECT mentions FROM "case"') == 3
    assert {version for (version,) in rows(store, "SELECT config_version FROM decision")} == {"config-1"}


async def test_deciding_again_changes_nothing(store: Store, decider: Decider) -> None:
    """A doubled wake-up finds nothing to do."""
    judged(store, (FIRST, PROBLEM))
    for _ in range(3):
        assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("alert", "1")]


async def test_a_decision_and_its_messages_are_one(
    store: Store, decider: Decider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash before the commit leaves neither a decision nor a message, and the next try decides everything."""
    judged(store, (FIRST, PROBLEM), (SECOND, PROBLEM))
    monkeypatch.setattr("models.failpoint._passes", Counter())
    monkeypatch.setenv("FAILPOINT", "decide.before_commit:1:raise")
    with pytest.raises(OSError, match=r"decide\.before_commit"):
        await decider.handle(FIRST.author_key)
    assert (decisions(store), outbox(store), one(store, 'SELECT count(*) FROM "case"')) == ({}, [], 0)
    assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("alert", "1"), ("note", "2")]


def unreadable(store: Store, post: Mention) -> None:
    """As if another version had kept its assessment."""
    rows(store, "UPDATE assessment SET body = :body WHERE mention_id = :id RETURNING version", body="[]", id=post.id)


@pytest.mark.parametrize("kind", ["span", "body"])
async def test_what_cannot_be_decided_goes_to_a_person(
    store: Store, decider: Decider, clock: FakeClock, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """A mention that raises holds nobody up; after three tries a person gets a plain line with its link."""
    judged(store, (FIRST, BROKEN if kind == "span" else PROBLEM), (SECOND, PROBLEM))
    if kind == "body":
        unreadable(store, FIRST)
    assert await decider.handle(FIRST.author_key) == NOW + RETRY
    assert outbox(store) == [("alert", "2")]
    assert one(store, "SELECT attempts FROM mention WHERE external_id = '1'") == 2
    clock.forward(seconds=20)
    assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("notice", "1"), ("alert", "2")]
    assert Reason.COULD_NOT_DECIDE in str(decisions(store)["1"])
    told = str(rows(store, "SELECT body FROM effect WHERE kind = 'notice'"))
    assert FIRST.url in told
    assert "zebra" not in told + caplog.text
    assert await decider.handle(FIRST.author_key) is None


async def test_a_try_that_fails_half_way_leaves_nothing(
    store: Store, decider: Decider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where keeping a decision fails in its middle, all of it is undone, and only the count of tries is kept."""
    queue = effects.queue

    def broken(session: Session, messages: Sequence[Message], now: datetime) -> None:
        queue(session, messages, now)
        raise ValueError("after the case, the decision and the messages")

    monkeypatch.setattr(effects, "queue", broken)
    judged(store, (FIRST, PROBLEM))
    assert await decider.handle(FIRST.author_key) == NOW + RETRY
    assert (decisions(store), outbox(store), one(store, 'SELECT count(*) FROM "case"')) == ({}, [], 0)
    assert one(store, "SELECT attempts FROM mention") == 1
    monkeypatch.undo()
    assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("alert", "1")]


async def test_a_mention_that_stays_broken_is_tried_three_times(
    store: Store, decider: Decider, clock: FakeClock
) -> None:
    """Alone, a broken mention is tried with pauses between, and never more than three times."""
    judged(store, (FIRST, BROKEN))
    again = [await decider.handle(FIRST.author_key) for _ in range(4)]
    assert again == [NOW + RETRY, NOW + RETRY, None, None]
    assert outbox(store) == [("notice", "1")]


async def test_a_broken_mention_joins_its_authors_case(store: Store, decider: Decider) -> None:
    """A mention that cannot be decided counts on the open case of its author."""
    judged(store, (FIRST, PROBLEM), (SECOND, BROKEN))
    for _ in range(3):
        await decider.handle(FIRST.author_key)
    assert one(store, 'SELECT mentions FROM "case"') == 2


async def test_a_failing_rule_is_tried_again(store: Store, clock: FakeClock) -> None:
    """Where the rules themselves cannot be had, the mention stays and is tried again, with nothing half done."""
    broken = True
    working = rules_from(settings(), templates())

    def rules_for(brand: str, channel: str) -> Any:
        if broken:
            raise KeyError(brand)
        return working(brand, channel)

    decider = Decider(store, rules_for, "config-1", clock)
    judged(store, (FIRST, PROBLEM))
    assert await decider.handle(FIRST.author_key) == NOW + RETRY
    assert decisions(store) == {}
    broken = False
    assert await decider.handle(FIRST.author_key) is None
    assert outbox(store) == [("alert", "1")]


async def test_two_authors_do_not_hold_each_other_up(store: Store, decider: Decider) -> None:
    """A broken mention of one author leaves another author's mentions alone, which are decided by their own key."""
    other = mention(external_id="9", author=BEN, text=TEXT)
    judged(store, (FIRST, BROKEN), (other, PROBLEM))
    assert await decider.handle(FIRST.author_key) == NOW + RETRY
    assert decisions(store) == {}
    assert await decider.handle(other.author_key) is None
    assert outbox(store) == [("alert", "9")]


async def test_a_brand_that_was_taken_out_is_decided(store: Store, decider: Decider) -> None:
    """A mention of a brand that is configured no more goes to people instead of failing for ever."""
    gone = mention(external_id="9", brand="gone", text=TEXT)
    judged(store, (gone, PROBLEM))
    assert await decider.handle(gone.author_key) is None
    assert outbox(store) == [("alert", "9")]


async def test_a_reply_counts_at_once(store: Store, clock: FakeClock) -> None:
    """The second of two questions in one go is not answered, because the first answer counts already."""
    own = settings(replies={"mode": "on", "routes": ["thank"]}, channels={"telegram": {"reply_with": "console"}})
    decider = Decider(store, rules_from(own, templates()), "config-1", clock)
    praise: Assessment = heads(intent={"praise": 1})
    posts = [mention(channel="telegram", external_id=str(n), conversation_id=f"c{n}") for n in (1, 2)]
    judged(store, *((post, praise) for post in posts))
    await decider.handle(posts[0].author_key)
    assert outbox(store) == [("reply", "1")]
    assert Reason.AUTHOR_COOLDOWN in str(decisions(store)["2"])


async def test_nothing_to_decide_is_no_error(decider: Decider) -> None:
    """A key without work comes to an end at once."""
    assert await decider.handle("nobody") is None
