"""The figures in Prometheus' text form. Names end in their unit; labels hold names of the house only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from insights.recall import precision, recall
from models.progress import Progress
from models.store.figures import Figures
from models.store.verdicts import Tally
from models.tables import ListenerRow

STAGES = ("classify", "decide", "send", "reconcile")
"""The stages that work is waiting for."""


class PageFigures(Protocol):
    """What the call-back page tells of itself."""

    @property
    def up(self) -> bool:
        """Whether it is served."""

    @property
    def answers(self) -> Mapping[int, int]:
        """How many it has given, by status."""


class _Snapshot(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def exposition(
    figures: Figures,
    listeners: Sequence[ListenerRow],
    progress: Progress,
    now: datetime,
    judged: Sequence[Tally] = (),
    page: PageFigures | None = None,
) -> bytes:
    """The whole page for /metrics; ``judged`` are people's verdicts by brand and channel, ``page`` the customers'."""
    registry = CollectorRegistry(auto_describe=False)
    families = [*_figures(figures, progress, now), *_listeners(listeners, now), *_verdicts(judged)]
    registry.register(_Snapshot([*families, *(_page(page) if page else ())]))
    return generate_latest(registry)


def _page(page: PageFigures) -> Iterator[Metric]:
    yield _gauge("callback_up", "1 if the call-back page is served.", [], {(): float(page.up)})
    answers = {(str(status),): float(count) for status, count in page.answers.items()}
    yield _gauge("callback_answers", "Answers of the call-back page since the start.", ["status"], answers)


def _figures(figures: Figures, progress: Progress, now: datetime) -> Iterator[Metric]:
    yield _gauge("mentions_waiting", "Mentions that wait, by state.", ["state"], _single(figures.waiting))
    yield _gauge("outbox_messages", "Messages not yet settled.", ["sink", "state"], figures.outbox)
    yield _gauge("given_to_people", "Messages that we will not send.", ["sink", "state"], figures.stuck)
    yield _gauge("decisions_24h", "Decisions of the last 24 hours, by route.", ["route"], _single(figures.routes))
    would = {
        (channel, kind): getattr(done, kind)
        for channel, done in figures.would.items()
        for kind in ("cards", "notes", "replies")
    }
    yield _gauge("would_have_24h", "Messages that shadow held back, of 24 hours.", ["channel", "kind"], would)
    yield _gauge("left_out_24h", "Posts left out today and yesterday.", ["reason"], _single(figures.left_out))
    cases = {"open": figures.open_cases, "claimed": figures.claimed_cases}
    yield _gauge("cases", "Cases that are not closed, by state.", ["state"], _single(cases))
    waited = {(stage,): (now - figures.waits.get(stage, now)).total_seconds() for stage in STAGES}
    yield _gauge("oldest_wait_seconds", "How long the oldest work of a stage has waited.", ["stage"], waited)
    still = {(stage,): (now - progress.last(stage)).total_seconds() for stage in STAGES}
    yield _gauge("since_progress_seconds", "Time since a stage last did a piece of work.", ["stage"], still)
    yield _gauge("paused", "1 while people hold sending.", [], {(): float(figures.pause is not None)})


def _listeners(listeners: Sequence[ListenerRow], now: datetime) -> Iterator[Metric]:
    up = {(row.name,): float(row.state == "ok") for row in listeners}
    yield _gauge("listener_up", "1 if the last poll went well.", ["listener"], up)
    heard = {(row.name,): float(row.heard) for row in listeners}
    yield _gauge("listener_heard", "Posts heard since the beginning.", ["listener"], heard)
    gaps = {(row.name,): float(row.gaps) for row in listeners}
    yield _gauge("listener_gaps", "How often posts may have been missed for good.", ["listener"], gaps)
    silent = {(row.name,): (now - row.last_heard_at).total_seconds() for row in listeners if row.last_heard_at}
    yield _gauge("listener_silent_seconds", "Time since something was heard.", ["listener"], silent)


def _verdicts(judged: Sequence[Tally]) -> Iterator[Metric]:
    place = ["brand", "channel"]
    for name, estimate, text in (
        ("recall", recall, "Needed alerts, of all posts that needed a person"),
        ("precision", precision, "Needed alerts, of all that were judged"),
    ):
        found = {(tally.brand, tally.channel): share for tally in judged if (share := estimate(tally))}
        yield _gauge(f"{name}_ratio", f"{text}.", place, {key: share.share for key, share in found.items()})
        low, high = ({key: getattr(share, end) for key, share in found.items()} for end in ("low", "high"))
        yield _gauge(f"{name}_low_ratio", f"{text}: the least, at 95 %.", place, low)
        yield _gauge(f"{name}_high_ratio", f"{text}: the most, at 95 %.", place, high)
    verdicts = {
        (tally.brand, tally.channel, shown, verdict): count
        for tally in judged
        for shown, verdict, count in (
            ("alert", "needed", tally.needed),
            ("alert", "not_needed", tally.needless),
            ("audit", "needed", tally.missed),
            ("audit", "not_needed", tally.rightly),
        )
    }
    yield _gauge(
        "verdicts", "Posts that people judged, by what they were shown.", [*place, "shown", "verdict"], verdicts
    )


def _single(counts: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(name,): float(count) for name, count in counts.items()}


def _gauge(name: str, text: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(f"overheard_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), float(value))
    return family
