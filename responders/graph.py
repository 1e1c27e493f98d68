"""Meta's Graph API for responders: one comment below a comment, looked up again where an answer was lost.

Codes: developers.facebook.com/docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.length import cut
from responders.web import Answer, Web, seconds_of

API = "https://graph.facebook.com/v23.0"
RENEW = (
    "make a new page token and store it as token; Facebook wants pages_read_engagement, pages_read_user_content and, "
    "to answer, pages_manage_engagement; Instagram wants instagram_basic and instagram_manage_comments"
)
HURRIED = frozenset({4, 17, 32, 613, *range(80_000, 80_020)})
DENIED = frozenset({3, 10, 102, 190, *range(200, 300)})
PASSING = frozenset({1, 2})
LOOKED_AT = 100
"""Comments below a post among which ours is looked for."""


class Graph:
    """One account's way to write and to look up."""

    def __init__(self, who: str, token: str, base_url: str, timeout: float, own: str) -> None:
        self._web = Web(who, timeout)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._base = base_url.rstrip("/")
        self._own = own

    async def comment(self, message: Message, edge: str, manifest: Manifest) -> Receipt:
        """Post ``body["text"]`` below ``target``, once."""
        target, text = words(message, manifest)
        answer = await self._web.form(f"{self._base}/{target}/{edge}", {"message": text}, self._headers)
        if not answer.good:
            raise self._refusal(answer)
        said = answer.json()
        identifier = said.get("id") if isinstance(said, dict) else None
        if not isinstance(identifier, str) or not identifier:
            raise Unconfirmed(f"{self._web.who} took the comment but did not say its id")
        return Receipt(identifier)

    async def find(self, message: Message, edge: str, fields: str, manifest: Manifest) -> Receipt | None:
        """Our comment with these words below the target; None where it is certainly not among them."""
        target, text = words(message, manifest)
        asked = {"fields": fields, "limit": str(LOOKED_AT), "order": "reverse_chronological"}
        said = await self._read(f"{target}/{edge}", asked)
        listed = said.get("data")
        if not isinstance(listed, list):
            raise Unavailable(f"{self._web.who}'s answer is no listing")
        for one in (one for one in listed if isinstance(one, dict)):
            told = one.get("from")
            writer: Mapping[str, Any] = told if isinstance(told, dict) else {}
            ours = self._own in (writer.get("id"), one.get("username"), writer.get("username"))
            if ours and _core(str(one.get("message") or one.get("text") or "")) == _core(text):
                return Receipt(str(one.get("id")))
        if len(listed) >= LOOKED_AT:
            raise Unconfirmed("there are too many comments to look through: look at the post itself")
        return None

    async def check(self) -> list[Fault]:
        """Whether the token is good and is this account's; what it may do shows with the first comment."""
        try:
            await self._read(self._own, {"fields": "id"})
        except EdgeError as error:
            return [Fault(str(error), RENEW if isinstance(error, AuthFailed) else "look at the network and at the id")]
        return []

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _read(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        answer = await self._web.get(f"{self._base}/{path}", params, self._headers)
        if not answer.good:
            error = self._refusal(answer)
            raise error if isinstance(error, AuthFailed | RateLimited) else Unavailable(str(error))
        said = answer.json()
        if not isinstance(said, dict):
            raise Unavailable(f"{self._web.who} answered with something that is not JSON")
        return said

    def _refusal(self, answer: Answer) -> EdgeError:
        """By Meta's code, for the status says little."""
        who, said = self._web.who, answer.json()
        error = said.get("error") if isinstance(said, dict) else None
        told = error.get("code") if isinstance(error, dict) else None
        code = told if isinstance(told, int) else None
        if code in HURRIED:
            return RateLimited(f"{who} asks us to slow down", seconds_of(answer.headers))
        if code in DENIED:
            return AuthFailed(f"{who} does not allow it with our token (code {code}): {RENEW}")
        if code in PASSING or answer.status >= 500:
            return Unconfirmed(f"{who} answered {answer.status}: it may have been posted")
        if isinstance(code, int) and answer.status != 429:
            return Refused(f"{who} refuses the comment (code {code}): it may be gone, closed or hidden")
        return self._web.refusal(answer)


def words(message: Message, manifest: Manifest) -> tuple[str, str]:
    """The target and the text, as long as the platform takes it; raises Refused for what is no reply."""
    text = message.body.get("text")
    if message.kind is not Kind.REPLY or not isinstance(text, str) or not text.strip():
        raise Refused(f"{manifest.name} takes replies with a text only")
    if not re.fullmatch(r"[0-9]{1,25}(_[0-9]{1,25})?", message.target):
        raise Refused(f"the post to answer has no id of {manifest.name}")
    return message.target, cut(text, manifest.max_length, manifest.counting)


def _core(text: str) -> str:
    return " ".join(text.split()).casefold()
