"""A simulated month: every number of the report equals the one that is computed a second time from the raw rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from insights.report import as_dict, report
from models.store import Store
from models.store import report as material
from models.store.report import Span
from tests.insights import expected, month

HEAD = {"version", "since", "until", "brand", "channel", "failed_within"}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number and word of nested JSON, with its path."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        yield f"{path}.length", len(value)
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}.{number}")
    else:
        yield path, value


def check(store: Store, brand: str = "", channel: str = "") -> tuple[int, Any]:
    """Compare both computations of a span; how many numbers and words were the same, and the report."""
    span = Span(month.SINCE, month.UNTIL, brand, channel)
    made = json.loads(json.dumps(as_dict(report(store.do(material.read, span), month.settings()))))
    ours = dict(leaves({key: value for key, value in made.items() if key not in HEAD}))
    theirs = dict(
        leaves(store.do(expected.report, month.SETTINGS, month.SINCE, month.UNTIL, brand=brand, channel=channel))
    )
    assert ours.keys() == theirs.keys()
    wrong = {
        path: (value, theirs[path])
        for path, value in ours.items()
        if value != (pytest.approx(theirs[path], rel=1e-6, abs=1e-9) if isinstance(value, float) else theirs[path])
    }
    assert wrong == {}
    return len(ours), made


def test_every_number_of_the_month_is_right(store: Store) -> None:
    """10,000 mentions and 900 cases: all of it, one brand, and one channel; each number from the raw events alone."""
    store.do(month.fill)
    checked, made = check(store)
    assert checked > 2000
    assert (made["total"]["counts"]["mentions"], made["total"]["counts"]["cases"]) == (month.MENTIONS, month.CASES)


def test_a_part_of_the_month_is_right(store: Store) -> None:
    """So is the report of one brand, and of one channel, from another seed."""
    store.do(month.fill, 2)
    assert check(store, brand="rivalo")[0] > 1000
    assert check(store, channel="telegram")[0] > 500
