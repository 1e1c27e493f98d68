"""``decide``: the only place that chooses. Pure and total: no clock, no database, no network, an answer for everything.

The order, safety first; all reasons that hold are kept, whichever rule wins:

1. danger to somebody → people at once, never the bot;
2. news, advertisements and posts about something else → counted;
3. harm under way → a call;
4. the author is leaving → the win-back lane;
5. the fix takes private data, or cannot wait → a call;
6. a question that the FAQ answers → answered;
7. praise → thanked; opinion → counted;
8. anything in doubt, and every problem or question left → a person looks.

Of what 2 and 7 count, a small sample is shown to people all the same, so that misses become known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.assessment import Assessment, Head
from models.channel import ReplyRule
from models.decision import Decision, Eligibility, Reason, Route
from models.mention import Mention
from models.past import Past
from responders import compose
from responders.audit import is_audited
from responders.deadlines import due
from responders.eligibility import eligibility
from responders.faq import FaqHit, find_answer
from responders.reading import Reading, read, reasons
from responders.replying import blocks, draft_of
from responders.rules import Rules

IDLE_REASONS = {"broadcast": Reason.BROADCAST, "unrelated": Reason.UNRELATED, "praise": Reason.PRAISE}


@dataclass(frozen=True, slots=True)
class Choice:
    """What follows from the post itself. ``audited``: left alone, and in the sample that people are shown."""

    route: Route
    why: tuple[Reason, ...]
    reading: Reading
    hit: FaqHit | None = None
    audited: bool = False


def decide(mention: Mention, assessment: Assessment, past: Past, rules: Rules, now: datetime) -> Decision:
    """What to do about a mention, why, and the messages that follow."""
    choice = choose(mention, assessment, rules)
    route, why, reading = choice.route, choice.why, choice.reading
    if choice.audited:
        return compose.audited(mention, assessment, reading, past, rules, why)
    if route is Route.IGNORE:
        return compose.ignored(mention, assessment, reading, past, rules, why)
    may, may_why = who_may_answer(mention, rules, route)
    draft = draft_of(route, assessment, past, rules, choice.hit)
    held = blocks(mention, assessment, reading, past, rules, route, may, draft, now)
    spreads = Reason.WIDE_REACH in why and rules.targets["communications"] is not None
    by = due(rules.limits, route, spreads, now)
    return compose.decision(
        compose.Draft(mention, assessment, reading, past, rules, route, why, may, may_why, draft, tuple(held), by)
    )


def choose(mention: Mention, assessment: Assessment, rules: Rules) -> Choice:
    """The route and its reasons, without the past, the clock and the messages."""
    reading = read(assessment, rules.thresholds)
    hit = find_answer(mention.text, assessment.lang, rules.faq) if "question" in reading.yes else None
    route, chosen = _route(mention, assessment, reading, hit, rules)
    why = [*reasons(assessment, reading)]
    why += [reason for reason in chosen if reason not in why]
    if _wide(mention, rules) and "negative" in reading.yes:
        why.append(Reason.WIDE_REACH)
    if mention.added:
        # Somebody who saw it thinks that people are needed.
        why.append(Reason.ADDED)
        route = max(route, Route.REVIEW, key=compose.GRAVITY.index)
    audited = route is Route.IGNORE and is_audited(mention, why, rules)
    return Choice(route, tuple(why), reading, hit, audited)


def _route(
    mention: Mention, assessment: Assessment, reading: Reading, hit: FaqHit | None, rules: Rules
) -> tuple[Route, list[Reason]]:
    if not mention.text.strip():
        return Route.IGNORE, [Reason.EMPTY]
    if assessment.danger:
        return Route.PAGE, [Reason.DANGER]
    if "ignore" in reading.yes and not reading.failed and not reading.unknown_language:
        return Route.IGNORE, [_idle_reason(assessment)]
    if "critical" in reading.yes:
        return Route.CALL, [Reason.CRITICAL]
    if "churn" in reading.yes:
        return Route.WINBACK, [Reason.CHURN]
    if reading.yes & {"private", "urgent"}:
        return Route.CALL, []
    if reading.unsure:
        return Route.REVIEW, []
    return _calm_route(assessment, reading, hit, rules)


def _calm_route(
    assessment: Assessment, reading: Reading, hit: FaqHit | None, rules: Rules
) -> tuple[Route, list[Reason]]:
    """Nothing grave and nothing in doubt that could be."""
    if hit and rules.thresholds.faq.holds(hit.score):
        return Route.ANSWER, [Reason.FAQ]
    if "praise" in reading.yes:
        # Praise from somebody who sounds unhappy is often irony, and a cheerful thank-you to that is an insult.
        ironic = "negative" in reading.yes | reading.doubt
        return (Route.REVIEW, [Reason.UNSURE]) if ironic else (Route.THANK, [Reason.PRAISE])
    if "idle" in reading.yes:
        return Route.IGNORE, [_idle_reason(assessment)]
    if "problem" in reading.yes:
        return Route.REVIEW, [Reason.PROBLEM]
    if "question" in reading.yes:
        return Route.REVIEW, [Reason.QUESTION]
    return Route.REVIEW, [Reason.UNSURE]


def _idle_reason(assessment: Assessment) -> Reason:
    return IDLE_REASONS.get(assessment.label(Head.INTENT), Reason.OPINION)


def _wide(mention: Mention, rules: Rules) -> bool:
    followers = mention.author.followers or 0
    return followers >= rules.reach.followers or mention.reach.reposts >= rules.reach.reposts


def who_may_answer(mention: Mention, rules: Rules, route: Route) -> tuple[Eligibility, str]:
    """Who may answer a post whose case has this route, and why."""
    if route is Route.PAGE:
        return Eligibility.NONE, "only people answer where somebody may be in danger"
    if mention.added and rules.manifest.reply is not ReplyRule.NEVER:
        # Nobody knows whom it speaks to, and often not even its id on the platform.
        return Eligibility.LINK, "a member of the team added it by hand"
    most = Eligibility(rules.channel.most)
    return eligibility(mention, rules.manifest, rules.handles, most, rules.replies.mode, bool(rules.channel.reply_with))
