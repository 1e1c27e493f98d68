"""Carries cards, notes and notices to Slack channels, finds them again, and blanks them. It never answers in public."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import Field

from models.card import Card
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import EdgeError, Refused, Unconfirmed
from models.settings.types import Secret, Table
from responders import slack_card
from responders.escape import cut, mrkdwn, plain
from responders.slack_errors import BlocksRefused, Gone, ScopeMissing, as_fault, words
from responders.slack_web import SlackWeb, next_cursor

SCOPES = {
    "chat:write": "posts the cards",
    "channels:read": "finds a channel by its name",
    "channels:history": "looks whether a card has arrived",
}
ERASED = "[erased at the author's request]"
EVENT = "overheard"
PAGES, PAGE = 5, 200
"""How far back a message is searched: a thousand messages of the channel."""


class SlackResponder:
    """One Slack workspace. A target is a channel's id or name; the reference of a message is ``CHANNEL_ID:TS``."""

    class Settings(Table):
        """A Slack app with a bot token; ``check`` names every scope that it lacks."""

        token: Secret = Field(description='The bot token (xoxb-…), as { env = "NAME" } or { file = "PATH" }.')
        base_url: str = Field(
            "https://slack.com/api/", pattern=r"^https?://[^\s/]+", description="Where Slack's Web API answers."
        )

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ALERT, Kind.NOTE, Kind.NOTICE, Kind.ERASE})

    def __init__(self, name: str, token: str, base_url: str, timeout: float = 20) -> None:
        self.name = name
        self._web = SlackWeb(token, base_url, timeout)
        self._ids: dict[str, str] = {}

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        """Reads the token; raises ValueError that says where it was looked for."""
        return cls(name, settings.token.reveal(), settings.base_url)

    async def send(self, message: Message) -> Receipt:
        """Post a card, note or notice, or blank an earlier message."""
        if message.kind not in self.kinds:
            raise Refused(f"Slack takes no {message.kind}; send it with the responder of the author's channel")
        if message.kind is Kind.ERASE:
            return await self._erase(message)
        try:
            return await self._post(message, _content(message))
        except BlocksRefused:
            # Refused for certain, so nothing was posted: the second request cannot double the first.
            return await self._post(message, {"text": _wordy(message)})

    async def find(self, message: Message) -> Receipt | None:
        """Search the channel, or the thread of a note, for the message's key; an erasure may simply be sent again.

        Raises Unconfirmed where Slack will never tell, and Unavailable or AuthFailed where it may tell later.
        """
        if message.kind is Kind.ERASE:
            return None
        try:
            return await self._search(message)
        except (Refused, ScopeMissing) as error:
            raise Unconfirmed(f"Slack does not say whether it has the message: {error}") from error

    async def check(self, targets: Sequence[str] = ()) -> list[Fault]:
        """The token, its scopes, and that the bot can post and look back in each of the channels ``targets``."""
        try:
            me = await self._web.read("auth.test")
        except EdgeError as error:
            return [as_fault(error)]
        found = [await self.check_target(target, str(me.get("user") or "bot")) for target in targets]
        return [*_missing(me.headers.get("x-oauth-scopes")), *(fault for fault in found if fault)]

    async def check_target(self, target: str, bot: str = "bot") -> Fault | None:
        """What keeps the bot, by its name, from a channel; None if nothing does."""
        try:
            answer = await self._web.read("conversations.info", target, channel=await self._channel(target))
        except EdgeError as error:
            return as_fault(error)
        channel = answer.get("channel") or {}
        if channel.get("is_archived"):
            return as_fault(Refused(words("is_archived", target=target)))
        if not channel.get("is_member") and not channel.get("is_im"):
            return as_fault(Refused(words("not_in_channel", target=target, bot=bot)))
        return None

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()

    async def _post(self, message: Message, content: Mapping[str, Any]) -> Receipt:
        channel, thread = _thread(message)
        answer = await self._web.write(
            "chat.postMessage",
            message.target,
            **content,
            channel=channel or message.target,
            thread_ts=thread or None,
            metadata={"event_type": EVENT, "event_payload": {"key": message.key}},
            mrkdwn=False,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        posted_in, ts = answer.get("channel"), answer.get("ts")
        if not (isinstance(posted_in, str) and isinstance(ts, str)):
            raise Unconfirmed("Slack answered without a reference of the message")
        if not thread:
            self._ids[message.target] = posted_in
        return Receipt(f"{posted_in}:{ts}")

    async def _erase(self, message: Message) -> Receipt:
        channel, ts = _reference(message.thread)
        if not ts:
            raise Refused("there is no reference of the card to erase; look for it in Slack and delete it by hand")
        with suppress(Gone):  # deleted in Slack: erased all the more
            await self._web.write("chat.update", channel, channel=channel, ts=ts, text=ERASED, blocks=[], parse="none")
        return Receipt(f"{channel}:{ts}")

    async def _search(self, message: Message) -> Receipt | None:
        channel, thread = _thread(message)
        channel = channel or await self._channel(message.target)
        method = "conversations.replies" if thread else "conversations.history"
        asked = {"channel": channel, "ts": thread, "limit": PAGE, "include_all_metadata": True}
        cursor = ""
        for _ in range(PAGES):
            page = await self._web.read(method, message.target, **asked, cursor=cursor)
            for entry in page.get("messages") or ():
                if _key(entry) == message.key:
                    return Receipt(f"{channel}:{entry['ts']}")
            cursor = next_cursor(page)
            if not cursor:
                return None
        raise Unconfirmed(f"it is not among the last {PAGES * PAGE} messages")

    async def _channel(self, target: str) -> str:
        """The id of a channel that is named by id, ``name`` or ``#name``."""
        if re.fullmatch(r"[CGD][A-Z0-9]{6,}", target):
            return target
        if target not in self._ids:
            self._ids[target] = await self._look_up(target)
        return self._ids[target]

    async def _look_up(self, target: str) -> str:
        asked = {"types": "public_channel", "limit": 1000}
        cursor = ""
        for _ in range(PAGES * 2):
            page = await self._web.read("conversations.list", target, **asked, cursor=cursor)
            for channel in page.get("channels") or ():
                if channel.get("name") == target.lstrip("#"):
                    return str(channel["id"])
            cursor = next_cursor(page)
            if not cursor:
                break
        raise Refused(words("channel_not_found", target=target))


def _missing(granted: str | None) -> list[Fault]:
    """The scopes that the token lacks; none are missed where Slack does not say what was granted."""
    held = SCOPES if granted is None else {scope.strip() for scope in granted.split(",")}
    fix = "add the scope under OAuth & Permissions of the Slack app and install the app again"
    return [
        Fault(f"the token lacks the scope {scope}, which {use}", fix)
        for scope, use in SCOPES.items()
        if scope not in held
    ]


def _content(message: Message) -> dict[str, Any]:
    """The text and the blocks of a message."""
    if message.kind is Kind.NOTICE:
        return {"text": mrkdwn(cut(plain(str(message.body["text"])), 3500)) + _doubt(message)}
    if message.kind is Kind.NOTE:
        text = slack_card.note_fallback(message.body) + _doubt(message)
        return {"text": text, "blocks": slack_card.note(message.body)}
    card = _card(message)
    return {"text": slack_card.fallback(card), "blocks": slack_card.blocks(card)}


def _wordy(message: Message) -> str:
    """A card or a note in words alone."""
    if message.kind is Kind.ALERT:
        return slack_card.text_only(_card(message))
    return f"{slack_card.note_fallback(message.body)}: {mrkdwn(cut(plain(str(message.body['text'])), 1500))}"


def _card(message: Message) -> Card:
    card = Card.from_body(message.body)
    return replace(card, title=cut(card.title, 80) + _doubt(message))


def _doubt(message: Message) -> str:
    return " (possible duplicate)" if message.possible_duplicate else ""


def _thread(message: Message) -> tuple[str, str]:
    """Channel and ts of the card that a note goes under; two empty texts where it has none."""
    return _reference(message.thread) if message.kind is Kind.NOTE else ("", "")


def _reference(thread: str | None) -> tuple[str, str]:
    """Channel and ts of ``CHANNEL_ID:TS``; two empty texts for anything else."""
    match = re.fullmatch(r"([A-Z0-9]+):(\d+\.\d+)", thread or "")
    return (match[1], match[2]) if match else ("", "")


def _key(entry: Mapping[str, Any]) -> str | None:
    """Our key in a message of the channel's history."""
    metadata = entry.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT else None
