"""A blog on 127.0.0.1 with one feed, RSS unless told otherwise, that answers conditional requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

from tests.fakes.open_web import Answer, OpenWeb, page

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@dataclass(frozen=True)
class Entry:
    """One item of the feed."""

    id: str
    text: str
    author: str
    at: datetime
    edited: datetime | None = None


class FeedServer(OpenWeb):
    """Its items, the newest first. Conditional requests are counted in ``unchanged``."""

    def __init__(self, form: str = "rss") -> None:
        super().__init__()
        self.now = START
        self.form = form
        self.entries: list[Entry] = []
        self.unchanged = 0
        self.count = 0
        self.pages["/feed"] = self._feed

    def say(self, text: str, *, by: str = "mara", at: datetime | None = None) -> str:
        """Somebody posts; returns the id."""
        self.count += 1
        entry = Entry(f"{self.url}/p/{self.count}", text, by, at or self.now)
        self.entries.insert(0, entry)
        self.now += timedelta(seconds=1)
        return entry.id

    def edit(self, known: str, text: str) -> None:
        """A post is changed where it stands."""
        self.now += timedelta(seconds=1)
        self.entries = [
            replace(entry, text=text, edited=self.now) if entry.id == known else entry for entry in self.entries
        ]

    def delete(self, known: str) -> None:
        """A post is taken out."""
        self.entries = [entry for entry in self.entries if entry.id != known]

    def _feed(self, request: web.Request) -> web.StreamResponse:
        body = {"rss": rss, "atom": atom, "json": json_feed}[self.form](self.entries)
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body.encode(), headers={"ETag": tag, "Content-Type": KINDS[self.form]})


def rss(entries: list[Entry], prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    """RSS 2.0, whose items have no date of change."""
    items = "".join(
        f"<item><guid>{escape(entry.id)}</guid><link>{escape(entry.id)}</link><author>{escape(entry.author)}</author>"
        f"<pubDate>{format_datetime(entry.at)}</pubDate><description>{escape(escape(entry.text))}</description></item>"
        for entry in entries
    )
    return f'{prolog}<rss version="2.0"><channel><title>Kestrelo news</title>{items}</channel></rss>'


def atom(entries: list[Entry]) -> str:
    """Atom."""
    items = "".join(
        f"<entry><id>{escape(entry.id)}</id><link href='{escape(entry.id)}'/>"
        f"<author><name>{escape(entry.author)}</name></author><published>{entry.at.isoformat()}</published>"
        f"<updated>{(entry.edited or entry.at).isoformat()}</updated>"
        f"<content type='html'>{escape(escape(entry.text))}</content></entry>"
        for entry in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Kestrelo news</title>{items}</feed>'


def json_feed(entries: list[Entry]) -> str:
    """JSON Feed 1.1."""
    items: list[Mapping[str, object]] = [
        {
            "id": entry.id, "url": entry.id, "content_text": entry.text, "authors": [{"name": entry.author}],
            "date_published": entry.at.isoformat(), "date_modified": (entry.edited or entry.at).isoformat(),
        }
        for entry in entries
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Kestrelo news", "items": items})


def refusal(status: int) -> Answer:
    """A web server's page of an error."""
    headers = {"Retry_After": "7"} if status == 429 else {}
    return page("<html><body>words-canary</body></html>", kind="text/html", status=status, **headers)
