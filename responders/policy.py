"""``decide``: the only place that chooses. Pure and total: no clock, no database, no network, an answer for everything.

The order, safety first; all reasons that hold are kept, whichever rule wins:

1. danger to somebody → people at once, never the bot;
2. something else of the brand's name, news, advertisements and posts about something else → counted;
3. harm under way → a call;
4. the author is leaving → the win-back lane;
5. the fix takes private data, or cannot wait → a call;
6. a question that the FAQ answers → answered;
7. praise → thanked; opinion → counted;
8. anything in doubt, and every problem or question left → a person looks.

Of what 2 and 7 count, a small sample is shown to people all the same, so that misses become known. What is known of the
person then changes the route (``responders.known``): a quoted code, a turn of the tone, the lot of the win-back lane.
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
from responders.gravity import graver
from responders.known import silence, with_past
from responders.reading import Reading, read, reasons
from responders.relevant import doubt_about
from responders.replying import blocks, draft_of
from responders.rules import Rules
from responders.shadow import shadowed

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
    """What to do about a mention, why, and the messages that follow; none follow on a channel in shadow."""
    decision = _decided(mention, assessment, past, rules, now)
    return shadowed(decision) if rules.channel.shadow else decision


def _decided(mention: Mention, assessment: Assessment, past: Past, rules: Rules, now: datetime) -> Decision:
    choice = choose(mention, assessment, rules)
    known = with_past(choice.route, choice.why, choice.reading, past, rules)
    route, why, reading = known.route, known.why, choice.reading
    if choice.audited and route is Route.IGNORE:
        return compose.audited(mention, assessment, reading, past, rules, why)
    if route is Route.IGNORE:
        return compose.ignored(mention, assessment, reading, past, rules, why)
    may, may_why = who_may_answer(mention, rules, route)
    draft = draft_of(route, assessment, past, rules, choice.hit)
    held = dict.fromkeys([*blocks(mention, assessment, reading, past, rules, route, may, draft, now)])
    held |= dict.fromkeys(silence(past, why))
    spreads = Reason.WIDE_REACH in why and rules.targets["communications"] is not None
    by = due(rules.limits, route, spreads, now)
    lane, against = known.lane(rules, now), tuple(held)
    return compose.decision(
        compose.Draft(mention, assessment, reading, past, rules, route, why, may, may_why, draft, against, by, lane)
    )


def choose(mention: Mention, assessment: Assessment, rules: Rules) -> Choice:
    """The route and its reasons, without the past, the clock and the messages."""
    reading = read(assessment, rules.thresholds)
    hit = find_answer(mention.text, assessment.lang, rules.faq) if "question" in reading.yes else None
    elsewhere = doubt_about(mention, assessment, rules)
    route, chosen = _route(mention, assessment, reading, hit, rules, elsewhere)
    why = [*reasons(assessment, reading)]
    why += [reason for reason in chosen if reason not in why]
    if _wide(mention, rules) and Reason.NOT_RELEVANT not in why and "negative" in reading.yes:
        why.append(Reason.WIDE_REACH)
    if mention.added:
        # Somebody who saw it thinks that people are needed.
        why.append(Reason.ADDED)
        route = graver(route, Route.REVIEW)
    audited = route is Route.IGNORE and is_audited(mention, why, rules)
    return Choice(route, tuple(why), reading, hit, audited)


def _route(
    mention: Mention,
    assessment: Assessment,
    reading: Reading,
    hit: FaqHit | None,
    rules: Rules,
    elsewhere: Reason | None,
) -> tuple[Route, list[Reason]]:
    if not mention.text.strip():
        return Route.IGNORE, [Reason.EMPTY]
    if assessment.danger:
        return Route.PAGE, [Reason.DANGER, *([Reason.MAYBE_NOT_RELEVANT] if elsewhere else [])]
    if elsewhere is Reason.NOT_RELEVANT:
        return Route.IGNORE, [elsewhere]
    route, chosen = _route_of_ours(assessment, reading, hit, rules)
    if elsewhere and route is not Route.IGNORE:
        # Whether it is ours at all is for a person to say, so nothing is answered or thanked for.
        return (Route.REVIEW if route in (Route.ANSWER, Route.THANK) else route), [*chosen, elsewhere]
    return route, chosen


def _route_of_ours(
    assessment: Assessment, reading: Reading, hit: FaqHit | None, rules: Rules
) -> tuple[Route, list[Reason]]:
    """Of a post that is about the brand, or may be."""
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
