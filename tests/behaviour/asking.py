"""Asks the shipped model and the shipped policy about every case of the checklist, in one batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from classifiers.encoder import TriageEncoder
from classifiers.panel import BrandHint, Panel
from models.assessment import Assessment, Head
from models.past import Past
from responders.policy import decide
from responders.reading import read
from responders.rules import Rules, rules_from
from responders.templates import Templates
from tests.behaviour.checklist import BRANDS, Capability, Case, Seen, Written, capabilities, cases
from tests.build import NOW, mention, settings

PAST = Past(fresh_id="1", fresh_code="1")


@dataclass(slots=True)
class Result:
    """The cases of a capability, and those that failed with what was wrong."""

    capability: Capability
    cases: int = 0
    failed: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The share that failed."""
        return len(self.failed) / self.cases


@cache
def encoder() -> TriageEncoder:
    """The weights that ship."""
    return TriageEncoder.load(threads=1)


@cache
def results() -> tuple[Result, ...]:
    """The whole checklist."""
    return judge(capabilities())


def judge(rows: Iterable[Capability]) -> tuple[Result, ...]:
    """One result a row; every post is asked once."""
    made = [(row, list(cases(row))) for row in rows]
    posts = {post: None for _, each in made for case in each for post in (case.post, case.before) if post}
    seen = see(list(posts))
    return tuple(
        Result(row, len(each), [(case, fault) for case in each if (fault := case.fault(seen))]) for row, each in made
    )


def see(posts: Sequence[Written]) -> Mapping[Written, Seen]:
    """What model, language, danger rules and policy with its default thresholds make of each post."""
    keys = {brand.lower(): BrandHint(brand) for brand in {*BRANDS, *(post.brand for post in posts)}}
    panel = Panel([encoder()], encoder().languages, keys)
    mentions = [mention(text=post.text, brand=post.brand.lower(), lang=post.lang or None) for post in posts]
    rows = zip(posts, mentions, panel.assess(mentions), strict=True)
    rules = {brand: _rules(hint.name) for brand, hint in keys.items()}
    return {
        post: _seen(found, rules[said.brand], decide(said, found, PAST, rules[said.brand], NOW).route)
        for post, said, found in rows
    }


def _seen(found: Assessment, rules: Rules, route: str) -> Seen:
    reading = read(found, rules.thresholds)
    alarm = "yes" if found.danger or "critical" in reading.yes else "no"
    labels = {head.value: found.label(head) for head in Head}
    return Seen({**labels, "route": str(route), "alarm": alarm, "lang": found.lang}, reading.p)


@cache
def _rules(name: str) -> Rules:
    """Without the audit sample: chance must not choose a route."""
    brand = {"name": name, "terms": [name.lower()]}
    made = settings(brands={name.lower(): brand}, audit={"share": 0})
    return rules_from(made, Templates.load())(name.lower(), "x")
