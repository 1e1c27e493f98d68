"""What became of a case and of its switches, read a second time from the raw rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]
LADDER = ["recommended", "offered", "opened", "accepted", "attempted", "connected", "resolved", "closed"]
STAGE = {f"switch_{stage}": stage for stage in [*LADDER, "dropped"]} | {"switch_completed": "resolved"}


class Case:
    """A case as its events tell it at the end of the span."""

    def __init__(self, row: Row, events: list[Row], until: datetime, term: timedelta) -> None:
        self.row, self.until, self.term = row, until, term
        self.events = [one for one in events if self._known(one) < until]
        self.posts = [one["at"] for one in self.events if one["type"] == "mention_posted"]
        self.posted = self.posts[0]
        forgotten = (not row["author_key"] or row["reason"] == "erased") and row["closed_at"] < until
        ends = [one for one in self.events if one["type"] in ("resolved", "closed_no_action", "reopened")]
        last = ends[-1] if ends and ends[-1]["type"] != "reopened" else None
        self.closed = last["at"] if last else row["closed_at"] if forgotten else None
        self.is_resolved = last is not None and last["type"] == "resolved"
        self.is_dismissed = self.closed is not None and not self.is_resolved
        self.reason = last["meta"].get("reason", "") if last else ""
        self.switches = self._switches()

    def _known(self, one: Row) -> datetime:
        seen = one["meta"].get("seen_at") if one["type"] == "mention_posted" else None
        return datetime.fromisoformat(seen) if seen else one["at"]

    def first(self, holds: Callable[[Row], bool]) -> datetime | None:
        """When an event of a kind first happened."""
        return next((one["at"] for one in self.events if holds(one)), None)

    def heard(self, people: bool) -> datetime | None:
        """When the customer first heard from us, or from a person."""
        return self.first(
            lambda one: (
                (
                    one["type"] in ("reply_sent", "call_attempted")
                    or (one["type"] == "resolved" and one["meta"].get("reason") in ("answered", "called"))
                )
                and (one["actor_kind"] == "agent" or not people)
            )
        )

    def claimed(self) -> datetime | None:
        """When a person first had it."""
        return self.first(
            lambda one: (
                one["type"] in ("claimed", "reassigned")
                or (one["type"] in ("resolved", "closed_no_action") and one["actor_kind"] == "agent")
            )
        )

    def wait(self, start: datetime, end: datetime | None) -> list[tuple[datetime, datetime, bool]]:
        """A wait that is over, one that goes on, or none where the case ended without it."""
        if end:
            return [(start, end, True)]
        return [] if self.closed else [(start, self.until, False)]

    def back(self) -> bool | None:
        """Whether the customer wrote again soon after it was resolved."""
        done = [one["at"] for one in self.events if one["type"] == "resolved"]
        if any(timedelta(0) < post - at <= self.term for at in done for post in self.posts):
            return True
        return False if done and self.until - done[-1] > self.term else None

    def way(self) -> str:
        """Where a resolved case was settled."""
        spoke = any(switch.passed("connected") for switch in self.switches)
        if spoke or self.reason in ("called", "elsewhere"):
            return "switched"
        return "same_channel" if self.reason == "answered" else "by_itself"

    def visible(self) -> bool:
        """Whether its end can be read in public."""
        opened = max((place for place, one in enumerate(self.events) if one["type"] == "reopened"), default=0)
        lines = [one for one in self.events[opened:] if one["type"] in ("closed_in_public", "switch_closed")]
        return bool(lines) or self.reason == "answered"

    def _switches(self) -> list[Ladder]:
        found: list[Ladder] = []
        for place, one in enumerate(self.events):
            stage = STAGE.get(one["type"])
            if not stage:
                continue
            name = one["meta"].get("switch")
            same = [switch for switch in found if name and switch.name == name]
            if not name and found and not found[-1].ended_before(stage):
                same = [found[-1]]
            if not same:
                same = [Ladder(name, one["channel"], one["meta"].get("to") or "voice")]
                found.append(same[0])
            same[0].steps.append((stage, one["at"], place, one["meta"]))
        for post in (one for one in self.events if one["type"] == "mention_posted"):
            before = [switch for switch in found if switch.settled and switch.settled < post["at"]]
            if before:
                last = max(before, key=lambda switch: switch.settled)
                last.failed |= post["at"] - last.settled <= self.term and post["channel"] != last.pair[1]
        return found


class Ladder:
    """One switch: its steps (stage, at, place in the history, meta)."""

    def __init__(self, name: str | None, start: str, to: str) -> None:
        self.name, self.pair, self.failed = name, (start, to), False
        self.steps: list[tuple[str, datetime, int, Row]] = []

    @property
    def settled(self) -> Any:
        """When it was resolved or closed first."""
        return next((at for stage, at, _, _ in self.steps if stage in ("resolved", "closed")), None)

    def ended_before(self, stage: str) -> bool:
        """Whether a step to a stage would be another switch's."""
        return any(one == "dropped" for one, *_ in self.steps) or (self.settled is not None and stage != "closed")

    def passed(self, stage: str) -> bool:
        """Whether it came to a stage or past it."""
        return any(one != "dropped" and LADDER.index(one) >= LADDER.index(stage) for one, *_ in self.steps)

    def at(self, *stages: str) -> datetime | None:
        """When it was first in one of them."""
        return next((at for stage, at, _, _ in self.steps if stage in stages), None)

    def ending(self, until: datetime, term: timedelta) -> str:
        """How it ended."""
        stage, _, _, meta = self.steps[-1]
        if self.failed:
            return "failed"
        if self.settled:
            return "stood" if until - self.settled > term else "young"
        if stage != "dropped":
            return "live"
        if meta.get("reason") in ("not_needed", "erased"):
            return "spared"
        return "lost" if self.passed("offered") else "not_offered"

    def stays(self, until: datetime) -> list[tuple[str, float, bool]]:
        """(stage, seconds, over) for each time that it was in one."""
        merged = [one for number, one in enumerate(self.steps) if not number or self.steps[number - 1][0] != one[0]]
        found = []
        for number, (stage, at, _, _) in enumerate(merged):
            over = number + 1 < len(merged)
            end = merged[number + 1][1] if over else until
            found.append((stage, max((end - at).total_seconds(), 0.0), over))
        return found
