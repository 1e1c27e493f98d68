"""What can happen to one case, drawn by chance: claims, answers, the ladder with its steps left out and taken back."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LADDER = ("recommended", "offered", "opened", "accepted", "attempted", "connected", "resolved", "closed")
TYPES = {stage: f"switch_{stage}" for stage in LADDER} | {"resolved": "switch_completed"}
DROPS = ("declined", "withdrawn", "no_answer", "wrong_number", "expired", "not_needed", "superseded")
KINDS = {"dismissed": 3, "answered": 6, "elsewhere": 1, "by_itself": 1, "switched": 12, "left": 0.5}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Making:
    """A case in the making: its row, and its events as they come."""

    rng: random.Random
    number: int
    channel: str
    at: datetime
    events: list[dict[str, Any]] = field(default_factory=list)
    row: dict[str, Any] = field(default_factory=dict)
    hop: int = 0
    stage: str = ""
    to: str = ""
    posts: int = 0

    @property
    def id(self) -> str:
        """Its id."""
        return f"case-{self.number:04}"

    def later(self, usual: timedelta) -> None:
        """Some time goes by; now and then the clock is put back a little."""
        self.at += usual * self.rng.lognormvariate(0, 1.2)
        if self.rng.random() < 0.01:
            self.at -= 3 * MINUTE

    def add(self, what: str, actor: str = "bot", at: datetime | None = None, channel: str = "", **meta: Any) -> None:
        """Write an event down."""
        who = "UANA" if actor == "agent" else ""
        said = {key: value for key, value in meta.items() if value not in ("", None, [], False)}
        self.events.append(
            {"case_id": self.id, "seq": len(self.events) + 1, "at": at or self.at, "type": what, "actor_kind": actor,
             "actor_id": who, "channel": channel, "meta": said}
        )  # fmt: skip

    def post(self) -> None:
        """The customer writes; the platform's clock may be ahead."""
        self.posts += 1
        lag = timedelta(seconds=self.rng.choice((-20, 5, 40, 90, 700, 9000)) * self.rng.random())
        meta = {"mention": f"{self.id}-{self.posts}", "seen_at": self.at.isoformat()}
        self.add("mention_posted", "customer", self.at - lag, self.channel, **meta)

    def climb(self, stage: str, actor: str = "agent", **meta: Any) -> None:
        """Move the switch under way to a stage, or begin one; what is skipped or gone back to is said."""
        if not self.stage:
            self.hop += 1
            self.to = self.rng.choice(("voice", "voice", "voice", "email", "private"))
        here, there = (LADDER.index(self.stage) if self.stage else -1), LADDER.index(stage)
        meta |= {"skipped": list(LADDER[here + 1 : there]), "back": there < here}
        if meta["skipped"] or meta["back"]:
            meta["why"] = "agent"
        self.stage = stage
        self.add(TYPES[stage], actor, channel=self.channel, switch=f"{self.id}-{self.hop}", to=self.to, **meta)

    def drop(self, reason: str) -> None:
        """The switch under way ends."""
        names = {"switch": f"{self.id}-{self.hop}", "to": self.to, "stage": self.stage, "reason": reason}
        self.add("switch_dropped", "agent", channel=self.channel, **names)
        self.stage = ""


def live(case: Making) -> None:
    """All that happens to a case that was opened just now."""
    rng = case.rng
    if rng.random() < 0.95:
        case.later(MINUTE / 2)
        case.add("alert_sent", key="k")
    for _ in range(rng.choice((1, 1, 1, 2))):
        if not _worked_on(case):
            break
    if rng.random() < 0.03:
        _erase(case, whole=rng.random() < 0.5)


def _worked_on(case: Making) -> bool:
    """What people do until it is closed or left lying; whether the customer then opens it again."""
    rng = case.rng
    if rng.random() < 0.12:
        case.later(MINUTE)
        case.add("reply_sent", channel=case.channel, key="r")
    if rng.random() < 0.03:
        return False
    _claimed(case)
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    if kind == "switched" and not _switched(case):
        kind = rng.choice(("answered", "answered", "by_itself"))
    return kind != "left" and _ended(case, kind)


def _ended(case: Making, kind: str) -> bool:
    """It is closed as that; whether the customer opens it again."""
    rng = case.rng
    case.later(2 * HOUR)
    if kind == "answered" and rng.random() < 0.8:
        case.add("reply_sent", "agent", channel=case.channel, key="r")
    if case.stage and kind in ("dismissed", "answered", "by_itself"):
        case.drop("not_needed")
    if kind == "dismissed":
        _closed(case, "closed_no_action", rng.choice(("spam", "not_us", "no_reaction")))
        return False
    _closed(case, "resolved", {"switched": "called"}.get(kind, kind))
    if kind == "switched" and rng.random() < 0.7:
        case.later(HOUR)
        case.climb("closed")
        case.add("closed_in_public", "agent", key="c")
    case.stage = ""
    return _came_back(case)


def _claimed(case: Making) -> None:
    rng = case.rng
    for again in range(rng.choice((0, 1, 1, 1, 1, 1, 2))):
        if again:
            case.add("released", "agent")
        case.later(25 * MINUTE)
        case.add(rng.choices(("claimed", "reassigned"), (9, 1))[0], "agent", to="UBEN")


def _switched(case: Making) -> bool:
    """The ladder, with steps that are left out, taken back, tried again or the last one; whether it was settled."""
    rng = case.rng
    if case.hop and not case.stage and rng.random() < 0.3:
        return False
    for stage in LADDER[1:7]:
        passed = case.stage and LADDER.index(case.stage) >= LADDER.index(stage)
        if passed or (stage not in ("resolved", "connected") and rng.random() < 0.12):
            continue
        case.later({"offered": 10 * MINUTE, "opened": 30 * MINUTE}.get(stage, 2 * HOUR))
        if case.stage and rng.random() < 0.06:
            case.drop(rng.choice(DROPS))
            return rng.random() < 0.4 and _switched(case)
        _step(case, stage)
        if rng.random() < 0.05:
            return False
    return True


def _step(case: Making, stage: str) -> None:
    rng = case.rng
    if stage in ("attempted", "connected") and rng.random() < 0.6:
        case.add("brief_opened", "agent")
    if stage == "attempted":
        case.add("call_attempted", "agent", outcome="no_answer")
    case.climb(stage, "customer" if stage in ("opened", "accepted") else "agent")
    again = rng.choices((("attempted",), ("accepted", "attempted"), ()), (6, 1, 13))[0]
    for other in again if stage == "attempted" else ():
        case.later(HOUR)
        case.climb(other)


def _closed(case: Making, what: str, reason: str) -> None:
    case.add(what, "agent" if case.rng.random() < 0.95 else "bot", reason=reason)
    state = "resolved" if what == "resolved" else "dismissed"
    case.row |= {"state": state, "reason": reason, "closed_at": case.at}


def _came_back(case: Making) -> bool:
    rng = case.rng
    if rng.random() > 0.3:
        return False
    case.later(3 * DAY)
    case.post()
    if any(event["type"] == "switch_connected" for event in case.events):
        meta = dict(case.events[-1]["meta"])
        case.add("returned_to_public", "customer", channel=case.channel, **meta)
    case.add("reopened", mention=f"{case.id}-{case.posts}")
    case.row |= {"state": "open", "reason": "", "closed_at": None}
    return True


def _erase(case: Making, whole: bool) -> None:
    """The person asked to be forgotten; ``whole``: their history keeps nothing but what happened and when."""
    if case.stage and not whole:
        case.drop("erased")
    if case.row["closed_at"] is None and not whole:
        case.add("closed_no_action", reason="erased")
    case.row |= {"author_key": "", "thread_key": "", "state": "dismissed", "reason": "erased"}
    case.row["closed_at"] = case.row["closed_at"] or case.at
    if whole:
        for event in case.events:
            event["meta"] = {}
