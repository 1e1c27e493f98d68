"""Mastodon: answers who spoke to the account, once, under its post. Nothing here tries twice."""

from __future__ import annotations

import asyncio
import html
import logging
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table

if TYPE_CHECKING:
    from mastodon import Mastodon

T = TypeVar("T")

RENEW = "make an access token with the scopes read and write:statuses (Preferences, Development) and store it"
BE_A_BOT = "switch on 'This is an automated account' in the profile: most servers' rules ask for it"
MANIFEST = MANIFESTS["mastodon"]
NAME = 32
"""Signs that the name of who is answered takes at most, with "@" and a blank; its server does not count."""
PAGES = 5
"""Pages of our own posts that are looked through for one reply."""
MISSHAPEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the SDK raises for JSON that is not in the API's shape."""


class MastodonResponder:
    """Posts from one account; ``target`` is the ActivityPub id of the post that is answered."""

    class Settings(Table):
        """What a Mastodon responder can be told."""

        server: str = Field(pattern=r"^https?://[^\s/]+/?$", description="The address of the account's server.")
        token: Secret = Field(description="The account's access token.")
        visibility: Literal["public", "unlisted"] = Field(
            "unlisted", description="Who sees replies; unlisted keeps them out of the public timelines."
        )
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    manifest: ClassVar[Manifest | None] = MANIFEST
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    def __init__(self, client: Mastodon, settings: Settings) -> None:
        self._client = client
        self._server = settings.server.rstrip("/")
        self._visibility = settings.visibility
        self._patience = settings.timeout.total_seconds()
        self._most: int | None = None

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing token or package."""
        quiet()
        try:
            from mastodon import Mastodon
        except ImportError:
            raise ValueError(f"responders.{name} needs a package: pip install 'overheard[mastodon]'") from None
        client = Mastodon(
            access_token=settings.token.reveal(),
            api_base_url=settings.server.rstrip("/"),
            request_timeout=settings.timeout.total_seconds(),
            ratelimit_method="throw",
            user_agent="Overheard",
            # Else the SDK asks for it, without end where nobody answers.
            mastodon_version="4.3.0",
        )
        client.session.max_redirects = 0
        return cls(client, settings)

    async def send(self, message: Message) -> Receipt:
        """Post it once, with the message's key: Mastodon knows a key again for an hour."""
        text = message.body.get("text")
        if message.kind is not Kind.REPLY or not isinstance(text, str) or not text.strip():
            raise Refused("Mastodon takes replies with a text only")
        answered = await self._ask(lambda: self._resolve(message.target), sending=False)
        if answered is None:
            raise Refused("the post to answer is gone, or the account may not see it")
        most = min(MANIFEST.max_length, await self._ask(self._length, sending=False) - NAME)
        # Who is not named is not notified.
        try:
            words = f"@{answered['account']['acct']} {cut(text, most, MANIFEST.counting)}"
        except MISSHAPEN:
            raise Unavailable("the server shows the post to answer without its author") from None
        posted = await self._ask(lambda: self._post(words, str(answered["id"]), message.key), sending=True)
        try:
            return Receipt(str(posted["uri"]), str(posted.get("url") or posted["uri"]))
        except MISSHAPEN:
            raise Unconfirmed("the server took the reply but its answer cannot be read") from None

    async def find(self, message: Message) -> Receipt | None:
        """Our reply among our own posts. None is safe: a first try that arrives late is known by its key."""
        since = message.queued_at
        answered = await self._ask(lambda: self._resolve(message.target), sending=False)
        if answered is None:
            raise Unconfirmed("the post that was answered is gone, and with it what could be compared")
        found, all_seen = await self._ask(lambda: self._own(str(answered["id"]), since), sending=False)
        wanted = _core(str(message.body.get("text")))
        try:
            for post in found:
                said = _core(_plain(str(post["content"]))).rstrip("…")
                if said and wanted.startswith(said):
                    return Receipt(str(post["uri"]), str(post.get("url") or post["uri"]))
        except MISSHAPEN:
            raise Unavailable("the server shows our own posts in no shape of the API") from None
        if not all_seen:
            raise Unconfirmed("the account has posted too much since to look through it all")
        return None

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether the token is good and may post, and the account says that it is a bot."""
        try:
            me = await self._ask(self._client.account_verify_credentials, sending=False)
            bot = bool(me["bot"])
        except EdgeError as error:
            fix = RENEW if isinstance(error, AuthFailed) else "check the network and server, then try again"
            return [Fault(str(error), fix)]
        except MISSHAPEN:
            return [Fault("what answers at server is not Mastodon's API", "correct server")]
        return [] if bot else [Fault("the account does not say that it is a bot", BE_A_BOT)]

    async def aclose(self) -> None:
        """Let go of connections."""
        self._client.session.close()

    def _resolve(self, uri: str) -> Any:
        """The post as the account's server knows it, by which it can be answered; None where it is not there."""
        from mastodon import MastodonNotFoundError

        last = urlsplit(uri).path.rsplit("/", 1)[-1]
        if urlsplit(uri).netloc == urlsplit(self._server).netloc and last.isdigit():
            try:
                found = self._client.status(int(last))
                return found if found["uri"] == uri else None
            except MastodonNotFoundError:
                return None
        found = self._client.search_v2(uri, resolve=True, result_type="statuses")["statuses"]
        return next((status for status in found if status["uri"] == uri), None)

    def _length(self) -> int:
        if self._most is None:
            self._most = int(self._client.instance_v2()["configuration"]["statuses"]["max_characters"])
        return self._most

    def _post(self, text: str, answered: str, key: str) -> Any:
        return self._client.status_post(text, in_reply_to_id=answered, visibility=self._visibility, idempotency_key=key)

    def _own(self, answered: str, since: datetime | None) -> tuple[list[Any], bool]:
        """Our answers to a post, and whether all that we posted since were looked at."""
        me, found, below = self._client.account_verify_credentials()["id"], [], None
        for _ in range(PAGES):
            page = self._client.account_statuses(me, exclude_reblogs=True, max_id=below, limit=40)
            found += [post for post in page if str(post["in_reply_to_id"]) == answered]
            # A server's clock may be an hour or two off.
            if not page or (since and page[-1]["created_at"] < since - timedelta(hours=2)):
                return found, True
            below = page[-1]["id"]
        return found, False

    async def _ask(self, call: Callable[[], T], *, sending: bool) -> T:
        """Translates the SDK's errors, without their causes: those may hold a body. The SDK blocks, so in a thread."""
        from mastodon import MastodonError

        doubt: type[EdgeError] = Unconfirmed if sending else Unavailable
        try:
            async with asyncio.timeout(2 * self._patience):
                return await asyncio.to_thread(call)
        except MastodonError as error:
            raise _edge(error, self._client.ratelimit_reset, doubt) from None
        except TimeoutError:
            raise doubt("Mastodon did not finish its answer in time") from None
        except MISSHAPEN as error:
            raise doubt(f"Mastodon's answer is not in the API's shape ({type(error).__name__})") from None


def quiet() -> None:
    """Keep the SDK's HTTP from logging what is asked for."""
    for name in ("urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _edge(error: Exception, reset: float | None, doubt: type[EdgeError]) -> EdgeError:
    """Our error for the SDK's, in words that hold no body."""
    from mastodon import MastodonNetworkError, MastodonRatelimitError

    if isinstance(error, MastodonRatelimitError):
        return RateLimited("Mastodon asks us to slow down", max(reset - time.time(), 1.0) if reset else None)
    if isinstance(error, MastodonNetworkError):
        return (Unavailable if _not_connected(error) else doubt)("Mastodon could not be reached, or broke off")
    status = error.args[1] if len(error.args) > 3 and isinstance(error.args[1], int) else 0
    said = str(error.args[3]).lower() if status else ""
    if status == 401 or (status == 403 and (doubt is Unavailable or "scope" in said)):
        return AuthFailed(f"Mastodon does not accept the token (status {status}): {RENEW}")
    if doubt is Unconfirmed and 400 <= status < 500 and status != 408:
        return Refused(f"Mastodon refuses the reply (status {status}): the post may be gone, or its author blocks us")
    return doubt(f"Mastodon gave no clear answer (status {status or 'unreadable'})")


def _not_connected(error: Exception) -> bool:
    """Whether no connection came about, so that certainly nothing was carried out."""
    from requests.exceptions import ConnectionError as Broken
    from requests.exceptions import ConnectTimeout

    cause = error.__context__
    return isinstance(cause, ConnectTimeout) or (isinstance(cause, Broken) and "NewConnectionError" in repr(cause))


def _plain(content: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(?:br|p)\b[^>]*>", " ", content)))


def _core(text: str) -> str:
    """A text apart from what Mastodon does to one: names in front, blanks."""
    return "".join(re.sub(r"^(?:\s*@[\w.-]+(?:@[\w.-]+)?)+", "", text).split()).casefold()
