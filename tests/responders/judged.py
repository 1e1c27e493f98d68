"""Mentions in a store, heard and judged: what the desk finds."""

from __future__ import annotations

from datetime import datetime

from models.assessment import Assessment
from models.mention import Batch, Mention
from models.past import Screened
from models.store import Store, hearing, judging
from tests.build import NOW


def judged(store: Store, *pairs: tuple[Mention, Assessment], now: datetime = NOW) -> None:
    """Hear and judge each mention, in this order."""
    screened = [Screened(mention) for mention, _ in pairs]
    store.do(hearing.hear, "sample", Batch(cursor="1"), screened, "config-1", now)
    store.do(judging.save, pairs, now)
