"""The numbers of the report as people read them."""

from __future__ import annotations

from insights.funnel import Score
from insights.measures import Aim
from insights.shares import Gap, Share
from insights.shares import Score as Promoters
from insights.spans import Kept, Spread

NOTHING = "–"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def took(seconds: float | None) -> str:
    """A span of time in one unit: "45 s", "12 min", "3.5 h", "2.1 d"."""
    if seconds is None:
        return NOTHING
    for size, unit, most in ((1.0, "s", 2 * MINUTE), (MINUTE, "min", 2 * HOUR), (HOUR, "h", 2 * DAY)):
        if seconds < most:
            return f"{_few(seconds / size, whole=unit in ('s', 'min'))} {unit}"
    return f"{_few(seconds / DAY)} d"


def _few(value: float, whole: bool = False) -> str:
    return f"{value:.0f}" if whole or value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def half_and_most(spread: Spread) -> tuple[str, str]:
    """Within how long half have ended, and nine in ten; "not yet" where so many still go on."""
    if not spread.ended + spread.going_on:
        return NOTHING, NOTHING
    half, most = (took(one) if one is not None else "not yet" for one in (spread.p50, spread.p90))
    return half, most


def both(spread: Spread) -> str:
    """Both in one cell."""
    half, most = half_and_most(spread)
    return NOTHING if half == NOTHING else f"{half} / {most}"


def percent(share: float | None) -> str:
    """A share in whole per cent."""
    return NOTHING if share is None else f"{100 * share:.0f} %"


def share(one: Share) -> str:
    """A share with its interval and its counts: "56 % (49–63), 107 of 191"."""
    if one.share is None or one.low is None or one.high is None:
        return NOTHING
    return f"{percent(one.share)} ({100 * one.low:.0f}–{100 * one.high:.0f}), {one.hits} of {one.size}"


def aim(one: Aim) -> str:
    """The same against what it should be."""
    return f"{share(one.of)}{against(one.wanted, one.enough)}"


def against(wanted: float | None, enough: bool | None) -> str:
    """What it should be, and whether it is."""
    if wanted is None or enough is None:
        return ""
    return f"; {'reaches' if enough else 'below'} {percent(wanted)}"


def kept(one: Kept | None) -> tuple[str, ...]:
    """Target, in time, late, not due, and the share that was in time."""
    if one is None:
        return (NOTHING,) * 5
    attained = f"{share(one.attained)}{against(one.wanted, one.enough)}"
    return took(one.target), str(one.in_time), str(one.late), str(one.waiting), attained


def points(one: Promoters) -> str:
    """A net promoter score with its interval: "+12 (-3 to +27), 40 answers"."""
    if one.score is None or one.low is None or one.high is None:
        return NOTHING
    return f"{one.score:+.0f} ({one.low:+.0f} to {one.high:+.0f}), {one.size} answer{'s' * (one.size != 1)}"


def score(one: Score) -> str:
    """0 to 100, and what is missing in it."""
    if one.value is None:
        return NOTHING
    missing = {"context_kept": "without the brief", "not_again": "without the survey"}
    left_out = [words for part, words in missing.items() if part not in one.parts]
    return f"{one.value:.0f}{' ' + ', '.join(left_out) if left_out else ''}"


def gap(one: Gap, scale: float = 100.0) -> str:
    """A difference in points with its interval, and what follows from it."""
    if one.gap is None or one.low is None or one.high is None:
        return "too few answers"
    verdict = {"higher": "higher", "lower": "lower", "open": "cannot be told apart"}[one.verdict]
    return f"{scale * one.gap:+.0f} points ({scale * one.low:+.0f} to {scale * one.high:+.0f}): {verdict}"


def pair(from_channel: str, to_channel: str) -> str:
    """From where to where; empty names mean all of them."""
    return f"{from_channel} → {to_channel}" if from_channel else "all"
