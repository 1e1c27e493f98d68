"""Send: the only way that words reach a customer. Everything is asked again at the moment of the press."""

from __future__ import annotations

from dataclasses import replace

from models.case import Case
from models.decision import Kind, Message, message_key
from models.form import Answer, Said
from models.store import casework, effects, subjects
from models.store.subjects import Subject
from responders.compose import place_of
from responders.desk import answering, permissions, words
from responders.desk.asked import Asked
from responders.desk.closing import ended
from responders.desk.drafts import needs_another


def send(asked: Asked) -> Answer:
    """Queue the one public answer; or, where another has to agree first, let it wait for them."""
    case, subject = asked.locked(), asked.subject()
    if refusal := _refusal(asked, case, subject):
        return Said(refusal)
    assert case.draft
    text = case.draft.text
    if needs_another(asked, case.draft):
        return _wait(asked, case, subject, text)
    if asked.settings.desk.approval == "other" and not case.draft.approved_by:
        agreed = casework.approved(asked.session, case.id, asked.by, text, asked.now, other=True)
        if not agreed.done:
            return asked.told(agreed, "")
    message = answering.reply(asked, case, subject, text)
    subjects.make_room(asked.session, message)
    outcome = casework.answer(asked.session, case.id, message, asked.by, asked.now)
    if outcome.done or outcome.erased:
        return asked.told(outcome, f"On its way as {asked.rules(subject).account}.")
    why = words.sentence(outcome.said(asked.zone, asked.now))
    return Said(f"{why} {answering.by_hand(asked, case, subject)}")


def _refusal(asked: Asked, case: Case, subject: Subject) -> str:
    """Why nothing is sent; the text stays the case's draft."""
    if not case.live:
        return ended(asked, case)
    if case.draft is None or answering.digest(case.draft.text) != asked.said("digest"):
        who = f" by {words.called(case.draft.by)}" if case.draft else ""
        return f"The draft was changed{who} while you looked at it, so nothing was sent. Open it again."
    if why := _not_theirs(asked, case, subject):
        return why
    rules = asked.rules(subject)
    return answering.held_back(asked) or answering.too_long(subject.mention.channel, rules.manifest, case.draft.text)


def _not_theirs(asked: Asked, case: Case, subject: Subject) -> str:
    """Who approves what another wrote may send it, though the other holds the case."""
    approves = (
        asked.settings.desk.approval == "other"
        and case.draft is not None
        and case.draft.by.id != asked.by.id
        and permissions.may_approve(asked.settings.desk, asked.by)
    )
    if not approves:
        return answering.against(asked, case, subject)
    may, why = answering.may_send(asked, case, subject)
    return "" if may else f"{why}. {answering.by_hand(asked, case, subject)}"


def _wait(asked: Asked, case: Case, subject: Subject, text: str) -> Answer:
    """Leave it for somebody else."""
    draft = case.draft
    assert draft
    if draft.by.id != asked.by.id:
        return Said("You may not approve answers. Who may stands in desk.approvers of the configuration.")
    outcome = casework.drafted(asked.session, case.id, asked.by, text, asked.now, waiting=True)
    if not outcome.done:
        return asked.told(outcome, "")
    if not outcome.repeated:
        effects.queue(asked.session, [_please(asked, case, subject)], asked.now)
    return Said("The answer waits for somebody else to approve it: “Check and send” on the card.")


def _please(asked: Asked, case: Case, subject: Subject) -> Message:
    """A line under the card: an edited card tells nobody."""
    place = place_of(case, asked.rules(subject))
    text = f"{words.called(asked.by)} has written an answer that somebody else must approve: “Check and send”."
    approvers = [name.lstrip("@") for name in asked.settings.desk.approvers]
    body = {"title": "To be approved", "text": text, "author": "", "link": "", "why": [], "mention": approvers}
    key = message_key(Kind.NOTE, place.sink, asked.press.id, "approval")
    note = Message(key, place.sink, Kind.NOTE, place.to, body, subject.id, case.id, case.brand, purpose="approval")
    return replace(note, channel=subject.mention.channel, priority=40)
