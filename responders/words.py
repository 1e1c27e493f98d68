"""The words on a card: short, plain, and the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from models.assessment import Assessment, Head
from models.decision import Eligibility, Reason, Route
from models.mask import mask_name
from models.mention import Mention
from responders.reading import Reading

TITLES = {
    Route.PAGE: "Somebody may be in danger",
    Route.CALL: "Call this customer",
    Route.WINBACK: "A customer is leaving",
    Route.REVIEW: "Please look at this",
    Route.ANSWER: "A question with a ready answer",
    Route.IGNORE: "Unhappy, and many may see it",
}
RECOMMENDATIONS = {
    Route.PAGE: "Read it now. If somebody is in danger, call the emergency services of their country. Do not automate.",
    Route.CALL: "Offer a call: the fix should not happen in public.",
    Route.WINBACK: "Offer a call and put it right before they go.",
    Route.REVIEW: "Read it and choose: answer, call or leave it.",
    Route.ANSWER: "Check the drafted answer and send it.",
    Route.IGNORE: "Nothing to fix for the author; watch how it spreads.",
}
TURNED = "Call this customer: the tone has turned"
TURNED_ADVICE = "Call. Our answer made it worse, so from here on only people speak to them."
SPREADING = "For communications: unhappy, and many may see it"
WATCH = "Watch how it spreads; `pause --replies-only` holds all public replies."
AUDIT = "A check on the bot: it would have left this alone"
AUDIT_URGENCY = "low: a check on the bot, whenever there is time"
AUDIT_SILENCE = "this is only a check on the bot"
URGENCIES = {
    "critical": "critical: act within minutes",
    "high": "high: blocked or losing money today",
    "normal": "normal: within the day",
    "low": "low: nobody needs to act",
    "": "unknown: the model could not judge it",
}
PRIVATE = {
    "account": "account, order or device details",
    "payment": "payment details",
    "identity": "proof of identity or personal documents",
    "health_legal": "health, safety or legal details",
}
ELIGIBILITIES = {
    Eligibility.AUTO: "The bot may answer here",
    Eligibility.DRAFT: "A person checks the draft and posts it",
    Eligibility.LINK: "A person answers by hand",
    Eligibility.NONE: "No public answer by the bot",
}
SCORES = {
    Reason.CRITICAL: ("harm under way", "critical"),
    Reason.URGENT: ("urgent", "urgent"),
    Reason.PRIVATE_DATA: ("needs private data", "private"),
    Reason.CHURN: ("is leaving", "churn"),
    Reason.PROBLEM: ("a problem", "problem"),
    Reason.NEGATIVE: ("unhappy", "negative"),
    Reason.PRAISE: ("praise", "praise"),
    Reason.QUESTION: ("a question", "question"),
}


def title(route: Route, why: Sequence[Reason]) -> str:
    """The card's headline; harm under way outranks the route's own words, and a turn of the tone comes next."""
    if route is Route.CALL and Reason.CRITICAL in why:
        return "Call this customer now"
    return TURNED if route is Route.CALL and Reason.TURNED in why else TITLES[route]


def author(mention: Mention) -> str:
    """Who it is, for people to read, without private data; the platform's id where there is nothing better."""
    who, name = mention.author, mask_name(mention.author.name)
    handle = f"@{who.handle}" if who.handle else ""
    return " ".join(part for part in (name, f"({handle})" if name and handle else handle) if part) or who.id


def reach(mention: Mention) -> str:
    """To how many."""
    followers = mention.author.followers
    seen = {"reposts": mention.reach.reposts, "likes": mention.reach.likes, "replies": mention.reach.replies}
    parts = [f"{followers:,} followers"] if followers else []
    return ", ".join(parts + [f"{count:,} {name}" for name, count in seen.items() if count])


def scores(reading: Reading, why: Sequence[Reason]) -> tuple[tuple[str, float], ...]:
    """The two or three probabilities that mattered."""
    named = [(SCORES[reason][0], round(reading.p[SCORES[reason][1]], 2)) for reason in why if reason in SCORES]
    return tuple(named[:3])


def urgency(assessment: Assessment, route: Route, why: Sequence[Reason]) -> str:
    """How soon: what the decision rests on, where the model's own label says less than that."""
    label = assessment.label(Head.URGENCY)
    if route is Route.PAGE or Reason.CRITICAL in why:
        label = "critical"
    elif Reason.UNKNOWN_LANGUAGE in why:
        return "unknown: the model was not trained on this language"
    elif Reason.URGENT in why and label in ("low", "normal"):
        label = "high"
    elif route in (Route.CALL, Route.WINBACK) and label == "low":
        label = "normal"
    return URGENCIES[label]


def private_data(assessment: Assessment, reading: Reading) -> str:
    """What private data the fix would take; empty if none."""
    finding = assessment.findings.get(Head.SENSITIVE)
    if finding is None or "private" not in reading.yes:
        return ""
    kind = max((label for label in finding.p if label != "none"), key=lambda label: finding.p[label])
    return PRIVATE[kind]


def recommendation(route: Route, why: Sequence[Reason]) -> str:
    """What to do."""
    if route is Route.CALL and Reason.CRITICAL in why:
        return "Call now, or secure the account first if somebody else is using it."
    if route is Route.CALL and Reason.TURNED in why:
        return TURNED_ADVICE
    return RECOMMENDATIONS[route]


def audit_question(mention: Mention) -> str:
    """What people are asked about a post of the audit sample, and how to answer."""
    return f"Did a person need to see it? `python bot.py correct {mention.id} --needed`, or `--not-needed`."


def eligibility(may: Eligibility, why: str) -> str:
    """Who may answer, and why."""
    return f"{ELIGIBILITIES[may]}: {why}" if why else ELIGIBILITIES[may]
