"""The win-back lane at the desk: whether they stayed is asked, said, asked again, and in the end unknown."""

from __future__ import annotations

import pytest

from models.form import Form, Said, Wrong
from models.press import Verb
from models.store import Store, winbacks
from responders.desk import winbacks as lane
from tests.build import assessment
from tests.responders.desk.bench import Bench


@pytest.fixture
def bench(store: Store) -> Bench:
    """A desk."""
    return Bench(store)


async def leaving(bench: Bench) -> None:
    """A case of the win-back lane."""
    await bench.opened(said=assessment(churn="yes"))


async def test_whether_they_stayed_is_asked_when_it_is_resolved(bench: Bench) -> None:
    """In the same form, and of nobody who was not leaving."""
    await leaving(bench)
    form = await bench.press(Verb.RESOLVE)
    assert isinstance(form, Form)
    assert "stayed" in [field.name for field in form.fields]
    await bench.press(Verb.RESOLVED, reason="by_itself", stayed="retained")
    assert bench.card().winback == "retained"
    assert ("winback_ended", "UANA") in bench.events()


async def test_whether_they_stayed_can_be_said_later(bench: Bench) -> None:
    """From the menu of a card that is over; a word that is none is not taken."""
    await leaving(bench)
    await bench.press(Verb.RESOLVED, reason="by_itself")
    assert bench.card().winback == "open"
    assert isinstance(await bench.press(Verb.WINBACK), Form)
    assert isinstance(await bench.press(Verb.WINBACK_ENDED, stayed="perhaps"), Wrong)
    assert await bench.press(Verb.WINBACK_ENDED, stayed="lost") == Said("Kept. Thank you.")
    assert bench.card().winback == "lost"


async def test_who_does_not_say_it_is_reminded_and_then_nobody_can_tell(bench: Bench) -> None:
    """With buttons under the card, every three days for a while; then it is written down as unknown, by the bot."""
    await leaving(bench)

    def remind() -> int:
        return bench.store.do(lane.remind, bench.settings, bench.rules_for, bench.clock())

    assert remind() == 0
    asked = 0
    for _ in range(10):
        bench.clock.forward(days=3)
        while remind():
            pass
        asked += len([sent for sent in bench.send_all() if sent.purpose == "winback"])
    assert asked == lane.TIMES
    assert bench.card().winback == "unknown"
    found = bench.store.do(winbacks.of_case, bench.case.id)
    assert found
    assert found.by == ""
