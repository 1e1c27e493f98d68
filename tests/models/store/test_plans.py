"""What is looked for at each post and each minute is found by an index, however long the history is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from models.past import Screened
from models.store import Store, contacts, following, switches, ways, winbacks
from tests.build import mention
from tests.models.store.steps import LATER


@pytest.mark.parametrize(
    ("look", "values", "index"),
    [
        (switches.expire, (timedelta(days=30), LATER), "switch_live"),
        (contacts.erase_due, (LATER,), "contact_kept"),
        (winbacks.due, (LATER,), "winback_due"),
        (following.strangers, ([Screened(mention())], LATER), "effect_author"),
        (following.spoken_at, (mention(), "case-1", LATER), "effect_author"),
        (ways.said_by_us, ("case-1",), "effect_case"),
    ],
)
def test_nothing_reads_a_whole_table(store: Store, look: Any, values: tuple[Any, ...], index: str) -> None:
    """SQLite says itself by which index it goes. That of a message's state is as long as the table: most were sent."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("with a few rows PostgreSQL rightly reads them all")
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        explained = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.extend(row[3] for row in explained)

    event.listen(store.engine, "before_cursor_execute", explain)
    store.do(look, *values)
    event.remove(store.engine, "before_cursor_execute", explain)
    assert any(index in plan for plan in plans), plans
    assert not [plan for plan in plans if plan.startswith("SCAN") and index not in plan]
    assert not [plan for plan in plans if "effect_state" in plan]
