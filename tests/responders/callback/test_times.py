"""When a customer may be called: parts of days that lie ahead, within the hours in which anybody may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.settings.callback import CallbackSettings
from responders.callback.times import by_day, hours, kept, offered, parts

USUAL = CallbackSettings()
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 21, 18, 40, tzinfo=UTC)


def test_parts_stay_within_the_hours() -> None:
    """However these lie to the cuts."""
    assert parts(USUAL) == ["09:00-12:00", "12:00-15:00", "15:00-18:00", "18:00-20:00"]
    assert parts(CallbackSettings(earliest="13:30", latest="14:00")) == ["13:30-14:00"]
    assert parts(CallbackSettings(earliest="12:00", latest="18:00")) == ["12:00-15:00", "15:00-18:00"]


def test_what_is_over_is_not_offered() -> None:
    """At 19:40 the evening's part ends too soon, so the days begin tomorrow; and there are three."""
    days = offered(USUAL, BERLIN, EVENING)
    assert [day.day.isoformat() for day in days] == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert len(days[0].windows) == 4
    assert offered(USUAL, BERLIN, EVENING - timedelta(hours=1))[0].windows == ("2026-11-21 18:00-20:00",)


def test_the_customers_own_clock_decides() -> None:
    """What is over in Sydney still lies ahead in New York."""
    chosen, now = ["2026-11-21 09:00-12:00", "2026-11-23 09:00-12:00"], datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert kept(chosen, USUAL, "America/New_York", now) == tuple(chosen)
    assert kept(chosen, USUAL, "Australia/Sydney", now) == (chosen[1],)


@pytest.mark.parametrize(
    "window", ["2026-11-22 08:00-09:00", "2026-12-22 09:00-12:00", "x", "2026-11-22 09:00-20:00", ""]
)
def test_what_was_never_offered_is_refused(window: str) -> None:
    """A bent value is no time."""
    with pytest.raises(ValueError):
        kept([window], USUAL, "", EVENING)


@given(st.integers(0, 700 * 24 * 60), st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Apia"]))
def test_all_that_is_offered_is_taken(minutes: int, zone: str) -> None:
    """At once, at any moment and anywhere."""
    now = EVENING + timedelta(minutes=minutes)
    windows = [window for day in offered(USUAL, ZoneInfo(zone), now) for window in day.windows][:12]
    assert kept(windows, USUAL, zone, now) == tuple(windows)
    assert [window for day in by_day(windows) for window in day.windows] == windows
    assert all(len(hours(window)) == 11 for window in windows)
