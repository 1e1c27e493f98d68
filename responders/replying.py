"""Whether the bot may say something by itself this time, and what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from models.assessment import Assessment
from models.decision import Eligibility, Reason, Route
from models.length import fits
from models.mention import Mention
from models.past import Past
from responders.faq import FaqHit
from responders.reading import Reading
from responders.relevant import doubt_about
from responders.rules import Rules


def draft_of(route: Route, assessment: Assessment, past: Past, rules: Rules, hit: FaqHit | None) -> str:
    """The reviewed public line for a route in the author's language; empty where there is none or it is not wanted."""
    lang = assessment.lang
    if route is Route.PAGE or rules.replies.mode == "off" or lang not in rules.replies.languages:
        return ""
    code = past.case.code if past.case else past.fresh_code
    return line_of(route, lang, code, rules, hit.answer if hit and route is Route.ANSWER else "")


def line_of(route: str, lang: str, code: str, rules: Rules, answer: str = "") -> str:
    """The reviewed line with the best private way that still fits the platform; empty where there is no such text.

    If it fits with none, it is the one with the best way, for people to shorten.
    """
    ways = dict.fromkeys((*rules.ways(code), ""))
    filled = (rules.templates.fill(lang, route, brand=rules.name, code=code, way=way, answer=answer) for way in ways)
    lines = [line for line in filled if line]
    return next((line for line in lines if _fits(line, rules)), lines[0] if lines else "")


def _fits(line: str, rules: Rules) -> bool:
    return fits(line, rules.manifest.max_length, rules.manifest.counting)


def blocks(
    mention: Mention,
    assessment: Assessment,
    reading: Reading,
    past: Past,
    rules: Rules,
    route: Route,
    may: Eligibility,
    draft: str,
    now: datetime,
) -> Iterator[Reason]:
    """Every reason against sending ``draft`` automatically; none means that it goes out."""
    replies = rules.replies
    if replies.mode != "on" or route not in replies.routes:
        yield Reason.REPLIES_OFF
    if may is not Eligibility.AUTO:
        yield Reason.NOT_ELIGIBLE
    if not draft or not _fits(draft, rules):
        yield Reason.NO_TEMPLATE
    if reading.unsure or doubt_about(mention, assessment, rules):
        yield Reason.UNSURE
    if past.opted_out:
        yield Reason.OPTED_OUT
    if now - mention.posted_at > replies.max_age:
        yield Reason.TOO_OLD
    yield from _limits(past, rules, route, now)


def _limits(past: Past, rules: Rules, route: Route, now: datetime) -> Iterator[Reason]:
    replies = rules.replies
    if past.case and past.case.live:
        # People have this author in hand: the bot must not talk past them.
        yield Reason.OPEN_CASE
    if past.replied_in_thread:
        yield Reason.ALREADY_REPLIED
    elif past.last_reply_at and now - past.last_reply_at < replies.author_cooldown:
        yield Reason.AUTHOR_COOLDOWN
    if past.replies_last_hour >= replies.per_hour:
        yield Reason.HOURLY_CAP
    if past.replies_last_day >= replies.per_day:
        yield Reason.DAILY_CAP
    if route is Route.THANK and past.thanks_last_day >= replies.thanks_per_day:
        yield Reason.THANKS_CAP
