"""The same post through two sources is one mention: heard once, decided once, counted as heard already."""

from __future__ import annotations

from typing import Any

import pytest

from models.mention import Mention
from models.store import Store
from models.store.same import agree
from tests.build import mention
from tests.models.store.steps import hear
from tests.stores import rows

ON_X = mention(external_id="1900")
ARTICLE = "https://news.kestrelo.example/outage"


def fed(guid: str = "guid-1", **changes: Any) -> Mention:
    """An item of a feed."""
    return mention(channel="feed", external_id=guid, **{"url": "https://twitter.com/anna_l/status/1900?s=20"} | changes)


def kept(store: Store) -> list[tuple[str, str]]:
    """Channel and id of every mention."""
    return [(channel, one) for channel, one in rows(store, "SELECT channel, external_id FROM mention ORDER BY 1, 2")]


@pytest.mark.parametrize("feed_first", [True, False])
def test_a_post_and_its_copy_in_a_feed_are_one(store: Store, feed_first: bool) -> None:
    """Whichever comes first stays; the other is counted with its reason."""
    first, second = (fed(), ON_X) if feed_first else (ON_X, fed())
    assert hear(store, first) == 1
    assert hear(store, second) == 0
    assert kept(store) == [(first.channel, first.external_id)]
    assert rows(store, "SELECT channel, reason, count FROM tally") == [(second.channel, "same_post", 1)]


def test_both_in_one_page_are_one(store: Store) -> None:
    """Two feeds of one page that a listener reads together."""
    assert hear(store, fed("a", url=ARTICLE), fed("b", url=f"{ARTICLE}?utm_source=b")) == 1


def test_hearing_the_first_again_is_no_copy(store: Store) -> None:
    """The same item twice is nothing new, and nothing to count."""
    hear(store, fed())
    assert hear(store, fed()) == 0
    assert rows(store, "SELECT * FROM tally") == []


def test_two_comments_at_one_address_are_two(store: Store) -> None:
    """A feed of comments gives every one the article's address: unlike words are unlike posts."""
    one = fed("a", url=ARTICLE, text="My Kestrelo line is dead since noon.")
    other = fed("b", url=ARTICLE, text="Works for me, Kestrelo has been great all week long.")
    assert hear(store, one, other) == 2


def test_platforms_that_are_heard_themselves_are_never_compared(store: Store) -> None:
    """Posts of one channel have ids; a sloppy address loses none of them."""
    assert hear(store, ON_X, mention(external_id="1901"), mention(channel="forum", external_id="7")) == 3


def test_each_brand_has_its_own(store: Store) -> None:
    """What one brand has heard says nothing of another's."""
    hear(store, ON_X)
    assert hear(store, fed(brand="rivalo")) == 1


def test_a_teaser_agrees_with_the_whole() -> None:
    """The first lines in a feed and the whole post are one; a word in common is not enough."""
    whole = "My Kestrelo line is dead since noon and nobody answers. I have tried three phones and two shops."
    assert agree("My Kestrelo line is dead since noon …", whole)
    assert not agree("Kestrelo is great today", whole)
    assert not agree("", whole)
