"""Turns a choice into a decision with its messages: cards, notes under a card, a second card, a public reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.assessment import Assessment
from models.card import Card
from models.case import Case
from models.decision import (
    REASON_WORDS,
    CaseRef,
    Decision,
    Eligibility,
    Kind,
    Lane,
    Message,
    Reason,
    Route,
    message_key,
)
from models.mask import mask
from models.mention import Mention
from models.past import Past
from models.settings.sections import Target
from responders import words
from responders.deadlines import Due
from responders.gravity import GRAVITY
from responders.reading import Reading
from responders.rules import Rules

PRIORITY = {Route.PAGE: 100, Route.CALL: 50, Route.WINBACK: 40, Route.REVIEW: 10, Route.ANSWER: 30, Route.THANK: 5}

AUDIT_PRIORITY = 1
"""After everything else that people are sent."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A choice, before its messages are made. ``held`` are the reasons against sending ``line`` automatically.

    ``due`` is when a case that opens with it, or grows graver, should be taken up and closed. ``lane`` is set where its
    author is leaving.
    """

    mention: Mention
    assessment: Assessment
    reading: Reading
    past: Past
    rules: Rules
    route: Route
    why: tuple[Reason, ...]
    may: Eligibility
    may_why: str
    line: str
    held: tuple[Reason, ...]
    due: Due | None = None
    lane: Lane | None = None

    @property
    def needs_card(self) -> bool:
        """People are asked, unless the bot's own answer settles it or a thank-you was all there was to say."""
        if self.route is Route.THANK:
            return False
        return self.route is not Route.ANSWER or bool(self.held)

    @property
    def escalated(self) -> bool:
        """Graver than the open case was until now; so is one whose author has turned, unless somebody is in danger."""
        if self.past.case is None:
            return False
        now, before = GRAVITY.index(self.route), GRAVITY.index(self.past.case.route)
        return now > before or (now == before and Reason.TURNED in self.why)

    @property
    def reopens(self) -> bool:
        """The case was closed, and the person speaks of it again."""
        case = self.past.case
        return case is not None and not case.live


def decision(draft: Draft) -> Decision:
    """The decision for a mention that is not ignored."""
    case = _case(draft)
    why = draft.why + _extra_reasons(draft, case)
    draft = replace(draft, why=why)
    messages = [*_alerts(draft, case), *_communications(draft, case), *_reply(draft, case)]
    reasons = tuple(dict.fromkeys(why + draft.held))
    owed = draft.due if case and (case.new or draft.escalated or draft.reopens) else None
    return Decision(
        draft.route,
        reasons,
        draft.may,
        draft.may_why,
        case,
        tuple(messages),
        owed.answer_by if owed else None,
        owed.resolve_by if owed else None,
        lane=draft.lane,
    )


def ignored(
    mention: Mention, assessment: Assessment, reading: Reading, past: Past, rules: Rules, why: Sequence[Reason]
) -> Decision:
    """The decision to do nothing; communications may still want to know."""
    draft = Draft(mention, assessment, reading, past, rules, Route.IGNORE, tuple(why), Eligibility.NONE, "", "", ())
    return Decision(Route.IGNORE, tuple(why), messages=tuple(_communications(draft, None)))


def audited(
    mention: Mention, assessment: Assessment, reading: Reading, past: Past, rules: Rules, why: Sequence[Reason]
) -> Decision:
    """The decision to ask whether doing nothing was right: one quiet card, in no case, and nothing else.

    In a case it would hold back answers to the author, and a post that really needs people would go under its card.
    """
    why = (Reason.AUDIT, *why)
    may, may_why = Eligibility.NONE, words.AUDIT_SILENCE
    draft = Draft(mention, assessment, reading, past, rules, Route.REVIEW, why, may, may_why, "", ())
    alert = _alert(draft, None, rules.target(Route.REVIEW), mention.id, "audit")
    quiet = {"title": words.AUDIT, "recommendation": words.audit_question(mention), "urgency": words.AUDIT_URGENCY}
    card = replace(alert, body={**alert.body, **quiet}, priority=AUDIT_PRIORITY)
    return Decision(Route.REVIEW, why, may, may_why, messages=(card,))


def _case(draft: Draft) -> CaseRef | None:
    if not draft.needs_card:
        return None
    if draft.past.case:
        return CaseRef(draft.past.case.id, draft.past.case.code, new=False)
    return CaseRef(draft.past.fresh_id, draft.past.fresh_code, new=True)


def _extra_reasons(draft: Draft, case: CaseRef | None) -> tuple[Reason, ...]:
    if case is None or case.new:
        return ()
    return (Reason.ESCALATED if draft.escalated else Reason.SAME_CASE,)


def _alerts(draft: Draft, case: CaseRef | None) -> Iterator[Message]:
    if case is None:
        return
    target = draft.rules.target(draft.route)
    if case.new:
        yield _alert(draft, case, target, case.id, "card")
    elif draft.escalated and Reason.TURNED in draft.why:
        # A case may turn more than once, and each time it has a card of its own.
        yield _alert(draft, case, target, draft.mention.id, "card-turned")
    elif draft.escalated:
        yield _alert(draft, case, target, case.id, f"card-{draft.route}")
    elif draft.route is Route.PAGE:
        # A line in a thread wakes nobody: each post that speaks of danger pages again.
        yield _alert(draft, case, target, draft.mention.id, "page")
    else:
        assert draft.past.case
        yield _note(draft, case, place_of(draft.past.case, draft.rules))


def place_of(case: Case, rules: Rules) -> Target:
    """Where the card of a case stands."""
    return Target(sink=case.sink, to=case.target) if case.sink else rules.target(case.route)


def _communications(draft: Draft, case: CaseRef | None) -> Iterator[Message]:
    target = draft.rules.targets["communications"]
    if target and Reason.WIDE_REACH in draft.why:
        alert = _alert(draft, case, target, draft.mention.id, "communications")
        words_for_them = {"title": words.SPREADING, "recommendation": words.WATCH, "draft": "", "reply_link": ""}
        yield replace(alert, body={**alert.body, **words_for_them})


def _alert(draft: Draft, case: CaseRef | None, target: Target, subject: str, purpose: str) -> Message:
    return replace(
        _base(draft, case, Kind.ALERT, target, subject, purpose),
        body=card_of(draft, case).to_body(),
    )


def _note(draft: Draft, case: CaseRef, target: Target) -> Message:
    body: dict[str, Any] = {
        "text": mask(draft.mention.text, draft.assessment.pii),
        "author": words.author(draft.mention),
        "link": draft.mention.url,
        "why": [REASON_WORDS[reason] for reason in draft.why],
    }
    if draft.reopens:
        # Nobody watches the thread of a closed case.
        body |= {"title": "Open again: another post", "broadcast": True}
    return replace(_base(draft, case, Kind.NOTE, target, draft.mention.id, "note"), body=body)


def _reply(draft: Draft, case: CaseRef | None) -> Iterator[Message]:
    if draft.held or not draft.line:
        return
    target = Target(sink=draft.rules.channel.reply_with, to=draft.mention.external_id)
    reply = _base(draft, case, Kind.REPLY, target, draft.mention.id, draft.route)
    body = {"text": draft.line, "author": words.author(draft.mention), "channel": draft.mention.channel}
    yield replace(reply, body=body | {"link": draft.mention.url}, expires_at=_expiry(draft))


def _expiry(draft: Draft) -> datetime | None:
    """When a reply is too late; never, for a post that claims to be from the end of time."""
    try:
        return draft.mention.posted_at + draft.rules.replies.max_age
    except OverflowError:
        return None


def _base(draft: Draft, case: CaseRef | None, kind: Kind, target: Target, subject: str, purpose: str) -> Message:
    return Message(
        key=message_key(kind, target.sink, subject, purpose),
        sink=target.sink,
        kind=kind,
        target=target.to,
        body={},
        mention_id=draft.mention.id,
        case_id=case.id if case else None,
        brand=draft.mention.brand,
        channel=draft.mention.channel,
        purpose=purpose,
        author_key=draft.mention.author_key,
        thread_key=draft.mention.thread_key,
        priority=PRIORITY.get(draft.route, 0) + (40 if Reason.CRITICAL in draft.why else 0),
    )


def card_of(draft: Draft, case: CaseRef | None) -> Card:
    """What people see."""
    mention, assessment = draft.mention, draft.assessment
    sends = draft.may in (Eligibility.AUTO, Eligibility.DRAFT)
    return Card(
        title=words.title(draft.route, draft.why),
        brand=draft.rules.name,
        channel=mention.channel,
        author=words.author(mention),
        author_link=draft.rules.manifest.author_link(mention.author.handle),
        text=mask(mention.text, assessment.pii),
        link=mention.url,
        posted_at=mention.posted_at.isoformat(timespec="minutes"),
        reach=words.reach(mention),
        why=tuple(REASON_WORDS[reason] for reason in draft.why),
        scores=words.scores(draft.reading, draft.why),
        urgency=words.urgency(assessment, draft.route, draft.why),
        private_data=words.private_data(assessment, draft.reading),
        recommendation=words.recommendation(draft.route, draft.why),
        eligibility=words.eligibility(draft.may, draft.may_why),
        draft=draft.line,
        reply_link=draft.rules.manifest.reply_link(mention.external_id, draft.line, mention.url),
        code=case.code if case else "",
        route=draft.route,
        case_id=case.id if case else "",
        mention_id=mention.id,
        answer_by=draft.due.answer_by.isoformat(timespec="seconds") if draft.due and case else "",
        hours=draft.due.zone if draft.due else "",
        sends_as=draft.rules.account if sends else "",
        edited=mention.edited_at.isoformat(timespec="seconds") if mention.edited_at else "",
        calling=draft.rules.calling,
        grave=draft.route is Route.PAGE or not {Reason.DANGER, Reason.CRITICAL}.isdisjoint(draft.why),
    )
