"""Business hours: exact across holidays, midnight and clock changes, checked against counting minutes one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.hours import ALWAYS, Hours, Shift, read_holiday, read_shift, read_shifts

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NINE_TO_FIVE = ((9 * 60, 17 * 60),)

CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    # Half an hour only, and a change at midnight.
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Kathmandu", date(2026, 1, 1)),
)
"""Zones, each with a day on which something happens to the clock; the last one has none."""


def every_day(*shifts: str, zone: ZoneInfo = BERLIN, holidays: Mapping[date, tuple[Shift, ...]] | None = None) -> Hours:
    """The same shifts on all seven days."""
    return Hours(zone, (read_shifts(list(shifts)),) * 7, holidays or {})


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A moment on a wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-01"])
def test_a_day_shift_is_as_long_on_every_day(day: str) -> None:
    """A shift from 9 to 17 has eight hours, also on the days when the clock is changed."""
    hours = every_day("09:00-17:00")
    assert hours.between(at(f"{day}T00:00"), at(f"{day}T23:59")) == 8 * HOUR
    assert hours.add(at(f"{day}T00:00"), 8 * HOUR) == at(f"{day}T17:00")


@pytest.mark.parametrize(("evening", "length"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-01", 8)])
def test_a_night_shift_counts_what_really_passes(evening: str, length: int) -> None:
    """A shift from 22 to 6 has an hour less when the clock goes forward in it, and an hour more when it goes back."""
    hours = every_day("22:00-06:00")
    begin = at(f"{evening}T22:00")
    assert hours.between(begin, begin + 12 * HOUR) == length * HOUR
    assert hours.add(begin, length * HOUR) == begin + length * HOUR
    assert hours.add(begin, length * HOUR).astimezone(BERLIN).hour == 6


def test_a_time_that_is_skipped_is_the_moment_of_the_jump() -> None:
    """On the night when 02:30 does not exist, a shift from then on begins when the clock jumps from 2 to 3."""
    hours = every_day("02:30-04:00")
    assert hours.opens_after(at("2026-03-29T00:00")) == at("2026-03-29T03:00")
    assert hours.between(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == HOUR
    assert every_day("02:00-02:30", "05:00-06:00").opens_after(at("2026-03-29T00:00")) == at("2026-03-29T05:00")


def test_a_time_that_comes_twice_is_its_first() -> None:
    """On the night when 02:30 comes twice, a shift that begins then has begun at the first and goes on."""
    hours = every_day("02:30-04:00")
    assert hours.opens_after(at("2026-10-25T00:00")) == at("2026-10-25T02:30")
    assert hours.between(at("2026-10-25T00:00"), at("2026-10-25T12:00")) == 2.5 * HOUR


def test_a_moment_in_any_zone_is_the_same_moment() -> None:
    """Also one of an hour that comes twice, which no other zone's moment equals in Python."""
    second = datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN, fold=1)
    hours = every_day("02:30-04:00")
    assert hours.is_open(second)
    assert hours.between(second.replace(fold=0), second) == HOUR


def test_nights_weekends_breaks_and_holidays_do_not_count() -> None:
    """Of a complaint on Friday evening the clock goes on after the weekend, the day off and the midday break."""
    week = (read_shifts(["09:00-12:30", "13:30-18:00"]),) * 5 + ((), ())
    holidays = dict(map(read_holiday, ["2026-05-25", "2026-05-26 09:00-10:00"]))
    hours = Hours(BERLIN, week, holidays)
    friday = at("2026-05-22T17:45")
    assert hours.add(friday, 15 * MINUTE) == at("2026-05-22T18:00")
    assert hours.add(friday, 30 * MINUTE) == at("2026-05-26T09:15")
    assert hours.add(friday, 2 * HOUR) == at("2026-05-27T09:45")
    assert hours.add(friday, 5 * HOUR) == at("2026-05-27T13:45")
    assert hours.opens_after(at("2026-05-23T11:00")) == at("2026-05-26T09:00")
    assert not hours.is_open(at("2026-05-25T11:00"))
    assert not hours.is_open(at("2026-05-27T13:00"))


def test_a_night_shift_before_a_holiday_is_worked_to_its_end() -> None:
    """A shift belongs to the day on which it begins, so a day off takes only the shifts that begin on it."""
    hours = every_day("22:00-06:00", holidays={date(2026, 12, 25): ()})
    assert hours.is_open(at("2026-12-25T05:00"))
    assert not hours.is_open(at("2026-12-25T23:00"))
    assert not hours.is_open(at("2026-12-26T05:00"))


def test_around_the_clock_is_plain_time() -> None:
    """Without hours nothing is left out."""
    start = datetime(2026, 3, 28, 23, 59, 30, 17, UTC)
    assert ALWAYS.add(start, timedelta(days=40, seconds=5)) == start + timedelta(days=40, seconds=5)
    assert ALWAYS.is_open(start)


def test_no_time_at_all_is_the_moment_itself() -> None:
    """Nothing added to a moment outside the hours is still that moment."""
    start = at("2026-05-24T03:00")
    assert every_day("09:00-17:00").add(start, timedelta()) == start


def test_hours_that_never_open_are_refused() -> None:
    """A week without any shift would let every clock stand for ever."""
    with pytest.raises(ValueError, match="nobody would ever be there"):
        Hours(BERLIN, ((),) * 7)


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("09:00-12:30", (540, 750)),
        (" 09:00 - 12:30 ", (540, 750)),
        ("22:00-06:00", (1320, 1800)),
        ("00:00-24:00", (0, 1440)),
        ("18:00-00:00", (1080, 1440)),
    ],
)
def test_shifts_are_read(text: str, shift: Shift) -> None:
    """From and to, past midnight where it ends before it begins."""
    assert read_shift(text) == shift


@pytest.mark.parametrize("text", ["", "9-17", "09:00", "09:00-25:00", "24:00-06:00", "09:60-10:00", "09:00–17:00"])
def test_what_is_no_shift_is_refused(text: str) -> None:
    """The message shows how a shift is written."""
    with pytest.raises(ValueError, match="must be a shift such as"):
        read_shift(text)


def test_a_shift_of_no_length_is_refused() -> None:
    """Whether nothing or a whole day is meant is not guessed."""
    with pytest.raises(ValueError, match='write "00:00-24:00" for the whole day'):
        read_shift("09:00-09:00")


def test_holidays_are_read() -> None:
    """A date alone closes the day; with shifts after it, those hold."""
    assert read_holiday("2026-12-25") == (date(2026, 12, 25), ())
    assert read_holiday("2026-12-24 09:00-12:00, 13:00-14:00") == (date(2026, 12, 24), ((540, 720), (780, 840)))
    with pytest.raises(ValueError, match="must be a shift such as"):
        read_holiday("2026-12-24 morning")


@st.composite
def a_day(draw: st.DrawFn) -> tuple[Shift, ...]:
    """The shifts of a day, on whole hours, of which the last may go past midnight."""
    edges = draw(st.lists(st.integers(0, 24), unique=True, max_size=6).map(sorted))
    shifts = [(begin * 60, end * 60) for begin, end in zip(edges[::2], edges[1::2], strict=False)]
    if draw(st.booleans()):
        begin = max([20, *edges])
        if begin < 24:
            shifts.append((begin * 60, (24 + draw(st.integers(1, 12))) * 60))
    return tuple(shifts)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Any hours with any holidays, and a moment in the days about a change of the clock."""
    zone, day = draw(st.sampled_from(CHANGES))
    week = draw(st.tuples(*[a_day()] * 7).filter(any))
    near = st.integers(-3, 3).map(lambda away: day + timedelta(days=away))
    holidays = draw(st.dictionaries(near, a_day(), max_size=3))
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return Hours(ZoneInfo(zone), week, holidays), midnight + draw(st.integers(-3000, 3000)) * MINUTE


patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Seven days of shifts are many draws, and a machine may be busy."""

SPANS = st.integers(0, 40 * 60).map(lambda minutes: minutes * MINUTE)


def is_there(hours: Hours, moment: datetime) -> bool:
    """Whether a wall clock says so: a time of a shift of this day, or of one of the day before that goes on."""
    wall = moment.astimezone(hours.zone)
    minute = wall.hour * 60 + wall.minute
    today, before = (
        hours.holidays.get(day, hours.week[day.weekday()]) for day in (wall.date(), wall.date() - timedelta(days=1))
    )
    return any(begin <= minute < end for begin, end in today) or any(minute + 1440 < end for _, end in before)


@patient
@given(situations(), st.integers(0, 1600))
def test_it_counts_what_a_clock_on_the_wall_counts(situation: tuple[Hours, datetime], minutes: int) -> None:
    """The open time between two moments is the number of minutes at which the wall clock is within a shift."""
    hours, start = situation
    there = sum(is_there(hours, start + number * MINUTE) for number in range(minutes))
    assert hours.between(start, start + minutes * MINUTE) == there * MINUTE
    assert hours.is_open(start) == is_there(hours, start)


@patient
@given(situations(), SPANS)
def test_what_is_added_lies_between(situation: tuple[Hours, datetime], span: timedelta) -> None:
    """Between a moment and the moment a span later lies that span, and a second earlier it does not."""
    hours, start = situation
    end = hours.add(start, span)
    assert hours.between(start, end) == span
    assert hours.between(end, start) == -span
    assert not span or hours.between(start, end - timedelta(seconds=1)) < span


@patient
@given(situations(), SPANS, SPANS)
def test_spans_add_up(situation: tuple[Hours, datetime], one: timedelta, other: timedelta) -> None:
    """One span after the other is both at once, and more time is never over sooner."""
    hours, start = situation
    if one and other:
        assert hours.add(hours.add(start, one), other) == hours.add(start, one + other)
    assert all(earlier <= later for earlier, later in pairwise([start, *(hours.add(start, n * HOUR) for n in (1, 2))]))


@patient
@given(situations())
def test_it_opens_at_the_first_open_moment(situation: tuple[Hours, datetime]) -> None:
    """Until the hours open nothing is counted, and then they are open."""
    hours, start = situation
    opens = hours.opens_after(start)
    assert hours.is_open(opens)
    assert hours.between(start, opens) == timedelta()
    assert (opens == start) == hours.is_open(start)
