"""The sender under a flood and after an outage: few messages, nothing lost, all in reach, and the truth about time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from models.decision import Kind
from models.errors import Refused, Unavailable
from models.press import Person
from models.settings.sections import Target
from models.store import Store, casework, effects, folds
from responders.fallback import Fallback
from responders.rules import rules_from
from responders.sender import Sender
from responders.storm import Draw, Storm
from tests.build import settings
from tests.models.store.flood import card_of, case_of, flood, states
from tests.responders.cards import message
from tests.responders.sink import Sink
from tests.responders.situations import templates
from tests.stores import rows

LATE = timedelta(minutes=5)
ANA = Person("UANA", "Ana")


def painted(body: Mapping[str, Any]) -> bytes:
    """A picture, so to speak."""
    return f"PNG of {body['title']}".encode()


class Flooded(Sink):
    """A sink whose sender folds what is more than ten alerts a minute."""

    draw: Draw | None = staticmethod(painted)
    most = 10

    def restart(self) -> None:
        """A fresh sender, as after a restart."""
        operator = Target(sink="console", to="ops")
        fallback = Fallback(rules_from(settings(), templates()), operator)
        self.sender = Sender(
            "team",
            self.responder,
            self.store,
            fallback,
            self.clock,
            self.stopping,
            operator,
            storm=Storm(self.most, LATE, self.draw),
        )

    async def settle(self) -> None:
        """Send and ask until nothing is due any more."""
        for _ in range(50):
            pause = await self.send()
            await self.reconcile()
            if not {"pending", "folding", "sending", "uncertain"} & set(self.states().values()):
                return
            self.clock.now += pause or timedelta(seconds=1)
        raise AssertionError("it never comes to rest")


@pytest.fixture
def sink(store: Store) -> Flooded:
    """On SQLite and on PostgreSQL."""
    return Flooded(store)


async def outage(sink: Flooded) -> None:
    """An hour without Slack, in which 300 alerts are queued, 3 of them critical."""
    sink.script(*[Unavailable("no route")] * 10_000)
    for minute in range(60):
        flood(sink.store, range(minute * 5, minute * 5 + 5), at=sink.clock(), grave=[42, 142, 299], sink="team")
        await sink.send()
        sink.clock.forward(minutes=1)
    sink.responder.outcomes.clear()
    sink.responder.sent.clear()
    sink.clock.forward(minutes=10)


async def test_an_hour_of_outage_ends_as_a_list(sink: Flooded) -> None:
    """After an hour without Slack the three critical cards come first, then one list of all the others: nothing is
    lost."""
    await outage(sink)
    await sink.settle()
    sent = sink.responder.sent
    assert [message.kind for message in sent] == [Kind.ALERT, Kind.ALERT, Kind.ALERT, Kind.LIST]
    assert {message.case_id for message in sent[:3]} == {case_of(number).id for number in (42, 142, 299)}
    assert (sent[3].body["count"], sent[3].body["left"]) == (297, 297)
    assert states(sink.store) == {"sent": 3, "folded": 297}
    cards = {card_of(sink.store, number) for number in range(300) if number not in (42, 142, 299)}
    assert cards == {"ref-4"}
    assert rows(sink.store, 'SELECT count(*) FROM "case" WHERE card IS NULL') == [(0,)]


async def test_after_an_outage_every_case_is_in_reach(sink: Flooded) -> None:
    """Each of the 297 listed cases can be shown, and one that is claimed by its code comes as a card too."""
    await outage(sink)
    await sink.settle()
    sink.responder.sent.clear()
    for number in range(300):
        if number == 17:
            assert sink.store.do(casework.claim, case_of(17).id, ANA, sink.clock()).done
        elif number not in (42, 142, 299):
            assert sink.store.do(folds.take_out, case_of(number).id, "", sink.clock(), "ref-4"), number
    await sink.settle()
    *cards, last = sink.responder.sent
    assert Counter(message.kind for message in cards) == {Kind.ALERT: 297}
    assert len({message.case_id for message in cards}) == 297
    assert (last.kind, last.thread, last.body["left"]) == (Kind.LIST, "ref-4", 0)
    assert states(sink.store) == {"sent": 300}


async def test_an_outage_that_ends_in_a_restart(sink: Flooded) -> None:
    """A process that ends in the middle of the list's sending changes nothing but that it is asked about."""
    await outage(sink)
    kinds = []
    while Kind.LIST not in kinds:
        claimed = sink.store.do(sink.sender._storm.claim, "team", sink.responder, sink.clock())
        assert claimed is not None
        kinds.append(claimed.kind)
    sink.restart()
    await sink.settle()
    assert states(sink.store) == {"sent": 3, "folded": 297}
    assert Counter(message.kind for message in sink.responder.sent) == {Kind.ALERT: 3, Kind.LIST: 1}
    assert all(message.possible_duplicate for message in sink.responder.sent)


async def test_a_refused_list_becomes_cards(sink: Flooded) -> None:
    """Where Slack takes no list, its alerts come one by one, and the operator is told why."""
    flood(sink.store, range(12), at=sink.clock(), sink="team")
    sink.script(Refused("invalid_blocks"))
    await sink.settle()
    assert [message.kind for message in sink.responder.sent] == [Kind.LIST] + [Kind.ALERT] * 12
    assert states(sink.store) == {"sent": 12}
    assert "did not take a list" in sink.told()[0]


@pytest.mark.parametrize("pressable", [True, False])
async def test_no_list_where_nobody_can_press(sink: Flooded, pressable: bool) -> None:
    """Without buttons a card in a list would be out of reach, so all come as cards."""
    sink.responder.pressable = pressable  # type: ignore[attr-defined]
    flood(sink.store, range(12), at=sink.clock(), sink="team")
    await sink.settle()
    assert [message.kind for message in sink.responder.sent] == ([Kind.LIST] if pressable else [Kind.ALERT] * 12)


async def test_lists_can_be_switched_off(sink: Flooded) -> None:
    """``desk.storm = 0`` is taken, and every alert of a flood comes as a card of its own."""
    sink.most = settings(desk={"storm": 0}).desk.storm
    sink.restart()
    flood(sink.store, range(12), at=sink.clock(), sink="team")
    await sink.settle()
    assert [message.kind for message in sink.responder.sent] == [Kind.ALERT] * 12


@pytest.mark.parametrize(("minutes", "late"), [(4, False), (6, True)])
async def test_a_late_card_says_so(sink: Flooded, minutes: int, late: bool) -> None:
    """A card that goes out much later than it was queued says when it came in; the outbox itself stays as it was."""
    flood(sink.store, [1], at=sink.clock(), sink="team")
    came = sink.clock().isoformat(timespec="seconds")
    sink.clock.forward(minutes=minutes)
    await sink.settle()
    [sent] = sink.responder.sent
    assert sent.body["late_by"] == (came if late else "")
    assert came not in str(rows(sink.store, "SELECT CAST(body AS TEXT) FROM effect"))


def test_lateness_can_be_switched_off() -> None:
    """Zero means that no card ever says it."""
    assert Storm(10, timedelta(0)).late == timedelta(0)


FIGURES = {"title": "The day", "text": "The numbers in words.", "alt": "Three diagrams"}


async def test_a_picture_is_drawn_when_it_is_sent(sink: Flooded) -> None:
    """The outbox holds figures; the bytes are made for the send alone."""
    sink.store.do(effects.queue, [message(Kind.PICTURE, FIGURES, key="digest")], sink.clock())
    await sink.settle()
    [sent] = sink.responder.sent
    assert (sent.kind, sent.body["png"]) == (Kind.PICTURE, b"PNG of The day")
    assert "png" not in str(rows(sink.store, "SELECT CAST(body AS TEXT) FROM effect"))
    assert sink.states() == {"digest": "sent"}


@pytest.mark.parametrize("trouble", ["no pictures there", "cannot be drawn", "refused"])
async def test_words_go_where_no_picture_can(sink: Flooded, trouble: str) -> None:
    """A digest always arrives: in words where the place takes no picture, it cannot be drawn, or it is refused."""
    body = FIGURES
    if trouble == "no pictures there":
        sink.responder.kinds = frozenset({Kind.NOTICE})
    elif trouble == "cannot be drawn":
        body = {"text": FIGURES["text"]}
    else:
        sink.script(Refused("the token lacks the scope files:write"))
    sink.store.do(effects.queue, [message(Kind.PICTURE, body, key="digest")], sink.clock())
    await sink.settle()
    assert (sink.responder.sent[-1].kind, sink.responder.sent[-1].body) == (Kind.NOTICE, {"text": FIGURES["text"]})
    assert set(sink.states().values()) == ({"rejected", "sent"} if trouble == "refused" else {"sent"})
