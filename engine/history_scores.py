"""Which probabilities made the difference between a decision then and now, and how they stand to the thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.decision import Reason
from models.settings.types import Band
from responders.policy import choose
from responders.reading import Reading, read

if TYPE_CHECKING:
    from engine.history import Example, Replayed

GRAVEST_FIRST = (
    *("critical", "urgent", "private", "churn", "ignore", "idle"),
    *("problem", "question", "praise", "negative"),
)
BEHIND = {
    Reason.CRITICAL: "critical",
    Reason.URGENT: "urgent",
    Reason.PRIVATE_DATA: "private",
    Reason.CHURN: "churn",
    Reason.BROADCAST: "ignore",
    Reason.UNRELATED: "ignore",
    Reason.OPINION: "idle",
    Reason.PROBLEM: "problem",
    Reason.QUESTION: "question",
    Reason.PRAISE: "praise",
    Reason.NEGATIVE: "negative",
}
MOST = 3


@dataclass(frozen=True, slots=True)
class Stand:
    """A probability and its threshold by one configuration."""

    p: float
    band: Band

    def __str__(self) -> str:
        if self.band.holds(self.p):
            return f"yes, at {self.band.at:g} or more"
        if self.band.doubts(self.p):
            return f"in doubt, {self.band.at - self.band.doubt:g} to {self.band.at:g}"
        return f"no, below {self.band.at - self.band.doubt:g}"


@dataclass(frozen=True, slots=True)
class Score:
    """One threshold's probability; ``then`` is None where the thresholds of that time are not known."""

    name: str
    then: Stand | None
    now: Stand

    def __str__(self) -> str:
        then, now = self.then, self.now
        if then is None:
            return f"{self.name} {now.p:.2f}: {now}"
        p = f"{then.p:.2f}" if then.p == now.p else f"{then.p:.2f} → {now.p:.2f}"
        return f"{self.name} {p}: {now}" if str(then) == str(now) else f"{self.name} {p}: {then} → {now}"

    def as_json(self) -> dict[str, Any]:
        """Both sides."""
        sides = {"then": self.then, "now": self.now}
        return {"threshold": self.name} | {
            when: {"p": side.p, "at": side.band.at, "doubt": side.band.doubt} if side else None
            for when, side in sides.items()
        }


def scores(found: Replayed, example: Example) -> list[Score]:
    """The few that mattered, the gravest first; none where the model had no part in it."""
    past, assessment = example.past, example.assessment
    if assessment is None:
        return []
    rules = found.new.rules(past)
    now, before = read(assessment, rules.thresholds), _then(found, example)
    asked = {BEHIND[Reason(one)] for one in example.then.reasons ^ example.now.reasons if one in BEHIND}
    crossed = {name for name in now.p if before and _state(before[0], name) != _state(now, name)}
    wanted = crossed | asked or (now.yes | now.doubt) & {*GRAVEST_FIRST}
    chosen = sorted(wanted, key=lambda name: (name not in crossed, GRAVEST_FIRST.index(name)))
    return [
        Score(
            name,
            Stand(before[0].p[name], getattr(before[1], name)) if before else None,
            Stand(now.p[name], getattr(rules.thresholds, name)),
        )
        for name in chosen[:MOST]
    ]


def _then(found: Replayed, example: Example) -> tuple[Reading, Any] | None:
    """How the post read by the thresholds in force, if these explain what was decided then."""
    past = example.past
    if found.old is None or past.assessment is None or past.mention.brand not in found.old.settings.brands:
        return None
    rules = found.old.rules(past)
    if choose(past.mention, past.assessment, rules).route != example.then.route:
        return None
    return read(past.assessment, rules.thresholds), rules.thresholds


def _state(reading: Reading, name: str) -> str:
    return "yes" if name in reading.yes else "doubt" if name in reading.doubt else "no"
