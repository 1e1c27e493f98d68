"""`replay` without a file: what another configuration would have decided about the stored history. Writes nothing."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.sides import Side, left_out
from insights.flips import Fate, Flip, Flips, Verdict
from models.assessment import Assessment, Head
from models.errors import SettingsError, StoreError
from models.settings import Loaded, Settings
from models.store import Store, corrections, history
from models.store.history import Decided, Extent

if TYPE_CHECKING:
    from sqlmodel import Session

    from classifiers.panel import Panel

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the lead wants to know; ``examples`` are of each kind of change."""

    days: int = 30
    examples: int = 5
    reclassify: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A post whose fate changes; ``assessment`` is what the model says now, or None where screening leaves it out."""

    past: Decided
    assessment: Assessment | None
    then: Fate
    now: Fate


@dataclass(slots=True)
class Replayed:
    """All that is told. Posts that are ``gone`` or ``unjudged`` are in no other figure.

    ``gone`` counts posts and their alerts by what the new configuration lacks. ``models`` counts posts by the version
    that judged them then, and ``by_others`` those that models judged which the new configuration does not name.
    """

    new: Side
    old: Side | None
    asked: Asked
    since: datetime
    until: datetime
    extent: Extent
    place: str
    flips: Flips = field(default_factory=Flips)
    examples: dict[Flip, deque[Example]] = field(default_factory=dict)
    gone: dict[str, Counter[str]] = field(default_factory=dict)
    unjudged: int = 0
    models: Counter[str] = field(default_factory=Counter)
    by_others: int = 0

    @property
    def days(self) -> float:
        """How long the history is that was asked for, a day at least."""
        return max((self.until - max(self.since, self.extent.first or self.since)) / DAY, 1.0)


def replay(store: Store, new: Loaded, in_force: Loaded | None, asked: Asked, now: datetime) -> None:
    """Print what changes; ``in_force`` explains what was decided then. Raises StoreError where nothing is kept."""
    from engine.history_sheets import as_json, tell

    found = replayed(store, new, in_force, asked, now)
    if asked.as_json:
        print(json.dumps(as_json(found), indent=1))
    else:
        tell(found)


def replayed(store: Store, new: Loaded, in_force: Loaded | None, asked: Asked, now: datetime) -> Replayed:
    """What changes, for mentions heard in the last days, read a portion at a time."""
    from classifiers.stream import progress

    since = now - timedelta(days=asked.days)
    extent = store.do(history.extent, since, now)
    if not extent.decided:
        erased = f" The texts of {extent.erased} are erased (store.keep_mentions)." if extent.erased else ""
        raise StoreError(f"nothing was decided in the last {asked.days} days whose text is kept.{erased}")
    place = store.engine.url.set(query={}).render_as_string()
    sides = Side(new), Side(in_force) if in_force else None
    found = Replayed(*sides, asked, since, now, extent, place)
    walk = Walk(found, _names(new.settings), store.do(_verdicts, since), _panel(new) if asked.reclassify else None)
    for past, assessment in progress(walk.judged(store), extent.decided, "replay"):
        walk.step(past, assessment)
    return found


class Walk:
    """Goes through the history and counts."""

    def __init__(
        self,
        found: Replayed,
        names: Mapping[Head, tuple[str, ...]],
        verdicts: Mapping[str, Verdict],
        panel: Panel | None,
    ) -> None:
        self._found = found
        self._names = names
        # The names of both encoders do not tell whether one or the two together judged.
        self._other_mode = found.old is not None and _mode(found.old) != _mode(found.new)
        self._verdicts = verdicts
        self._panel = panel

    def judged(self, store: Store) -> Iterator[tuple[Decided, Assessment | None]]:
        """Every mention with what the model says of it now: its word then, unless it was asked again."""
        found = self._found
        after = (found.since, "")
        while portion := store.do(history.portion, after, found.until):
            yield from zip(portion, self._assessments(portion), strict=True)
            after = portion[-1].place

    def step(self, past: Decided, assessment: Assessment | None) -> None:
        """Count one mention."""
        found = self._found
        then = (found.old or found.new).then(past)
        if lacks := found.new.lacks(past):
            found.gone.setdefault(lacks, Counter()).update({"mentions": 1, "alerts": int(then.team is not None)})
            return
        if reason := found.new.screened(past, found.old):
            now, assessment = left_out(reason), None
        elif assessment is None:
            found.unjudged += 1
            return
        else:
            now = found.new.now(past, assessment)
        self._count_model(past)
        if flip := found.flips.add(then, now, self._verdicts.get(past.id)):
            latest = found.examples.setdefault(flip, deque(maxlen=found.asked.examples))
            latest.append(Example(past, assessment, then, now))

    def _assessments(self, portion: Sequence[Decided]) -> Sequence[Assessment | None]:
        if self._panel is None:
            return [past.assessment for past in portion]
        new, old = self._found.new, self._found.old
        wanted = [past for past in portion if not new.lacks(past) and not new.screened(past, old)]
        answers: dict[str, Assessment] = {}
        # As many at a time as the bot itself would give: of each batch a cascade reads a share again.
        size = new.settings.classifier.batch
        for batch in (wanted[start : start + size] for start in range(0, len(wanted), size)):
            judged = self._panel.assess([past.mention for past in batch])
            answers |= {past.id: assessment for past, assessment in zip(batch, judged, strict=True)}
        return [answers.get(past.id) for past in portion]

    def _count_model(self, past: Decided) -> None:
        if not past.assessment:
            return
        self._found.models[past.version] += 1
        findings = past.assessment.findings.values()
        same = all(one.version.startswith(self._names[one.head]) for one in findings)
        self._found.by_others += self._other_mode or not same


def _verdicts(session: Session, since: datetime) -> dict[str, Verdict]:
    """What people said of each post, of corrections since the first mention was heard."""
    return {post.mention_id: Verdict.of(post.labels, post.needed) for post in corrections.labelled(session, since)}


def _mode(side: Side) -> tuple[str, float]:
    classifier = side.settings.classifier
    return classifier.mode, classifier.reread if classifier.mode == "cascade" else 0.0


def _names(settings: Settings) -> Mapping[Head, tuple[str, ...]]:
    from classifiers.versions import names

    try:
        return names(settings.classifier)
    except (ValueError, OSError) as error:
        raise SettingsError([f"classifier: {error}"]) from error


def _panel(new: Loaded) -> Panel:
    from engine.thinking import Thinking

    return Thinking().panel(new.settings)
