"""The end of a shift: one list a place, once, with nobody's cases first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.case import Case, CaseState
from models.decision import Route
from models.mention import Author
from models.press import Person
from models.store import Store, casework
from responders import clock_words
from responders.decider import Decider
from responders.hand_over import hand_over, last_moment
from responders.rules import rules_from
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.responders.situations import heads, templates
from tests.stores import rows

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANA = Person("U0ANA", "Ana")
# NOW is a Monday, 12:00 UTC and 13:00 in Berlin.
SETTINGS = settings(
    calendar={"timezone": "Europe/Berlin"},
    desk={"hand_over_at": ["13:00", "mon-fri 17:45"]},
    routes={"call": {"sink": "console", "to": "#calls"}, "review": {"sink": "console", "to": "#support"}},
)
RULES = rules_from(SETTINGS, templates())


def case(code: str, **changes: object) -> Case:
    """An open call, to be answered in half an hour."""
    values = {"id": code, "code": code, "brand": "kestrelo", "state": CaseState.OPEN, "route": Route.CALL}
    times = {"opened_at": NOW, "mentions": 1, "answer_by": NOW + 30 * MINUTE, "resolve_by": NOW + 8 * HOUR}
    return Case(**{**values, **times, **changes})  # type: ignore[arg-type]


def test_the_list_says_what_is_open_by_whom_and_until_when() -> None:
    """Nobody's cases first, the soonest due above, then each person's, with what is late and what is snoozed."""
    held = {"state": CaseState.CLAIMED, "holder": ANA}
    cases = [
        (case("H2222", **held), "x"),
        (case("B2222", answer_by=NOW + DAY), "telegram"),
        (case("A2222", answer_by=NOW - MINUTE), "x"),
        (case("H3333", **held, resolve_by=None, snoozed_until=NOW + 3 * DAY), "x"),
        (case("C2222", answered_at=NOW), "x"),
        (case("D2222", answer_by=None, route=Route.REVIEW), "forum"),
    ]
    assert clock_words.hand_over(cases, BERLIN, NOW).splitlines() == [
        "End of shift: 6 open cases, 1 of them late.",
        "",
        "Nobody’s:",
        "• A2222 call on X, answer by 12:59 CET, late",
        "• C2222 call on X, close by 21:00 CET",
        "• B2222 call on Telegram, answer by Tue 13:00 CET",
        "• D2222 to look at on Forum",
        "",
        "Ana:",
        "• H2222 call on X, close by 21:00 CET",
        "• H3333 call on X, snoozed until Thu 13:00 CET",
    ]


def test_a_long_list_is_cut() -> None:
    """Thirty cases are named, of the others only the number."""
    said = clock_words.hand_over([(case(f"{n:05}"), "x") for n in range(45)], BERLIN, NOW)
    assert said.count("•") == 30
    assert said.endswith("and 15 more")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (-MINUTE, "0 minutes"),
        (MINUTE, "1 minute"),
        (59 * MINUTE, "59 minutes"),
        (HOUR, "1 h"),
        (65 * MINUTE, "1 h 5 min"),
        (DAY, "1 d"),
        (3 * DAY + 2 * HOUR, "3 d 2 h"),
    ],
)
def test_how_long_is_said_in_two_units(span: timedelta, words: str) -> None:
    """Short enough to read at a glance."""
    assert clock_words.lasting(span) == words


def test_a_far_moment_has_its_date() -> None:
    """Today the time is enough, this week the day, and beyond that the date."""
    assert clock_words.moment(NOW, BERLIN, NOW) == "13:00 CET"
    assert clock_words.moment(NOW - DAY, BERLIN, NOW) == "Sun 13:00 CET"
    assert clock_words.moment(NOW + 30 * DAY, BERLIN, NOW) == "01 Apr 14:00 CEST"


def test_the_last_moment_is_found_on_the_wall_clock() -> None:
    """The latest one that has come, over weekends and changes of the clock; none where none is set."""
    moments = ["mon-fri 17:45"]
    assert last_moment(moments, BERLIN, NOW) == datetime(2026, 2, 27, 16, 45, tzinfo=UTC)
    assert last_moment(moments, BERLIN, datetime(2026, 3, 30, 15, 45, tzinfo=UTC)) == datetime(
        2026, 3, 30, 15, 45, tzinfo=UTC
    )
    assert last_moment([*moments, "13:00"], BERLIN, NOW) == NOW
    assert last_moment(["mon 13:01"], BERLIN, NOW) == NOW + MINUTE - 7 * DAY
    assert last_moment([], BERLIN, NOW) is None


async def some_cases(store: Store) -> None:
    """Two cases for calls, of which Ana has one, and one to look at."""
    for author, found in (("1", heads(urgency={"high": 1})), ("2", heads(urgency={"high": 1})), ("3", heads())):
        post = mention(author=Author(id=author), external_id=author)
        judged(store, (post, found))
        await Decider(store, RULES, "config-1", FakeClock()).handle(post.author_key)
    ((first,),) = rows(store, "SELECT id FROM \"case\" WHERE author_key LIKE '%1'")
    store.do(casework.claim, first, ANA, NOW)


def said(store: Store) -> list[str]:
    """The places that were told, in order."""
    found = rows(store, "SELECT target FROM effect WHERE purpose = 'hand-over' ORDER BY queued_at, target")
    return [target for (target,) in found]


async def test_each_place_is_told_once_a_shift(store: Store) -> None:
    """However often the clock ticks, and however late, each place has one list of its own cases a moment."""
    await some_cases(store)
    for minutes in (0, 0, 10, 284):
        store.do(hand_over, SETTINGS, RULES, NOW + minutes * MINUTE)
    assert said(store) == ["#calls", "#support"]
    store.do(hand_over, SETTINGS, RULES, NOW + 285 * MINUTE)
    assert said(store) == ["#calls", "#support"] * 2


async def test_an_empty_desk_is_not_told_of(store: Store) -> None:
    """Where nothing is open, or no moment is set, nothing is said."""
    store.do(hand_over, SETTINGS, RULES, NOW)
    await some_cases(store)
    store.do(hand_over, settings(), RULES, NOW)
    assert said(store) == []
