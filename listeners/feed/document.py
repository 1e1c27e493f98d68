"""What a feed says: RSS, Atom and JSON Feed, from bytes that nobody should trust. Pure, and slow for large ones.

RSS 2.0: https://www.rssboard.org/rss-specification; Atom: RFC 4287; JSON Feed: https://www.jsonfeed.org/version/1.1.
"""

from __future__ import annotations

import calendar
import codecs
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from listeners.web.plain import plain, tidy

MOST_ITEMS = 1000
LONGEST = 20_000
"""Signs of an item's text that are kept."""
MOST_BROKEN = 300_000
"""Bytes of a document that is not well formed; the reader for such ones is slow."""
MOST = (100_000, 100, 500, 100, 100)
"""Elements; in one another; in one that is not the feed itself; attributes of one; namespaces. Real feeds have few."""
HIDING = frozenset({"utf_7", "idna", "punycode", "raw_unicode_escape", "unicode_escape"})
"""Encodings that write a sign in ways that no check would see."""
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ENTITY = re.compile(r"<!\s*ENTITY", re.IGNORECASE)
_END = re.compile(r"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_NAMES = "author|contributor|creator|email|managingeditor|name|owner|publisher|webmaster"
_NAMED = re.compile(rf"<(?:[\w.-]{{1,40}}:)?(?:{_NAMES})(?:\s[^<>]*+)?(?<!/)>", re.IGNORECASE)
_NAMED_END = re.compile(rf"</(?:[\w.-]{{1,40}}:)?(?:{_NAMES})\s*>", re.IGNORECASE)
LONGEST_NAME = 2000
"""Signs up to the end of an element that names somebody: in a long one the parser looks for an address for ever."""
_ABSOLUTE = re.compile(r"(?:https?://|urn:|tag:)\S+", re.IGNORECASE)
MISSHAPEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
"""What an item that is in no feed's shape raises."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. ``id`` is its own where it has one, else follows from its link or its words; dates may be missing."""

    id: str
    text: str
    url: str = ""
    author: str = ""
    posted: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A feed's items as it shows them, those that cannot be read, and whether it has ``more`` than we take."""

    items: Sequence[Item]
    spoiled: Sequence[tuple[str, str]] = ()
    more: bool = False


def read_feed(body: bytes, kind: str, url: str) -> Document:
    """The feed in ``body``. ``kind`` is its Content-Type and ``url`` where it stood, for links that are relative to it.

    Raises ValueError, in words without any of the document's, for what is no feed, is broken off, or declares entities.
    """
    text = decoded(body, kind)
    raws = _json_items(text) if text.lstrip().startswith("{") else _xml_items(text)
    items: dict[str, Item] = {}
    spoiled: list[tuple[str, str]] = []
    for raw in raws[:MOST_ITEMS]:
        try:
            item = _item(raw, url)
            items.setdefault(item.id, item)
        except MISSHAPEN as error:
            digest = hashlib.sha256(repr(raw).encode("utf-8", "replace")).hexdigest()[:16]
            spoiled.append((digest, f"an item in no feed's shape ({type(error).__name__})"))
    return Document(tuple(items.values()), tuple(spoiled), len(raws) > MOST_ITEMS)


def decoded(body: bytes, kind: str) -> str:
    """The text: by its mark, by what the document or the server says, and where none of it fits as Windows wrote it."""
    bom = next((name for mark, name in _BOMS if body.startswith(mark)), "")
    declared, served = _DECLARED.search(body[:1000]), _CHARSET.search(kind)
    named = (bom, declared[1].decode("ascii") if declared else "", served[1] if served else "", "utf-8")
    for name in filter(None, named):
        try:
            if codecs.lookup(name).name.replace("-", "_") not in HIDING:
                return body.decode(name).removeprefix("\ufeff")
        except (LookupError, UnicodeError):
            continue
    return body.decode("cp1252", "replace")


def _json_items(text: str) -> list[dict[str, Any]]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is broken JSON") from None
    if not (isinstance(feed, dict) and str(feed.get("version", "")).startswith("https://jsonfeed.org/version/")):
        raise ValueError("is JSON, but no feed")
    items = feed.get("items")
    if not isinstance(items, list):
        raise ValueError("has no list of items")
    return [_of_json(item) if isinstance(item, dict) else {"id": None} for item in items]


def _of_json(raw: Mapping[str, Any]) -> dict[str, Any]:
    authors = raw.get("authors") or [raw.get("author") or {}]
    words = raw.get("content_text") or plain(str(raw.get("content_html") or "")) or str(raw.get("summary") or "")
    return {
        "id": raw.get("id"),
        "url": raw.get("url") or raw.get("external_url"),
        "title": raw.get("title"),
        "words": words,
        "author": authors[0].get("name") if isinstance(authors, list) and isinstance(authors[0], dict) else "",
        "posted": _of_iso(raw.get("date_published")),
        "updated": _of_iso(raw.get("date_modified")),
    }


def _xml_items(text: str) -> list[dict[str, Any]]:
    import feedparser

    if _ENTITY.search(text):
        # A few of them can stand for gigabytes; no feed needs its own.
        raise ValueError("declares entities, and such a document is not read")
    if not _END.search(text):
        raise ValueError("is no feed, or breaks off")
    if any(_NAMED_END.search(text, found.end(), found.end() + LONGEST_NAME) is None for found in _NAMED.finditer(text)):
        raise ValueError("names somebody at a length that no name has, and such a document is not read")
    document = _PROLOG.sub("", text, count=1).encode("utf-8", "replace")
    if not _is_well_formed(document) and len(document) > MOST_BROKEN:
        raise ValueError(f"is not well formed, and longer than the {MOST_BROKEN} bytes for which that is borne")
    # As a file: a text that looks like an address or a path would be opened by the parser itself.
    try:
        feed = feedparser.parse(
            io.BytesIO(document),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # noqa: BLE001 - it has a fault for many a broken document, of any kind
        raise ValueError(f"cannot be read ({type(error).__name__})") from None
    if not feed.version and not feed.entries:
        raise ValueError("is no feed")
    return [_of_xml(entry) for entry in feed.entries]


class _Shape:
    """How a document is built; raises ValueError for what the parser would take minutes or the memory for."""

    def __init__(self) -> None:
        self._elements = 0
        self._within: list[int] = [0]
        self._spaces: set[tuple[str, str]] = set()

    def start(self, name: str, attributes: list[str]) -> None:
        """An element begins; its attributes are names and values in turn."""
        self._elements += 1
        self._within[-1] += 1
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        self._spaces.update(pair for pair in pairs if pair[0].startswith("xmlns"))
        numbers = (self._elements, len(self._within), self._within[-1], len(attributes) // 2, len(self._spaces))
        if any(number > most for number, most in zip(numbers, MOST, strict=True)):
            raise ValueError("is built as no feed is, and such a document is not read")
        # Of items there may be many.
        self._within.append(-MOST[0] if name.rpartition(":")[2].lower() in ("rss", "channel", "feed", "rdf") else 0)

    def end(self, name: str) -> None:
        """It ends."""
        self._within.pop()


def _is_well_formed(document: bytes) -> bool:
    from xml.parsers import expat

    shape = _Shape()
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = shape.start, shape.end
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return False
    return True


def _of_xml(entry: Any) -> dict[str, Any]:
    contents = [*(part.get("value") or "" for part in entry.get("content", ())), entry.get("summary") or ""]
    detail = entry.get("author_detail") or {}
    updated = entry["updated_parsed"] if "updated_parsed" in entry else None  # noqa: SIM401 - get gives the other date
    return {
        "id": entry.get("id"),
        "url": entry.get("link"),
        "title": plain(entry.get("title") or ""),
        "words": plain(max(contents, key=len)),
        "author": detail.get("name") or entry.get("author"),
        "posted": _of_tuple(entry.get("published_parsed") or updated),
        "updated": _of_tuple(updated),
    }


def _item(raw: Mapping[str, Any], base: str) -> Item:
    title, words = tidy(str(raw.get("title") or "")), tidy(str(raw["words"]))
    # Where an author gives no title, some programs take the first words for it.
    if title and not words.startswith(title.removesuffix("...").removesuffix("\u2026").rstrip()):
        words = f"{title}\n{words}".strip()
    url = str(raw.get("url") or "").strip()
    url = urljoin(base, url) if url else ""
    url = url if url.startswith(("http://", "https://")) else ""
    known = str(raw.get("id") or "").strip() or url or _digest(words)
    if not (words or url):
        raise ValueError("says nothing")
    return Item(
        known if _ABSOLUTE.fullmatch(known) else f"{_digest(base)}#{known}",
        words[:LONGEST],
        url,
        tidy(str(raw.get("author") or ""))[:200],
        raw.get("posted"),
        raw.get("updated"),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _of_tuple(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC) if value else None
    except (OverflowError, OSError, TypeError, ValueError):
        return None


def _of_iso(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value)) if value else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
