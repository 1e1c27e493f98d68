"""Carries out what the team asks: each press in one transaction, once, however often it is delivered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session

from models.form import Answer, Said
from models.links import Links
from models.press import Press, Verb
from models.settings import Settings
from models.store import Store
from models.vault import Vault
from responders.desk import (
    adding,
    briefing,
    calls,
    claims,
    closeout,
    closing,
    commands,
    contacting,
    drafts,
    escalations,
    home,
    lists,
    mutes,
    sending,
    tags,
    winbacks,
    words,
)
from responders.desk.asked import Asked, Undone
from responders.rules import RulesFor

log = logging.getLogger("overheard.desk")

ACTS: Mapping[Verb, Callable[[Asked], Answer]] = {
    Verb.CLAIM: claims.claim,
    Verb.RELEASE: claims.release,
    Verb.HANDED_OVER: claims.handed_over,
    Verb.SNOOZED: claims.snoozed,
    Verb.OFFER_CALL: calls.offer_call,
    Verb.BRIEF: briefing.brief,
    Verb.DIAL: calls.dial,
    Verb.GIVEN: contacting.given,
    Verb.DECLINED: calls.declined,
    Verb.WITHDRAWN: calls.withdrawn,
    Verb.CALL_ENDED: calls.call_ended,
    Verb.SEND: sending.send,
    Verb.OPENED_PLATFORM: drafts.opened_platform,
    Verb.RETAGGED: tags.retagged,
    Verb.NOT_US: tags.not_us,
    Verb.NEEDED: tags.needed,
    Verb.NOT_NEEDED: tags.not_needed,
    Verb.MUTED: mutes.muted,
    Verb.ESCALATED: escalations.escalated,
    Verb.RESOLVED: closing.resolved,
    Verb.DISMISSED: closing.dismissed,
    Verb.REOPEN: closing.reopen,
    Verb.CLOSED_OUT: closeout.closed_out,
    Verb.WINBACK_ENDED: winbacks.winback_ended,
    Verb.ADDED: adding.added,
}
"""What changes something: carried out once a press."""

SHOWS: Mapping[Verb, Callable[[Asked], Answer]] = {
    Verb.HAND_OVER: claims.hand_over,
    Verb.SNOOZE: claims.snooze,
    Verb.GIVE: contacting.give,
    Verb.CALL_DONE: calls.call_done,
    Verb.DRAFT: drafts.draft,
    Verb.PREVIEW: drafts.preview,
    Verb.APPROVE: drafts.approve,
    Verb.RETAG: tags.retag,
    Verb.MUTE: mutes.mute,
    Verb.MUTE_PREVIEW: mutes.preview,
    Verb.ESCALATE: escalations.escalate,
    Verb.RESOLVE: closing.resolve,
    Verb.DISMISS: closing.dismiss,
    Verb.CLOSE_OUT: closeout.close_out,
    Verb.WINBACK: winbacks.winback,
    Verb.SHOW_CARD: lists.show_card,
    Verb.SHOW_LIST: lists.show_list,
    Verb.ADD: adding.add,
    Verb.COMMAND: commands.command,
    Verb.HOME: home.home,
}
"""What only shows something, or itself sees to it that a press counts once: answered every time."""


class Desk:
    """Answers presses. ``rules_for`` gives the rules that hold for a brand on a channel."""

    def __init__(self, store: Store, settings: Settings, rules_for: RulesFor, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._rules_for = rules_for
        self._clock = clock
        self._vault = Vault.from_settings(settings.callback)
        self._links = Links(settings.callback.url, self._vault)

    async def handle(self, press: Press) -> Answer:
        """Do what was asked, and say what there is to say. Nothing is kept of a press that could not be taken."""
        try:
            answer = await self._store.run(self._one, press)
        except Undone as undone:
            answer = undone.answer
        extra = {"action": "press", "verb": press.verb.value, "case": press.case_id, "by": press.by.id}
        log.info("answered", extra=extra | {"answer": type(answer).__name__ if answer else ""})
        return answer

    def _one(self, session: Session, press: Press) -> Answer:
        asked = Asked(press, session, self._clock(), self._settings, self._rules_for, self._vault, self._links)
        if press.verb in SHOWS:
            return SHOWS[press.verb](asked)
        if press.verb not in ACTS:
            return Said(words.UNKNOWN)
        return ACTS[press.verb](asked) if asked.once() else None
