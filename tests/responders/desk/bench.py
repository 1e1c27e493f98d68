"""A desk over a real store, with one case whose card people see, and the presses of two agents and a lead."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from models.assessment import Assessment
from models.card import Card
from models.case import Case
from models.decision import Kind, Message, Receipt
from models.form import Answer
from models.mention import Author, Mention
from models.press import Person, Press, Verb
from models.settings import Settings
from models.store import Store, board, edits, effects, privacy
from responders.decider import Decider
from responders.desk.desk import Desk
from responders.rules import rules_from
from responders.templates import Templates
from tests.build import assessment, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.stores import rows

ANA, BEN, LEA = Person("UANA", "Ana"), Person("UBEN", "Ben"), Person("ULEA", "Lea")
OLGA = Author(id="501", handle="olga_m", name="Olga M")
CARD = "C0CARE:1.5"

TOML: dict[str, Any] = {
    "brands": {
        "kestrelo": {
            "name": "Kestrelo",
            "terms": ["kestrelo"],
            "handles": {"x": ["kestrelo"]},
            "faq": [{"questions": ["How do I change my plan?"], "answer": "Change it in the app under Plan."}],
        }
    },
    "responders": {
        "slack": {"kind": "slack", "token": {"env": "T"}},
        "telegram": {"kind": "telegram", "token": {"env": "T"}},
    },
    "routes": {"call": {"sink": "slack", "to": "C0CARE"}},
    "channels": {"telegram": {"reply_with": "telegram"}},
    "replies": {"mode": "draft"},
    "calendar": {"timezone": "Europe/Berlin"},
}


def configured(**toml: Any) -> Settings:
    """The settings of the bench; with tables replaced or added."""
    return settings(**TOML | toml)


def question(**changes: Any) -> Mention:
    """A post in a Telegram chat that has let our bot in."""
    return mention(
        **{
            "channel": "telegram",
            "external_id": "-100:7",
            "author": OLGA,
            "text": "Kestrelo took the money twice, call me on +44 20 7946 0000",
            "url": "https://t.me/kestrelo_talk/7",
        }
        | changes
    )


class Bench:
    """``case`` is the one that the first post has opened; ``press`` presses on its card."""

    def __init__(self, store: Store, **toml: Any) -> None:
        self.store, self.clock = store, FakeClock()
        self.settings = configured(**toml)
        self.rules_for = rules_from(self.settings, Templates.load())
        self.desk = Desk(store, self.settings, self.rules_for, self.clock)
        self.mention = question()
        self._numbers = itertools.count()

    async def opened(self, post: Mention | None = None, said: Assessment | None = None) -> Case:
        """Hear, judge and decide a post, and post its card."""
        self.mention = post or self.mention
        judged(self.store, (self.mention, said or assessment(sensitive="payment")), now=self.clock())
        await self.decide(self.mention.author_key)
        self.send_all()
        return self.case

    async def decide(self, author_key: str) -> None:
        """What waits of an author is decided."""
        await Decider(self.store, self.rules_for, "config-1", self.clock).handle(author_key)

    def send_all(self, sink: str = "slack") -> list[Message]:
        """Carry out what waits for a sink; what was sent."""
        sent = []
        while message := self.store.do(effects.claim, sink, self.clock()):
            reference = CARD if message.kind is Kind.ALERT else f"C0CARE:2.{len(sent)}"
            self.store.do(effects.sent, message, Receipt(reference), self.clock())
            sent.append(message)
        return sent

    @property
    def case(self) -> Case:
        """The case as it stands now."""
        ((case_id,),) = rows(self.store, 'SELECT id FROM "case" ORDER BY opened_at, id LIMIT 1')
        case = self.store.do(board.case_of, case_id)
        assert case
        return case

    def made(self, verb: Verb, by: Person = ANA, /, **fields: str) -> Press:
        """A press on the card of the case."""
        return Press(
            f"press-{next(self._numbers)}",
            verb,
            by,
            self.clock(),
            "slack",
            self.case.id,
            self.mention.id,
            CARD,
            fields,
        )

    async def press(self, verb: Verb, by: Person = ANA, /, **fields: str) -> Answer:
        """Press it, and let a minute pass."""
        answer = await self.desk.handle(self.made(verb, by, **fields))
        self.clock.forward(minutes=1)
        return answer

    async def say(self, text: str, by: Person = ANA) -> Answer:
        """Write the command."""
        press = Press(f"command-{next(self._numbers)}", Verb.COMMAND, by, self.clock(), "slack", fields={"text": text})
        return await self.desk.handle(press)

    def events(self) -> list[tuple[str, str]]:
        """The history of the case as (type, who), without how it began and without the ledger of switches."""
        began = ("opened", "mention_posted", "alert_sent")
        return [(what, who) for what, who in self._told() if what not in began and not what.startswith("switch_")]

    def ledger(self) -> list[str]:
        """The stages that its changes of channel went through, in order."""
        return [what.removeprefix("switch_") for what, _ in self._told() if what.startswith("switch_")]

    def _told(self) -> list[tuple[str, str]]:
        history = "SELECT type, actor_id FROM case_event WHERE case_id = :id ORDER BY seq"
        return [(what, who) for what, who in rows(self.store, history, id=self.case.id)]

    def card(self) -> Card:
        """The card of the case as it stands now."""
        body = self.store.do(edits.current_card, self.case.id, self.clock())
        assert body
        return Card.from_body(body)

    def waiting(self, kind: Kind) -> list[Message]:
        """What waits to be sent, of one kind."""
        found = rows(
            self.store,
            "SELECT key, sink, target, body FROM effect WHERE kind = :kind AND state = 'pending' ORDER BY queued_at",
            kind=kind.value,
        )
        return [Message(key, sink, kind, target, read(body)) for key, sink, target, body in found]

    def forget(self) -> None:
        """The customer asks to be forgotten."""
        self.store.do(privacy.forget, self.mention.channel, self.mention.author.id, self.clock(), ["kestrelo"])

    def twin(self) -> Desk:
        """Another desk on a connection of its own."""
        return Desk(
            Store.open(self.store.engine.url.render_as_string(hide_password=False)),
            self.settings,
            self.rules_for,
            self.clock,
        )


def read(body: Any) -> dict[str, Any]:
    """A JSON column, which PostgreSQL hands over read and SQLite as text."""
    import json

    return json.loads(body) if isinstance(body, str) else body


def later(press: Press, number: int) -> Press:
    """The same wish, pressed anew."""
    return replace(press, id=f"{press.id}-{number}")
