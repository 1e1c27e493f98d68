"""Makes text from strangers safe to show: no control, no hidden and no reordering signs, and no markup of Slack's.

It changes what is shown only; the text as it was written stays in the store.
"""

from __future__ import annotations

import regex

_PICTURE = r"\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*"
_JUNK = regex.compile(
    # Kept: emoji that joiners hold together, and the flags of regions, which are a black flag with tags.
    rf"(?P<keep>{_PICTURE}(?:\u200D{_PICTURE})+|\U0001F3F4[\U000E0030-\U000E007A]{{3,6}}\U000E007F)"
    # Format characters (bidi, zero-width, tags), but not those that are drawn, such as the Arabic number sign.
    r"|[\p{Cf}--[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\U000110BD\U000110CD]]"
    r"|[\p{Cc}--[\n]]"
    # Fillers: letters that nobody sees.
    r"|[\u115F\u1160\u3164\uFFA0]",
    regex.VERSION1,
)
_BREAK = regex.compile(r"\r\n?|[\u0085\u2028\u2029]")
_BLANKS = regex.compile(r"\n(?:[^\S\n]*\n){2,}")
_MARKS = regex.compile(r"(\p{M}{4})\p{M}+")
_CLUSTER = regex.compile(r"\X")


def plain(text: str) -> str:
    """The text without what harms a reader; line breaks stay, three or more become two. Doing it twice changes nothing.

    Lone surrogates become U+FFFD, and a letter keeps at most four combining marks.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _BREAK.sub("\n", text).replace("\t", " ")
    text = _JUNK.sub(lambda match: match["keep"] or "", text)
    return str(_MARKS.sub(r"\1", _BLANKS.sub("\n\n", text)))


def line(text: str, limit: int) -> str:
    """The text on one line of at most ``limit`` characters."""
    return cut(" ".join(plain(text).split()), limit)


def mrkdwn(text: str) -> str:
    """The text for a place where Slack reads its markup: ``<!channel>``, ``<@U1>`` and links stay mere words."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most ``limit`` code points, the last of them "…" where something was cut; never within a sign that is seen."""
    if len(text) <= limit:
        return text
    end = 0
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() >= limit:
            break
        end = cluster.end()
    return text[:end].rstrip() + "…" if limit > 0 else ""
