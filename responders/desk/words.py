"""What the desk says to the person who pressed: short, with what to do next. It decides nothing."""

from __future__ import annotations

from datetime import datetime, tzinfo

from models.assessment import Head
from models.case import CallOutcome, CaseState, Dismissal, Resolution
from models.press import Person
from models.store.letters import Wrote

ERASED = (
    "This was erased: its text is past its time, or its person asked to be forgotten. Nothing can be done with it here."
)
UNKNOWN = "This button is not known to the version that runs now. Press one on the newest card."
LEADS = "Only a lead may do that. The leads stand in desk.leads of the configuration."

OUTCOMES = {
    CallOutcome.REACHED: "Reached",
    CallOutcome.RESOLVED: "Reached, and solved: resolve the case",
    CallOutcome.NEEDS_FOLLOW_UP: "Reached, but something is left to do",
    CallOutcome.NO_ANSWER: "No answer",
    CallOutcome.WRONG_NUMBER: "Wrong number",
}
LETTERS = {
    Wrote.WRITTEN: "Written to them",
    Wrote.REPLIED: "They replied, but something is left to do",
    Wrote.SOLVED: "They replied, and it is solved: resolve the case",
}
RESOLUTIONS = {
    Resolution.ANSWERED: "Answered in public",
    Resolution.CALLED: "Solved in a call",
    Resolution.ELSEWHERE: "Solved in another channel",
    Resolution.BY_ITSELF: "Solved by itself",
}
DISMISSALS = {
    Dismissal.NOT_NEEDED: "About us, but nobody had to see it",
    Dismissal.NOT_US: "Not about us",
    Dismissal.DUPLICATE: "The same as another case",
    Dismissal.SPAM: "Spam",
    Dismissal.NO_REACTION: "The customer does not react",
}
ENDED = {CaseState.RESOLVED: "resolved", CaseState.DISMISSED: "dismissed"}

HEADS = {
    Head.INTENT: "What it is",
    Head.SENTIMENT: "How it sounds",
    Head.URGENCY: "How soon somebody must act",
    Head.SENSITIVE: "Private data that the fix takes",
    Head.CHURN: "Is the author leaving?",
}
LABELS = {
    "health_legal": "health, safety or legal details",
    "account": "account, order or device details",
    "payment": "payment details",
    "identity": "proof of identity",
}


def called(person: Person | None) -> str:
    """How people call a member of the team."""
    return person.called if person else "nobody"


def label(name: str) -> str:
    """A label of the model for people to read."""
    return LABELS.get(name, name)


def clock(at: datetime, zone: tzinfo, now: datetime) -> str:
    """A moment on the team's clock: the time, and the day if it is not today."""
    there = at.astimezone(zone)
    same = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if same else f"{there.day} {there:%b %H:%M}"


def sentence(text: str) -> str:
    """With a large letter at the front and a full stop at the end."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
