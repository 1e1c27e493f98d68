"""A simulated month: 10,000 mentions and 900 cases with all that can happen to one, always the same for a seed.

The rows are written as the rest of the house writes them: raw events, and nothing that is computed from them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.settings import Settings
from models.store.dialect import insert
from models.switch_tables import SurveyRow, WinbackRow
from models.tables import CaseEventRow, CaseRow, MentionRow
from tests.build import settings as build_settings
from tests.insights.lives import Making, live

FIRST, NOW = datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 4, 2, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)
"""March on the clock of Berlin, which goes forward on the 29th."""
MENTIONS, CASES, BESIDE = 10_000, 900, 0.1
"""So many in the month itself, and a tenth of them before and after it."""
CHANNELS = ("x", "mastodon", "telegram", "reddit")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

SETTINGS: Mapping[str, Any] = {
    "brands": {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"]}, "rivalo": {"name": "R", "terms": ["rivalo"]}},
    "hours": {
        "support": {
            "timezone": "Europe/Berlin",
            "week": {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
            "holidays": ["2026-03-09", "2026-03-10 10:00-12:00"],
        },
        "nights": {"timezone": "Europe/Berlin", "week": {day: ["22:00-06:00"] for day in ("fri", "sat", "sun")}},
    },
    "channels": {
        name: {"targets": {"first_response": "2h", "claim": "30m", "resolve": "2d", "hours": "support", "held": 0.4}}
        for name in ("x", "mastodon")
    }
    | {"telegram": {"targets": {"first_response": "4h", "within": 0.5, "hours": "nights", "same_channel": 0.2}}},
}


def settings() -> Settings:
    """Two channels with the same targets, one with others and one with none."""
    return build_settings(**SETTINGS)


def fill(session: Session, seed: int = 1) -> None:
    """Write the month into an empty database."""
    rng = random.Random(seed)
    made = [_case(rng, number) for number in range(round(CASES * (1 + BESIDE)))]
    _write(session, MentionRow, _mentions(rng, made))
    _write(session, CaseRow, [one.row for one in made])
    _write(session, CaseEventRow, [event for one in made for event in one.events])
    _write(session, SurveyRow, [row for one in made for row in _survey(one)])
    _write(session, WinbackRow, [row for one in made for row in _winback(one)])


def _write(session: Session, kind: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), 500):
        session.execute(insert(session, kind), rows[start : start + 500])


def _moment(rng: random.Random, inside: bool) -> datetime:
    """In the month, or before or after it."""
    start, end = (SINCE, UNTIL) if inside else rng.choice(((FIRST, SINCE), (UNTIL, NOW)))
    return start + (end - start) * rng.random()


def _case(rng: random.Random, number: int) -> Making:
    opened = _moment(rng, number < CASES)
    case = Making(rng, number, rng.choices(CHANNELS, (5, 2, 2, 1))[0], opened)
    route = rng.choices(("call", "winback", "review"), (6, 2, 4))[0]
    case.row = {
        "id": case.id, "code": f"C{number:06}", "brand": rng.choice(("kestrelo", "kestrelo", "rivalo")),
        "channel": case.channel, "state": "open", "route": route, "author_key": f"a{number}", "thread_key": case.id,
        "opened_at": opened, "last_at": opened, "mentions": 1, "reason": "", "closed_at": None,
    }  # fmt: skip
    case.add("opened", channel=case.channel, route=route)
    case.post()
    if route != "review":
        case.climb("recommended", "bot")
    live(case)
    return case


def _mentions(rng: random.Random, made: Sequence[Making]) -> list[dict[str, Any]]:
    rows = [
        _mention(rng, f"{case.id}-{number}", case.channel, case.row["opened_at"], case.row["brand"])
        for case in made
        for number in range(1, case.posts + 1)
    ]
    inside = sum(SINCE <= row["heard_at"] < UNTIL for row in rows)
    for number in range(round(MENTIONS * (1 + BESIDE)) - inside):
        heard = _moment(rng, number < MENTIONS - inside)
        rows.append(_mention(rng, f"m{number}", rng.choice((*CHANNELS, "forum")), heard, "kestrelo"))
    return rows


def _mention(rng: random.Random, name: str, channel: str, heard: datetime, brand: str) -> dict[str, Any]:
    posted = heard - timedelta(seconds=rng.lognormvariate(4, 1.5) - 5)
    return {
        "id": name, "brand": brand, "channel": channel, "external_id": name, "listener": channel, "author_key": name,
        "thread_key": name, "author": {}, "text": "", "posted_at": posted, "heard_at": heard, "details": {}, "shard": 0,
        "state": "decided", "kept": False,
    }  # fmt: skip


def _survey(case: Making) -> list[dict[str, Any]]:
    rng, closed = case.rng, case.row["closed_at"]
    if closed is None or rng.random() < 0.2:
        return []
    called = any(event["type"] == "switch_connected" for event in case.events)
    answered = closed + DAY * rng.random() if rng.random() < 0.7 else None
    happy = rng.random() + (0.2 if called else 0)

    def maybe(value: Any) -> Any:
        return value if answered and rng.random() < 0.9 else None

    return [{
        "case_id": case.id, "brand": case.row["brand"], "from_channel": case.channel, "route": case.row["route"],
        "to_channel": (case.to or "voice") if called else case.channel, "via": "page", "asked_at": closed + MINUTE,
        "answered_at": answered, "csat": maybe(min(5, 1 + int(happy * 5))), "nps": maybe(min(10, int(happy * 11))),
        "again": maybe(rng.random() < 0.25),
    }]  # fmt: skip


def _winback(case: Making) -> list[dict[str, Any]]:
    rng, opened = case.rng, case.row["opened_at"]
    if case.row["route"] != "winback":
        return []
    arm = rng.choice(("offered", "offered", "held_out"))
    outcome = rng.choices(("retained", "lost", "unknown", ""), (6 if arm == "offered" else 3, 4, 2, 2))[0]
    return [{
        "case_id": case.id, "brand": case.row["brand"], "channel": case.channel, "arm": arm, "opened_at": opened,
        "due_at": opened + 14 * DAY, "outcome": outcome, "outcome_at": opened + 9 * DAY if outcome else None, "by": "",
    }]  # fmt: skip
