"""Stack Exchange's API 2.3 on 127.0.0.1, with one site: the search, questions by number, quota and refusals."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.open_web import Answer, OpenWeb, said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = {401: "invalid_access_token", 403: "access_denied", 404: "no_method", 429: "throttle_violation"}


class StackExchangeServer(OpenWeb):
    """Questions of stackoverflow; ``told`` is said beside each page, such as a ``backoff``."""

    key = "key-canary"

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.questions: dict[int, dict[str, Any]] = {}
        self.told: dict[str, Any] = {"quota_max": 10_000, "quota_remaining": 9000}
        self.pages["/2.3/search/advanced"] = self._search

    def say(self, text: str, *, by: int = 7, at: datetime | None = None, **more: Any) -> str:
        """Somebody asks; returns the id as the listener gives it."""
        number = 70_000_000 + len(self.questions)
        self.questions[number] = {
            "question_id": number, "creation_date": int((at or self.now).timestamp()), "title": "",
            "body": f"<p>{html.escape(text)}</p>", "score": 3, "answer_count": 1,
            "owner": {"user_id": by, "display_name": "Mara &amp; Co"}, "link": f"https://stackoverflow.com/questions/{number}",
        } | more  # fmt: skip
        self.now += timedelta(seconds=1)
        return f"stackoverflow/{number}"

    def other(self, request: web.Request) -> web.StreamResponse:
        """Questions by their numbers."""
        match = re.fullmatch(r"/2\.3/questions/([\d;]+)", request.path)
        if match is None:
            return refusal(404)(request)  # type: ignore[return-value]
        wanted = {int(number) for number in match[1].split(";")}
        return self._page(request, [raw for number, raw in self.questions.items() if number in wanted])

    def _search(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        words, least, most = asked["q"].casefold(), int(asked.get("fromdate", 0)), int(asked.get("todate", 2**40))
        found = [
            raw
            for raw in sorted(self.questions.values(), key=lambda raw: (-raw["creation_date"], -raw["question_id"]))
            if words in f"{raw['title']} {raw['body']}".casefold() and least <= raw["creation_date"] <= most
        ]
        return self._page(request, found)

    def _page(self, request: web.Request, found: list[dict[str, Any]]) -> web.StreamResponse:
        if request.query["site"] != "stackoverflow":
            return said({"error_id": 400, "error_name": "bad_parameter", "error_message": "words-canary"}, 400)(request)  # type: ignore[return-value]
        size = int(request.query["pagesize"])
        return web.json_response({"items": found[:size], "has_more": len(found) > size, **self.told})


def refusal(status: int) -> Answer:
    """The API's own form of an error, which mostly has status 400."""
    name = NAMES.get(status, "internal_error")
    words = "too many requests from this IP, more requests available in 7 seconds" if status == 429 else "words-canary"
    return said({"error_id": status, "error_name": name, "error_message": words}, status if status >= 500 else 400)
