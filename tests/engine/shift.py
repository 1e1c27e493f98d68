"""A working day for a test: the whole App on a real store, Slack and Telegram, and a clock that the test turns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from classifiers.base import Post
from classifiers.panel import BrandHint, Panel
from engine.app import App
from engine.plugins import schema_of
from engine.seam import Stage
from engine.thinking import ModelThread
from models.assessment import Finding
from models.settings import Settings, load_settings
from models.store import Store
from tests.build import assessment
from tests.counterparts.platforms import Telegram
from tests.counterparts.slack_people import Agent
from tests.counterparts.slack_socket import Acked, Bridge
from tests.fakes.clock import FakeClock
from tests.responders.desk.bench import read
from tests.stores import one, rows

GROUP = -100
KINDS: Mapping[str, Mapping[str, str]] = {
    "call": {"urgency": "normal", "sensitive": "payment"},
    "review": {"urgency": "normal"},
    "winback": {"urgency": "normal", "churn": "yes"},
    "answer": {"intent": "question", "urgency": "normal", "sentiment": "neutral"},
    "page": {"urgency": "critical"},
    "news": {"intent": "broadcast", "urgency": "low", "sentiment": "neutral"},
}
"""What the model says of each kind of post, by the last word of its text."""


class Known:
    """A classifier that reads the kind of a post from its last word."""

    version = "shift-1"

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """All five heads, sure of themselves."""
        return [tuple(assessment(p=0.97, **KINDS[post.text.split()[-1]]).findings.values()) for post in posts]


class KnownThinking:
    """In place of the model: everything else is the house's own."""

    def __init__(self) -> None:
        self.thread = ModelThread()

    def panel(self, settings: Settings) -> Panel:
        """For these brands."""
        return Panel([Known()], ["en"], {name: BrandHint(brand.name) for name, brand in settings.brands.items()})


class Calendar:
    """The real one rings by the wall clock; here the test does."""

    def start(self) -> None:
        """Nothing rings by itself."""

    def shutdown(self, wait: bool = True) -> None:
        """Nothing to stop."""


@dataclass
class Shift:
    """The house and its people. Times are minutes after its beginning."""

    path: Path
    store: Store
    bridge: Bridge
    telegram: Telegram
    clock: FakeClock
    began: datetime
    app: App | None = None
    numbers: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The house at work, until the block ends."""
        loaded = load_settings(self.path, schema_of)
        async with App.open(loaded, self.store, KnownThinking(), clock=self.clock) as self.app:  # type: ignore[arg-type]
            work = asyncio.create_task(self.app.run())
            try:
                await self.bridge.connected()
                yield
            finally:
                self.app.stopping.set()
                await work
        await self.bridge.until(lambda: not self.bridge.lines)

    async def at(self, minute: int) -> None:
        """What the last minute began is finished, then the clock is put to this one."""
        await self.quiet()
        self.clock.now = self.began + timedelta(minutes=minute)

    async def tick(self, name: str) -> None:
        """A clock rings."""
        assert self.app
        self.app.engine.wake([(Stage.TICK, name)])
        await asyncio.sleep(0)
        await self.quiet()

    async def hear(self, minute: int, *posts: str) -> None:
        """Posts such as "c1: call My bill is wrong", each written four minutes ago; all are dealt with."""
        await self.at(minute)
        with (self.path.parent / "feed.jsonl").open("a", encoding="utf-8") as feed:
            for post in posts:
                name, _, said = post.partition(": ")
                kind, _, text = said.partition(" ")
                who = name.partition("+")[0]
                words = f"Kestrelo: {text} {kind}"
                self.numbers[name] = number = self.telegram.say(GROUP, words)
                line = {
                    "channel": "telegram",
                    "id": f"{GROUP}:{number}",
                    "text": words,
                    "author": {"id": who, "handle": f"{who}_k", "name": f"Person {who}"},
                    "posted_at": (self.clock() - timedelta(minutes=4)).isoformat(),
                    "conversation_id": f"{GROUP}:{who}",
                    "lang": "en",
                }
                feed.write(json.dumps(line) + "\n")
        assert self.app
        self.app.engine.wake([(Stage.POLL, "feed")])
        await self.bridge.until(lambda: one(self.store, "SELECT count(*) FROM mention") == len(self.numbers))
        await self.quiet()

    async def quiet(self) -> None:
        """Nothing waits to be judged, decided or sent, and nothing is in hand."""
        assert self.app
        for _ in range(2):
            await self.app.engine.drained()
            await self.bridge.until(lambda: not self._busy())

    def _busy(self) -> bool:
        waits = "SELECT count(*) FROM mention WHERE state IN ('heard', 'classified', 'judging')"
        sends = "SELECT count(*) FROM effect WHERE state IN ('pending', 'sending', 'uncertain')"
        return bool(one(self.store, waits) or one(self.store, sends))

    # What people do

    def case(self, name: str) -> str:
        """The id of the case of a post."""
        return str(one(self.store, "SELECT case_id FROM mention WHERE external_id = :id", id=self._external(name)))

    def place(self, name: str) -> str:
        """Where its card stands."""
        return str(one(self.store, 'SELECT card FROM "case" WHERE id = :id', id=self.case(name)))

    def _external(self, name: str) -> str:
        return f"{GROUP}:{self.numbers[name]}"

    async def press(self, agent: Agent, verb: str, *names: str) -> None:
        """Press the same on the cards of several posts."""
        for name in names:
            await self.done(agent.click(self.place(name), verb))

    async def done(self, *presses: Awaitable[Acked]) -> None:
        """Presses made at the same moment are carried out, and what follows from them."""
        before = self._carried_out()
        await asyncio.gather(*presses)
        await self.bridge.until(lambda: self._carried_out() >= before + len(presses))
        await self.quiet()

    def _carried_out(self) -> int:
        return int(one(self.store, "SELECT count(*) FROM press"))

    async def fill(self, agent: Agent, verb: str, name: str, **values: str) -> Mapping[str, Any]:
        """Press what opens a form, fill it in and send it off."""
        opened = len(self.bridge.views)
        await agent.click(self.place(name), verb)
        await self.bridge.until(lambda: len(self.bridge.views) > opened)
        acked = await agent.submit(await agent.form(), **values)
        await self.quiet()
        return acked.payload or {}

    async def answer(self, agent: Agent, name: str, text: str) -> None:
        """Draft, preview and Send."""
        said = await self.fill(agent, "draft", name, text=text)
        assert text in words(said["view"])
        await agent.submit(await agent.form())
        await self.quiet()

    async def asked(self, agent: Agent, text: str, channel: str) -> str:
        """What the command answers, as one text."""
        before = len(self.bridge.responses)
        await agent.command(text, channel)
        await self.bridge.until(lambda: len(self.bridge.responses) > before)
        return words(self.bridge.responses[-1])

    # What is left of it

    def history(self, name: str) -> list[str]:
        """The case's history as "MINUTE type who", the platform's own events left at their own time."""
        found = rows(
            self.store,
            "SELECT at, type, actor_id FROM case_event WHERE case_id = :id ORDER BY seq",
            id=self.case(name),
        )
        return [f"{self._minute(at)} {what} {who}".strip() for at, what, who in found]

    def _minute(self, at: Any) -> int:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        began = self.began if moment.tzinfo else self.began.replace(tzinfo=None)
        return round((moment - began) / timedelta(minutes=1))

    def meta(self, name: str, what: str) -> Any:
        """The meta of the last event of a type."""
        query = "SELECT meta FROM case_event WHERE case_id = :id AND type = :type ORDER BY seq DESC LIMIT 1"
        return read(one(self.store, query, id=self.case(name), type=what))


def words(said: Any) -> str:
    """All texts of a message, a line each."""
    if isinstance(said, Mapping):
        own = [said["text"]] if isinstance(said.get("text"), str) else []
        return "\n".join([*own, *(words(part) for key, part in said.items() if key != "text" or not own)])
    if isinstance(said, list):
        return "\n".join(words(part) for part in said)
    return ""
