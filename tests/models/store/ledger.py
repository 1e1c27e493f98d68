"""The ledger of a case twice: as its rows say, and as its history alone says, for tests that hold them together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from models.store import Store
from models.switch import LADDER
from tests.models.store.steps import CASE
from tests.stores import rows

STAGES = {"switch_completed": "resolved"} | {
    f"switch_{stage}": stage for stage in (*LADDER, "dropped") if stage != "resolved"
}
"""The stage that each event stands for."""


@dataclass
class Told:
    """A switch as the history tells it."""

    stage: str
    way: str
    drop: str = ""


def steps(store: Store, case_id: str = CASE.id) -> list[tuple[str, str, dict[str, Any]]]:
    """Each step of the case's switches: the stage, who, and what was written beside it."""
    sql = "SELECT type, actor_kind, meta FROM case_event WHERE case_id = :case AND type LIKE 'switch%' ORDER BY seq"
    return [(STAGES[what], who, _json(meta)) for what, who, meta in rows(store, sql, case=case_id)]


def stages(store: Store, case_id: str = CASE.id) -> list[str]:
    """The stages alone."""
    return [stage for stage, _, _ in steps(store, case_id)]


def told(store: Store, case_id: str = CASE.id) -> list[Told]:
    """The case's switches, out of its history and nothing else; asserts that every step was taken openly."""
    found: dict[str, Told] = {}
    for stage, _, meta in steps(store, case_id):
        before = found.get(meta["switch"])
        if stage == "dropped":
            assert before
            assert before.stage not in ("resolved", "closed", "dropped")
            assert meta["stage"] == before.stage
            found[meta["switch"]] = Told(stage, meta["to"], meta["reason"])
            continue
        _openly(before.stage if before else "", stage, meta)
        found[meta["switch"]] = Told(stage, meta["to"])
    return list(found.values())


def _openly(before: str, stage: str, meta: dict[str, Any]) -> None:
    """A stage that was skipped or gone back to stands in the event with its reason; in any other there is none."""
    assert before != "dropped"
    here = LADDER.index(before) if before else -1
    there = LADDER.index(stage)
    skipped = [str(one) for one in LADDER[here + 1 : there]]
    assert meta.get("skipped", []) == skipped
    assert meta.get("back", False) == (there < here)
    assert ("why" in meta) == bool(skipped or there < here)
    assert there != here or stage == "attempted"


def kept(store: Store, case_id: str = CASE.id) -> list[Told]:
    """The case's switches as their rows say."""
    sql = 'SELECT stage, to_channel, "drop" FROM switch WHERE case_id = :case ORDER BY hop'
    return [Told(*row) for row in rows(store, sql, case=case_id)]


def _json(meta: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(meta) if isinstance(meta, str) else meta
    return found
