"""The decide stage: one author's mentions in order, each decided and kept with all that follows in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from models.assessment import Assessment
from models.decision import REASON_WORDS, CaseRef, Decision, Eligibility, Kind, Message, Reason, Route, message_key
from models.failpoint import failpoint
from models.mention import Mention
from models.past import Past
from models.progress import Progress
from models.store import Store, deciding, wakes
from responders.policy import decide
from responders.rules import Rules, RulesFor

log = logging.getLogger("overheard.decide")

TRIES = 3
"""After so many failures a person gets the mention."""

RETRY = timedelta(seconds=20)


class Decider:
    """Decides. ``rules_for`` gives the rules that hold for a brand on a channel."""

    def __init__(
        self,
        store: Store,
        rules_for: RulesFor,
        version: str,
        clock: Callable[[], datetime],
        progress: Progress | None = None,
    ) -> None:
        self._store = store
        self._rules_for = rules_for
        self._version = version
        self._clock = clock
        self._progress = progress or Progress(clock)

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
            past, rules = deciding.past_of(session, mention, now), self._rules_for(mention.brand, mention.channel)
            decision = give_to_a_person(mention, past, rules)
            deciding.record(session, mention, decision, self._version, now)
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

    def _decide(self, session: Session, mention: Mention, assessment: Assessment | None, now: datetime) -> Decision:
        if assessment is None:
            raise ValueError("what was kept of the classifiers' answer cannot be read by this version")
        rules = self._rules_for(mention.brand, mention.channel)
        decision = decide(mention, assessment, deciding.past_of(session, mention, now), rules, now)
        deciding.record(session, mention, decision, self._version, now)
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
    return Decision(Route.REVIEW, (Reason.COULD_NOT_DECIDE,), Eligibility.NONE, "deciding failed", case, (message,))
