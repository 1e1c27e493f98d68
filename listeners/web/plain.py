"""The words of a page in HTML, as a reader sees them.

Written by hand, for strangers write the pages: the time it takes grows with the length alone. The standard library's
parser needs minutes for a hundred thousand signs that somebody has chosen with care.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

LONGEST = 100_000
"""Signs of HTML that are read. What follows belongs to no post that anybody writes by hand."""

_BLOCK_NAMES = (
    "address article blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li ol p pre "
    "section table td th tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSEEN = frozenset({"audio", "head", "iframe", "noscript", "object", "script", "style", "svg", "template", "video"})
_RAW = frozenset({"script", "style"})
"""In them another beginning of the same is no element."""
_VOID = frozenset({"br", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CUT_LINK = re.compile(r"\S*(?:\.\.\.|\u2026)")
# No part of it goes over a "<", so that none is read twice; the second kind is for quotes that do not end.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][\w:-]*+)(?P<rest>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>"""
    r"""|<(?P<end2>/?)(?P<name2>[a-zA-Z][\w:-]*+)(?P<rest2>[^<>]*+)>|<[!?/][^<>]*+>|<[a-zA-Z!?/][^<>]*+\Z"""
)
_ENDLESS = re.compile(r"&#\d{12,};?")
_ATTRIBUTE = re.compile(r"""(?<![\w-])(class|href|alt)\s*=\s*(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.IGNORECASE)


class _Words:
    """What is seen of a page so far."""

    def __init__(self, without: frozenset[str]) -> None:
        self.words: list[str] = []
        self._without = without
        self._skipped, self._depth = "", 0
        self._links: list[tuple[str, int]] = []

    def data(self, text: str) -> None:
        """Words between two tags."""
        if text and not self._skipped:
            self.words.append(signs(text))

    def tag(self, name: str, ends: bool, rest: str) -> None:
        """One tag with its attributes."""
        if self._skipped:
            if name == self._skipped and not (name in _RAW and not ends):
                self._depth += -1 if ends else 1
                self._skipped = self._skipped if self._depth else ""
            return
        if name in _BLOCKS:
            self.words.append("\n")
        if ends:
            self._end(name)
        else:
            self._start(name, _attributes(rest), rest.endswith("/"))

    def _start(self, name: str, named: dict[str, str], closed: bool) -> None:
        unseen = name in _UNSEEN or not self._without.isdisjoint(named.get("class", "").split())
        if unseen and name not in _VOID and not closed:
            self._skipped, self._depth = name, 1
        elif name == "img" and named.get("alt"):
            self.words.append(f" {named['alt']} ")
        elif name == "a":
            self._links.append((named.get("href", ""), len(self.words)))

    def _end(self, name: str) -> None:
        if name == "a" and self._links:
            href, start = self._links.pop()
            # Some platforms show only the beginning of a link.
            if href.startswith(("http://", "https://")) and _CUT_LINK.fullmatch("".join(self.words[start:]).strip()):
                self.words[start:] = [href]


def plain(source: str, without: frozenset[str] = frozenset()) -> str:
    """The text of ``source``, a paragraph a line; never raises. ``without`` are classes of elements to leave out."""
    reader = _Words(without)
    for words, name, ends, rest in pieces(source[:LONGEST]):
        reader.data(words)
        if name:
            reader.tag(name, ends, rest)
    return tidy("".join(reader.words))


def pieces(source: str) -> Iterator[tuple[str, str, bool, str]]:
    """Words as they are written and the tag behind them: its name, empty for none, whether it ends, and its rest."""
    text, at = _without_comments(source), 0
    for found in _TAG.finditer(text):
        words, at = text[at : found.start()], found.end()
        name = found["name"] or found["name2"] or ""
        yield words, name.lower(), bool(found["end"] or found["end2"]), found["rest"] or found["rest2"] or ""
    yield text[at:], "", False, ""


def _without_comments(text: str) -> str:
    """One that does not end takes the rest with it, as in a browser."""
    return "".join(_outside(text)) if "<!--" in text else text


def _outside(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        yield text[at:start]
        end = text.find("-->", start + 4)
        if end < 0:
            return
        at = end + 3
    yield text[at:]


def _attributes(rest: str) -> dict[str, str]:
    return {found[1].lower(): signs(found[2] or found[3] or found[4] or "") for found in _ATTRIBUTE.finditer(rest)}


def tidy(text: str) -> str:
    """Without blanks that nobody sees: one between words, no empty line, none at the ends."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def signs(text: str) -> str:
    """Text with the signs that are written as references; Python's own raises for a number of some thousand digits."""
    return html.unescape(_ENDLESS.sub("\ufffd", text))


def unescaped(text: str) -> str:
    """A title, in which only signs may be written in HTML."""
    return tidy(signs(text[:LONGEST]))
