"""What `status` prints: sources, queues, cases and the day so far, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from insights.channels import posts, would
from insights.recall import Estimate, precision, recall
from models.store.figures import Figures
from models.store.verdicts import Tally, together
from models.tables import ListenerRow


def lines(
    figures: Figures,
    listeners: Sequence[ListenerRow],
    now: datetime,
    judged: Sequence[Tally] = (),
    configured: Collection[str] | None = None,
) -> Iterator[str]:
    """The report, a line at a time; ``judged`` are people's verdicts of the last weeks.

    Of the listeners those that are not ``configured`` any more are off; what they have heard stays.
    """
    if figures.pause:
        what = "all sending is" if figures.pause.everything else "public replies are"
        until = f" until {figures.pause.until:%H:%M} UTC" if figures.pause.until else ""
        yield f"PAUSED: {what} held{until}; `python bot.py resume` lets it go on"
    yield "Sources"
    for row in listeners:
        heard = f"{row.heard} heard, last {ago(row.last_heard_at, now)}{_gaps(row, now)}"
        off = configured is not None and row.name not in configured
        note = "not in the configuration" if off else row.note
        yield f"  {row.name:<16} {'off' if off else row.state:<8} {heard}{f' ({note})' if note else ''}"
    if not listeners:
        yield "  none has run yet"
    yield "Waiting"
    yield f"  to be judged {figures.waiting['heard']}, to be decided {figures.waiting['classified']}"
    for (sink, state), count in sorted(figures.outbox.items()):
        yield f"  {sink}: {count} {state}"
    for (sink, state), count in sorted(figures.stuck.items()):
        yield f"  {sink}: {count} {state.replace('_', ' ')}, given to people"
    yield "Cases"
    yield f"  open {figures.open_cases}, claimed {figures.claimed_cases}"
    yield "Last 24 hours"
    yield f"  {_counts(figures.routes) or 'nothing decided'}"
    if figures.left_out:
        yield f"  left out: {_counts(figures.left_out)}"
    if figures.would:
        yield "In shadow, would have"
    for channel, done in sorted(figures.would.items()):
        yield f"  {channel}: {would(done)} (of {posts(done)})"
    if judged:
        yield "Judged by people"
        yield f"  {_quality(together(judged))}"


def _gaps(row: ListenerRow, now: datetime) -> str:
    """How often posts may have been missed for good."""
    return f", {row.gaps} gap{'s' * (row.gaps != 1)}, the last {ago(row.gap_at, now)}" if row.gaps else ""


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, in one unit."""
    if moment is None:
        return "never"
    seconds = max((now - moment) / timedelta(seconds=1), 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def _quality(tally: Tally) -> str:
    alerts, sample = tally.needed + tally.needless, tally.missed + tally.rightly
    counts = f"{alerts} of {tally.alerts} alerts and {sample} of {tally.audited} audit cards judged"
    return f"recall {_estimate(recall(tally))}, precision {_estimate(precision(tally))}; {counts}"


def _estimate(share: Estimate | None) -> str:
    return f"{share.share:.0%} ({share.low:.0%} to {share.high:.0%})" if share else "not known"


def _counts(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in ordered)
