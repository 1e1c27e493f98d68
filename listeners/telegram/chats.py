"""Telegram: hears the chats that let our bot in, by long polling.

Our offset is the cursor, so Telegram forgets an update only after the store has it. Nothing here tries twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from urllib.parse import urlencode

from pydantic import Field, field_validator

from listeners.base import Spend
from listeners.telegram.message import CHANNEL, mention_of
from models.channel import Manifest
from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.manifests import MANIFESTS
from models.mention import Batch, Mention
from models.settings.sections import Brand
from models.settings.types import Duration, Secret, Table
from models.survey import Tap

if TYPE_CHECKING:
    from telegram import Bot, CallbackQuery, ChatMemberUpdated, Update, User
    from telegram.error import TelegramError
    from telegram.request import HTTPXRequest

log = logging.getLogger(__name__)
T = TypeVar("T")

GRACE = 10.0
"""Seconds that an answer may take beyond the wait that we asked for."""
RENUMBERED = 1_000_000
"""Update ids that jump further have been numbered anew."""
KINDS = ("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member")
MISSHAPEN = (AttributeError, LookupError, OSError, OverflowError, RecursionError, TypeError, ValueError)
"""What the SDK raises for JSON that is not in the Bot API's shape."""

ASK_BOTFATHER = "copy the bot's token from @BotFather (/mybots, API Token) to where the settings look for it"
OWN_BOT = "stop the other program, delete the webhook (deleteWebhook), or give Overheard a bot of its own"
HEAR_ALL = (
    "send /setprivacy to @BotFather, choose the bot and Disable; then remove the bot from each group and add it "
    "again, or make it an admin there"
)


@dataclass(slots=True)
class _Page:
    """What one page of updates has given so far."""

    mentions: list[Mention] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    spoiled: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class TelegramListener:
    """Hears messages and channel posts, new and edited, in every chat that has the bot."""

    manifest: ClassVar[Manifest | None] = MANIFESTS["telegram"]
    check_is_free = True

    class Settings(Table):
        """What a Telegram listener can be told."""

        token: Secret = Field(description="The bot's token, from @BotFather.")
        base_url: str = Field(
            "https://api.telegram.org/bot",
            pattern=r"^https?://\S+$",
            description="Where the Bot API is; the token follows it directly.",
        )
        wait: Duration = Field("25s", validate_default=True, description="How long a poll waits for news, 30s at most.")
        limit: int = Field(100, ge=1, le=100, description="Updates in one page at most.")

        @field_validator("wait")
        @classmethod
        def _short_enough(cls, wait: timedelta) -> timedelta:
            if wait > timedelta(seconds=30):
                raise ValueError("must be 30s at most")
            return wait

    def __init__(self, name: str, bot: Bot, http: HTTPXRequest, handles: frozenset[str], settings: Settings) -> None:
        self.name = name
        self._bot = bot
        self._http = http
        self._handles = handles
        self._wait = int(settings.wait.total_seconds())
        self._limit = settings.limit
        self._me: User | None = None

    @classmethod
    def from_settings(cls, name: str, settings: Any, brands: Mapping[str, Brand]) -> Self:
        """Make one; raises ValueError with the fix for a missing or malformed token."""
        quiet()
        from telegram import Bot
        from telegram.request import HTTPXRequest

        token = settings.token.reveal()
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ValueError(f"listeners.{name}.token is not in the form of a bot token: {ASK_BOTFATHER}")
        half = GRACE / 2
        http = HTTPXRequest(connect_timeout=half, read_timeout=half, write_timeout=half, pool_timeout=half)
        bot = Bot(token, base_url=settings.base_url, request=http, get_updates_request=http)
        first = (accounts[0] for brand in brands.values() if (accounts := brand.handles.get(CHANNEL)))
        return cls(name, bot, http, frozenset(handle.lstrip("@").lower() for handle in first), settings)

    async def poll(self, cursor: str | None, spent: Spend, now: datetime) -> Batch:
        """The updates from ``cursor`` on, which is the id of the next one; waits for news if there are none."""
        me = await self._who()
        if cursor is None or not cursor.isdigit():
            # A negative offset forgets all but the newest: https://core.telegram.org/bots/api#getupdates
            newest = await self._updates(offset=-1, limit=1, wait=0)
            return Batch(cursor=_after(newest) or "0", pause=self._pause(True))
        updates = await self._updates(offset=int(cursor), limit=self._limit, wait=self._wait)
        page = _Page()
        for raw in updates:
            self._hear(raw, me, page)
        after = _after(updates)
        return Batch(
            tuple(page.mentions),
            cursor=after or cursor,
            more=after is not None and len(updates) >= self._limit,
            pause=self._pause(after is not None),
            spoiled=tuple(page.spoiled),
            warning="; ".join(page.warnings),
            taps=tuple(page.taps),
            gap=_dropped(int(cursor), updates),
        )

    async def check(self) -> list[Fault]:
        """Whether the token is good, nobody else reads its updates, groups let the bot read, and a brand knows it."""
        try:
            me = await self._ask(self._bot.get_me())
            webhook = await self._ask(self._bot.get_webhook_info())
        except AuthFailed as error:
            return [Fault(str(error), ASK_BOTFATHER)]
        except EdgeError as error:
            return [Fault(str(error), "check the network and base_url, then try again")]
        faults = []
        if not me.can_read_all_group_messages:
            faults.append(Fault(f"@{me.username} is in privacy mode: it hears only what is said to it", HEAR_ALL))
        if webhook.url:
            faults.append(Fault(f"@{me.username} has a webhook, so Telegram refuses to be polled", OWN_BOT))
        if not self._handles:
            what = f"no brand lists a handle on Telegram, so nobody who asks @{me.username} to stop is heard"
            faults.append(Fault(what, f'add the bot to the handles of its brand: telegram = ["{me.username}"]'))
        return faults

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.shutdown()

    def _pause(self, moved: bool) -> float | None:
        """The waiting is done at Telegram; the second keeps a server that does not wait from being asked in a loop."""
        if not self._wait:
            return None
        return 0.0 if moved else 1.0

    async def _who(self) -> User:
        if self._me is None:
            self._me = await self._ask(self._bot.get_me())
        return self._me

    async def _updates(self, offset: int, limit: int, wait: int) -> list[Any]:
        """Raw updates. ``Bot.get_updates`` would lose, and log, the whole page for one that it cannot read."""
        fields = {"offset": offset, "limit": limit, "timeout": wait, "allowed_updates": json.dumps(KINDS)}
        url = f"{self._bot.base_url}/getUpdates?{urlencode(fields)}"
        call = self._http.post(url, read_timeout=wait + GRACE / 2)
        updates = await self._ask(call, wait)
        if not isinstance(updates, list):
            raise Unavailable("Telegram answered getUpdates with something that is not a list")
        return updates

    async def _ask(self, call: Awaitable[T], wait: float = 0) -> T:
        """Translates the SDK's errors, without their causes: those may hold the token or the words of a post."""
        from telegram.error import TelegramError

        try:
            async with asyncio.timeout(wait + GRACE):
                return await call
        except TelegramError as error:
            raise _edge(error, self._bot.token) from None
        except TimeoutError:
            raise Unavailable("Telegram did not finish its answer in time") from None
        except MISSHAPEN as error:
            raise Unavailable(f"Telegram's answer is not in the Bot API's shape ({type(error).__name__})") from None

    def _hear(self, raw: Any, me: User, page: _Page) -> None:
        """Add what one update says to the page; an unreadable one is spoiled and never stops the rest."""
        from telegram import Update

        number = raw.get("update_id") if isinstance(raw, dict) else None
        try:
            update = Update.de_json(raw, None)
            self._note(update, page)
            message = update.message or update.edited_message or update.channel_post or update.edited_channel_post
            heard = mention_of(message, me.username or "", self._handles) if message else None
            page.mentions += [heard] if heard else []
            page.taps += _tap(update.callback_query)
        except MISSHAPEN as error:
            digest = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:16]
            page.spoiled.append((digest, f"update {number}: not in the Bot API's shape ({type(error).__name__})"))

    def _note(self, update: Update, page: _Page) -> None:
        """Where the bot is let in or thrown out, and where a chat has moved to; ids only."""
        message, member = update.message, update.my_chat_member
        if message is not None and message.migrate_to_chat_id:
            extra = {"action": "chat_moved", "listener": self.name, "chat": message.chat.id}
            log.info("a group became a supergroup", extra=extra | {"to": message.migrate_to_chat_id})
        if member is not None:
            extra = {"action": "membership", "listener": self.name, "chat": member.chat.id}
            log.info("the bot's membership changed", extra=extra | {"status": member.new_chat_member.status})
            page.warnings += _thrown_out(member)


def _tap(query: CallbackQuery | None) -> list[Tap]:
    """A tap on a button below a message of the bot's own; nothing for a button of any other kind."""
    if query is None or not query.data or query.message is None:
        return []
    message = query.message
    return [Tap(query.id, str(query.from_user.id), f"{message.chat.id}:{message.message_id}", query.data)]


def quiet() -> None:
    """Keep the SDK from logging the token, which stands in every URL, and the bodies of answers."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # At ERROR it writes any body that is not JSON.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    # Without this opt-in, every RetryAfter warns of a deprecation.
    os.environ.setdefault("PTB_TIMEDELTA", "1")


def _edge(error: TelegramError, token: str) -> EdgeError:
    """Our error for the SDK's, in words that hold neither the token nor a body."""
    from telegram.error import Conflict, Forbidden, InvalidToken, RetryAfter

    words = error.message.partition(". Parsing the server response")[0].replace(token, "<token>")[:200]
    if isinstance(error, RetryAfter):
        after = error.retry_after
        seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
        return RateLimited(f"Telegram asks us to wait {seconds:g} s", seconds)
    if words.startswith("Too Many Requests"):
        return RateLimited("Telegram asks us to slow down")
    if isinstance(error, Conflict):
        return AuthFailed(f"another program or a webhook uses this bot's token ({words}): {OWN_BOT}")
    if isinstance(error, (Forbidden, InvalidToken)):
        return AuthFailed(f"Telegram does not accept the bot's token ({words}): {ASK_BOTFATHER}")
    return Unavailable(f"Telegram is not available: {words}")


def _after(updates: list[Any]) -> str | None:
    """The next offset. It may be below the last one: after a quiet week, Telegram numbers anew, from anywhere."""
    numbers = [raw["update_id"] for raw in updates if isinstance(raw, dict) and type(raw.get("update_id")) is int]
    return str(numbers[-1] + 1) if numbers else None


def _dropped(offset: int, updates: list[Any]) -> str:
    """What to say where Telegram, which keeps updates for 24 hours, goes on behind the place where we stopped.

    Ids are sequential (https://core.telegram.org/bots/api#update); a wide jump is a new numbering after a quiet week.
    """
    after = _after(updates[:1])
    lost = int(after) - 1 - offset if after and offset else 0
    if not 0 < lost < RENUMBERED:
        return ""
    return f"Telegram dropped {lost} updates before they were heard: it keeps them for 24 hours"


def _thrown_out(member: ChatMemberUpdated) -> list[str]:
    """What the operator must know; a person who blocks the bot in private is that person's affair."""
    now = member.new_chat_member
    if member.chat.type == member.chat.PRIVATE or now.status not in (now.LEFT, now.BANNED):
        return []
    return [f"the bot was removed from Telegram chat {member.chat.id} and hears nothing there until an admin adds it"]
