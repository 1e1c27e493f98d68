"""The digest: the numbers of a day or a week, in words and as the figures of its picture."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.digest import DAY, STEPS, WEEK, digest, open_at, quantile, said, tell
from insights.picture import draw
from models.decision import CaseRef, Decision, Route
from models.press import Person
from models.settings.sections import Target
from models.store import Store, casework, deciding, digests, gone
from models.store.digests import Handled, Period
from tests.build import NOW, mention
from tests.models.store.steps import judge
from tests.stores import rows

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CALM = Period(NOW - DAY, NOW, (), 0, (), (), 0)


def handled(waited: float | None, *, target: float = 30, ago: float = 600, answered: float | None = None) -> Handled:
    """A case opened so many minutes ago that somebody claimed after so many."""
    opened = NOW - ago * MINUTE
    claimed = None if waited is None else opened + waited * MINUTE
    reply = None if answered is None else opened + answered * MINUTE
    return Handled("call", opened, opened + target * MINUTE, opened, opened, claimed, reply)


BUSY = replace(
    CALM,
    asked=((NOW - 23.5 * HOUR, "call"), (NOW - MINUTE, "call"), (NOW - MINUTE, "page"), (NOW - 5 * HOUR, "review")),
    left_alone=340,
    handled=(
        handled(2, answered=20),
        handled(12, answered=14),
        handled(45, answered=50),
        handled(None),
        handled(None, ago=5),
    ),
    live=((NOW - 3 * DAY, None), (NOW - 2 * DAY, NOW - 20 * HOUR), (NOW - HOUR, None)),
    stuck=2,
)


def test_the_words_hold_every_number() -> None:
    """Posts by route, promises kept, how long people waited, what is open and what must be checked."""
    text = digest(BUSY, BERLIN)["text"].splitlines()
    assert text[0] == ("The last 24 hours: 2 calls recommended, 1 pages, 1 for people to look at; 340 counted only.")
    assert text[1] == (
        "New cases: 5. Taken up in time: 2 of 4 (50%), 1 not yet due. "
        "Half were claimed within 12 min, nine in ten within 45 min. "
        "Half were answered or called within 20 min, nine in ten within 50 min."
    )
    assert text[2] == "Open now: 2, the oldest for 3 d; at the beginning: 2."
    assert text[3] == "Messages that people must check: 2."


def test_a_day_without_anything() -> None:
    """A quiet day is told as one, and its picture can be drawn."""
    body = digest(CALM, BERLIN)
    assert body["text"] == (
        "The last 24 hours: nobody was asked for anything; 0 counted only.\nOpen now: 0; at the beginning: 0."
    )
    assert draw(body).startswith(b"\x89PNG")


def test_the_figures_of_the_picture() -> None:
    """Bars by hour in the team's time zone, waits in time and late, and the line of open cases."""
    body = digest(BUSY, BERLIN)
    bars = body["bars"]
    assert (bars["labels"][0], bars["labels"][-1], len(bars["labels"])) == ("13", "12", 24)
    assert bars["routes"]["calls recommended"] == [1] + [0] * 22 + [1]
    assert bars["routes"]["for people to look at"][19] == 1
    times = dict(
        zip(body["times"]["labels"], zip(body["times"]["kept"], body["times"]["late"], strict=True), strict=True)
    )
    assert times == {
        "5 min": (1, 0), "15 min": (1, 0), "30 min": (0, 0), "1 h": (0, 1), "4 h": (0, 0), "later": (0, 0),
        "nobody yet": (1, 1),
    }  # fmt: skip
    assert body["backlog"]["open"][0] == 2
    assert body["backlog"]["open"][-1] == 2
    assert len(body["backlog"]["labels"]) == STEPS + 1


def test_a_week_has_a_bar_for_each_day() -> None:
    """The week's bars are days, each named by the day on which it begins."""
    body = digest(replace(BUSY, since=NOW - WEEK), UTC)
    assert body["bars"]["labels"] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert body["bars"]["routes"]["calls recommended"][-1] == 2
    assert body["title"] == "The last 7 days, until Mon 02 Mar 12:00"


def test_the_picture_is_small_and_the_same_each_time() -> None:
    """A PNG of 900 × 640 points, well under what a channel bears, equal for equal figures."""
    body = digest(BUSY, BERLIN)
    first, second = draw(body), draw(body)
    assert first == second
    assert first.startswith(b"\x89PNG")
    assert (int.from_bytes(first[16:20]), int.from_bytes(first[20:24])) == (900, 640)
    assert len(first) < 150_000


def test_the_picture_comes_with_its_words() -> None:
    """The alternative text says what the diagrams show, with the numbers."""
    alt = digest(BUSY, BERLIN)["alt"]
    assert alt.startswith("Three diagrams")
    assert re.findall(r"\d+", alt)[:4] == ["24", "2", "1", "1"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "1 min"), (0.4, "1 min"), (1, "1 min"), (90, "90 min"), (119, "119 min"), (120, "2 h"), (2880, "2 d")],
)
def test_spans_are_said_in_one_unit(minutes: float, words: str) -> None:
    """Minutes up to two hours, hours up to two days, then days."""
    assert said(minutes) == words


def test_quantiles_are_values_that_happened() -> None:
    """Half and nine in ten are values of the list, for any length of it."""
    assert [quantile([1, 2, 3, 4], share) for share in (0.5, 0.9)] == [2, 4]
    assert quantile([7], 0.5) == 7


def test_open_cases_at_a_moment() -> None:
    """Open from its opening until just before its closing."""
    period = replace(CALM, live=((NOW - HOUR, NOW - MINUTE),))
    assert [open_at(period, NOW - back) for back in (2 * HOUR, HOUR, 2 * MINUTE, MINUTE)] == [0, 1, 1, 0]


def test_the_store_gives_what_happened(store: Store) -> None:
    """Decisions, cases with their first touch, and the open ones, within the span and not outside it."""
    ana = Person("UANA", "Ana")
    for number, at in enumerate((NOW - 2 * DAY, NOW - 2 * HOUR, NOW - HOUR)):
        post = mention(external_id=str(number), conversation_id=str(number))
        judge(store, post, now=at)
        case = CaseRef(f"case-{number}", f"code-{number}", new=True)
        decision = Decision(Route.CALL, (), case=case, answer_by=at + 30 * MINUTE, resolve_by=at + 8 * HOUR)
        store.do(deciding.record, post, decision, "config-1", at)
    quiet = mention(external_id="quiet")
    judge(store, quiet, now=NOW - HOUR)
    store.do(deciding.record, quiet, Decision(Route.IGNORE, ()), "config-1", NOW - HOUR)
    assert store.do(casework.claim, "case-1", ana, NOW - 100 * MINUTE).done
    assert store.do(casework.resolve, "case-0", ana, "called", "", NOW - 3 * HOUR).done
    period = store.do(digests.period, NOW - DAY, NOW)
    assert period.asked == ((NOW - 2 * HOUR, "call"), (NOW - HOUR, "call"))
    assert period.left_alone == 1
    assert [(one.route, one.touched_at, one.heard_at) for one in period.handled] == [
        ("call", NOW - 100 * MINUTE, None),
        ("call", None, None),
    ]
    assert period.handled[0].answer_by == NOW - 90 * MINUTE
    assert period.live == ((NOW - 2 * DAY, NOW - 3 * HOUR), (NOW - 2 * HOUR, None), (NOW - HOUR, None))


def test_what_ended_by_itself_broke_no_promise(store: Store) -> None:
    """A post that its author deleted before anybody saw it is not late, and nobody has claimed it."""
    post = mention()
    judge(store, post)
    case = CaseRef("case-1", "code-1", new=True)
    store.do(deciding.record, post, Decision(Route.CALL, (), case=case, answer_by=NOW + 30 * MINUTE), "config-1", NOW)
    store.do(gone.erase, post.id, "config-1", NOW + MINUTE)
    (one,) = store.do(digests.period, NOW - DAY, NOW + HOUR).handled
    assert (one.claimed_at, one.heard_at, one.touched_at) == (None, None, NOW + MINUTE)


def test_a_digest_is_told_once_a_day(store: Store) -> None:
    """A clock that ticks twice queues one message for each digest; without an operator only the log has it."""
    for _ in range(2):
        store.do(tell, Target(sink="slack", to="#ops"), DAY, BERLIN, NOW)
        store.do(tell, Target(sink="slack", to="#ops"), WEEK, BERLIN, NOW)
    store.do(tell, None, DAY, BERLIN, NOW)
    assert rows(store, "SELECT kind, sink, target, purpose, state FROM effect ORDER BY purpose") == [
        ("picture", "slack", "#ops", "digest", "pending"),
        ("picture", "slack", "#ops", "weekly", "pending"),
    ]


def test_the_moment_is_the_teams() -> None:
    """The title names the end of the span by the team's clock."""
    body = digest(replace(CALM, since=NOW, until=datetime(2026, 7, 1, 6, 0, tzinfo=UTC)), BERLIN)
    assert body["title"].endswith("until Wed 01 Jul 08:00")
