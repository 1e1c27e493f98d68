"""Cards in a list, at the desk: each is shown by itself or claimed, and those that find no room are on a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.decision import Kind, Receipt
from models.form import Page, Said, Shown
from models.press import Press, Verb
from models.store import Store, effects, listed, storms
from responders.desk import lists
from tests.build import NOW
from tests.models.store.flood import card_of, case_of, flood, post
from tests.responders.desk.bench import ANA, BEN, Bench

PLACE = "C0CARE:9.1"


@pytest.fixture
def bench(store: Store) -> Bench:
    """A desk on SQLite and on PostgreSQL, over a list of 40 cases."""
    made = Bench(store)
    flood(store, range(40), sink="slack", target="C0CARE")
    arrived(made)
    return made


def arrived(bench: Bench) -> list[tuple[Kind, str]]:
    """Carry out what waits; what it was. The list stands at its place."""
    sent = []
    while message := bench.store.do(storms.claim, "slack", 10, bench.clock()):
        reference = PLACE if message.kind is Kind.LIST else f"C0CARE:7.{len(sent)}"
        bench.store.do(effects.sent, message, Receipt(reference), bench.clock())
        sent.append((message.kind, message.key))
    return sent


def press(verb: Verb, number: int | None = None) -> Press:
    """A press on the list, at the row of a case or at its foot."""
    row = ("", "") if number is None else (case_of(number).id, post(number).id)
    return Press(f"press-{verb}-{number}", verb, ANA, NOW, "slack", *row, PLACE)


async def test_a_listed_case_is_shown_to_all(bench: Bench) -> None:
    """Show posts the case's own card into the channel; pressed again, who asks sees it alone."""
    assert await bench.desk.handle(press(Verb.SHOW_CARD, 5)) == Said(lists.ON_ITS_WAY)
    assert (Kind.ALERT, "a0005") in arrived(bench)
    again = await bench.desk.handle(press(Verb.SHOW_CARD, 5))
    assert isinstance(again, Shown)
    assert again.body["code"] == case_of(5).code
    assert arrived(bench) == []


async def test_a_listed_case_is_claimed(bench: Bench) -> None:
    """A claim brings the card, and of two who claim one wins."""
    first = await bench.desk.handle(press(Verb.CLAIM, 5))
    second = await bench.desk.handle(replace(press(Verb.CLAIM, 5), id="another", by=BEN))
    assert isinstance(second, Said)
    assert second != first
    assert "Ana" in second.text
    assert [kind for kind, _ in arrived(bench)] == [Kind.ALERT, Kind.LIST]
    assert card_of(bench.store, 5) == "C0CARE:7.0"


async def test_the_next_cards_are_on_a_page(bench: Bench) -> None:
    """Those that find no room in the list, oldest first, and how many more there are."""
    page = await bench.desk.handle(press(Verb.SHOW_LIST))
    assert isinstance(page, Page)
    [part] = page.parts
    assert [row.code for row in part.rows] == [case_of(number).code for number in range(listed.ROWS, 35)]
    assert part.more == 40 - listed.ROWS - lists.NEXT
    assert part.rows[0].headline == "Call this customer now: Person 15 (@user15)"


async def test_a_list_that_is_gone(bench: Bench) -> None:
    """Where no list stands the desk says what to do."""
    answer = await bench.desk.handle(replace(press(Verb.SHOW_LIST), place="C0CARE:1.1"))
    assert answer == Said(lists.NO_LIST)
