"""No statement on a mention's way reads a whole table: what a mention costs does not grow with what is stored."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks import history, pipeline
from engine.sweep import sweep
from models.store import Store, effects, judging

GROWING = "mention|assessment|decision|case|case_event|effect|wake"
WHOLE = re.compile(rf"SCAN ({GROWING})(?! USING INDEX (mention_heard|mention_any|mention_classified))\b")
"""A scan of an index that holds only what waits is no scan of the table."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With a past of a few hundred mentions."""
    opened = Store.open(f"sqlite:///{tmp_path}/bot.db")
    history.fill(opened, 0, 300, pipeline.now())
    return opened


def test_every_statement_uses_an_index(store: Store) -> None:
    """From heard to sent, at each sweep and at each start, SQLite's own plan names no scan of a growing table."""
    plans: dict[str, list[str]] = {}

    def look(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            explained = connection.connection.driver_connection.execute(
                f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values
            )
            plans[statement] = [row[3] for row in explained]

    event.listen(store.engine, "before_cursor_execute", look)
    pipeline.Pipeline(store, 1).round(300)
    for housekeeping in (sweep, judging.free_after_restart, effects.recover):
        store.do(housekeeping, pipeline.now())
    assert len(plans) > 25, "the way was walked"
    assert {statement: plan for statement, plan in plans.items() if any(map(WHOLE.match, plan))} == {}
