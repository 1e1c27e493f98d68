"""What people say of the model's answers: wrong tags, not about us, and whether a person was needed at all."""

from __future__ import annotations

from collections.abc import Mapping

from models.assessment import LABELS, Head
from models.case import Dismissal
from models.correction import Correction
from models.events import EventType
from models.form import Answer, Field, Form, Said, Style
from models.press import Verb
from models.store import casework, corrections
from models.store.subjects import Subject
from responders.desk import words
from responders.desk.adding import open_by_hand
from responders.desk.asked import Asked, Undone, masked, wrong

WAS = "was_"
"""Before the name of a head: what the form showed at first, so that only what was changed is a correction."""


def retag(asked: Asked) -> Answer:
    """Show what the model said, to be put right."""
    subject = asked.subject()
    now = _labels(asked, subject)
    fields = tuple(
        Field(head, words.HEADS[head], Style.CHOICE, now.get(head, ""), _choices(head), optional=head not in now)
        for head in Head
    )
    return Form(
        "Wrong tag",
        Verb.RETAGGED,
        fields,
        intro=("Change what is wrong; the rest counts as not looked at. It tunes the model, this card stays.",),
        quote=masked(subject)[:1000],
        case_id=asked.press.case_id,
        mention_id=subject.id,
        kept={WAS + head: label for head, label in now.items()},
    )


def retagged(asked: Asked) -> Answer:
    """Keep what was changed, with who said it and which model was wrong."""
    subject = asked.subject()
    said = {head: asked.said(head) for head in Head}
    changed = {head: label for head, label in said.items() if label and label != asked.said(WAS + head)}
    unknown = {head.value: "Choose one of the list." for head, label in changed.items() if label not in LABELS[head]}
    if unknown:
        raise wrong(**unknown)
    if not changed:
        raise wrong(intent="Nothing was changed. Choose another answer somewhere, or close this.")
    _keep(asked, subject, changed)
    return Said(f"Thank you. Kept: {', '.join(words.label(label) for label in changed.values())}.")


def not_us(asked: Asked) -> Answer:
    """The post is not about the brand: a correction, and the end of its case."""
    subject = asked.subject()
    if asked.press.case_id:
        outcome = casework.dismiss(asked.session, asked.press.case_id, asked.by, Dismissal.NOT_US, asked.now)
        if not outcome.done:
            return asked.told(outcome, "The case is dismissed.")
    _keep(asked, subject, {Head.INTENT: "unrelated"}, needed=False)
    return Said("Noted: not about us. To hear no more of its kind, choose “Mute such posts” in the card's menu.")


def needed(asked: Asked) -> Answer:
    """A post of the audit sample that should have been shown: it becomes a case."""
    subject = asked.subject()
    _keep(asked, subject, {}, needed=True)
    opened = "" if subject.case_id or subject.state != "decided" else open_by_hand(asked, subject)
    return Said(f"Noted: a person was needed. {opened}".strip())


def not_needed(asked: Asked) -> Answer:
    """The bot was right to leave the post alone."""
    _keep(asked, asked.subject(), {}, needed=False)
    return Said("Noted: nobody was needed.")


def _keep(asked: Asked, subject: Subject, labels: Mapping[Head, str], needed: bool | None = None) -> None:
    correction = Correction(subject.id, asked.now, asked.by.id, labels, needed)
    if not corrections.add(asked.session, correction):
        raise Undone(Said(words.ERASED))
    case_id = asked.press.case_id or subject.case_id
    if case_id and labels:
        meta = {head.value: label for head, label in labels.items()} | {"model": subject.version}
        casework.note_event(asked.session, case_id, EventType.CORRECTED, asked.by, asked.now, meta)


def _labels(asked: Asked, subject: Subject) -> dict[Head, str]:
    """What holds now: people's last word, else the model's."""
    said = corrections.latest(asked.session, subject.id)
    heads = {head: subject.assessment.label(head) for head in Head} if subject.assessment else {}
    return {head: label for head, label in (heads | dict(said.labels if said else {})).items() if label}


def _choices(head: Head) -> tuple[tuple[str, str], ...]:
    return tuple((label, words.label(label)) for label in LABELS[head])
