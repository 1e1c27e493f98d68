"""The decide stage: one author's mentions in order, each decided and kept with all that follows in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from models.assessment import Assessment
from models.decision import REASON_WORDS, CaseRef, Decision, Eligibility, Kind, Message, Reason, Route, message_key
from models.failpoint import failpoint
from models.mention import Mention
from models.past import Past
from models.progress import Progress
from models.settings.conversation import ConversationSettings
from models.store import Store, deciding, rewrites, shadow, wakes
from responders import again
from responders.policy import decide
from responders.rules import Rules, RulesFor
from responders.shadow import shadowed
from responders.sharing import share

log = logging.getLogger("overheard.decide")

TRIES = 3
"""After so many failures a person gets the mention."""

RETRY = timedelta(seconds=20)


class Decider:
    """Decides. ``rules_for`` gives the rules that hold for a brand on a channel.

    Without ``conversation`` every case has a card of its own, whoever else says the same.
    """

    def __init__(
        self,
        store: Store,
        rules_for: RulesFor,
        version: str,
        clock: Callable[[], datetime],
        progress: Progress | None = None,
        conversation: ConversationSettings | None = None,
    ) -> None:
        self._store = store
        self._rules_for = rules_for
        self._version = version
        self._clock = clock
        self._progress = progress or Progress(clock)
        self._conversation = conversation

    async def handle(self, author_key: str) -> datetime | None:
        """Decide everything that this author waits for; when to come back, where something has to be tried again."""
        while True:
            now = self._clock()
            decided, failed = await self._store.run(self._round, author_key, now)
            failpoint("decide.committed")
            if decided:
                self._progress.made("decide")
            if not decided or (not failed and decided < deciding.PORTION):
                return now + RETRY if failed else None

    def _round(self, session: Session, author_key: str, now: datetime) -> tuple[int, int]:
        wakes.clear(session, "decide", author_key)
        decided = failed = 0
        for mention, assessment, tries in deciding.pending(session, author_key):
            if self._one(session, mention, assessment, tries, now):
                decided += 1
            else:
                failed += 1
        failpoint("decide.before_commit")
        return decided, failed

    def _one(
        self, session: Session, mention: Mention, assessment: Assessment | None, tries: int, now: datetime
    ) -> bool:
        try:
            with session.begin_nested():
                decision = self._decide(session, mention, assessment, now)
        except Exception:
            # Whatever one mention does to us, the others go on and a person gets this one.
            log.exception("deciding failed", extra={"action": "decide", "mention": mention.id, "tries": tries + 1})
            if tries + 1 < TRIES:
                deciding.failed(session, mention)
                return False
            rules = self._rules_for(mention.brand, mention.channel)
            past = deciding.past_of(session, mention, now, rules.code_lasts)
            decision = give_to_a_person(mention, past, rules)
            deciding.record(session, mention, decision, self._version, now)
        if decision is None:
            return True
        log.info(
            "decided",
            extra={
                "action": "decide",
                "mention": mention.id,
                "brand": mention.brand,
                "channel": mention.channel,
                "route": decision.route.value,
                "reasons": ",".join(decision.reasons),
            },
        )
        return True

    def _decide(
        self, session: Session, mention: Mention, assessment: Assessment | None, now: datetime
    ) -> Decision | None:
        """None for a post that was deleted, edited or decided since it was taken up."""
        if not deciding.waits(session, mention):
            return None
        if assessment is None:
            raise ValueError("what was kept of the classifiers' answer cannot be read by this version")
        rules = self._rules_for(mention.brand, mention.channel)
        past = deciding.past_of(session, mention, now, rules.code_lasts)
        if rules.channel.shadow:
            past = shadow.past_of(session, mention, past, now)
        decision = decide(mention, assessment, past, rules, now)
        if self._conversation and not rules.channel.shadow:
            decision = share(session, decision, mention, assessment, self._conversation, now)
        before = rewrites.before(session, mention.id)
        if before is not None:
            return self._anew(session, mention, assessment, decision, before, rules, now)
        deciding.record(session, mention, decision, self._version, now)
        return decision

    def _anew(
        self,
        session: Session,
        mention: Mention,
        assessment: Assessment,
        decision: Decision,
        before: rewrites.Before,
        rules: Rules,
        now: datetime,
    ) -> Decision:
        """The post was decided before, and its author has changed it; a case that people see never goes with that."""
        keys = rewrites.shown(session, mention)
        if again.stands(decision, before) or (before.case_id and rules.channel.shadow):
            rewrites.stands(session, mention)
            decision = replace(decision, route=before.route, messages=())
        else:
            decision = again.without_reply(decision) if before.case_id else decision
            deciding.record(session, mention, decision, self._version, now)
        if mention.edited_at and not rules.channel.shadow:
            rewrites.show(session, mention, again.changes(mention, assessment, rules), keys, now)
        return decision


def give_to_a_person(mention: Mention, past: Past, rules: Rules) -> Decision:
    """The decision where deciding itself is broken: no card can be trusted to be drawn, so a plain line it is."""
    target = rules.target(Route.REVIEW)
    text = f"A mention could not be triaged ({REASON_WORDS[Reason.COULD_NOT_DECIDE]}): {mention.url or mention.id}"
    message = Message(
        key=message_key(Kind.NOTICE, target.sink, mention.id, "could-not-decide"),
        sink=target.sink,
        kind=Kind.NOTICE,
        target=target.to,
        body={"text": text},
        mention_id=mention.id,
        brand=mention.brand,
        channel=mention.channel,
        purpose="could-not-decide",
        author_key=mention.author_key,
    )
    case = CaseRef(past.case.id, past.case.code, new=False) if past.case else None
    why = (Reason.COULD_NOT_DECIDE,)
    decision = Decision(Route.REVIEW, why, Eligibility.NONE, "deciding failed", case, (message,))
    return shadowed(decision) if rules.channel.shadow else decision
