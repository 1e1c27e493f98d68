"""The pages that people read: theirs, the queue, the sources, the day in numbers. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from models.form import Answer, Page, Part, Said, Shown
from models.store import board, controls, edits, figures, sources
from models.tables import ListenerRow
from responders.desk import words
from responders.desk.asked import Asked

SHOWN = 10
"""So many rows of a list in a page of several."""
STATES = {"ok": "hears", "failing": "fails", "paused": "rests until somebody mends it", "new": "has not begun"}


def home(asked: Asked) -> Answer:
    """The App Home."""
    parts = (_mine(asked, SHOWN), _queue(asked, SHOWN), _sources(asked), _numbers(_today(asked)), *_held(asked))
    return Page("Overheard", parts)


def mine(asked: Asked) -> Answer:
    """The cases of who asks."""
    return Page("Your cases", (_mine(asked, board.MOST),))


def queue(asked: Asked) -> Answer:
    """The cases that nobody has."""
    return Page("The queue", (_queue(asked, board.MOST),))


def status(asked: Asked) -> Answer:
    """Sources, and what waits where."""
    return Page("How it stands", (*_held(asked), _sources(asked), _waiting(asked)))


def report(asked: Asked) -> Answer:
    """The day in numbers, and how the cases stand."""
    day = _today(asked)
    return Page("Today", (_numbers(day), _funnel(day), *_closed(day)))


def find(asked: Asked, said: str) -> Answer:
    """The cases that hold these words or have this code."""
    if not said:
        return Said("Find what? Write a word of the post, its author or a case's code behind “find”.")
    rows = tuple(board.find(asked.session, said, asked.now))
    return Page(f"Found for “{said[:60]}”", (Part("", rows, empty="No case holds that."),))


def show_card(asked: Asked) -> Answer:
    """The whole card, to who asks."""
    body = edits.current_card(asked.session, asked.case().id, asked.now)
    return Said(words.ERASED) if body is None else Shown(body)


def _mine(asked: Asked, limit: int) -> Part:
    rows = board.mine(asked.session, asked.by.id, asked.now)
    return Part("Your open cases", tuple(rows[:limit]), empty="You have none.", more=len(rows[limit:]))


def _queue(asked: Asked, limit: int) -> Part:
    rows, more = board.queue(asked.session, None, asked.now, limit)
    return Part("Nobody has these", tuple(rows), empty="Nothing waits.", more=more)


def _held(asked: Asked) -> tuple[Part, ...]:
    """Said only while people hold sending."""
    pause = controls.pause_at(asked.session, asked.now)
    if pause is None:
        return ()
    what = "All sending is held" if pause.everything else "Public replies are held"
    until = f" until {asked.clock(pause.until)}" if pause.until else f" since {asked.clock(pause.since)}"
    return (Part("Paused", lines=(f"{what}{until}. “resume” lets it go on.",)),)


def _sources(asked: Asked) -> Part:
    lines = tuple(_source(asked, row) for row in sources.every(asked.session))
    return Part("Sources", lines=lines, empty="None has run yet.")


def _source(asked: Asked, row: ListenerRow) -> str:
    last = f"last heard {asked.clock(row.last_heard_at)}" if row.last_heard_at else "nothing heard yet"
    silent = f", silent since {asked.clock(row.silent_since)}" if row.silent_since else ""
    sign = "✅" if row.state == "ok" and not row.silent_since else "⚠️"
    return f"{sign} {row.name} {STATES.get(row.state, row.state)}, {last}{silent}{f' ({row.note})' if row.note else ''}"


def _waiting(asked: Asked) -> Part:
    state = figures.figures(asked.session, asked.now)
    lines = [f"{state.waiting.get('heard', 0)} to be read, {state.waiting.get('classified', 0)} to be decided"]
    lines += [f"{sink}: {count} {how}" for (sink, how), count in sorted(state.outbox.items())]
    lines += [
        f"{sink}: {count} {how.replace('_', ' ')}, people must look"
        for (sink, how), count in sorted(state.stuck.items())
    ]
    lines.append(f"{state.open_cases} cases open, {state.claimed_cases} claimed")
    return Part("What waits", lines=tuple(lines))


def _today(asked: Asked) -> board.Today:
    """Since midnight on the team's clock."""
    there = asked.now.astimezone(asked.zone)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(asked.now.tzinfo)
    return board.today(asked.session, midnight, asked.now)


def _numbers(day: board.Today) -> Part:
    names = ("opened", "claimed", "answered", "called", "resolved", "dismissed", "reopened")
    counts = ", ".join(f"{getattr(day, name)} {name}" for name in names)
    routes = ", ".join(f"{count} {route}" for route, count in sorted(day.routes.items()))
    return Part(
        "Today",
        lines=(
            f"Cases: {counts}",
            *((f"Opened by route: {routes}",) if routes else ()),
            f"Half of them claimed within {_span(day.claim)}, first answer within {_span(day.first_response)}",
        ),
    )


def _funnel(day: board.Today) -> Part:
    steps = [("opened", day.opened), ("claimed", day.claimed), ("answered or called", day.answered + day.called)]
    steps.append(("resolved", day.resolved))
    most = max((count for _, count in steps), default=0) or 1
    lines = [f"{'█' * round(12 * count / most):<12} {count} {name}" for name, count in steps]
    lines += [f"Now: {_counts(day.states)}"] if day.states else []
    lines += [f"Held by: {_counts(day.holders)}"] if day.holders else []
    return Part("From opened to resolved", lines=tuple(lines))


def _closed(day: board.Today) -> Iterator[Part]:
    if day.closed:
        yield Part("Why closed", lines=(_counts(day.closed),))


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in ordered)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "no time yet"
    minutes = timedelta(seconds=seconds) / timedelta(minutes=1)
    return f"{minutes / 60:.1f} h" if minutes >= 120 else f"{minutes:.0f} min" if minutes >= 1 else f"{seconds:.0f} s"
