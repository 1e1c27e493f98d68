"""The rig of the webhook to a contact centre: a receiver that checks each signature and remembers what it dialled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.decision import Kind, Message
from responders.base import Responder
from responders.dial_webhook import DialWebhookResponder
from tests.contract.rigs.webhook import WebhookResponderRig
from tests.responders.cards import message


class DialWebhookRig(WebhookResponderRig):
    """What a message is about is the number: here it is written where the sealed contact's id stands."""

    kind = "dial_webhook"
    responder = DialWebhookResponder

    def make(self, **own: Any) -> Responder:
        told = {"url": self.url, "secret": {"env": "RIG_SECRET"}, "timeout": self.timeout} | own
        dialler: Any = DialWebhookResponder.from_settings("out", DialWebhookResponder.Settings.model_validate(told))
        dialler.open_with(opened)
        made: Responder = dialler
        return made

    def message(self, text: str, key: str = "key-1") -> Message:
        body: dict[str, Any] = {"contact": text, "code": "2345678", "lang": "de", "by": "U1", "by_name": "Ana"}
        return message(Kind.DIAL, body, target="sales", key=key)

    async def sent(self) -> Sequence[str]:
        return [event["data"]["to"] for event in self.taken.values()]


async def opened(message: Message) -> str:
    """The number of a message."""
    return str(message.body["contact"])


RESPONDER = DialWebhookRig
