"""The daemon's plug-ins for the world of `tests.crash.world`, and a panel that reads a post's kind from its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

import aiohttp

from classifiers.panel import Panel
from listeners.base import Spend
from models.assessment import LABELS, Assessment, Finding, Head
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import Unavailable, Unconfirmed
from models.mention import Author, Batch, Mention
from models.settings import Settings
from models.settings.sections import Brand
from models.settings.types import Table

LISTENERS = {"world": "tests.crash.plugins:WorldListener"}
RESPONDERS = {"world_reply": "tests.crash.plugins:ReplyResponder", "world_alert": "tests.crash.plugins:AlertResponder"}
TIME_LIMIT = aiohttp.ClientTimeout(total=5)


class WorldClient:
    """Speaks HTTP to one scene."""

    class Settings(Table):
        """Where the scene is."""

        url: str

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON, or one of the edge's errors."""
        self._session = self._session or aiohttp.ClientSession(timeout=TIME_LIMIT)
        try:
            async with self._session.request(method, f"{self._url}{path}", **options) as answer:
                if answer.status == 503:
                    raise Unavailable("503")
                return await answer.json()
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unconfirmed(type(error).__name__) from error

    async def check(self) -> list[Fault]:
        """Nothing can be wrong with it."""
        return []

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._session:
            await self._session.close()


class WorldListener(WorldClient):
    """A page at a time; the cursor is the next page's number."""

    manifest = None
    check_is_free: ClassVar[bool] = True

    @classmethod
    def from_settings(cls, name: str, settings: WorldClient.Settings, brands: Mapping[str, Brand]) -> Self:
        """Opens nothing."""
        return cls(name, settings.url)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The next page."""
        page = await self.ask("GET", "/posts", params={"at": cursor or "0"})
        return Batch(tuple(map(mention_of, page["posts"])), cursor=str(page["next"]))


class ReplyResponder(WorldClient):
    """Says something in public. Like many platforms, it cannot tell afterwards what it has posted."""

    manifest = None
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})
    place: ClassVar[str] = "reply"

    @classmethod
    def from_settings(cls, name: str, settings: WorldClient.Settings) -> Self:
        """Opens nothing."""
        return cls(name, settings.url)

    async def send(self, message: Message) -> Receipt:
        """One request."""
        body = {"key": message.key, "kind": message.kind, "target": message.target, "mention": message.mention_id}
        doubt = {"maybe_again": message.possible_duplicate}
        listed = {"shows": message.body["new"], "in_place": bool(message.thread)} if message.kind is Kind.LIST else {}
        answer = await self.ask("POST", f"/{self.place}", json=body | doubt | listed)
        return Receipt(f"{self.place}-{answer['number']}")

    async def find(self, message: Message) -> Receipt | None:
        """Cannot tell."""
        raise Unconfirmed("this place cannot be asked")


class AlertResponder(ReplyResponder):
    """Takes cards, and knows which it has."""

    manifest = None
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ALERT, Kind.NOTE, Kind.NOTICE, Kind.EDIT, Kind.LIST})
    place: ClassVar[str] = "alert"

    async def find(self, message: Message) -> Receipt | None:
        """By its key."""
        number = (await self.ask("GET", "/found", params={"key": message.key}))["number"]
        return Receipt(f"alert-{number}") if number else None


def mention_of(post: Mapping[str, Any]) -> Mention:
    """A post of the world as a mention."""
    return Mention(
        channel="forum",
        external_id=post["id"],
        author=Author(id=post["author"], handle=post["author"]),
        text=post["text"],
        posted_at=datetime.fromisoformat(post["posted_at"]),
        conversation_id=post["thread"],
        lang="en",
    )


SAYS = {
    "roaming": ("question", "neutral", "normal", "none"),
    "charged": ("problem", "negative", "normal", "payment"),
    "thank": ("praise", "positive", "low", "none"),
    "shares": ("broadcast", "neutral", "low", "none"),
}


class FakePanel(Panel):
    """Certain at once; no model."""

    def assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        """By a word of the text."""
        return [assessment_of(mention.text) for mention in mentions]


class FakeThinking:
    """Stands in for `engine.thinking.Thinking`."""

    def __init__(self) -> None:
        from engine.thinking import ModelThread

        self.thread = ModelThread()

    def stay(self) -> None:
        """There is only one."""

    def panel(self, settings: Settings) -> Panel:
        """The fake one."""
        return FakePanel((), ("en",), {})


def assessment_of(text: str) -> Assessment:
    """The assessment for the first known word of a text; a plain opinion without one."""
    known = next((says for word, says in SAYS.items() if word in text), ("opinion", "neutral", "low", "none"))
    labels = dict(zip(Head, (*known, "no"), strict=True))
    findings = {
        head: Finding(head, {name: float(name == label) for name in LABELS[head]}, "fake")
        for head, label in labels.items()
    }
    return Assessment(findings=findings, lang="en")
