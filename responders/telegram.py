"""Telegram: answers in the chats that let our bot in, asks there how it went, and posts notices.

Nothing here tries twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from models.channel import Counting, Manifest
from models.check import Fault
from models.decision import PUBLIC, Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Secret, Table

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup
    from telegram.error import TelegramError
    from telegram.request import HTTPXRequest

PATIENCE = 20.0
"""Seconds that a call may take as a whole."""
MAX_LENGTH = 4096
TOAST = 200
"""Characters of the words that who has tapped sees for a moment."""
MISSHAPEN = (AttributeError, LookupError, OSError, OverflowError, RecursionError, TypeError, ValueError)
"""What the SDK raises for JSON that is not in the Bot API's shape."""
ASK_BOTFATHER = "copy the bot's token from @BotFather (/mybots, API Token) to where the settings look for it"


class TelegramResponder:
    """Replies to a message under the bot's name; ``target`` is "chat:message" for a reply, a chat for a notice.

    A survey is a reply with buttons; what follows a tap is the next question in the same message.
    """

    class Settings(Table):
        """What a Telegram responder can be told."""

        token: Secret = Field(description="The bot's token, from @BotFather.")
        base_url: str = Field(
            "https://api.telegram.org/bot",
            pattern=r"^https?://\S+$",
            description="Where the Bot API is; the token follows it directly.",
        )

    manifest: ClassVar[Manifest | None] = MANIFESTS["telegram"]
    kinds: ClassVar[frozenset[Kind]] = PUBLIC | {Kind.NOTICE}

    def __init__(self, name: str, bot: Bot, http: HTTPXRequest) -> None:
        self.name = name
        self._bot = bot
        self._http = http

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing or malformed token."""
        quiet()
        from telegram import Bot
        from telegram.request import HTTPXRequest

        token = settings.token.reveal()
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ValueError(f"responders.{name}.token is not in the form of a bot token: {ASK_BOTFATHER}")
        each = PATIENCE / 4
        http = HTTPXRequest(connect_timeout=each, read_timeout=each, write_timeout=each, pool_timeout=each)
        return cls(name, Bot(token, base_url=settings.base_url, request=http, get_updates_request=http), http)

    async def send(self, message: Message) -> Receipt:
        """Post it once. After a lost answer it is ``Unconfirmed``: Telegram has no key to repeat a post safely."""
        if message.kind is Kind.TAPPED:
            return await self._certain(self._follow(message))
        chat, replied = _address(message)
        text = _fit(message.body.get("text"))
        rows = message.body.get("buttons") if message.kind is Kind.SURVEY else None
        return await self._certain(self._post(chat, text, replied, rows))

    async def _certain(self, call: Awaitable[Receipt]) -> Receipt:
        """What the call gives; raises the error that says how far it got."""
        from telegram.error import TelegramError

        try:
            async with asyncio.timeout(PATIENCE):
                return await call
        except TelegramError as error:
            raise _edge(error, self._bot.token) from None
        except TimeoutError:
            raise Unconfirmed("Telegram did not finish its answer in time") from None
        except MISSHAPEN as error:
            raise Unconfirmed(f"Telegram's answer is not in the Bot API's shape ({type(error).__name__})") from None

    async def find(self, message: Message) -> Receipt | None:
        """Raises Unconfirmed: the Bot API shows a bot neither a chat's past nor its own posts."""
        raise Unconfirmed("Telegram lets no bot read a chat's past: look into the chat")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether the token is good; the right to write is each chat's and shows with the first post."""
        from telegram.error import TelegramError

        try:
            async with asyncio.timeout(PATIENCE):
                await self._bot.get_me()
        except TelegramError as error:
            edge = _edge(error, self._bot.token)
            auth = isinstance(edge, AuthFailed)
            return [Fault(str(edge), ASK_BOTFATHER if auth else "check the network and base_url, then try again")]
        except (TimeoutError, *MISSHAPEN) as error:
            what = f"what answers at base_url is not the Bot API ({type(error).__name__})"
            return [Fault(what, "check the network and base_url, then try again")]
        return []

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.shutdown()

    async def _post(self, chat: int | str, text: str, replied: int | None, rows: Any = None) -> Receipt:
        from telegram import LinkPreviewOptions, ReplyParameters

        # A reply without the message that it answers would be words out of the blue.
        reply = ReplyParameters(replied, allow_sending_without_reply=False) if replied else None
        preview = LinkPreviewOptions(is_disabled=True)
        sent = await self._bot.send_message(
            chat, text, reply_parameters=reply, link_preview_options=preview, reply_markup=_keyboard(rows)
        )
        return Receipt(f"{sent.chat.id}:{sent.message_id}", (sent.link or "").partition("?")[0])

    async def _follow(self, message: Message) -> Receipt:
        """Ends the waiting of who has tapped, in a few words, and shows the next question. May be repeated."""
        from telegram.error import BadRequest

        tap, place = str(message.body.get("tap") or ""), str(message.body.get("reference") or "")
        if tap:
            with contextlib.suppress(BadRequest):  # Telegram waits for this answer for some seconds only
                await self._bot.answer_callback_query(tap, str(message.body.get("said") or "")[:TOAST])
        if found := re.fullmatch(r"(-?\d+):(\d+)", place):
            # Without a keyboard, the one that stands there is taken away.
            text, keyboard = _fit(message.body.get("text")), _keyboard(message.body.get("buttons"))
            try:
                await self._bot.edit_message_text(text, int(found[1]), int(found[2]), reply_markup=keyboard)
            except BadRequest as error:
                if "not modified" not in error.message:
                    raise
        return Receipt(place or message.target)


def _keyboard(rows: Any) -> InlineKeyboardMarkup | None:
    """Rows of buttons below a message, each with what a tap on it says."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one["text"], callback_data=one["data"]) for one in row] for row in rows]
    )


def quiet() -> None:
    """Keep the SDK from logging the token, which stands in every URL, and the bodies of answers."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # At ERROR it writes any body that is not JSON.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    # Without this opt-in, every RetryAfter warns of a deprecation.
    os.environ.setdefault("PTB_TIMEDELTA", "1")


def _address(message: Message) -> tuple[int | str, int | None]:
    """The chat, and the message in it that is answered; raises Refused for a target in another form."""
    if message.kind is Kind.NOTICE and (found := re.fullmatch(r"(-?\d+)|(@\w+)", message.target)):
        return int(message.target) if found[1] else message.target, None
    under = message.kind in (Kind.REPLY, Kind.SURVEY)
    if under and (found := re.fullmatch(r"(-?\d+):(\d+)", message.target)):
        return int(found[1]), int(found[2])
    raise Refused(f'no {message.kind} can go to this target: a reply needs "chat:message", a notice a chat')


def _fit(text: object) -> str:
    """At most MAX_LENGTH UTF-16 units, the longest of Telegram's ways to count."""
    if not isinstance(text, str) or not text.strip():
        raise Refused("the message has no text")
    return cut(text.encode("utf-16-le", "replace").decode("utf-16-le"), MAX_LENGTH, Counting.UTF16)


def _edge(error: TelegramError, token: str) -> EdgeError:
    """Our error for the SDK's, in words that hold neither the token nor a body."""
    import httpx
    from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

    words = error.message.partition(". Parsing the server response")[0].replace(token, "<token>")[:200]
    if isinstance(error, RetryAfter):
        after = error.retry_after
        seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
        return RateLimited(f"Telegram asks us to wait {seconds:g} s", seconds)
    if words.startswith("Too Many Requests"):
        return RateLimited("Telegram asks us to slow down")
    if isinstance(error, InvalidToken):
        return AuthFailed(f"Telegram does not accept the bot's token ({words}): {ASK_BOTFATHER}")
    if isinstance(error, ChatMigrated):
        return Refused(f"the group became a supergroup, its chat id is now {error.new_chat_id}")
    if isinstance(error, (BadRequest, Forbidden)):
        return Refused(f"Telegram refuses it: {words}")
    if isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)):
        return Unavailable(f"Telegram could not be reached: {words}")
    return Unconfirmed(f"Telegram gave no clear answer: {words}")
