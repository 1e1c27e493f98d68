"""What another configuration would have changed: each mention's fate then and now, side by side, counted.

It knows neither the store nor the policy. An alert is a post that people are shown for its own sake; one that joins an
open case counts too. The audit sample and the second card for communications are counted by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.assessment import Head
from models.decision import Reason, Route
from models.store.verdicts import IDLE

Team = tuple[str, str]
"""A responder and its address there: who gets a card."""

ASKS: Mapping[Head, frozenset[str]] = {
    Head.INTENT: frozenset({"problem", "question"}),
    Head.URGENCY: frozenset({"high", "critical"}),
    Head.SENSITIVE: frozenset({"account", "payment", "identity", "health_legal"}),
    Head.CHURN: frozenset({"yes"}),
}
"""Labels with which a post asks for a person."""


class Flip(StrEnum):
    """What changes for people."""

    NEWLY_ALERTED = "newly_alerted"
    NO_LONGER_ALERTED = "no_longer_alerted"
    MOVED = "moved"
    """Shown both times, by another route or to another team."""
    UNSEEN = "unseen"
    """Shown neither time, by another route."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a mention, by one configuration. ``team`` is told of it, or nobody."""

    route: str
    reasons: frozenset[str]
    team: Team | None = None
    audit: Team | None = None
    communications: Team | None = None

    def cards(self) -> Iterator[tuple[str, Team]]:
        """What is sent to people, and to whom."""
        for what, team in ((self.route, self.team), ("audit", self.audit), ("communications", self.communications)):
            if team:
                yield what, team

    @property
    def left_alone(self) -> bool:
        """Whether the model's word is why nobody is asked; what screening leaves out has other reasons."""
        return self.route == Route.IGNORE and bool(self.reasons.intersection(IDLE)) and Reason.EMPTY not in self.reasons


@dataclass(frozen=True, slots=True)
class Verdict:
    """What people said of a post: whether it was needed, and whether a label that they corrected asks for a person."""

    needed: bool | None
    asks: bool

    @classmethod
    def of(cls, labels: Mapping[Head, str], needed: bool | None) -> Verdict:
        """Of a correction."""
        return cls(needed, any(label in ASKS.get(head, ()) for head, label in labels.items()))


class Shown(StrEnum):
    """How a post came before people, by the verdict that they gave."""

    CARD = "needed_on_a_card"
    SAMPLE = "needed_in_the_audit_sample"
    OTHERWISE = "needed_found_otherwise"
    LABEL = "asks_by_a_corrected_label"
    NEEDLESS = "not_needed"
    NEEDLESS_SAMPLE = "not_needed_in_the_audit_sample"


@dataclass(slots=True)
class Wrong:
    """Posts with a verdict, and in how many the bot goes against it: misses, or needless alerts."""

    posts: int = 0
    then: int = 0
    now: int = 0


@dataclass(slots=True)
class Flips:
    """The counts. Fill it with ``add``."""

    mentions: int = 0
    then: Counter[tuple[str, Team]] = field(default_factory=Counter)
    now: Counter[tuple[str, Team]] = field(default_factory=Counter)
    silent_then: Counter[str] = field(default_factory=Counter)
    silent_now: Counter[str] = field(default_factory=Counter)
    reasons_then: Counter[str] = field(default_factory=Counter)
    reasons_now: Counter[str] = field(default_factory=Counter)
    flips: Counter[Flip] = field(default_factory=Counter)
    ways: Counter[tuple[Flip, str, str]] = field(default_factory=Counter)
    left_alone: int = 0
    alerts: int = 0
    wrong: dict[Shown, Wrong] = field(default_factory=lambda: {shown: Wrong() for shown in Shown})

    def add(self, then: Fate, now: Fate, verdict: Verdict | None = None) -> Flip | None:
        """Count one mention; what changes for people, if anything does."""
        self.mentions += 1
        for fate, cards, silent, reasons in (
            (then, self.then, self.silent_then, self.reasons_then),
            (now, self.now, self.silent_now, self.reasons_now),
        ):
            cards.update(fate.cards())
            reasons.update(fate.reasons)
            if not fate.team:
                silent[fate.route] += 1
        self.alerts += bool(then.team)
        self.left_alone += then.left_alone
        if verdict:
            self._judge(then, now, verdict)
        flip = flip_of(then, now)
        if flip:
            self.flips[flip] += 1
            self.ways[flip, then.route, now.route] += 1
        return flip

    def missed(self) -> tuple[float, float] | None:
        """How many posts in all needed a person and were not shown, then and now; None where the sample cannot tell.

        Each judged post of the sample stands for as many as were left alone for one, and each judged alert for as
        many alerts (the estimate of ``insights.recall``).
        """
        card, sample = self.wrong[Shown.CARD], self.wrong[Shown.SAMPLE]
        sampled = sample.posts + self.wrong[Shown.NEEDLESS_SAMPLE].posts
        judged = card.posts + self.wrong[Shown.NEEDLESS].then
        if not sampled:
            return None
        of_sample, of_alert = self.left_alone / sampled, self.alerts / judged if judged else 1.0
        return of_sample * sample.then, of_sample * sample.now + of_alert * card.now

    def _judge(self, then: Fate, now: Fate, verdict: Verdict) -> None:
        missed = (not then.team, not now.team)
        if verdict.asks:
            self._count(Shown.LABEL, *missed)
        if verdict.needed:
            way = Shown.CARD if then.team else Shown.SAMPLE if then.audit else Shown.OTHERWISE
            self._count(way, *missed)
        elif verdict.needed is False:
            way = Shown.NEEDLESS_SAMPLE if then.audit else Shown.NEEDLESS
            self._count(way, bool(then.team), bool(now.team))

    def _count(self, shown: Shown, then: bool, now: bool) -> None:
        row = self.wrong[shown]
        row.posts, row.then, row.now = row.posts + 1, row.then + then, row.now + now


def flip_of(then: Fate, now: Fate) -> Flip | None:
    """What changes for people; None where nothing does."""
    if not then.team and now.team:
        return Flip.NEWLY_ALERTED
    if then.team and not now.team:
        return Flip.NO_LONGER_ALERTED
    if then.team and (then.route, then.team) != (now.route, now.team):
        return Flip.MOVED
    return Flip.UNSEEN if then.route != now.route else None
