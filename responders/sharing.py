"""Posts of several people that say the same share a card: the first one's.

Only where people are to look and nobody has asked for something of their own: who needs a call, is leaving or waits for
an answer has a card, whatever others have said before, and so has whoever may be in danger. Each author stays a person
of their own: their reply is sent as before, and who asks to be forgotten is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from models.alike import Matter, likeness, matter, said
from models.assessment import Assessment, Pii
from models.decision import Decision, Kind, Message, Reason, Route
from models.mention import Mention
from models.settings.conversation import ConversationSettings
from models.store import alike, edits
from models.store.alike import CONFIRMED, SUGGESTED, Lead
from responders.again import GRAVE
from responders.gravity import GRAVITY


def share(
    session: Session,
    decision: Decision,
    mention: Mention,
    assessment: Assessment,
    settings: ConversationSettings,
    now: datetime,
) -> Decision:
    """The decision, without a case and a card of its own where the post only says what an open case says already."""
    case = decision.case
    if case is None or not case.new or not settings.window or mention.added:
        return decision
    if decision.route is Route.PAGE or not GRAVE.isdisjoint(decision.reasons) or alike.was_parted(session, mention.id):
        return decision
    near = _nearest(mention, assessment, alike.leads(session, mention, now - settings.window), settings)
    if near is None:
        return decision
    lead, score, sure = near
    if not alike.is_live(session, lead.case_id):
        # Somebody has closed it in the meantime: nobody would look at what is counted there.
        return decision
    if sure and _may_share(decision, lead) and not _names(decision, case.code):
        alike.keep(session, mention, lead.case_id, score, CONFIRMED, now)
        edits.redraw(session, lead.case_id, now)
        return _counted(decision)
    alike.keep(session, mention, lead.case_id, score, SUGGESTED, now)
    return replace(decision, messages=tuple(_looks_like(one, lead) for one in decision.messages))


def _may_share(decision: Decision, lead: Lead) -> bool:
    """Whether the author has not asked for anything of their own, and the card is grave enough for the post."""
    if decision.lane:
        # Whether they stay is asked of each of them, also of those who are left to the ordinary way.
        return False
    return decision.route is Route.REVIEW and GRAVITY.index(decision.route) <= GRAVITY.index(lead.route)


def _nearest(
    mention: Mention, assessment: Assessment, leads: Sequence[Lead], settings: ConversationSettings
) -> tuple[Lead, float, bool] | None:
    """The case that the post is most like, how much, and whether it says the same for certain."""
    own = said(mention.text, assessment.pii)
    found: tuple[Lead, float, bool] | None = None
    for lead in leads:
        if not _as_long(mention.text, lead.text):
            continue
        try:
            other = said(lead.text, [Pii(**one) for one in lead.pii])
        except TypeError:
            # Another version has kept what this one cannot read: that is no reason to leave all others undecided.
            continue
        score = likeness(own, other)
        if score < settings.suggested or (found and score <= found[1]):
            continue
        same = matter(own, other)
        if same is not Matter.APART:
            enough = min(len(own.words), len(other.words)) >= settings.least_words
            found = lead, score, same is Matter.SAME and enough and score >= settings.confirmed
    return found


def _as_long(text: str, other: str) -> bool:
    """Whether their lengths let them be copies of one text; addresses and names left out, so with room."""
    shorter, longer = sorted((len(text), len(other)))
    return longer <= 2 * shorter + 120


def _names(decision: Decision, code: str) -> bool:
    """Whether words in public name the post's own case, which it then must have."""
    return any(one.kind is Kind.REPLY and code in str(one.body.get("text", "")) for one in decision.messages)


def _counted(decision: Decision) -> Decision:
    """Without the case, its card and its deadline; what else follows is as before."""
    own = decision.case.id if decision.case else ""
    rest = [replace(one, case_id=None) for one in decision.messages if not _is_card(one, own)]
    reasons = (*decision.reasons, Reason.SAME_WORDS)
    return replace(decision, case=None, reasons=reasons, messages=tuple(rest), answer_by=None, resolve_by=None)


def _is_card(message: Message, case_id: str) -> bool:
    return message.case_id == case_id and message.kind is Kind.ALERT and message.purpose.startswith("card")


def _looks_like(message: Message, lead: Lead) -> Message:
    if message.kind is not Kind.ALERT:
        return message
    return replace(message, body={**message.body, "like": lead.code})
