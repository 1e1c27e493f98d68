"""The nudge: one line under a card that nobody claims, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from models.decision import Receipt
from models.mention import Author
from models.store import Store, effects
from responders.desk import Desk
from responders.nudge import nudge
from responders.rules import rules_from
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.responders.situations import heads, templates
from tests.stores import rows

AFTER = timedelta(minutes=30)
RULES = rules_from(settings(), templates())


@pytest.fixture
async def open_case(store: Store) -> Store:
    """A store with one open case whose card was posted at NOW."""
    await a_case(store, "kestrelo", "7")
    return store


async def a_case(store: Store, brand: str, author: str) -> None:
    """An open case of a brand, its card posted."""
    post = mention(brand=brand, author=Author(id=author), external_id=author)
    judged(store, (post, heads()))
    await Desk(store, RULES, "config-1", FakeClock()).handle(post.author_key)
    store.do(post_card)


def post_card(session: Session) -> None:
    """As the sender does."""
    message = effects.claim(session, "console", NOW)
    assert message
    effects.sent(session, message, Receipt("ref-1"), NOW)


def nudges(store: Store) -> list[str]:
    """What was said, as it stands in the outbox."""
    return [str(body) for (body,) in rows(store, "SELECT body FROM effect WHERE purpose = 'nudge' ORDER BY case_id")]


def test_a_card_that_waits_is_told_once(open_case: Store) -> None:
    """A card that waits as long as agreed is told again under itself, and never a second time."""
    for minutes in (29, 30, 45, 600):
        open_case.do(nudge, RULES, AFTER, NOW + timedelta(minutes=minutes))
        assert len(nudges(open_case)) == (minutes >= 30)
    assert "Still open after 30 minutes" in nudges(open_case)[0]


def test_never_means_never(open_case: Store) -> None:
    """With 0s nobody is nudged."""
    open_case.do(nudge, RULES, timedelta(0), NOW + timedelta(days=1))
    assert nudges(open_case) == []


def test_a_claimed_case_is_left_alone(open_case: Store) -> None:
    """A case that somebody has claimed is not told again."""
    rows(open_case, "UPDATE \"case\" SET state = 'claimed' RETURNING id")
    open_case.do(nudge, RULES, AFTER, NOW + timedelta(hours=1))
    assert nudges(open_case) == []


async def test_a_brand_that_was_taken_out_does_not_silence_the_others(open_case: Store) -> None:
    """An open case of a brand that is configured no more is told as well, and stops no other."""
    await a_case(open_case, "gone", "8")
    open_case.do(nudge, RULES, AFTER, NOW + timedelta(hours=1))
    assert len(nudges(open_case)) == 2
