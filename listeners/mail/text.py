"""The words of a mail: what its author wrote, without what is quoted, and never more than a bounded part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage, Message

from listeners.web.plain import pieces, signs

MOST_PARTS = 50
"""Parts of a mail that are looked at; a mail may hold thousands, one inside the other."""
MOST_WORDS = 20_000
"""Signs of the text that are kept."""

_QUOTED = re.compile(r"^\s?>")
_INTRODUCED = re.compile(
    r"^\s*(?:on\b.{4,200}\bwrote|am\b.{4,200}\bschrieb\b.{0,80}|le\b.{4,200}\ba écrit|el\b.{4,200}\bescribió"
    r"|il\b.{4,200}\bha scritto|op\b.{4,200}\bschreef\b.{0,80}|em\b.{4,200}\bescreveu)\s?:\s*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^\s*-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original)", re.I
)
_HEADERS = re.compile(r"^\s*(?:from|von|de|da|van)\s?:\s.+", re.IGNORECASE)
_MORE_HEADERS = re.compile(r"^\s*(?:sent|date|gesendet|datum|envoyé|enviado|to|an|à|para|inviato|verzonden)\s?:", re.I)
_SIGNATURE = "-- "
HIDDEN = frozenset(("style", "script", "head", "title", "blockquote"))
BREAKS = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"))
DEEPEST = 100
"""Hidden parts, one inside the other, that are told apart."""


def words_of(mail: EmailMessage) -> str:
    """What the author wrote; plain text where there is any, else the text of the HTML."""
    plain, html = list[str](), list[str]()
    for part in _parts(mail):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            continue
        (plain if kind == "text/plain" else html).append(_decoded(part))
    said = "\n".join(part for part in plain if part.strip()) or "\n".join(map(text_of_html, html))
    return own_words(said)[:MOST_WORDS]


def _parts(mail: Message) -> Iterator[Message]:
    """The parts in their order; of attached mails none, for their words are somebody else's."""
    left: list[Message] = [mail]
    for _ in range(MOST_PARTS):
        if not left:
            return
        part = left.pop(0)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            left[:0] = [child for child in inner if isinstance(child, Message)]
        elif part.get_content_maintype() == "text":
            yield part


def _decoded(part: Message) -> str:
    """A part's text, whatever its charset is called and whatever it really is."""
    try:
        data = part.get_payload(decode=True)
    except (AssertionError, LookupError, TypeError, ValueError):
        return ""
    if not isinstance(data, bytes):
        return ""
    data = data[: 8 * MOST_WORDS]
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    # Says windows-1252 or nothing: the most frequent of the wrong.
    return data.decode("cp1252", "replace")


def own_words(text: str) -> str:
    """The text without quoted lines, the line that introduces them, and the signature.

    A reply that stands between quoted lines is kept whole. Where nothing but quotes is left, the text stays as it is.
    """
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line == _SIGNATURE or _ORIGINAL.match(line) or _is_forwarding(lines, number):
            break
        if _QUOTED.match(line):
            continue
        joined = " ".join(part.strip() for part in lines[number : number + 2])
        if _INTRODUCED.match(line) or (
            _INTRODUCED.match(joined) and not _INTRODUCED.match(lines[min(number + 1, len(lines) - 1)])
        ):
            lines[number + 1 : number + 2] = [""] if not _INTRODUCED.match(line) else lines[number + 1 : number + 2]
            continue
        kept.append(line.rstrip())
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return said or re.sub(r"(?m)^\s?(?:>\s?)+", "", text).strip()


def _is_forwarding(lines: list[str], number: int) -> bool:
    """Whether the headers of another mail begin here, as Outlook quotes."""
    return bool(_HEADERS.match(lines[number])) and any(
        _MORE_HEADERS.match(line) for line in lines[number + 1 : number + 3]
    )


def text_of_html(html: str) -> str:
    """The text of a page, without styles, scripts and what is quoted."""
    parts: list[str] = []
    hidden: list[str] = []
    for words, name, ends, _ in pieces(html[: 40 * MOST_WORDS]):
        if not hidden:
            parts.append(re.sub(r"\s+", " ", signs(words)))
        if name in HIDDEN and not ends:
            hidden += [name] if len(hidden) < DEEPEST else []
        elif name in hidden:
            # What was opened inside and never closed ends here too.
            del hidden[hidden.index(name) :]
        elif name in BREAKS and not ends:
            parts.append("\n")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
