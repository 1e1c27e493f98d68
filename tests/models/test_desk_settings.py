"""The desk's settings: deadlines that fall back on each other, and moments of the week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from models.settings.desk import Deadline, read_moment
from tests.build import settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SUPPORT = {
    "timezone": "Europe/Berlin",
    "week": {"mon": ["09:00-12:30", "13:30-18:00"]},
    "holidays": ["2026-12-25", "2026-12-24 09:00-12:00"],
}


def test_a_deadline_keeps_its_defaults_for_what_is_not_said() -> None:
    """A table that sets one thing of a route leaves the rest, and the other routes, as they are."""
    found = settings(deadlines={"page": {"respond": "1m"}}).deadlines
    assert (found.page.respond, found.page.resolve) == (MINUTE, 4 * HOUR)
    assert found.call == Deadline(respond=30 * MINUTE, resolve=8 * HOUR)


def test_a_channel_goes_before_the_route() -> None:
    """A channel's own words hold for what they name, its empty hours mean around the clock."""
    found = settings(
        hours={"support": SUPPORT},
        deadlines={"call": {"hours": "support"}},
        channels={"x": {"deadlines": {"call": {"respond": "15m", "hours": ""}}}},
    )
    assert found.deadline("x", "call") == Deadline(respond=15 * MINUTE, resolve=8 * HOUR)
    assert found.deadline("telegram", "call").hours == "support"
    assert found.deadline("x", "review") == found.deadlines.review


def test_hours_become_a_value_that_computes() -> None:
    """The shifts of the named days, nobody on the others, and the days that differ."""
    hours = settings(hours={"support": SUPPORT}).hours["support"].hours
    assert hours.week == (((540, 750), (810, 1080)), (), (), (), (), (), ())
    assert hours.holidays == {date(2026, 12, 25): (), date(2026, 12, 24): ((540, 720),)}
    assert hours.opens_after(datetime(2026, 3, 3, tzinfo=UTC)) == datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("17:45", (("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 17, 45)),
        ("mon 08:00", (("mon",), 8, 0)),
        ("mon-fri  17:45", (("mon", "tue", "wed", "thu", "fri"), 17, 45)),
        ("sat-mon 22:00", (("sat", "sun", "mon"), 22, 0)),
        ("sun-sun 00:00", (("sun",), 0, 0)),
    ],
)
def test_moments_of_the_week_are_read(text: str, moment: tuple[tuple[str, ...], int, int]) -> None:
    """A day, days from one to another even over the weekend, or every day."""
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["", "8:00", "24:00", "mo 08:00", "mon,tue 08:00", "08:00 mon", "mon-", "mon"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """The message shows how a moment is written."""
    with pytest.raises(ValueError, match="must be a time such as"):
        read_moment(text)
