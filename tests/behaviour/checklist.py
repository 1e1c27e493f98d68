"""A checklist of behaviours in the manner of CheckList (Ribeiro et al. 2020): what a post must be taken for, what must
change nothing, and what must push a probability one way. Fills in ``data/*.toml``; asks nobody and judges nothing.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from models.assessment import LABELS, Head
from tests.behaviour.alter import ALTER

DATA = Path(__file__).parent / "data"
BRANDS = ("Kestrelo", "Coppermint", "Zephryn", "Lumbrick", "Vantello")
"""A telephone company, a bank, an airline, a shop and films to stream; all invented."""

STEP, SLACK, SURE, NEVER = 0.01, 0.05, 0.8, 0.05
"""What must move moves by a step, the rest by less than the slack; the sure need not rise, the never not fall."""

Move = Literal["up", "down", "not up", "not down"]


class Group(BaseModel):
    """Posts that are changed alike and of which the same is expected.

    ``expect`` holds the labels allowed by head, by ``route`` or by ``alarm``; ``moves`` how a threshold's probability
    must move when the post is changed; without both, the labels of ``same`` must stay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    posts: tuple[str, ...]
    brands: tuple[str, ...] = BRANDS
    lang: str = ""
    written: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    alter: tuple[str, ...] = ()
    swap: bool = False
    expect: Mapping[str, tuple[str, ...]] = {}
    moves: Mapping[str, Move] = {}
    same: tuple[Head, ...] = tuple(LABELS)


class Capability(BaseModel):
    """One row of the checklist."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["minimum", "invariance", "direction"]
    group: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A post as it is asked; ``lang`` is what its platform says."""

    text: str
    brand: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a post: a label by head, ``route`` and ``alarm``, and a probability by threshold."""

    labels: Mapping[str, str]
    p: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """``before`` is the post that this one is compared with, where there is one."""

    group: Group
    post: Written
    before: Written | None = None

    def fault(self, seen: Mapping[Written, Seen]) -> str:
        """What is wrong, or nothing."""
        now, group = seen[self.post], self.group
        if group.expect or not self.before:
            return ", ".join(f"{at} is {now.labels[at]}" for at, ok in group.expect.items() if now.labels[at] not in ok)
        old = seen[self.before]
        moves = [
            (at, old.p[at], now.p[at]) for at, move in group.moves.items() if not _moved(move, old.p[at], now.p[at])
        ]
        heads = [] if group.moves else [at for at in group.same if old.labels[at] != now.labels[at]]
        wrong = [f"{at} {old.labels[at]} → {now.labels[at]}" for at in heads]
        return ", ".join([*wrong, *(f"p({at}) {was:.2f} → {became:.2f}" for at, was, became in moves)])


def _moved(move: Move, old: float, now: float) -> bool:
    return {
        "up": now >= old + STEP or (old >= SURE and now >= SURE),
        "down": now <= old - STEP or (old <= NEVER and now <= NEVER),
        "not up": now <= old + SLACK,
        "not down": now >= old - SLACK,
    }[move]


def capabilities(folder: Path = DATA) -> list[Capability]:
    """Every row in the order of the files; ``@name`` among posts or changes stands for the list of that name."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    lists = {f"@{name}": items for table in tables for name, items in table.get("lists", {}).items()}
    rows = (row for table in tables for row in table.get("capability", []))
    return [Capability(**{**row, "group": [_filled(group, lists) for group in row["group"]]}) for row in rows]


def _filled(group: Mapping[str, Any], lists: Mapping[str, list[str]]) -> dict[str, Any]:
    named = ((key, group[key]) for key in ("posts", "changes") if key in group)
    return {**group, **{key: [one for item in items for one in lists.get(item, [item])] for key, items in named}}


def cases(capability: Capability) -> Iterator[Case]:
    """Each post with one of its brands in turn, or, where the group says how to change it, everything made of it."""
    for group in capability.group:
        for number, post in enumerate(one for written in group.posts for one in _alternatives(written)):
            brand = group.brands[number % len(group.brands)]
            before = Written(post.replace("{brand}", brand), brand, group.lang)
            if not (group.written or group.changes or group.alter or group.swap):
                yield Case(group, before)
            yield from (Case(group, after, before) for after in _changed(group, post, before) if after != before)


def _alternatives(post: str) -> Iterator[str]:
    """``{one|other}`` as one and as other."""
    parts = re.split(r"\{([^{}]*\|[^{}]*)\}", post)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    return ("".join(one) for one in itertools.product(*choices))


def _changed(group: Group, post: str, before: Written) -> Iterator[Written]:
    brand = before.brand
    for name in group.written:
        said = name.replace("{name}", brand).replace("{lower}", brand.lower()).replace("{upper}", brand.upper())
        yield Written(post.replace("{brand}", said), brand)
    for change in (one for written in group.changes for one in _alternatives(written)):
        yield Written(change.replace("{post}", before.text).replace("{brand}", brand), brand)
    for name in group.alter:
        yield Written(ALTER[name](before.text, brand), brand)
    for other in (one for one in BRANDS if group.swap and one != brand):
        yield Written(post.replace("{brand}", other), other)
