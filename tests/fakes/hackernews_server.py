"""Hacker News on 127.0.0.1: Algolia's search by date, and single items from the source."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.open_web import Answer, OpenWeb, said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class HackerNewsServer(OpenWeb):
    """Posts stay; ``now`` is its clock, and each post takes a second."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.items: dict[int, dict[str, Any]] = {}
        self.pages["/api/search_by_date"] = self._search
        self.pages["/v0/maxitem.json"] = said(40_000_000)

    def say(self, text: str, *, by: str = "mara", at: datetime | None = None, **more: Any) -> str:
        """Somebody comments; returns the id. With ``type="story"`` it is one."""
        number = 40_000_000 + len(self.items)
        moment = int((at or self.now).timestamp())
        item = {
            "id": number,
            "type": "comment",
            "by": by,
            "time": moment,
            "text": html.escape(text),
            "parent": 39_000_000,
        }
        self.items[number] = item | more
        self.now += timedelta(seconds=1)
        return str(number)

    def other(self, request: web.Request) -> web.StreamResponse:
        """One item."""
        match = re.fullmatch(r"/v0/item/(\d+)\.json", request.path)
        if match is None:
            return super().other(request)
        item = self.items.get(int(match[1]))
        shown = {"id": item["id"], "type": item["type"], "deleted": True} if item and item.get("deleted") else item
        return web.json_response(shown)

    def _search(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        words = asked["query"].replace('"', "").casefold()
        kinds = re.findall(r"story|comment", asked["tags"])
        least, most = (_bound(asked.get("numericFilters", ""), sign) for sign in (">=", "<="))
        found = [
            item
            for item in sorted(self.items.values(), key=lambda item: (-item["time"], -item["id"]))
            if item["type"] in kinds and not item.get("deleted") and words in _words(item)
            and (least is None or item["time"] >= least) and (most is None or item["time"] <= most)
        ]  # fmt: skip
        hits = [_hit(item) for item in found[: int(asked["hitsPerPage"])]]
        return web.json_response({"hits": hits, "nbHits": len(found)})


def _bound(filters: str, sign: str) -> int | None:
    match = re.search(rf"created_at_i{sign}(\d+)", filters)
    return int(match[1]) if match else None


def _words(item: dict[str, Any]) -> str:
    return f"{item.get('title')} {item['text']}".casefold()


def _hit(item: dict[str, Any]) -> dict[str, Any]:
    story = item["type"] == "story"
    return {
        "objectID": str(item["id"]), "author": item["by"], "created_at_i": item["time"], "_tags": [item["type"]],
        "title": item.get("title"), "url": item.get("url"), "story_text": item["text"] if story else None,
        "comment_text": None if story else item["text"], "parent_id": item.get("parent"),
        "story_id": item["id"] if story else 39_000_000, "points": item.get("score"), "num_comments": None,
    } | item.get("raw", {})  # fmt: skip


def refusal(status: int) -> Answer:
    """The search's own form of an error."""
    headers = {"Retry_After": "7"} if status == 429 else {}
    return said({"message": "words-canary", "status": status}, status, **headers)
