"""The words and signs that every drawing of a card shares. It knows no sink and draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from models.card import Card
from models.case import CaseState
from models.decision import REASON_WORDS, Reason, Route
from responders.escape import line

LEVELS = ("critical", "high", "normal", "low")
SIGNS = {"critical": "🔴", "high": "🟠", "normal": "🔵", "low": "⚪"}
DANGER, UNJUDGED = "🚨", "❔"
NAMES = {"x": "X", "rss": "RSS", "jsonl": "JSON Lines"}
WHY = 6
"""More reasons than this are only counted."""
GIVEN = {"phone": "Number given", "email": "E-mail address given", "private": "Private message asked for"}
"""What a customer gave us to be reached, by the kinds of ``models.contact``."""
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian"}
CLOSING = {
    "due": "not yet closed in public",
    "waiting": "the closing line is on its way",
    "sent": "closed in public",
    "by_hand": "closed in public by hand",
    "failed": "the closing line was not posted",
}
STAYED = {
    "open": "did they stay?",
    "retained": "they stayed",
    "lost": "they left",
    "unknown": "nobody knows if they stayed",
}
"""How far the closing line and the win-back of a card are."""

Piece = tuple[str, str]
"""Words, or (after no words) a moment in ISO 8601, which each drawing shows in its own way."""


def level(urgency: str) -> str:
    """The urgency label that the words hold; empty where they hold none."""
    words = urgency.lower().replace(",", " ").replace(":", " ").split()
    return next((word for word in words if word in LEVELS), "")


def sign(card: Card) -> str:
    """The sign that a card is recognised by from afar; its words say the same."""
    return DANGER if card.route == Route.PAGE else SIGNS.get(level(card.urgency), UNJUDGED)


def is_audit(card: Card) -> bool:
    """Whether the card only asks if the bot was right to leave a post alone."""
    return not card.case_id and REASON_WORDS[Reason.AUDIT] in card.why


def place(channel: str) -> str:
    """A channel's name as people write it."""
    return NAMES.get(channel) or capital(line(channel, 40))


def capital(text: str) -> str:
    """The text with a large first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def reasons(why: Sequence[str]) -> list[str]:
    """Each reason on a line of its own, the first letter large; past six, how many more there are."""
    said = [line(one, 120) for one in why]
    said = [capital(one) for one in said if one]
    more = len(said) - WHY
    return said if more <= 0 else [*said[:WHY], f"and {more} more"]


def moment(posted_at: str) -> datetime | None:
    """The moment that an ISO text means, in UTC if it names no zone; None if it is no such text."""
    try:
        at = datetime.fromisoformat(posted_at)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def when(posted_at: str) -> str:
    """The moment for people to read, in its own zone; a text that is no ISO moment stays as it is."""
    at = moment(posted_at)
    if at is None:
        return line(posted_at, 60)
    return f"{at.day} {at:%b %Y, %H:%M} {at:%Z}"


def team_time(iso: str, zone: str) -> str:
    """The moment in the hours of the team, such as "15:20 in Berlin"; empty where moment or zone are unknown."""
    at = moment(iso)
    if at is None or not zone:
        return ""
    try:
        here = at.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError, OverflowError):  # no such zone, or a moment at the end of time
        return ""
    return f"{here:%H:%M} in {zone.rpartition('/')[2].replace('_', ' ')}"


def status(card: Card) -> str:
    """How it ended, or by when and whose it is, on one line; empty where the card says nothing of it."""
    if card.state in (CaseState.RESOLVED, CaseState.DISMISSED):
        ends = (capital(line(card.outcome, 160)) or capital(str(card.state)), *endings(card))
        return " · ".join(ends)
    due = f"answer by {_full(card.answer_by, card.hours)}" if card.answer_by else ""
    if card.snoozed_until:
        due = f"snoozed until {_full(card.snoozed_until, card.hours)}"
    whose = f"{line(card.holder, 60)} has it" if card.holder else ""
    turned = "the customer's tone has turned: only people write now" if card.turned else ""
    late = f"late: this came in at {when(card.late_by)}" if card.late_by else ""
    return capital(" · ".join(part for part in (due, whose, line(card.waiting, 120), turned, late) if part))


def endings(card: Card) -> list[str]:
    """What is left to do or to know of a case that is over."""
    stayed = STAYED.get(card.winback, "")
    return [said for said in (CLOSING.get(card.closing, ""), stayed) if said]


def _full(iso: str, zone: str) -> str:
    team = "" if zone == "UTC" else team_time(iso, zone)  # the moment itself is in UTC
    return f"{when(iso)} ({team})" if team else when(iso)


def sure(scores: Sequence[tuple[str, float]], between: str = " · ") -> str:
    """The scores as whole per cents."""
    return between.join(f"{line(name, 30)} {share:.0%}" for name, share in scores[:4])


def known(private_data: str) -> str:
    """What private data the fix takes, or nothing."""
    said = line(private_data, 100)
    return "" if said.lower() in ("", "no", "none") else capital(said)


def basics(card: Card) -> str:
    """Whose case it is and how many posts it holds."""
    posts = f"{card.mentions} posts" if card.mentions > 1 else ""
    return " · ".join(part for part in (line(card.brand, 60), posts) if part)


def answers(card: Card, longest: int = 200) -> str:
    """What the post answers, on one line: whose words, or why nobody can see them; empty where it answers nothing."""
    if len(card.parent) != 4:
        return ""
    author, text, _, missing = card.parent
    if missing:
        return f"In reply to a post that cannot be shown: {line(missing, 120)}"
    said = line(text, longest)
    return f"In reply to {line(author, 60) or 'somebody'}: {f'“{said}”' if said else '(no words)'}"


def others(card: Card) -> str:
    """How many more people say the same, or which case the post looks like; empty where neither is known."""
    many = f"{card.alike} more {'person says' if card.alike == 1 else 'people say'} the same" if card.alike else ""
    looks = f"it looks like case {line(card.like, 20)}" if card.like else ""
    return capital(" · ".join(part for part in (many, looks) if part))


def contacts(card: Card, longest: int = 120) -> list[list[Piece]]:
    """How the customer can be reached, one line a way: given when, agreed when, to be called when. Never the number.

    ``longest`` are the signs of each part.
    """
    return [_contact(one, card.calling, longest) for one in card.contacts if len(one) == 8]


def _contact(one: tuple[str, ...], calling: str, longest: int) -> list[Piece]:
    kind, given, agreed, windows, zone, lang, by, state = one
    said: list[Piece] = [(f"{GIVEN.get(kind, 'Contact given')} ", ""), ("", given)]
    if agreed:
        said += [(", consent ", ""), ("", agreed)]
    if state:
        return [*said, (", and taken back" if state == "withdrawn" else ", erased by now", "")]
    if by:
        said.append((f", written down by {line(by, min(60, longest))}", ""))
    if kind == "phone":
        said.append((f", call {_hours(windows, zone, calling, longest)}", ""))
    return [*said, *([(f", in {LANGUAGES.get(lang) or line(lang, 20)}", "")] if lang else [])]


def _hours(windows: str, zone: str, calling: str, longest: int) -> str:
    """When to call, on the customer's clock: when they asked for, else when it is allowed."""
    when_to = line(windows, longest) or line("–".join(map(_hour, calling.split("-"))), 20)
    if not when_to:
        return "at any time that you may"
    place = line(zone.rpartition("/")[2].replace("_", " "), min(40, longest))
    return f"{when_to} in the customer's zone{f' ({place})' if place else ''}"


def _hour(clock: str) -> str:
    """A time of day as people say it: 9 for 09:00."""
    return clock.removesuffix(":00").removeprefix("0") or "0"


def tries(card: Card, most: int = 5) -> list[Piece]:
    """The calls that were tried and how each ended, newest first; nothing where none was."""
    said: list[Piece] = [("Calls: ", "")] if card.attempts[:most] else []
    for number, (at, words) in enumerate(card.attempts[:most]):
        said += [(" · " if number else "", ""), ("", at), (f": {line(words, 60)}", "")]
    more = len(card.attempts) - most
    return said + ([(f" and {more} more", "")] if said and more > 0 else [])


def footer(card: Card, longest: int = 300) -> str:
    """The basics and what the model said; scores that find no room are left out."""
    for scores in range(len(card.scores), -1, -1):
        said = " · ".join(part for part in (basics(card), sure(card.scores[:scores])) if part)
        if len(said) <= longest:
            break
    return said


def is_web(link: str, longest: int = 3000) -> bool:
    """Whether a link may be opened with one tap: plain http or https, no sign that could hide where it leads."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return False
    tidy = link.isascii() and link.isprintable() and not set(' <>"|\\^`{}') & set(link) and len(link) <= longest
    return tidy and parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc
