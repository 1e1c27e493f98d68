"""Carries cards, notes and notices to Slack channels, redraws, finds and blanks them. It never answers in public."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import PUBLIC, Kind, Message, Receipt
from models.errors import Refused, Unconfirmed
from models.form import Answer
from models.press import Press
from models.settings.types import Secret, Table
from responders.slack import check, pictures
from responders.slack.channels import Channels, reference
from responders.slack.content import content, erased, wordy
from responders.slack.errors import BlocksRefused, Gone, ScopeMissing
from responders.slack.pace import Pace
from responders.slack.web import SlackWeb, next_cursor

EVENT = "overheard"
PAGES, PAGE = 5, 200
"""How far back a message is searched: a thousand messages of the channel."""
DRAWN = 5000
"""Of so many cards the last drawing is remembered."""


class SlackResponder:
    """One Slack workspace. A target is a channel's id or name; the reference of a message is ``CHANNEL_ID:TS``.

    ``pace`` is the seconds between two messages in a channel.
    """

    class Settings(Table):
        """A Slack app with its tokens; ``check`` names every scope that they lack."""

        token: Secret = Field(description='The bot token (xoxb-…), as { env = "NAME" } or { file = "PATH" }.')
        app_token: Secret | None = Field(
            None,
            description="The app-level token (xapp-…) with connections:write; without it cards have no buttons.",
        )
        base_url: str = Field(
            "https://slack.com/api/", pattern=r"^https?://[^\s/]+", description="Where Slack's Web API answers."
        )

    manifest: ClassVar[Manifest | None] = None
    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind) - PUBLIC - {Kind.DIAL}

    def __init__(
        self, name: str, token: str, base_url: str, timeout: float = 20, app_token: str = "", pace: float = 1.0
    ) -> None:
        self.name = name
        self._web = SlackWeb(token, base_url, timeout)
        self._opener = SlackWeb(app_token, base_url, timeout) if app_token else None
        self._channels = Channels(self._web)
        self._posts, self._edits = Pace(pace), Pace(pace * 1.2, burst=10)
        self._drawn: OrderedDict[str, float] = OrderedDict()

    @property
    def pressable(self) -> bool:
        """Whether a press can reach us: only then may cards be folded into a list."""
        return self._opener is not None

    @classmethod
    def from_settings(cls, name: str, settings: Settings) -> Self:
        """Reads the tokens; raises ValueError that says where they were looked for."""
        app_token = settings.app_token.reveal() if settings.app_token else ""
        return cls(name, settings.token.reveal(), settings.base_url, app_token=app_token)

    async def listen(
        self,
        on_press: Callable[[Press], Awaitable[Answer]],
        tell: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Hand every press to ``on_press`` and show its answer, until cancelled; ends at once without an app token.

        ``tell`` hears, once for each outage, that presses do not arrive.
        """
        if self._opener is None:
            return
        from responders.slack.desk import SlackDesk

        desk = SlackDesk(self.name, self._web, self._opener, clock)
        await desk.listen(on_press, tell)

    async def send(self, message: Message) -> Receipt:
        """Post a card, note or notice, draw a card anew, or blank an earlier message."""
        if message.kind not in self.kinds:
            raise Refused(f"Slack takes no {message.kind}; send it with the responder of the author's channel")
        if message.kind is Kind.ERASE:
            return await self._erase(message)
        if message.kind is Kind.PICTURE:
            channel = await self._channels.find(message.target)
            await self._posts.turn(channel)
            return await pictures.post(self._web, message, channel)
        carry_out = self._edit if message.kind is Kind.EDIT or _in_place(message) else self._post
        try:
            return await carry_out(message, content(message, self._opener is not None))
        except BlocksRefused:
            # Refused for certain, so nothing was posted: the second request cannot double the first.
            return await carry_out(message, {"text": wordy(message)})

    async def find(self, message: Message) -> Receipt | None:
        """Search the channel, or the thread of a note, for the message's key; what is drawn in place is sent again.

        Raises Unconfirmed where Slack will never tell, and Unavailable or AuthFailed where it may tell later.
        """
        if message.kind in (Kind.ERASE, Kind.EDIT) or _in_place(message):
            return None
        try:
            return await self._search(message)
        except (Refused, ScopeMissing) as error:
            raise Unconfirmed(f"Slack does not say whether it has the message: {error}") from error

    async def check(self, targets: Sequence[str] = ()) -> list[Fault]:
        """Both tokens, their scopes, and that the bot can post and look back in each of the channels ``targets``."""
        return await check.faults(self._web, self._opener, self._channels, targets)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._web.aclose()
        if self._opener is not None:
            await self._opener.aclose()

    async def _post(self, message: Message, said: Mapping[str, Any]) -> Receipt:
        channel, thread = _thread(message)
        channel = channel or self._channels.address(message.target)
        await self._posts.turn(channel)
        answer = await self._web.write(
            "chat.postMessage",
            message.target,
            **said,
            channel=channel,
            thread_ts=thread or None,
            reply_broadcast=True if thread and message.body.get("broadcast") else None,
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
            self._channels.learn(message.target, posted_in)
        return Receipt(f"{posted_in}:{ts}")

    async def _edit(self, message: Message, said: Mapping[str, Any]) -> Receipt:
        """Draw the card anew. An older drawing that was in doubt and is sent again never replaces a newer one."""
        channel, ts = reference(message.thread)
        if not ts:
            raise Refused("there is no reference of the card to draw anew; what is new stands in /overheard case")
        receipt, version = Receipt(f"{channel}:{ts}"), float(message.body.get("version") or 0)
        if message.kind is Kind.EDIT and version < self._drawn.get(receipt.external_id, 0):
            return receipt
        await self._edits.turn("chat.update")
        await self._web.write(
            "chat.update",
            channel,
            channel=channel,
            ts=ts,
            blocks=said.get("blocks", []),
            text=said["text"],
            parse="none",
        )
        if message.kind is Kind.EDIT:
            self._remember(receipt.external_id, version)
        return receipt

    async def _erase(self, message: Message) -> Receipt:
        channel, ts = reference(message.thread)
        if not ts:
            raise Refused("there is no reference of the card to erase; look for it in Slack and delete it by hand")
        self._remember(f"{channel}:{ts}", math.inf)
        with suppress(Gone):  # deleted in Slack: erased all the more
            said = erased(message)
            await self._web.write("chat.update", channel, channel=channel, ts=ts, text=said, blocks=[], parse="none")
        return Receipt(f"{channel}:{ts}")

    def _remember(self, card: str, version: float) -> None:
        self._drawn[card] = version
        self._drawn.move_to_end(card)
        while len(self._drawn) > DRAWN:
            self._drawn.popitem(last=False)

    async def _search(self, message: Message) -> Receipt | None:
        channel, thread = _thread(message)
        channel = channel or await self._channels.find(message.target)
        method = "conversations.replies" if thread else "conversations.history"
        asked = {"channel": channel, "ts": thread, "limit": PAGE, "include_all_metadata": True}
        cursor = ""
        for _ in range(PAGES):
            page = await self._web.read(method, message.target, **asked, cursor=cursor)
            for entry in page.get("messages") or ():
                if _key(entry) == message.key or pictures.holds(entry, message):
                    return Receipt(f"{channel}:{entry['ts']}")
            cursor = next_cursor(page)
            if not cursor:
                return None
        raise Unconfirmed(f"it is not among the last {PAGES * PAGE} messages")


def _thread(message: Message) -> tuple[str, str]:
    """Channel and ts of the card that a note goes under; two empty texts where it has none."""
    return reference(message.thread) if message.kind is Kind.NOTE else ("", "")


def _in_place(message: Message) -> bool:
    """Whether it is a list that stands already and has grown or shrunk."""
    return message.kind is Kind.LIST and bool(message.thread)


def _key(entry: Mapping[str, Any]) -> str | None:
    """Our key in a message of the channel's history."""
    metadata = entry.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT else None
