"""Slack-compatible webhook out: cards for Mattermost, Rocket.Chat, Discord (its address with ``/slack``) and Slack.

An incoming webhook can only add: what it has posted can be neither changed nor erased, and nobody can press anything.
So a card has a link to the post, but neither its words nor its author, unless the settings say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

from pydantic import Field

from models.card import Card
from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, Refused, Unconfirmed
from models.settings.types import Duration, Secret, Table
from responders.card_words import is_web, level, place, reasons, sign, status
from responders.escape import cut, line, plain
from responders.web import Answer, Web

COLOURS = {"critical": "#d00000", "high": "#e07000", "normal": "#2060c0", "low": "#909090"}
WORDS = 1800
"""Characters of a text; Discord takes 2,000."""
JOINER = "\u2060"
FIX = "make a new incoming webhook in the chat's settings and store its whole address as url"
_CALLING = re.compile(r"@(?=\w)")
_LINKED = re.compile(r"\](?=\()")


class SlackWebhookResponder:
    """One incoming webhook, which posts to one place."""

    class Settings(Table):
        """What a Slack-compatible webhook can be told."""

        url: Secret = Field(description="The incoming webhook's address, which is its secret.")
        words: bool = Field(
            False, description="Show the author and the masked words too; they cannot be taken back from there."
        )
        channel: bool = Field(
            False, description="Name the target as channel, where the webhook may post to several (Mattermost)."
        )
        timeout: Duration = Field("20s", validate_default=True, description="How long the chat may take.")

    manifest: ClassVar[Manifest | None] = None
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ALERT, Kind.NOTE, Kind.NOTICE, Kind.ERASE})

    def __init__(self, url: str, web: Web, words: bool, channel: bool) -> None:
        self._url = url
        self._web = web
        self._words = words
        self._channel = channel

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for an address that is missing or none."""
        url = settings.url.reveal()
        if not re.fullmatch(r"https?://[^\s/]+/\S+", url):
            raise ValueError(f"responders.{name}.url holds no address of a webhook: {FIX}")
        web = Web(f"the chat behind {name}", settings.timeout.total_seconds())
        return cls(url, web, settings.words, settings.channel)

    async def send(self, message: Message) -> Receipt:
        """Post it; the receipt is the case's code, by which people find the card there."""
        said, reference = self._drawn(message)
        if not said:
            return Receipt(reference)
        place_there = {"channel": message.target} if self._channel and message.target else {}
        answer = await self._post({**said, **place_there})
        if error := self._error(answer):
            raise error
        return Receipt(reference)

    async def find(self, message: Message) -> Receipt | None:
        """Raises Unconfirmed: an incoming webhook shows nothing of the chat."""
        raise Unconfirmed("an incoming webhook cannot tell what was posted: look into the chat")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Post nothing at all, which a working webhook refuses with 400 and a wrong one with something else."""
        try:
            answer = await self._post({})
        except EdgeError as error:
            return [Fault(str(error), "look at the network and at url")]
        if answer.status == 400 and not answer.is_page:
            return []
        refusal = self._error(answer)
        return [Fault(str(refusal), FIX)] if refusal else []

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _post(self, said: dict[str, Any]) -> Answer:
        body = json.dumps(said).encode()
        return await self._web.post(self._url, body, {"Content-Type": "application/json"})

    def _error(self, answer: Answer) -> EdgeError | None:
        who = self._web.who
        if answer.status in (404, 410):
            return AuthFailed(f"{who} does not know this webhook (status {answer.status}): {FIX}")
        if not answer.good:
            return self._web.refusal(answer)
        said = answer.json()
        # Slack and Mattermost say "ok", Rocket.Chat {"success": true}, Discord nothing at all with 204.
        if isinstance(said, dict) and False in (said.get("ok"), said.get("success")):
            return Refused(f"{who} refuses it")
        if isinstance(said, dict) or answer.status == 204 or answer.body.strip() == b"ok":
            return None
        return Unconfirmed(f"{who} answered with something that is no answer: is url the address of a webhook?")

    def _drawn(self, message: Message) -> tuple[dict[str, Any], str]:
        """What is posted, nothing where there is nothing to say, and the reference."""
        doubt = " (possible duplicate)" if message.possible_duplicate else ""
        about = safe(message.thread or str(message.body.get("reference") or ""), 60)
        if message.kind is Kind.ALERT:
            card = Card.from_body(message.body)
            return _card(card, self._words, doubt), card.code or message.key
        if message.kind is Kind.NOTE:
            return _note(message, self._words, about, doubt), message.key
        if message.kind is Kind.NOTICE:
            return {"text": safe(_required(message), WORDS) + doubt}, message.key
        if message.kind is Kind.ERASE:
            asked = f"Please delete what stands here about case {about}: it may not be kept any longer."
            return ({"text": asked} if self._words else {}), message.thread or message.key
        raise Refused(f"an incoming webhook cannot carry out a {message.kind}")


def safe(text: str, limit: int) -> str:
    """Words of strangers that call nobody, hide no link and form none of Slack's codes, in any of these chats."""
    text = cut(plain(text), limit).replace("<", "‹").replace(">", "›")
    return _LINKED.sub("]" + JOINER, _CALLING.sub("@" + JOINER, text))


def _card(card: Card, words: bool, doubt: str) -> dict[str, Any]:
    head = f"{sign(card)} {safe(line(card.title, 80), 80) or 'A post'}{doubt}"
    code = f" · case {safe(line(card.code, 20), 20)}" if card.code else ""
    facts = [{"title": name, "value": said, "short": len(said) < 40} for name, said in _facts(card, words) if said]
    attachment = {
        "fallback": head,
        "color": COLOURS.get(level(card.urgency), COLOURS["normal"]),
        "text": safe(line(card.recommendation, 300), 300),
        "fields": facts,
        "mrkdwn_in": [],
    }
    if is_web(card.link):
        attachment |= {"title": f"The post on {place(card.channel)}", "title_link": card.link}
    return {"text": f"{head} · {safe(place(card.channel), 40)}{code}", "attachments": [attachment]}


def _facts(card: Card, words: bool) -> Iterator[tuple[str, str]]:
    if words:
        yield "Who", safe(line(card.author, 100), 100)
        yield "Said", safe(card.text, 1000)
    yield "Urgency", safe(line(card.urgency, 100), 100)
    yield "Why it is here", safe("\n".join(reasons(card.why)), 700)
    yield "Who may answer", safe(line(card.eligibility, 200), 200)
    yield "Stands", safe(status(card), 200)


def _note(message: Message, words: bool, about: str, doubt: str) -> dict[str, Any]:
    link = str(message.body.get("link") or "")
    title = safe(line(str(message.body.get("title") or "Another post"), 60), 60)
    head = f"{title}{f' in case {about}' if about else ''}{doubt}"
    who = safe(line(str(message.body.get("author") or ""), 100), 100)
    said = f"{who}: {safe(str(message.body.get('text') or ''), 1000)}" if words else ""
    return {"text": "\n".join(part for part in (head, said, link if is_web(link) else "") if part)}


def _required(message: Message) -> str:
    text = message.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("the message has no text")
    return text
