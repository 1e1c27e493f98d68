"""The day or the week in one message: words with every number, and the figures of the picture beside them."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlmodel import Session

from insights.channels import would
from models.decision import Kind, Message, message_key
from models.settings.sections import Target
from models.store import digests, effects
from models.store.digests import Handled, Period

log = logging.getLogger("overheard.operator")

WORDS = {
    "call": "calls recommended",
    "page": "pages",
    "winback": "win-backs",
    "review": "for people to look at",
    "answer": "answerable by the FAQ",
    "thank": "thank-yous",
}
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MINUTE = timedelta(minutes=1)
BINS = ((5, "5 min"), (15, "15 min"), (30, "30 min"), (60, "1 h"), (240, "4 h"))
UNITS = ((1440, "d"), (60, "h"), (1, "min"))
LATER, NOBODY = "later", "nobody yet"
STEPS = 24
"""So many points has the line of open cases."""


def tell(session: Session, target: Target | None, span: timedelta, zone: tzinfo, now: datetime) -> None:
    """Queue the digest of the time before ``now``, once for each day; it is in the log in any case."""
    body = digest(digests.period(session, now - span, now), zone)
    subject = "digest" if span == DAY else "weekly"
    log.info("digest: %s", body["text"], extra={"action": "digest", "subject": subject})
    if target is not None:
        key = message_key(Kind.PICTURE, target.sink, subject, f"{now.astimezone(zone):%Y-%m-%d}")
        message = Message(key, target.sink, Kind.PICTURE, target.to, body, purpose=subject, priority=20)
        effects.queue(session, [message], now)


def digest(period: Period, zone: tzinfo) -> dict[str, Any]:
    """The body of a digest: ``text`` and ``alt`` in words, and the figures that ``insights.picture`` draws."""
    daily = period.until - period.since <= DAY
    title = "The last 24 hours" if daily else "The last 7 days"
    figures = {"bars": _bars(period, zone, daily), "times": _times(period), "backlog": _backlog(period, zone, daily)}
    return {
        "title": f"{title}, until {period.until.astimezone(zone):%a %d %b %H:%M}",
        **_said(period, title),
        **figures,
    }


def _said(period: Period, title: str) -> dict[str, str]:
    routes = Counter(route for _, route in period.asked)
    posts = ", ".join(f"{routes[route]} {words}" for route, words in WORDS.items() if routes[route])
    lines = [f"{title}: {posts or 'nobody was asked for anything'}; {period.left_alone} counted only."]
    lines += [_promise(period), _open_now(period)]
    lines += [f"Messages that people must check: {period.stuck}."] if period.stuck else []
    lines += [f"In shadow on {name}, would have: {would(done)}." for name, done in sorted(period.would.items())]
    text = "\n".join(line for line in lines if line)
    return {"text": text, "alt": f"Three diagrams of the numbers in the message. {' '.join(lines[:3])}"}


def _promise(period: Period) -> str:
    """How the cases of the span were taken up, against what was promised."""
    if not period.handled:
        return ""
    kept, broken, owed = (sum(_kept(one, period.until) is verdict for one in period.handled) for verdict in VERDICTS)
    text = f"New cases: {len(period.handled)}."
    if kept + broken:
        text += f" Taken up in time: {kept} of {kept + broken} ({kept / (kept + broken):.0%})"
        text += f", {owed} not yet due." if owed else "."
    claimed = sorted(_waited(one) for one in period.handled if one.claimed_at)
    heard = sorted(_minutes(one.posted_at, one.heard_at) for one in period.handled if one.heard_at)
    for what, minutes in (("claimed", claimed), ("answered or called", heard)):
        if minutes:
            half, most = (said(quantile(minutes, share)) for share in (0.5, 0.9))
            text += f" Half were {what} within {half}, nine in ten within {most}."
    return text


def _open_now(period: Period) -> str:
    now, before = (open_at(period, at) for at in (period.until, period.since))
    oldest = min((opened for opened, closed in period.live if closed is None or closed > period.until), default=None)
    age = f", the oldest for {said((period.until - oldest) / MINUTE)}" if oldest else ""
    return f"Open now: {now}{age}; at the beginning: {before}."


VERDICTS = (True, False, None)


def _kept(one: Handled, now: datetime) -> bool | None:
    """Whether the promise was kept; None where it may still be, or nothing was promised."""
    if one.answer_by is None:
        return None
    if one.touched_at is not None:
        return one.touched_at <= one.answer_by
    return False if one.answer_by < now else None


def _waited(one: Handled) -> float:
    """The minutes from the card until somebody claimed it, as ``today`` and the report count them."""
    return _minutes(one.shown_at, one.claimed_at)


def _minutes(start: datetime, end: datetime | None) -> float:
    """Clocks of platforms and hosts differ, so that a wait may seem less than none."""
    assert end
    return max((end - start) / MINUTE, 0.0)


def open_at(period: Period, at: datetime) -> int:
    """How many cases were open at a moment of the span."""
    return sum(opened <= at and (closed is None or closed > at) for opened, closed in period.live)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The least of the values, given in order, that at least this share does not exceed."""
    return ordered[math.ceil(share * len(ordered)) - 1]


def said(minutes: float) -> str:
    """A span of time in one unit, as people say it."""
    size, unit = next((one for one in UNITS if minutes >= 2 * one[0]), UNITS[-1])
    return f"{max(1, round(minutes / size))} {unit}"


def _bars(period: Period, zone: tzinfo, daily: bool) -> dict[str, Any]:
    """Posts for people by hour or day, for each route that happened."""
    # Steps of real time: on the day of a clock change an hour comes twice, or not at all, as it did.
    size, count = (timedelta(hours=1), 24) if daily else (DAY, 7)
    starts = [period.until - size * back for back in range(count, 0, -1)]
    form = "%H" if daily else "%a"
    happened = [route for route in WORDS if any(route == one for _, one in period.asked)]
    tallies = {route: [0] * count for route in happened}
    for at, route in period.asked:
        if route in tallies:
            place = min(max(int((at - starts[0]) / size), 0), count - 1)
            tallies[route][place] += 1
    labels = [f"{start.astimezone(zone):{form}}" for start in starts]
    return {"labels": labels, "routes": {WORDS[route]: tally for route, tally in tallies.items()}}


def _times(period: Period) -> dict[str, Any]:
    """How soon the new cases were claimed: by length of the wait, in time and late."""
    labels = [*(label for _, label in BINS), LATER, NOBODY]
    kept, late = [0] * len(labels), [0] * len(labels)
    for one in period.handled:
        row = late if _kept(one, period.until) is False else kept
        row[_bin(one)] += 1
    return {"labels": labels, "kept": kept, "late": late}


def _bin(one: Handled) -> int:
    if one.claimed_at is None:
        return len(BINS) + 1
    waited = _waited(one)
    return next((number for number, (minutes, _) in enumerate(BINS) if waited <= minutes), len(BINS))


def _backlog(period: Period, zone: tzinfo, daily: bool) -> dict[str, Any]:
    """The cases that were open, at moments of equal distance."""
    step = (period.until - period.since) / STEPS
    moments = [period.since + step * number for number in range(STEPS + 1)]
    form = "%H:%M" if daily else "%a %H:%M"
    labels = [f"{at.astimezone(zone):{form}}" for at in moments]
    return {"labels": labels, "open": [open_at(period, at) for at in moments]}
