"""What people are told when a message will not be carried out: nothing fails in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.decision import Kind, Message, Route, message_key
from models.notice import notice
from models.settings.sections import Target
from models.store.cases import CARD, is_card
from responders.rules import RulesFor


class Fallback:
    """Finds who must hear of a message that we will not carry out."""

    def __init__(self, rules_for: RulesFor, operator: Target | None) -> None:
        self._rules_for = rules_for
        self._operator = operator

    def __call__(self, message: Message, why: str) -> Sequence[Message]:
        """A public reply goes to the team with its draft; a lost card to the operator and to another sink."""
        if message.kind is Kind.REPLY:
            return [self._reply_notice(message, why)]
        if message.kind is Kind.NOTICE and message.purpose == "notice":
            return []
        if message.kind is Kind.PICTURE:
            return [_in_words(message)]
        if message.kind in (Kind.SURVEY, Kind.TAPPED):
            # Once a case: what was answered before is kept.
            trouble = f"{message.sink} did not ask a customer how it went: {why}"
            return notice(self._operator, trouble, message.case_id or message.key, "not-asked")
        if message.kind is Kind.DIAL and (message.body.get("card") or {}).get("sink"):
            return [_not_dialled(message, why)]
        if message.kind is Kind.EDIT:
            trouble = f"{message.sink} does not draw the card of a case anew: {why}"
            return notice(self._operator, trouble, message.case_id or message.key, "not-drawn")
        trouble = f"{message.sink} did not take a {message.kind} for {message.target or 'its default place'}: {why}"
        return [*notice(self._operator, trouble, message.key, "not-delivered"), *self._other_place(message)]

    def _reply_notice(self, message: Message, why: str) -> Message:
        target = self._rules_for(message.brand, message.channel).target(Route.REVIEW)
        link = str(message.body.get("link") or "")
        text = f"A drafted reply on {message.channel} was not sent by the bot: {why}. {link}".strip()
        return Message(
            key=message_key(Kind.NOTICE, target.sink, message.key, "reply-not-sent"),
            sink=target.sink,
            kind=Kind.NOTICE,
            target=target.to,
            body={"text": f"{text}\nThe draft was: {message.body.get('text', '')}"},
            mention_id=message.mention_id,
            brand=message.brand,
            channel=message.channel,
            purpose="reply-not-sent",
            author_key=message.author_key,
            priority=45,
        )

    def _other_place(self, message: Message) -> list[Message]:
        """The same card at the place for calls, if it was meant for another one."""
        if message.kind is not Kind.ALERT or not message.brand:
            return []
        other = self._rules_for(message.brand, message.channel).target(Route.CALL)
        if (other.sink, other.to) == (message.sink, message.target):
            return []
        key = message_key(Kind.ALERT, other.sink, message.key, "other-place")
        # The card of a case stays that, wherever it stands: what comes later goes there.
        purpose = f"{CARD}-other-place" if is_card(message) else "other-place"
        return [replace(message, key=key, sink=other.sink, target=other.to, purpose=purpose, attempt=0)]


def _not_dialled(message: Message, why: str) -> Message:
    """Under the case's card, to whoever waits for the phone to ring."""
    card, by = message.body["card"], str(message.body.get("by") or "")
    text = f"The contact centre did not dial: {why}. “Brief & call” on the card says how to reach the customer."
    body = {"title": "Not dialled", "text": text, "author": "", "link": "", "why": [], "mention": [by] if by else []}
    sink, to = str(card["sink"]), str(card.get("to") or "")
    key = message_key(Kind.NOTE, sink, message.key, "not-dialled")
    told = replace(message, key=key, sink=sink, target=to, kind=Kind.NOTE, body=body, purpose="not-dialled", attempt=0)
    return replace(told, expires_at=None, author_key="")


def _in_words(message: Message) -> Message:
    """What a picture shows, in words to the same place."""
    key = message_key(Kind.NOTICE, message.sink, message.key, "in-words")
    words = {"text": str(message.body.get("text") or "")}
    return replace(message, key=key, kind=Kind.NOTICE, body=words, purpose="notice", attempt=0)
