"""What span a report is of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.report_span import known, span
from models.errors import SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def test_a_span_ends_now() -> None:
    """30d are thirty times 24 hours, whatever the clock did."""
    made = span("30d", "", BERLIN, NOW)
    assert (made.since, made.until) == (NOW - timedelta(days=30), NOW)
    assert span("12h", "", BERLIN, NOW).since == NOW - timedelta(hours=12)


def test_days_are_the_teams() -> None:
    """From the first midnight to the last, on the team's clock: on the 29th that is 23 hours."""
    made = span("2026-03-29", "2026-03-29", BERLIN, NOW)
    assert (made.since, made.until) == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_today_is_not_over() -> None:
    """A last day that goes on ends now."""
    assert span("1d", "2026-03-31", BERLIN, NOW).until == NOW


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("yesterday", "", "30d"),
        ("2026-02-30", "", "2026-11-01"),
        ("30d", "soon", "--until"),
        ("2026-04-01", "", "not before"),
        ("2026-03-20", "2026-03-10", "not before"),
        ("0d", "", "not before"),
        ("99999d", "", "ten years"),
        ("", "", "--since"),
    ],
)
def test_what_cannot_be_read_says_how_it_is_written(since: str, until: str, says: str) -> None:
    """One line that names the option and an example."""
    with pytest.raises(SettingsError, match=says):
        span(since, until, BERLIN, NOW)


def test_a_name_that_is_not_known_is_no_report_of_nothing() -> None:
    """A slip in a brand or a channel would else look like a quiet month."""
    assert known("", "brand", ["kestrelo"]) == ""
    assert known("kestrelo", "brand", ["kestrelo"]) == "kestrelo"
    with pytest.raises(SettingsError, match="brands: kestrelo, rivalo"):
        known("kestrel", "brand", ["rivalo", "kestrelo"])
