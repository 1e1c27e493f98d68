"""The report of a span, computed a second time: from the raw rows, in plain Python and scipy, by the words of each
measure. It imports nothing of what it checks.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from tests.insights.expected_cases import LADDER, Case, Ladder, Row
from tests.insights.expected_numbers import Calendar, gap, nps, share, spread, timing


def rows(session: Session, table: str) -> list[Row]:
    """All rows of a table as they are stored, moments and JSON read."""
    found = [dict(row) for row in session.execute(text(f'SELECT * FROM "{table}"')).mappings()]
    return [{key: _read(key, value) for key, value in row.items()} for row in found]


def _read(key: str, value: Any) -> Any:
    if key == "meta" and isinstance(value, str):
        return json.loads(value)
    if (key == "at" or key.endswith("_at")) and value is not None:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return bool(value) if key == "again" and value is not None else value


def report(
    session: Session, settings: Mapping[str, Any], since: datetime, until: datetime, brand: str = "", channel: str = ""
) -> Row:
    """The whole report as JSON, but for its head."""
    term = timedelta(days=7)

    def mine(row: Row) -> bool:
        return brand in ("", row["brand"]) and channel in ("", row["channel"])

    events: dict[str, list[Row]] = {}
    for one in sorted(rows(session, "case_event"), key=lambda one: one["seq"]):
        events.setdefault(one["case_id"], []).append(one)
    raw = sorted((row for row in rows(session, "case") if mine(row)), key=lambda row: (row["opened_at"], row["id"]))
    cases = [Case(row, events[row["id"]], until, term) for row in raw if row["opened_at"] < until]
    heard = [row for row in rows(session, "mention") if mine(row) and since <= row["heard_at"] < until]
    new = {case.row["id"] for case in cases if case.row["opened_at"] >= since}
    asked = [row for row in rows(session, "survey") if row["case_id"] in new and row["asked_at"] < until]
    for row in asked:
        if row["answered_at"] is None or row["answered_at"] >= until:
            row |= {"csat": None, "nps": None, "again": None, "answered_at": None}
    leavers = [row for row in rows(session, "winback") if row["case_id"] in new]
    spoken_on = {case.row["channel"] for case in cases if case.closed is None or case.row["id"] in new}
    names = sorted({row["channel"] for row in heard} | spoken_on | _maybe_open(raw, since, until))
    aims = {name: settings["channels"].get(name, {}).get("targets", {}) for name in names}
    groups = [tuple(one for one in names if aims[one] == aims[name]) for name in names if aims[name]]
    together = [group for group in dict.fromkeys(groups) if len(group) > 1]
    calendars = {name: Calendar(table) for name, table in settings["hours"].items()}

    def of(group: tuple[str, ...]) -> Row:
        return _channel(group, aims[group[0]], calendars, cases, new, heard, asked, since)

    fresh = [case for case in cases if case.row["id"] in new]
    switches = [switch for case in fresh for switch in case.switches]
    pairs = Counter(switch.pair for switch in switches)
    hops = Counter(str(len(case.switches)) for case in fresh if case.switches)
    elsewhere = [row for row in asked if row["to_channel"] != row["from_channel"]]
    everyone = _counts(fresh, heard)
    return {
        "total": {
            "counts": everyone, "backlog": _backlog(cases, until), "outcome": _outcome(fresh, None),
            "switched_cases": sum(hops.values()), "hops": dict(sorted(hops.items())),
            "switches": _funnel(("", ""), fresh, switches, elsewhere, until, term, None),
        },
        "channels": [of((name,)) for name in names],
        "together": [of(group) for group in together],
        "pairs": [
            _funnel(pair, fresh, [one for one in switches if one.pair == pair],
                    [row for row in asked if (row["from_channel"], row["to_channel"]) == pair], until, term,
                    aims[pair[0]].get("held"))
            for pair in sorted(pairs, key=lambda pair: (-pairs[pair], pair))
        ],
        **_surveys(asked),
        "winback": _winback(leavers, until),
    }  # fmt: skip


def _maybe_open(raw: Iterable[Row], since: datetime, until: datetime) -> set[str]:
    """Channels of old cases that are open now, or were closed after the span."""
    return {
        row["channel"]
        for row in raw
        if row["opened_at"] < until
        and (row["opened_at"] >= since or row["state"] in ("open", "claimed") or row["closed_at"] >= until)
    }


def _channel(
    group: tuple[str, ...], aims: Row, calendars: Mapping[str, Calendar], cases: Sequence[Case], new: set[str],
    heard: Sequence[Row], asked: Sequence[Row], since: datetime,
) -> Row:  # fmt: skip
    theirs = [case for case in cases if case.row["channel"] in group]
    fresh = [case for case in theirs if case.row["id"] in new]
    posts = [row for row in heard if row["channel"] in group]
    calendar, within = calendars.get(aims.get("hours", "")), aims.get("within", 0.9)
    until = cases[0].until

    def clock(waits: Iterable[list[Any]], name: str) -> Row:
        return timing([wait for some in waits for wait in some], calendar, aims.get(name), within)

    def shown(case: Case) -> datetime:
        return case.first(lambda one: one["type"] == "alert_sent") or case.row["opened_at"]

    lags = [(max((row["heard_at"] - row["posted_at"]).total_seconds(), 0.0), True) for row in posts]
    ids = {case.row["id"] for case in fresh}
    return {
        "channels": list(group),
        "aims": {**aims, "within": within, "hours": aims.get("hours", "")} if aims else {},
        "counts": _counts(fresh, posts),
        "speed": {
            "discovery_lag": spread(lags),
            "claim": clock((case.wait(shown(case), case.claimed()) for case in fresh), "claim"),
            "first_response": clock((case.wait(case.posted, case.heard(False)) for case in fresh), "first_response"),
            "human_response": clock((case.wait(case.posted, case.heard(True)) for case in fresh), ""),
            "resolve": clock(
                (case.wait(case.posted, case.closed) for case in fresh if not case.is_dismissed), "resolve"
            ),
        },
        "backlog": _backlog(theirs, until),
        "outcome": _outcome(fresh, aims.get("same_channel")),
        "said": _said(" + ".join(group), [row for row in asked if row["case_id"] in ids]),
    }


def _counts(fresh: Sequence[Case], posts: Sequence[Row]) -> Row:
    return {
        "mentions": len(posts),
        "cases": len(fresh),
        "resolved": len([1 for case in fresh if case.is_resolved]),
        "dismissed": len([1 for case in fresh if case.is_dismissed]),
        "still_open": len([1 for case in fresh if case.closed is None]),
        "reopened": len([1 for case in fresh if any(one["type"] == "reopened" for one in case.events)]),
    }


def _backlog(cases: Sequence[Case], until: datetime) -> Row:
    ages = [(until - case.row["opened_at"]).total_seconds() / 3600 for case in cases if case.closed is None]
    edges = {"under 1 h": 1, "1 to 4 h": 4, "4 to 24 h": 24, "1 to 3 d": 72, "3 to 7 d": 168, "over 7 d": math.inf}
    counted, below = {}, 0.0
    for name, most in edges.items():
        counted[name] = len([age for age in ages if below <= age < most])
        below = most
    return {"open": len(ages), "ages": counted, "oldest": max(ages) * 3600 if ages else None}


def _aim(part: Row, wanted: float | None) -> Row:
    known = part["share"] is not None and wanted is not None
    return {"of": part, "wanted": wanted, "enough": part["share"] >= wanted if known else None}


def _outcome(fresh: Sequence[Case], wanted: float | None) -> Row:
    done = [case for case in fresh if case.is_resolved]
    ways = Counter(case.way() for case in done)
    ever = [case for case in fresh if any(one["type"] == "resolved" for one in case.events)]
    back = Counter(case.back() for case in ever)
    return {
        "same_channel": _aim(share(ways["same_channel"], len(done)), wanted),
        "switched": share(ways["switched"], len(done)),
        "by_itself": share(ways["by_itself"], len(done)),
        "came_back": share(back[True], back[True] + back[False]),
        "may_return": back[None],
        "visible_ending": share(len([1 for case in done if case.visible()]), len(done)),
    }


def _funnel(
    pair: tuple[str, str], cases: Sequence[Case], switches: Sequence[Ladder], asked: Sequence[Row], until: datetime,
    term: timedelta, wanted: float | None,
) -> Row:  # fmt: skip
    ends = Counter(switch.ending(until, term) for switch in switches)
    stays = [stay for switch in switches for stay in switch.stays(until)]
    rungs = []
    for stage in LADDER:
        reached = [switch for switch in switches if switch.passed(stage)]
        waits = [(length, over) for name, length, over in stays if name == stage and stage != "closed"]
        skipped = [1 for switch in reached if switch.at(stage) is None]
        rungs.append({"stage": stage, "reached": len(reached), "skipped": len(skipped), "stay": spread(waits)})
    offers = []
    for switch in switches:
        offered, spoke = switch.at("offered"), switch.at("connected")
        ended = switch.settled or switch.at("dropped")
        if offered:
            end = spoke or (switch.steps[-1][1] if ended else until)
            offers.append((max((end - offered).total_seconds(), 0.0), spoke is not None))
    tried, read = _briefs(cases, switches)
    again = Counter(row["again"] for row in asked)
    held = share(ends["stood"], ends["stood"] + ends["failed"] + ends["lost"])
    kept, repeated = share(read, tried), share(again[True], again[True] + again[False])
    dropped = Counter(one.steps[-1][3].get("reason", "unknown") for one in switches if one.steps[-1][0] == "dropped")
    names = ("stood", "failed", "lost", "young", "live", "spared", "not_offered")
    return {
        "from_channel": pair[0], "to_channel": pair[1], "switches": len(switches), "rungs": rungs,
        "endings": {name: ends[name] for name in names}, "dropped": dict(dropped),
        "with_skips": len([1 for one in switches if any(meta.get("skipped") for *_, meta in one.steps)]),
        "went_back": len([1 for one in switches if any(meta.get("back") for *_, meta in one.steps)]),
        "offer_to_call": spread(offers), "held": _aim(held, wanted),
        "failed": share(ends["failed"], ends["failed"] + ends["stood"]), "context_kept": kept,
        "explained_again": repeated, "score": _score(held, kept, repeated),
    }  # fmt: skip


def _briefs(cases: Sequence[Case], switches: Sequence[Ladder]) -> tuple[int, int]:
    """How many switches were tried, and how many of them after the brief was read (since the try before)."""
    chosen, tried, read = {id(switch) for switch in switches}, 0, 0
    for case in cases:
        before = 0
        for switch in case.switches:
            places = [place for stage, _, place, _ in switch.steps if stage in ("attempted", "connected")]
            if not places:
                continue
            if id(switch) in chosen:
                tried += 1
                read += "brief_opened" in [one["type"] for one in case.events[before : places[0]]]
            before = places[0]
    return tried, read


def _score(held: Row, kept: Row, repeated: Row) -> Row:
    if held["size"] < 10:
        return {"value": None, "parts": []}
    parts = [("held", held, held["share"], 2), ("context_kept", kept, kept["share"], 1)]
    parts.append(("not_again", repeated, repeated["size"] and 1 - repeated["share"], 1))
    known = [(name, part, weight) for name, of, part, weight in parts if of["size"] >= 10]
    product = math.prod(part**weight for _, part, weight in known)
    return {"value": 100 * product ** (1 / sum(one[2] for one in known)), "parts": [one[0] for one in known]}


def _said(path: str, asked: Sequence[Row]) -> Row:
    csat, points, again = ([row[name] for row in asked if row[name] is not None] for name in ("csat", "nps", "again"))
    return {
        "path": path,
        "answered": share(len([1 for row in asked if row["answered_at"]]), len(asked)),
        "satisfied": share(len([1 for one in csat if one in (4, 5)]), len(csat)),
        "csat_mean": sum(csat) / len(csat) if csat else None,
        "nps": nps(points),
        "explained_again": share(sum(again), len(again)),
    }


def _surveys(asked: Sequence[Row]) -> Row:
    paths = {
        "voice": [row for row in asked if row["to_channel"] == "voice"],
        "text": [row for row in asked if row["to_channel"] != "voice"],
        "switched": [row for row in asked if row["to_channel"] != row["from_channel"]],
        "not switched": [row for row in asked if row["to_channel"] == row["from_channel"]],
    }
    told = {name: _said(name, some) for name, some in paths.items()}
    compared = [
        {
            "path": one, "against": other,
            "satisfied": gap(told[one]["satisfied"], told[other]["satisfied"], "share"),
            "nps": gap(told[one]["nps"], told[other]["nps"], "score"),
            "explained_again": gap(told[one]["explained_again"], told[other]["explained_again"], "share"),
        }
        for one, other in (("voice", "text"), ("switched", "not switched"))
    ]  # fmt: skip
    return {"said": [_said("all", asked), *told.values()], "compared": compared}


def _winback(leavers: Sequence[Row], until: datetime) -> Row:
    arms = []
    for arm in ("offered", "held_out"):
        known = [
            row["outcome"] if row["outcome_at"] and row["outcome_at"] < until else ""
            for row in leavers
            if row["arm"] == arm and row["opened_at"] < until
        ]
        kept, lost, unknown = (known.count(name) for name in ("retained", "lost", "unknown"))
        arms.append(
            {
                "arm": arm, "opened": len(known), "retained": kept, "lost": lost, "unknown": unknown,
                "pending": known.count(""), "stayed": share(kept, kept + lost),
                "at_least": share(kept, kept + lost + unknown),
            }
        )  # fmt: skip
    return {
        "arms": arms,
        "lift": gap(arms[0]["stayed"], arms[1]["stayed"], "share"),
        "lift_at_least": gap(arms[0]["at_least"], arms[1]["at_least"], "share"),
    }
