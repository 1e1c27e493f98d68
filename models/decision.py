"""What was decided about a mention, why, and the messages that follow from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Route(StrEnum):
    """Where a mention goes. Exactly one each."""

    IGNORE = "ignore"
    """Counted, nothing else."""
    PAGE = "page"
    """Somebody may be in danger: people at once, the bot never answers."""
    CALL = "call"
    """The fix takes private data or cannot wait: a card recommends that an agent calls."""
    WINBACK = "winback"
    """The author is leaving: the win-back lane."""
    ANSWER = "answer"
    """A plain question that the FAQ answers."""
    THANK = "thank"
    """Praise that is worth a thank-you."""
    REVIEW = "review"
    """A person looks and chooses."""


class Reason(StrEnum):
    """Why. Every reason that holds is kept; ``REASON_WORDS`` says them to people."""

    OWN_POST = "own_post"
    BOT_POST = "bot_post"
    REPOST = "repost"
    ADDRESSED = "addressed"
    BLOCKED_AUTHOR = "blocked_author"
    FORGOTTEN_AUTHOR = "forgotten_author"
    TOO_OLD = "too_old"
    NOT_ABOUT_US = "not_about_us"
    EMPTY = "empty"
    MUTED = "muted"
    BROADCAST = "broadcast"
    UNRELATED = "unrelated"
    NOT_RELEVANT = "not_relevant"
    MAYBE_NOT_RELEVANT = "maybe_not_relevant"
    OPINION = "opinion"
    DANGER = "danger"
    CRITICAL = "critical"
    URGENT = "urgent"
    PRIVATE_DATA = "private_data"
    CHURN = "churn"
    FAQ = "faq"
    PRAISE = "praise"
    PROBLEM = "problem"
    QUESTION = "question"
    NEGATIVE = "negative"
    UNSURE = "unsure"
    CLASSIFIER_FAILED = "classifier_failed"
    UNKNOWN_LANGUAGE = "unknown_language"
    PII_IN_POST = "pii_in_post"
    WIDE_REACH = "wide_reach"
    AUDIT = "audit"
    ADDED = "added"
    SAME_CASE = "same_case"
    ESCALATED = "escalated"
    OPTED_OUT = "opted_out"
    REPLIES_OFF = "replies_off"
    NOT_ELIGIBLE = "not_eligible"
    OPEN_CASE = "open_case"
    ALREADY_REPLIED = "already_replied"
    AUTHOR_COOLDOWN = "author_cooldown"
    HOURLY_CAP = "hourly_cap"
    DAILY_CAP = "daily_cap"
    THANKS_CAP = "thanks_cap"
    NO_TEMPLATE = "no_template"
    COULD_NOT_DECIDE = "could_not_decide"
    DELETED = "deleted"
    SAME_POST = "same_post"
    SAME_WORDS = "same_words"
    QUOTED_CODE = "quoted_code"
    QUOTED_BY_OTHER = "quoted_by_other"
    CODE_OVER = "code_over"
    CODE_OF_ANOTHER = "code_of_another"
    TURNED = "turned"
    PEOPLE_ONLY = "people_only"
    HELD_OUT = "held_out"


REASON_WORDS: Mapping[Reason, str] = {
    Reason.OWN_POST: "posted by the brand itself",
    Reason.BOT_POST: "posted by a bot",
    Reason.REPOST: "a repost of something already heard",
    Reason.ADDRESSED: "addressed to the brand, so its own inbox has it",
    Reason.BLOCKED_AUTHOR: "the author is on the blocked list",
    Reason.FORGOTTEN_AUTHOR: "the author asked to be forgotten",
    Reason.TOO_OLD: "older than we act on",
    Reason.NOT_ABOUT_US: "does not name the brand",
    Reason.EMPTY: "has no text",
    Reason.MUTED: "a rule of the team mutes it",
    Reason.BROADCAST: "news, an advertisement or an automatic post",
    Reason.UNRELATED: "not about the brand",
    Reason.NOT_RELEVANT: "about something else of the same name",
    Reason.MAYBE_NOT_RELEVANT: "perhaps about something else of the same name",
    Reason.OPINION: "an opinion with nothing to fix",
    Reason.DANGER: "the words speak of danger to somebody",
    Reason.CRITICAL: "harm is happening or close",
    Reason.URGENT: "the author is blocked or loses money now",
    Reason.PRIVATE_DATA: "the fix takes private data",
    Reason.CHURN: "the author is leaving or says they may",
    Reason.FAQ: "the FAQ answers it",
    Reason.PRAISE: "thanks or approval",
    Reason.PROBLEM: "something failed the author",
    Reason.QUESTION: "a question that the FAQ does not answer",
    Reason.NEGATIVE: "the author is unhappy",
    Reason.UNSURE: "the model is not sure",
    Reason.CLASSIFIER_FAILED: "the model could not judge it",
    Reason.UNKNOWN_LANGUAGE: "the model was not trained on this language",
    Reason.PII_IN_POST: "the post itself gives private data away",
    Reason.WIDE_REACH: "many may see it",
    Reason.AUDIT: "audit sample: the bot would have ignored this",
    Reason.ADDED: "a member of the team added it",
    Reason.SAME_CASE: "the same person or thread as an open case",
    Reason.ESCALATED: "graver than the case was until now",
    Reason.OPTED_OUT: "the author asked for no more automatic answers",
    Reason.REPLIES_OFF: "replies are switched off",
    Reason.NOT_ELIGIBLE: "the bot may not answer here",
    Reason.OPEN_CASE: "people have an open case with this author",
    Reason.ALREADY_REPLIED: "we have answered this author in this thread",
    Reason.AUTHOR_COOLDOWN: "we have answered this author a short while ago",
    Reason.HOURLY_CAP: "the hourly limit of replies is reached",
    Reason.DAILY_CAP: "the daily limit of replies is reached",
    Reason.THANKS_CAP: "the daily limit of thank-yous is reached",
    Reason.NO_TEMPLATE: "there is no reviewed text in this language",
    Reason.COULD_NOT_DECIDE: "deciding failed, so a person looks",
    Reason.DELETED: "its author deleted it",
    Reason.SAME_POST: "heard already through another source",
    Reason.SAME_WORDS: "says the same as an open case, and is counted there",
    Reason.QUOTED_CODE: "quoted the code",
    Reason.QUOTED_BY_OTHER: "another account quoted the code: make sure who it is",
    Reason.CODE_OVER: "quoted a code that has ended",
    Reason.CODE_OF_ANOTHER: "quoted a code of another brand",
    Reason.TURNED: "the tone turned after our reply",
    Reason.PEOPLE_ONLY: "the tone had turned, so people alone answer",
    Reason.HELD_OUT: "left to the ordinary way by lot, so that win-back is measured",
}


class Eligibility(StrEnum):
    """Who may answer in public, from most to least automatic."""

    AUTO = "auto"
    DRAFT = "draft"
    LINK = "link"
    NONE = "none"


class Delivery(StrEnum):
    """The two promises."""

    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


class Kind(StrEnum):
    """What a message is for."""

    ALERT = "alert"
    """A card to people, the first of its case."""
    NOTE = "note"
    """A later mention of a case, under its card."""
    REPLY = "reply"
    """Words in public, to the author of the mention."""
    NOTICE = "notice"
    """Words to the operator or the team about the bot itself."""
    ERASE = "erase"
    """Blank an earlier card: its person asked to be forgotten, or the post is gone."""
    EDIT = "edit"
    """Draw a case's card anew, in its place."""
    LIST = "list"
    """Many cards in one message, while more arrive than anybody reads."""
    PICTURE = "picture"
    """A digest's figures, drawn when it is sent."""
    SURVEY = "survey"
    """Ask the customer of a closed case how it went, with buttons under their post."""
    TAPPED = "tapped"
    """What follows a tap on such a button: the next question in the place of the last."""
    DIAL = "dial"
    """Ask a contact centre to dial; the number is opened in the moment of sending and stands in no row."""

    @property
    def delivery(self) -> Delivery:
        """Only public words may never be sent twice."""
        return Delivery.AT_MOST_ONCE if self in (Kind.REPLY, Kind.SURVEY) else Delivery.AT_LEAST_ONCE


PUBLIC = frozenset({Kind.REPLY, Kind.SURVEY, Kind.TAPPED})
"""What customers see: held by a pause of replies, withdrawn when they opt out, and the brand's own words for ever."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to send. ``body`` is plain JSON: a card (``models.card``) or ``{"text": …}``.

    ``target`` is the sink's own address: a Slack channel, or the platform's id of the post to answer.
    ``thread`` is the sink's reference of the case's card, filled in when a note is claimed.
    ``possible_duplicate`` says that an earlier attempt may have arrived.
    ``queued_at`` is when it came into the outbox, filled in when it is claimed.
    """

    key: str
    sink: str
    kind: Kind
    target: str
    body: Mapping[str, Any]
    mention_id: str | None = None
    case_id: str | None = None
    brand: str = ""
    channel: str = ""
    purpose: str = ""
    author_key: str = ""
    thread_key: str = ""
    priority: int = 0
    expires_at: datetime | None = None
    thread: str | None = None
    attempt: int = 0
    possible_duplicate: bool = False
    queued_at: datetime | None = None


def message_key(kind: Kind, sink: str, subject: str, purpose: str) -> str:
    """Unique for ever: the same intent always has the same key, so that it can only be queued once."""
    return hashlib.sha256("\x1f".join((kind, sink, subject, purpose)).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a message was carried out: the other side's reference, and a link if there is one."""

    external_id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case by id and code; ``new`` when this decision opens it."""

    id: str
    code: str
    new: bool


class Arm(StrEnum):
    """To which side of the win-back comparison somebody who is leaving belongs."""

    OFFERED = "offered"
    """The lane works on it, and the lot could have said otherwise."""
    HELD_OUT = "held_out"
    """The lot has left it to the ordinary way."""
    EXEMPT = "exempt"
    """The lane works on it whatever the share is: too grave to be left to a lot, so it is compared with nobody."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A case of somebody who is leaving: its side of the comparison, and when it is asked how it ended."""

    arm: Arm
    due: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one mention: one route, all reasons, who may answer and why, and what is to be sent.

    ``case`` is the case that the mention opens or joins; None where no person is asked. ``answer_by`` and
    ``resolve_by`` are what a new, re-opened or graver case owes; None where nothing is promised. ``lane`` is set where
    the case is one of win-back. ``shadow`` is what it would be on a channel that is in shadow: then this one has no
    case and no messages.
    """

    route: Route
    reasons: tuple[Reason, ...]
    eligibility: Eligibility = Eligibility.NONE
    eligibility_reason: str = ""
    case: CaseRef | None = None
    messages: tuple[Message, ...] = field(default=())
    answer_by: datetime | None = None
    resolve_by: datetime | None = None
    shadow: Decision | None = None
    lane: Lane | None = None
