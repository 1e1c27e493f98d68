"""Escalation: step by step, each told once, kept in the case, over at a claim; and snoozed cases wake."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from models.decision import Kind, Message, Receipt, Route
from models.mention import Author
from models.press import Person
from models.settings.desk import Escalation
from models.store import Store, casework, effects
from responders.deadlines import Limit, limit_for
from responders.decider import Decider
from responders.escalate import Reached, escalate, wake, walk
from responders.rules import RulesFor, rules_from
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.judged import judged
from tests.responders.situations import heads, rules, templates
from tests.stores import one, rows

MINUTE = timedelta(minutes=1)
ANA, BEN = Person("U0ANA", "Ana"), Person("U0BEN", "Ben")
LEADS = {"notify": {"sink": "console", "to": "#leads"}}
BOSS = {"notify": {"sink": "console", "to": "@U0BOSS", "mention": ["U0BOSS"]}}
LADDER = [{"wait": "10m"}, LEADS, {"wait": "20m"}, BOSS, {"repeat": 1}]
SUPPORT = {"timezone": "Europe/Berlin", "week": {"mon": ["09:00-13:15"], "tue": ["09:00-17:00"]}}


def by(steps: list[Any], **deadline: Any) -> RulesFor:
    """Rules by which every review starts these steps."""
    own = {
        "escalations": {"leads": {"steps": steps}},
        "deadlines": {"review": {"escalate": "leads", **deadline}, "call": {"escalate": "leads", **deadline}},
        "hours": {"support": SUPPORT},
    }
    return rules_from(settings(**own), templates())


def limit(steps: list[Any], **deadline: Any) -> Limit:
    """What holds for a review."""
    return limit_for(by(steps, **deadline)("kestrelo", "x").limits, Route.REVIEW)


def looks(limit: Limit, minutes: Iterator[int]) -> list[tuple[int, int]]:
    """(minute, step) of everything that is told, where the clock looks at these minutes."""
    step, at, told = 0, NOW, []
    for minute in minutes:
        if at is None or at > NOW + minute * MINUTE:
            continue
        reached = walk(limit, step, at, NOW + minute * MINUTE)
        told += [(minute, number) for number, _ in reached.tell]
        step, at = reached.step, reached.at  # type: ignore[assignment]
    return told


def test_steps_come_in_their_order_and_repeat() -> None:
    """Ten minutes, the leads, twenty minutes, the boss, all once more, and then it is over."""
    assert looks(limit(LADDER), iter(range(600))) == [(10, 1), (30, 3), (40, 5), (60, 7)]


def test_after_a_standstill_nobody_is_told_twice_at_once() -> None:
    """Where the process stood still for hours, one step is made good, and the waits after it are real ones."""
    assert looks(limit(LADDER), iter([5, *range(300, 900)])) == [(300, 1), (320, 3), (330, 5), (350, 7)]


def test_steps_without_a_wait_between_them_come_together() -> None:
    """A channel and a person can be told at once, and at the very opening."""
    assert looks(limit([LEADS, BOSS]), iter(range(60))) == [(0, 0), (0, 1)]


def test_nobody_is_told_while_the_team_is_away() -> None:
    """Waits count in the team's hours, and a step that falls due after them waits for the morning."""
    steps = [{"wait": "10m"}, LEADS, {"wait": "10m"}, BOSS]
    found = limit(steps, hours="support")
    assert walk(found, 0, NOW, NOW + 14 * MINUTE).step == 3
    evening = walk(found, 1, NOW + 10 * MINUTE, NOW + 20 * MINUTE)
    assert (evening.tell, evening.step, evening.at) == ((), 1, datetime(2026, 3, 3, 8, tzinfo=UTC))
    boss = walk(found, 2, NOW + 10 * MINUTE, NOW + 14 * MINUTE)
    assert boss.at == datetime(2026, 3, 3, 8, 5, tzinfo=UTC)


def test_steps_that_were_taken_out_of_the_configuration_end() -> None:
    """A case that stands beyond the last step, or at steps that are no more, is left alone and stops no clock."""
    assert walk(limit(LADDER), 99, NOW, NOW).at is None
    nobody = limit_for(rules(calendar={"nudge_after": "0s"}).limits, Route.REVIEW)
    assert walk(nobody, 0, NOW, NOW) == Reached((), 0, None)


WAIT = st.integers(1, 90).map(lambda minutes: {"wait": f"{minutes}m"})
STEPS = st.lists(WAIT | st.just(LEADS), min_size=1, max_size=6).filter(lambda steps: LEADS in steps)


@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(0, 3), st.lists(st.integers(1, 300), max_size=40), st.booleans())
def test_every_step_is_told_once_whenever_the_clock_looks(
    steps: list[Any], more: int, gaps: list[int], office: bool
) -> None:
    """However seldom or often it is looked, each step is told at most once, in order, and never before its wait."""
    repeats = [{"repeat": more}] if more and any("wait" in step for step in steps) else []
    Escalation.model_validate({"steps": steps + repeats})
    minutes = [sum(gaps[:end]) for end in range(1, len(gaps) + 1)]
    found = limit(steps + repeats, **({"hours": "support"} if office else {}))
    told = looks(found, iter(minutes))
    numbers = [number for _, number in told]
    assert numbers == sorted(set(numbers))
    rounds = 1 + (more if repeats else 0)
    every = [number for number in range(len(steps) * rounds) if steps[number % len(steps)] == LEADS]
    assert numbers == every[: len(numbers)]
    for minute, number in told:
        waits = [int(step["wait"][:-1]) for step in (steps * rounds)[:number] if "wait" in step]
        assert minute >= sum(waits)


async def a_case(store: Store, rules_for: RulesFor, author: str = "7", **post: Any) -> str:
    """A case of an author that opens at NOW, its card posted; its id."""
    told = mention(**{"author": Author(id=author), "external_id": author, **post})
    judged(store, (told, heads()))
    await Decider(store, rules_for, "config-1", FakeClock()).handle(told.author_key)
    store.do(post_cards)
    return str(one(store, 'SELECT id FROM "case" WHERE author_key = :who', who=told.author_key))


def post_cards(session: Session, now: datetime = NOW) -> None:
    """As the sender does."""
    while message := effects.claim(session, "console", now):
        effects.sent(session, message, Receipt(f"ref-{message.key[:6]}"), now)


def told(store: Store) -> list[tuple[str, str]]:
    """(target, kind) of every reminder, in order."""
    return rows(store, "SELECT target, kind FROM effect WHERE purpose = 'escalation' ORDER BY queued_at, key")  # type: ignore[return-value]


def look(store: Store, rules_for: RulesFor, minutes: float) -> None:
    """Let the clock tick."""
    store.do(escalate, rules_for, NOW + minutes * MINUTE)


async def test_a_case_climbs_its_ladder_and_remembers_where_it_is(store: Store) -> None:
    """Each step is told once however often the clock ticks, and another process goes on where the last one stood."""
    rules_for = by(LADDER)
    await a_case(store, rules_for)
    for minutes in (0, 9, 9.9):
        look(store, rules_for, minutes)
    assert told(store) == []
    for minutes in (10, 10, 10.2, 29):
        look(store, by(LADDER), minutes)
    assert told(store) == [("#leads", "notice")]
    look(store, rules_for, 30)
    assert told(store) == [("#leads", "notice"), ("@U0BOSS", "notice")]
    for minutes in range(31, 400):
        look(store, rules_for, minutes)
    assert [target for target, _ in told(store)] == ["#leads", "@U0BOSS", "#leads", "@U0BOSS"]
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'reminded'") == 4
    assert one(store, 'SELECT step_at FROM "case"') is None


async def test_the_words_say_what_waits_since_when_and_until_when(store: Store) -> None:
    """Who is told elsewhere reads the brand, the channel, the code, how long it has waited and the deadline."""
    rules_for = by([{"wait": "10m"}, BOSS], respond="20m")
    await a_case(store, rules_for)
    look(store, rules_for, 10)
    ((body, mentions),) = store.do(
        lambda session: [(one.body["text"], one.body["mention"]) for one in pending(session, NOW + 10 * MINUTE)]
    )
    code = one(store, 'SELECT code FROM "case"')
    assert body == (
        f"Kestrelo on X, to look at. Case {code} is open for 10 minutes and nobody has claimed it. "
        "To be answered by 12:20 UTC."
    )
    assert mentions == ["U0BOSS"]


def pending(session: Session, now: datetime) -> list[Message]:
    """The reminders that wait to be sent."""
    found = []
    while message := effects.claim(session, "console", now):
        found += [message] if message.purpose in ("escalation", "woken") else []
    return found


async def test_a_line_goes_under_the_card(store: Store) -> None:
    """A step that names no place is a note in the thread of the case's card; so is the reminder without escalation."""
    rules_for = rules_from(settings(), templates())
    case_id = await a_case(store, rules_for)
    look(store, rules_for, 29)
    look(store, rules_for, 30)
    look(store, rules_for, 600)
    (note,) = store.do(pending, NOW + 600 * MINUTE)
    card = one(store, 'SELECT card FROM "case" WHERE id = :id', id=case_id)
    assert (note.kind, note.thread) == (Kind.NOTE, card)


@pytest.mark.parametrize("move", ["claim", "dismiss", "snooze"])
async def test_a_move_of_the_case_ends_it(store: Store, move: str) -> None:
    """Once somebody has claimed, closed or snoozed the case, nobody is told any more."""
    rules_for = by(LADDER)
    case_id = await a_case(store, rules_for)
    look(store, rules_for, 10)
    moves = {
        "claim": lambda session: casework.claim(session, case_id, ANA, NOW + 11 * MINUTE),
        "dismiss": lambda session: casework.dismiss(session, case_id, ANA, "not_us", NOW + 11 * MINUTE),
        "snooze": lambda session: casework.snooze(session, case_id, ANA, NOW + 900 * MINUTE, NOW + 11 * MINUTE),
    }
    assert store.do(moves[move]).done
    for minutes in range(12, 300, 7):
        look(store, rules_for, minutes)
    assert len(told(store)) == 1


async def test_what_is_given_back_climbs_again(store: Store) -> None:
    """A case that its holder gives back starts at the first step, and tells again whom it has told before."""
    rules_for = by(LADDER)
    case_id = await a_case(store, rules_for)
    look(store, rules_for, 10)
    store.do(casework.claim, case_id, ANA, NOW + 11 * MINUTE)
    store.do(casework.release, case_id, ANA, NOW + 60 * MINUTE)
    look(store, rules_for, 69)
    assert len(told(store)) == 1
    look(store, rules_for, 70)
    assert told(store) == [("#leads", "notice")] * 2


async def test_a_graver_mention_starts_again(store: Store) -> None:
    """A case that has become graver starts at the first step of its new route."""
    rules_for = by(LADDER)
    await a_case(store, rules_for)
    look(store, rules_for, 10)
    post = mention(author=Author(id="7"), external_id="graver")
    judged(store, (post, heads(urgency={"high": 1})), now=NOW + 15 * MINUTE)
    await Decider(store, rules_for, "config-1", FakeClock(NOW + 15 * MINUTE)).handle(post.author_key)
    store.do(post_cards, NOW + 15 * MINUTE)
    look(store, rules_for, 24)
    assert len(told(store)) == 1
    look(store, rules_for, 25)
    assert told(store) == [("#leads", "notice")] * 2


async def test_a_card_that_is_held_up_waits_from_when_it_is_seen(store: Store) -> None:
    """While a card cannot be posted nobody is blamed for it; its first wait begins when people can see it."""
    rules_for = by(LADDER)
    post = mention()
    judged(store, (post, heads()))
    await Decider(store, rules_for, "config-1", FakeClock()).handle(post.author_key)
    look(store, rules_for, 50)
    assert told(store) == []
    store.do(post_cards, NOW + 60 * MINUTE)
    look(store, rules_for, 69)
    assert told(store) == []
    look(store, rules_for, 70)
    assert told(store) == [("#leads", "notice")]


async def test_danger_does_not_wait_for_its_card(store: Store) -> None:
    """Where somebody may be in danger, the people of the next step are told although the card could not be posted."""
    own = {"escalations": {"now": {"steps": [{"wait": "1m"}, LEADS]}}, "deadlines": {"page": {"escalate": "now"}}}
    rules_for = rules_from(settings(**own), templates())
    post = mention()
    judged(store, (post, heads(danger=True)))
    await Decider(store, rules_for, "config-1", FakeClock()).handle(post.author_key)
    look(store, rules_for, 1)
    assert told(store) == [("#leads", "notice")]


async def test_a_brand_that_was_taken_out_does_not_silence_the_others(store: Store) -> None:
    """An open case of a brand that is configured no more is told as well, and stops no other."""
    rules_for = by(LADDER)
    await a_case(store, rules_for)
    await a_case(store, rules_for, author="8", brand="gone")
    look(store, rules_for, 10)
    assert len(told(store)) == 2


async def test_a_snoozed_case_wakes_and_says_so(store: Store) -> None:
    """When its time has come a snoozed case is open again, its thread says so once, and its escalation begins anew."""
    rules_for = by(LADDER)
    case_id = await a_case(store, rules_for)
    store.do(casework.snooze, case_id, ANA, NOW + 60 * MINUTE, NOW + MINUTE)
    assert not store.do(wake, rules_for, NOW + 59 * MINUTE)
    assert store.do(wake, rules_for, NOW + 60 * MINUTE)
    assert not store.do(wake, rules_for, NOW + 60 * MINUTE)
    (note,) = store.do(pending, NOW + 60 * MINUTE)
    assert note.kind is Kind.NOTE
    assert "was snoozed until now, and nobody has claimed it" in note.body["text"]
    assert one(store, 'SELECT snoozed_until FROM "case"') is None
    look(store, rules_for, 69)
    assert told(store) == []
    look(store, rules_for, 70)
    assert told(store) == [("#leads", "notice")]


async def test_whose_case_wakes_is_called_by_name(store: Store) -> None:
    """A claimed case that wakes calls its holder, and is not escalated: somebody has it."""
    rules_for = by(LADDER)
    case_id = await a_case(store, rules_for)
    store.do(casework.claim, case_id, BEN, NOW)
    store.do(casework.snooze, case_id, BEN, NOW + 60 * MINUTE, NOW)
    assert store.do(wake, rules_for, NOW + 61 * MINUTE)
    (note,) = store.do(pending, NOW + 61 * MINUTE)
    assert note.body["mention"] == ["U0BEN"]
    look(store, rules_for, 200)
    assert told(store) == []


async def test_many_clocks_at_once_tell_once(store: Store) -> None:
    """Four processes that tick at the same moment, and one person who claims, make one reminder a case or none."""
    rules_for = by(LADDER)
    ids = [await a_case(store, rules_for, author=str(number)) for number in range(6)]
    at = NOW + 10 * MINUTE
    with ThreadPoolExecutor(5) as threads:
        looks = [threads.submit(store.do, escalate, rules_for, at) for _ in range(4)]
        claims = [threads.submit(store.do, casework.claim, case_id, ANA, at) for case_id in ids[:3]]
        assert all(claim.result().done for claim in claims)
        assert [look.result() for look in looks] == [None] * 4
    look(store, rules_for, 10)
    reminded = rows(store, "SELECT case_id, count(*) FROM effect WHERE purpose = 'escalation' GROUP BY case_id")
    assert {count for _, count in reminded} == {1}
    assert set(ids[3:]) <= {case_id for case_id, _ in reminded}


async def test_after_a_standstill_many_cases_are_told_in_one_message(store: Store) -> None:
    """Forty cases that fall due at once do not become forty messages to the leads, nor forty lines under one list."""
    posts = [mention(external_id=str(number), author=Author(id=str(number))) for number in range(40)]
    judged(store, *((post, heads()) for post in posts))
    rules_for = by([{"wait": "10m"}, LEADS, {"notify": {}}])
    for post in posts:
        await Decider(store, rules_for, "config-1", FakeClock(NOW)).handle(post.author_key)
    store.do(post_cards)
    store.do(lambda session: session.execute(text("UPDATE \"case\" SET card = 'C1:9'")))
    look(store, rules_for, 600)
    found = [message for message in store.do(pending, NOW + 601 * MINUTE) if message.kind in (Kind.NOTE, Kind.NOTICE)]
    assert [message.kind for message in found].count(Kind.NOTICE) == 1
    assert [message.kind for message in found].count(Kind.NOTE) == 1
    assert all(message.body["text"].startswith("40 cases:") for message in found)
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'reminded'") == 80
