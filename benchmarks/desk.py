"""How soon a press in Slack is acknowledged, and its answer seen, while the model is busy.

`python -m benchmarks.desk` needs the test extras: the clicks come from the Slack counterpart, through the real Socket
Mode client, to the real desk, store and sender, while the model classifies without a pause on its own thread. Only
Slack's own limit of a message a second in a channel is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import math
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from classifiers.panel import Panel
from engine.thinking import Thinking
from models.assessment import LABELS, Assessment, Finding, Head
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.settings import Settings
from models.store import Store, hearing, judging
from responders.decider import Decider
from responders.desk.desk import Desk
from responders.fallback import Fallback
from responders.rules import rules_from
from responders.sender import Sender
from responders.slack.outbox import SlackResponder
from responders.templates import Templates
from tests.counterparts.platforms import Slack, slack
from tests.counterparts.slack_people import Agent
from tests.counterparts.slack_socket import ACK_SECONDS, Bridge, socket_bridge

PRESSES = ("claim", "resolve", "report", "release")
"""What is pressed in turn on each card: a change, a form, a page, a change."""
TEXT = "Kestrelo took the money twice and nobody answers the phone since noon, so what am I paying for?"
LABELS_SAID = dict(zip(Head, ("problem", "negative", "normal", "payment", "no"), strict=True))
FOUND = {
    head: Finding(head, {name: float(name == said) for name in LABELS[head]}, "v") for head, said in LABELS_SAID.items()
}


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def configured(place: str) -> Settings:
    """Every card goes to one channel, and none is folded."""
    return Settings.model_validate(
        {
            "brands": {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"]}},
            "listeners": {"feed": {"kind": "jsonl"}},
            "responders": {"slack": {"kind": "slack", "token": {"env": "T"}}},
            "routes": {"call": {"sink": "slack", "to": place}},
        }
    )


def post(number: int, text: str = TEXT) -> Mention:
    """A post of somebody of their own."""
    who = Author(id=f"a{number}", handle=f"a{number}")
    return Mention("x", str(number), who, text, now(), "kestrelo", url=f"https://x.com/a{number}/status/{number}")


@contextmanager
def busy(thinking: Thinking, panel: Panel) -> Iterator[None]:
    """The real model judges 32 posts after 32 others, on its own thread, and says afterwards how many."""
    over = threading.Event()
    began, work = time.monotonic(), thinking.thread.submit(classify, panel, over)
    try:
        yield
    finally:
        over.set()
        posts = work.result()
        print(f"the model judged {posts} posts meanwhile, {posts / (time.monotonic() - began):.0f} a second")


def classify(panel: Panel, over: threading.Event) -> int:
    """Until it is over; so many posts were judged."""
    for turn in itertools.count(1):
        panel.assess([post(number, f"{TEXT} {turn}") for number in range(32)])
        if over.is_set():
            return turn * 32
    raise AssertionError


class House:
    """The desk, its store and the sender that draws its cards, between Slack and a clicking person."""

    def __init__(self, store: Store, bridge: Bridge, settings: Settings) -> None:
        self.store, self.bridge = store, bridge
        rules_for = rules_from(settings, Templates.load())
        self._desk, self._decider = Desk(store, settings, rules_for, now), Decider(store, rules_for, "v", now)
        token = bridge.slack.token
        self._slack = SlackResponder("slack", token, bridge.base_url, app_token=bridge.app_token, pace=0.0)
        self._news, self._stopping = asyncio.Event(), asyncio.Event()
        self._sender = Sender("slack", self._slack, store, Fallback(rules_for, None), now, self._stopping)
        loop = asyncio.get_running_loop()
        store.on_wake = lambda wakes: loop.call_soon_threadsafe(self._news.set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listening and sending."""
        tasks = [asyncio.create_task(self._slack.listen(self._desk.handle)), asyncio.create_task(self._send())]
        await self.bridge.connected()
        try:
            yield
        finally:
            self._stopping.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._slack.aclose()

    async def _send(self) -> None:
        while True:
            await self._sender.send("slack")
            await self._news.wait()
            self._news.clear()

    async def cards(self, count: int) -> list[str]:
        """So many cases are opened; where their cards stand."""
        posts = [post(number) for number in range(count)]
        self.store.do(hearing.hear, "feed", Batch(cursor="1"), [Screened(one) for one in posts], "v", now())
        self.store.do(judging.save, [(one, Assessment(findings=FOUND, lang="en")) for one in posts], now())
        for one in posts:
            await self._decider.handle(one.author_key)
        await self.bridge.until(lambda: len(self.bridge.calls_of("chat.postMessage")) == count)
        return [f"{c.answer['channel']}:{c.answer['ts']}" for c in self.bridge.calls if c.method == "chat.postMessage"]


async def press(bridge: Bridge, agent: Agent, place: str, verb: str) -> tuple[float, float]:
    """Seconds until the press is acknowledged, and until something of it is to be seen."""
    channel, ts = place.split(":")
    payload = None if verb == "report" else await agent.pressing(place, verb)
    calls, said = len(bridge.calls), len(bridge.responses)

    def seen() -> bool:
        fresh = bridge.calls[calls:]
        if verb == "report":
            return len(bridge.responses) > said
        if verb == "resolve":
            return any(call.method == "views.open" and call.answer["ok"] for call in fresh)
        return any(call.method == "chat.update" and call.fields.get("ts") == ts for call in fresh)

    began = time.monotonic()
    acked = await (agent.command(verb, channel) if payload is None else bridge.deliver("interactive", payload))
    while not seen():  # noqa: ASYNC110 - the counterpart has no event for it
        await asyncio.sleep(0.001)
    return acked.seconds, time.monotonic() - began


async def measure(workspace: Slack, store: Store, clicks: int) -> None:
    """Print a table, a row for each kind of press."""
    settings = configured(workspace.channel("social-triage"))
    thinking = Thinking()
    panel = thinking.thread.submit(thinking.panel, settings).result()
    took: dict[str, list[tuple[float, float]]] = defaultdict(list)
    async with socket_bridge(workspace) as bridge:
        house, agent = House(store, bridge, settings), Agent(bridge, workspace.user("mara"), "mara")
        async with house.open():
            places = await house.cards(clicks // len(PRESSES))
            with busy(thinking, panel):
                for place, verb in itertools.product(places, PRESSES):
                    took[verb].append(await press(bridge, agent, place, verb))
    print("| press | clicks | ack p50 ms | p99 | max | seen p50 ms | p99 | max |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for verb in PRESSES:
        print(row(verb, took[verb]))
    every = [one for verb in PRESSES for one in took[verb]]
    print(row("all", every))
    late = sum(ack > ACK_SECONDS for ack, _ in every)
    print(f"\nacknowledged later than Slack's {ACK_SECONDS:.0f} seconds: {late} of {len(every)}")


def row(name: str, took: Sequence[tuple[float, float]]) -> str:
    """A line of the table."""
    parts = [f"{share(sorted(column), at) * 1e3:.0f}" for column in zip(*took, strict=True) for at in (0.5, 0.99, 1.0)]
    return f"| {name} | {len(took)} | {' | '.join(parts)} |"


def share(ordered: Sequence[float], at: float) -> float:
    """The least value that this share does not exceed."""
    return ordered[math.ceil(at * len(ordered)) - 1]


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clicks", type=int, default=500)
    options.add_argument("--url", help="a PostgreSQL URL of an empty database; SQLite without it")
    options.add_argument("--folder", type=Path, default=Path("build"), help="where SQLite's file goes: a real disk")
    asked = options.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, slack(Path(folder)) as workspace:
        store = Store.open(asked.url or f"sqlite:///{folder}/desk.db")
        asyncio.run(measure(workspace, store, asked.clicks))
        store.close()


if __name__ == "__main__":
    main()
