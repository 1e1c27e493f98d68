"""A Discourse forum on 127.0.0.1 with one topic: its latest posts, single posts and refusals.

``windows`` makes it page as versions before 2026 did: the posts of fifty numbers, the one that is named included.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.open_web import Answer, OpenWeb, said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = 50


class DiscourseServer(OpenWeb):
    """Posts stay until they are deleted; letters and what staff does take numbers that nobody sees."""

    key = "key-canary"

    def __init__(self, *, windows: bool = False, key: str = "") -> None:
        super().__init__()
        self.now = START
        self.windows = windows
        self.wanted_key = key
        self.posts: dict[int, dict[str, Any]] = {}
        self.number = 0
        self.pages["/posts.json"] = self._latest

    def say(self, text: str, *, by: tuple[int, str] = (7, "mara"), at: datetime | None = None, **more: Any) -> int:
        """Somebody posts below the topic's first post; returns the number."""
        self.number += 1
        moment = (at or self.now).isoformat().replace("+00:00", "Z")
        self.posts[self.number] = {
            "id": self.number, "post_number": self.number + 100, "post_type": 1,
            "topic_id": 5, "topic_slug": "charging", "user_id": by[0], "username": by[1], "name": "Mara",
            "created_at": moment, "updated_at": moment, "version": 1,
            "cooked": f"<p>{html.escape(text)}</p>", "topic_title": "Charging", "category_id": 3,
            "reply_count": 0, "actions_summary": [{"id": 2, "count": 4}],
        } | more  # fmt: skip
        self.now += timedelta(seconds=1)
        return self.number

    def letters(self, count: int) -> None:
        """So many numbers go to what nobody sees."""
        self.number += count

    def other(self, request: web.Request) -> web.StreamResponse:
        """One post, by its number or by its place in the topic."""
        one = re.fullmatch(r"/posts/(\d+)\.json", request.path)
        placed = re.fullmatch(r"/posts/by_number/5/(\d+)\.json", request.path)
        if one:
            found = self.posts.get(int(one[1]))
        else:
            found = next((raw for raw in self.posts.values() if placed and raw["post_number"] == int(placed[1])), None)
        return web.json_response(found) if found else nothing(request)

    def _latest(self, request: web.Request) -> web.StreamResponse:
        if self.wanted_key and request.headers.get("Api-Key") != self.wanted_key:
            return web.json_response({"errors": ["words-canary"], "error_type": "not_logged_in"}, status=403)
        before = int(request.query.get("before", 0)) or None
        numbers = sorted(self.posts, reverse=True)
        if self.windows and before:
            numbers = [number for number in numbers if before - PAGE < number <= before]
        elif before:
            numbers = [number for number in numbers if number < before]
        return web.json_response({"latest_posts": [self.posts[number] for number in numbers[:PAGE]]})


def nothing(request: web.Request) -> web.StreamResponse:
    """The forum's own form of a page that is not there."""
    return web.json_response({"errors": ["words-canary"], "error_type": "not_found"}, status=404)


def refusal(status: int) -> Answer:
    """The forum's own form of an error."""
    kinds = {403: "invalid_access", 404: "not_found", 429: "rate_limit"}
    headers = {"Retry_After": "7"} if status == 429 else {}
    return said({"errors": ["words-canary"], "error_type": kinds.get(status, "server_error")}, status, **headers)
