"""Answers on X as the brand's own account. It never tries twice: whatever may have been carried out is Unconfirmed."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import EdgeError, Refused, Unavailable, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table
from responders.x_http import HOST, RENEW, Answer, AnswerError, Session, keep_keys_unlogged, read_object


class XReplySettings(Table):
    """Whose account answers on X, and with which keys."""

    consumer_key: Secret = Field(description="The app's API key.")
    consumer_secret: Secret = Field(description="The app's API key secret.")
    access_token: Secret = Field(description="The account's access token, made with read and write permission.")
    access_secret: Secret = Field(description="The account's access token secret.")
    handle: str = Field(pattern=r"^@?\w{1,15}$", description="The account that answers.")
    tier: Literal["self_serve", "enterprise"] = Field(
        "self_serve", description="The plan; self_serve may answer only authors who mentioned or quoted the account."
    )
    base_url: str = Field(HOST, description="Where X's API is; another one for tests or a proxy.")
    timeout: Duration = Field("30s", validate_default=True, description="How long one request may take.")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError('must be an address such as "https://api.twitter.com"')
        return value.rstrip("/")


class XResponder:
    """Sends replies from one account, by OAuth 1.0a."""

    Settings: ClassVar[type[XReplySettings]] = XReplySettings
    manifest: ClassVar[Manifest | None] = MANIFESTS["x"]
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    def __init__(self, settings: XReplySettings, client: Any, session: Session) -> None:
        self.tier = settings.tier
        self._handle = settings.handle.lstrip("@")
        self._client = client
        self._session = session

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing secret."""
        import aiohttp
        from tweepy.asynchronous import AsyncClient

        keep_keys_unlogged()
        keys = (settings.consumer_key, settings.consumer_secret, settings.access_token, settings.access_secret)
        client = AsyncClient(
            None, *(key.reveal() for key in keys), return_type=aiohttp.ClientResponse, wait_on_rate_limit=False
        )
        session = client.session = Session(settings.base_url, settings.timeout.total_seconds())
        return cls(settings, client, session)

    async def send(self, message: Message) -> Receipt:
        """Post ``body["text"]`` as an answer to the post ``target``."""
        text = message.body.get("text")
        if message.kind is not Kind.REPLY or not isinstance(text, str) or not text.strip():
            raise Refused("X takes replies with a text only")
        if not re.fullmatch(r"[0-9]{1,19}", message.target):
            raise Refused("the post to answer has no id of X")
        try:
            answer: Answer = await self._client.create_tweet(text=_cut(text), in_reply_to_tweet_id=message.target)
        except AnswerError as error:
            raise self._not_sent(error) from error
        posted = read_object(answer.body).get("data")
        identifier = posted.get("id") if isinstance(posted, dict) else None
        if not isinstance(identifier, str):
            raise Unconfirmed("X took the reply but did not say its id")
        return self._receipt(identifier)

    async def find(self, message: Message) -> Receipt | None:
        """Our reply, if X's search has it already. Never None: the search lags, and a reply may be hidden from it."""
        query = f"from:{self._handle} in_reply_to_tweet_id:{message.target}"
        try:
            answer: Answer = await self._client.search_recent_tweets(query, max_results=10, user_auth=True)
        except AnswerError as error:
            raise error.edge() or Unconfirmed(f"X could not be asked: it answered {error.status}") from error
        found = read_object(answer.body).get("data")
        for post in found if isinstance(found, list) else []:
            if isinstance(post, dict) and _same(str(post.get("text")), _cut(str(message.body.get("text")))):
                return self._receipt(str(post.get("id")))
        raise Unconfirmed("X's search does not show the reply, which proves nothing: look at the post itself")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Ask X who we are and whether we may write."""
        try:
            answer: Answer = await self._client.get_me()
        except AnswerError as error:
            return [error.fault()]
        except (Unavailable, Unconfirmed) as error:
            return [Fault(str(error), "look at the network and at base_url, then try again")]
        me = read_object(answer.body).get("data")
        name = str(me.get("username", "")) if isinstance(me, dict) else ""
        faults = []
        if name.lower() != self._handle.lower():
            faults.append(Fault(f"the keys are of @{name}, not @{self._handle}", "correct handle, or store other keys"))
        if answer.headers.get("x-access-level") == "read":
            faults.append(Fault("the keys may only read", RENEW))
        return faults

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    def _receipt(self, identifier: str) -> Receipt:
        return Receipt(identifier, f"https://x.com/{self._handle}/status/{identifier}")

    def _not_sent(self, error: AnswerError) -> EdgeError:
        if edge := error.edge():
            return edge
        if error.status == 403:
            why = "X refuses this reply: the post is gone or closed, or the text was posted before"
            if self.tier == "self_serve":
                why += f", or its author did not mention or quote @{self._handle}, as self-serve plans demand"
            return Refused(f"{why}; a person may answer by hand")
        if 400 <= error.status < 500 and error.status != 408:
            return Refused(f"X refuses this reply with status {error.status}")
        return Unconfirmed(f"X answered {error.status}: the reply may have been posted")


def _cut(text: str) -> str:
    return cut(text, MANIFESTS["x"].max_length, MANIFESTS["x"].counting)


def _same(posted: str, meant: str) -> bool:
    """Whether a post is our text, apart from what X does to one: names in front, shortened links, escapes."""
    return _core(posted) == _core(meant)


def _core(text: str) -> str:
    text = re.sub(r"^(\s*@\w+)+", "", html.unescape(text))
    text = re.sub(r"https?://\S+|\b[\w-]+(\.[\w-]+)+/\S*", "<link>", text)
    return " ".join(text.split()).casefold()
