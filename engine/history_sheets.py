"""What a replay of the history found, as tables for people and as one JSON object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from classifiers.evaluation.sheet import WIDEST, Sheet, show
from classifiers.pii import find_pii
from engine.history import Example, Replayed
from engine.history_scores import scores
from insights.flips import Flip, Flips, Shown, Team
from models.decision import Route
from models.mask import mask
from responders.escape import line

WORDS = 100
"""Characters of a post that are shown."""

FLIPS = {
    Flip.NO_LONGER_ALERTED: "No longer shown to people",
    Flip.NEWLY_ALERTED: "Newly shown to people",
    Flip.MOVED: "Shown both times, by another route or to another team",
    Flip.UNSEEN: "Shown neither time, by another route",
}
JUDGED = {
    Shown.CARD: "needed, seen on a card: missed",
    Shown.SAMPLE: "needed, seen in the audit sample: missed",
    Shown.OTHERWISE: "needed, found otherwise: missed",
    Shown.LABEL: "a corrected label asks for a person: missed",
    Shown.NEEDLESS: "not needed: shown all the same",
    Shown.NEEDLESS_SAMPLE: "not needed, seen in the audit sample: shown",
}
COLUMNS = ("a day", "then", "now", "change")


def tell(found: Replayed) -> None:
    """Print it for people."""
    show(sheets(found))


def sheets(found: Replayed) -> Iterator[Sheet]:
    """Every table, the ones that matter most first."""
    yield _first(found)
    if not found.flips.mentions:
        return
    yield _cards(found)
    yield Sheet("Cards a day for each team", ("team", "then", "now", "change"), _teams(found))
    yield from (_flip(found, flip) for flip in FLIPS if found.flips.flips[flip])
    if not found.flips.flips:
        yield Sheet("No post changes its route or its team.")
    if reasons := _reasons(found.flips):
        yield Sheet("Posts by reason, where that changes", ("reason", "then", "now", "change"), reasons)
    yield _verdicts(found.flips)


def as_json(found: Replayed) -> dict[str, Any]:
    """All of it, the unchanged included."""
    flips, per_day = found.flips, found.days
    return {
        "config": str(found.new.path),
        "in_force": str(found.old.path) if found.old else None,
        "database": found.place,
        "from": found.since.isoformat(),
        "to": found.until.isoformat(),
        "days": round(found.days, 3),
        "mentions": flips.mentions,
        "left_out": {
            "text_erased": found.extent.erased,
            "not_decided_yet": found.extent.waiting,
            "no_assessment": found.unjudged,
            "no_longer_configured": {what: dict(counts) for what, counts in found.gone.items()},
        },
        "models": {
            "then": dict(found.models),
            "judged_by_others": found.by_others,
            "reclassified": found.asked.reclassify,
        },
        "alerts_a_day": _pair(sum(_alerts(flips.then).values()) / per_day, sum(_alerts(flips.now).values()) / per_day),
        "routes": [
            {"route": route, "posts": _pair(then, now), "a_day": _pair(then / per_day, now / per_day)}
            for route, then, now in _by_route(flips)
        ],
        "teams": [
            {"sink": team[0], "to": team[1], "cards": sorted(kinds), "a_day": _pair(then / per_day, now / per_day)}
            for team, kinds, then, now in _by_team(flips)
        ],
        "reasons": {
            reason: _pair(flips.reasons_then[reason], flips.reasons_now[reason])
            for reason in sorted({*flips.reasons_then, *flips.reasons_now})
        },
        "flips": {flip.value: _flip_json(found, flip) for flip in Flip},
        "verdicts": {
            shown.value: {"posts": row.posts, "then": row.then, "now": row.now} for shown, row in flips.wrong.items()
        },
        "estimated_missed": _pair(*missed) if (missed := flips.missed()) else None,
    }


def _pair(then: float, now: float) -> dict[str, float]:
    return {"then": round(then, 3), "now": round(now, 3)}


def _flip_json(found: Replayed, flip: Flip) -> dict[str, Any]:
    ways = {f"{then} → {now}": count for (which, then, now), count in found.flips.ways.items() if which is flip}
    shown = [
        {
            "mention": example.past.id,
            "at": example.past.mention.posted_at.isoformat(),
            "brand": example.past.mention.brand,
            "channel": example.past.mention.channel,
            "text": _text(found, example),
            "route": {"then": example.then.route, "now": example.now.route},
            "reasons": {"then": sorted(example.then.reasons), "now": sorted(example.now.reasons)},
            "scores": [score.as_json() for score in scores(found, example)],
        }
        for example in found.examples.get(flip, ())
    ]
    return {"posts": found.flips.flips[flip], "ways": ways, "examples": shown}


def _first(found: Replayed) -> Sheet:
    title = f"Replay of the stored history by {found.new.path}"
    if not found.by_others:
        return Sheet(title, notes=[*_notes(found)])
    others = f"{found.by_others} of {sum(found.models.values())} posts were judged by other models than are configured."
    again = "What these said then is used all the same; --reclassify has the posts judged again."
    return Sheet(others, notes=["All were judged again." if found.asked.reclassify else again, title, *_notes(found)])


def _notes(found: Replayed) -> Iterator[str]:
    extent, minute = found.extent, "%Y-%m-%d %H:%M"
    start = max(found.since, extent.first or found.since)
    yield f"From {start:{minute}} to {found.until:{minute}} UTC: {found.days:.1f} days, {found.flips.mentions} posts."
    yield f"Database: {found.place}"
    yield f"In force: {found.old.path}" if found.old else "What is in force is not known; name it with --in-force."
    why = {
        "the text is erased": extent.erased,
        "not decided yet": extent.waiting,
        "the model was never asked": found.unjudged,
    }
    if out := ", ".join(f"{count} ({reason})" for reason, count in why.items() if count):
        yield f"Not looked at: {out}."
    for what, counts in sorted(found.gone.items()):
        was = f"{counts['mentions']} posts, {_rate(counts['alerts'] / found.days)} alerts a day"
        yield f"Nobody listens for {line(what, 50)} any more: {was}, in no figure below."
    yield "Then is what was decided; now is what would be, of authors of whom nothing is known."


def _cards(found: Replayed) -> Sheet:
    rows = [_row(route, then / found.days, now / found.days) for route, then, now in _by_route(found.flips)]
    alerts = [sum(_alerts(cards).values()) / found.days for cards in (found.flips.then, found.flips.now)]
    total = _row("all alerts", *alerts)
    return Sheet("Posts a day by route", ("route", "then", "now", "change"), [total, *rows], strong=frozenset({0}))


def _alerts(cards: Counter[tuple[str, Team]]) -> Counter[tuple[str, Team]]:
    return Counter({key: count for key, count in cards.items() if key[0] not in ("audit", "communications")})


def _by_route(flips: Flips) -> list[tuple[str, int, int]]:
    """Each kind of card and each silent outcome, with its posts then and now."""
    rows: dict[str, list[int]] = {}
    for column, cards, silent in ((0, flips.then, flips.silent_then), (1, flips.now, flips.silent_now)):
        for (kind, _), count in cards.items():
            rows.setdefault(kind, [0, 0])[column] += count
        for route, count in silent.items():
            rows.setdefault(SILENT.get(route, route), [0, 0])[column] += count
    order = sorted(rows, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return [(name, rows[name][0], rows[name][1]) for name in order]


ORDER = ("page", "call", "winback", "review", "answer", "communications", "audit", "answered", "thank", "ignore")
SILENT = {"answer": "answered"}
"""An answer that the bot gives alone."""


def _by_team(flips: Flips) -> list[tuple[Team, set[str], int, int]]:
    teams: dict[Team, tuple[set[str], list[int]]] = {}
    for column, cards in ((0, flips.then), (1, flips.now)):
        for (kind, team), count in cards.items():
            kinds, counts = teams.setdefault(team, (set(), [0, 0]))
            kinds.add(kind)
            counts[column] += count
    return [(team, kinds, counts[0], counts[1]) for team, (kinds, counts) in sorted(teams.items())]


def _teams(found: Replayed) -> list[Sequence[str]]:
    return [
        _row(f"{' '.join(team).strip()} ({', '.join(sorted(kinds))})", then / found.days, now / found.days)
        for team, kinds, then, now in _by_team(found.flips)
    ]


def _reasons(flips: Flips) -> list[Sequence[str]]:
    then, now = flips.reasons_then, flips.reasons_now
    changed = sorted({*then, *now}, key=lambda reason: -abs(now[reason] - then[reason]))
    return [
        (reason, f"{then[reason]}", f"{now[reason]}", f"{now[reason] - then[reason]:+d}")
        for reason in changed
        if now[reason] != then[reason]
    ]


def _flip(found: Replayed, flip: Flip) -> Sheet:
    count = found.flips.flips[flip]
    ways = [
        (f"{then} → {now}", f"{count}", _rate(count / found.days))
        for (which, then, now), count in found.flips.ways.most_common()
        if which is flip
    ]
    notes = [text for example in found.examples.get(flip, ()) for text in _example(found, example)]
    grave = sum(n for (which, then, _), n in found.flips.ways.items() if (which, then) == (flip, Route.PAGE))
    if grave and flip is Flip.NO_LONGER_ALERTED:
        notes.insert(0, f"Careful: danger to somebody is spoken of in {grave} of them.")
    return Sheet(f"{FLIPS[flip]}: {count} posts", ("route", "posts", "a day"), ways, notes=notes)


def _example(found: Replayed, example: Example) -> Iterator[str]:
    mention, then, now = example.past.mention, example.then, example.now
    where = line(f"{mention.channel} {mention.brand}", 40)
    yield f"  {mention.posted_at:%Y-%m-%d %H:%M}  {where}  {then.route} → {now.route}"
    yield f"    {_text(found, example)}"
    lost, won = sorted(then.reasons - now.reasons), sorted(now.reasons - then.reasons)
    if lost or won:
        yield "      " + line(
            " ".join([*(f"-{reason}" for reason in lost), *(f"+{reason}" for reason in won)]), WIDEST - 6
        )
    yield from (f"      {score}" for score in scores(found, example))


def _text(found: Replayed, example: Example) -> str:
    """On one line, without private data: looked for anew, in the very text that is shown."""
    mention = example.past.mention
    brand = found.new.settings.brands.get(mention.brand)
    text = mask(mention.text, find_pii(mention.text, brand.phone_region or None if brand else None))
    return line(text, WORDS - 4)


def _verdicts(flips: Flips) -> Sheet:
    rows = [
        (JUDGED[shown], f"{row.posts}", f"{row.then}", f"{row.now}") for shown, row in flips.wrong.items() if row.posts
    ]
    if not rows:
        return Sheet("Against people's verdicts", notes=("Nobody has judged any of these posts yet.",))
    notes = ["Verdicts are those of `correct` and of the cards' buttons; one that nobody gave is not guessed."]
    if missed := flips.missed():
        rows.append(("missed in all, by the audit sample (estimate)", "", f"{missed[0]:.0f}", f"{missed[1]:.0f}"))
    return Sheet("Against people's verdicts", ("", "posts", "then", "now"), rows, notes)


def _row(name: str, then: float, now: float) -> Sequence[str]:
    change = now - then
    return name, _rate(then), _rate(now), f"{'+' if change > 0 else '-' if change < 0 else ''}{_rate(abs(change))}"


def _rate(number: float) -> str:
    return f"{number:.2f}"
