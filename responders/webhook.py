"""Webhook out: hands each message to any program by a signed POST, in the manner of Standard Webhooks.

A message keeps its ``webhook-id`` over all tries, so a receiver that remembers ids carries nothing out twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, Refused, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table
from models.signature import key_of, signed
from responders.web import Answer, Web

TYPES: Mapping[Kind, str] = {
    Kind.ALERT: "card.created",
    Kind.NOTE: "card.noted",
    Kind.EDIT: "card.edited",
    Kind.ERASE: "card.erased",
    Kind.REPLY: "reply.requested",
    Kind.NOTICE: "notice",
}
"""What each kind of message is called on the wire."""
MANIFEST = MANIFESTS["forum"]
FIX = "look at url, at the secret on both sides, and at the receiver's own log"


class WebhookResponder:
    """One receiver. A reply goes out only where the configuration lets a channel be answered by it."""

    class Settings(Table):
        """What a webhook out can be told."""

        url: str = Field(pattern=r"^https?://\S+$", repr=False, description="Where the messages are posted to.")
        secret: Secret = Field(description="What they are signed with: whsec_ and base64, or 24 characters at least.")
        timeout: Duration = Field("20s", validate_default=True, description="How long the receiver may take.")

    # Its replies are for the brand's own forum or the like, whose program posts them.
    manifest: ClassVar[Manifest | None] = MANIFEST
    kinds: ClassVar[frozenset[Kind]] = frozenset(TYPES)

    def __init__(
        self, url: str, key: bytes, web: Web, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._url = url
        self._key = key
        self._web = web
        self._clock = clock

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a secret that is missing or too short."""
        web = Web(f"the webhook {name}", settings.timeout.total_seconds())
        return cls(settings.url, key_of(settings.secret.reveal()), web)

    async def send(self, message: Message) -> Receipt:
        """Post it; any success is one, with the receiver's own ``id`` and ``url`` where it names them."""
        if message.kind not in TYPES:
            raise Refused(f"a webhook carries no {message.kind}")
        return await self.carry(message.key, {"type": TYPES[message.kind], "data": _data(message)})

    async def carry(self, key: str, event: Mapping[str, Any]) -> Receipt:
        """Post one event under the id ``key``."""
        answer = await self._post(key, event)
        if error := self._error(answer):
            raise error
        said = answer.json()
        known = said if isinstance(said, dict) else {}
        return Receipt(_text(known.get("id")) or key, _text(known.get("url")))

    async def find(self, message: Message) -> Receipt | None:
        """Raises Unconfirmed: there is nobody to ask. To send again is safe, for the id stays the same."""
        raise Unconfirmed("a webhook cannot be asked what it has carried out: look at the receiver")

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Post a ``ping``, which a receiver answers with a success and otherwise ignores."""
        try:
            answer = await self._post(f"ping-{self._clock():%Y%m%d%H%M%S%f}", {"type": "ping", "data": {}})
        except EdgeError as error:
            return [Fault(str(error), FIX)]
        refusal = self._error(answer)
        return [Fault(str(refusal), FIX)] if refusal else []

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._web.aclose()

    async def _post(self, identifier: str, said: Mapping[str, Any]) -> Answer:
        now = self._clock()
        body = json.dumps({"timestamp": now.isoformat(), **said}, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", **signed(self._key, identifier, now, body)}
        return await self._web.post(self._url, body, headers)

    def _error(self, answer: Answer) -> EdgeError | None:
        if answer.status in (404, 410):
            # 410 is how a receiver says for good that it wants no more.
            return AuthFailed(f"{self._web.who} is not there any more (status {answer.status}): correct its url")
        if not answer.good:
            return self._web.refusal(answer)
        broken = "json" in answer.headers.get("content-type", "") and answer.body and answer.json() is None
        if answer.is_page or broken:
            return Unconfirmed(f"{self._web.who} answered with something that is no answer: is a proxy before it?")
        return None


def _data(message: Message) -> dict[str, Any]:
    """What a receiver needs; ``card`` is the reference that it gave to the card, by which it finds it again."""
    body = dict(message.body)
    if message.kind is Kind.REPLY:
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused("the reply has no text")
        body["text"] = cut(text, MANIFEST.max_length, MANIFEST.counting)
    return {
        "key": message.key,
        "target": message.target,
        "brand": message.brand,
        "channel": message.channel,
        "mention": message.mention_id or "",
        "case": message.case_id or "",
        "card": message.thread or str(message.body.get("reference") or ""),
        "possible_duplicate": message.possible_duplicate,
        "body": body,
    }


def _text(value: Any) -> str:
    """A reference of the receiver's, if it is one of a reasonable length."""
    known = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if known and 0 < len(str(value)) <= 500 and str(value).isprintable() else ""
