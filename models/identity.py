"""What is the same post, whatever source it came through: by its address, tidied, or by its id where the address tells.

A feed, a webhook or a search hands over posts of other platforms. What the address of such a post says is compared with
what the platform's own listener says of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlencode, urlsplit

from models.mention import Mention, storable

LONGEST = 2000
"""A longer address is no identity: nobody compares it."""

WIDEST = 500
"""Bytes. An index takes only so much, and escapes make an address longer: of what is wider the hash is compared."""

CARRIERS = frozenset({"feed", "webhook", "web"})
"""Channels whose posts stand elsewhere."""

TRACKING = frozenset(
    (
        "fbclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "twclid", "igshid", "igsh", "mc_cid", "mc_eid",
        "yclid", "_hsenc", "_hsmi", "vero_id", "ref_src", "ref_url", "cmpid", "ito", "xtor", "wt_mc", "at_medium",
        "at_campaign", "ncid", "ocid", "cmp", "spm", "share_id", "mkt_tok", "s_cid", "oly_anon_id", "oly_enc_id",
        "rdt_cid", "ttclid", "li_fat_id", "srsltid",
    )
)  # fmt: skip
"""Parts of a query that say where a reader came from, never what they read."""

_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "stm_")
_MARKS = re.compile(r"^(?:xtor|utm_|:~:|comment-form|respond|disqus_thread)")
"""Parts behind # that name no post."""
_ON_X = re.compile(r"^/\w{1,15}/status(?:es)?/(\d{1,19})(?:/|$)")
_BLUESKY = re.compile(r"^/profile/[^/]+/post/(\w{1,20})/?$")
_REDDIT = re.compile(r"^/r/\w+/comments/(\w{1,12})(?:/[^/]*(?:/(\w{1,12}))?)?/?$")
_STACK = re.compile(r"^/(?:questions|q|a)/(\d{1,12})(?:/[^/]*(?:/(\d{1,12}))?)?/?$")
_AT = re.compile(r"^at://[^/]+/app\.bsky\.feed\.post/(\w{1,20})$")


def canonical(mention: Mention) -> str:
    """What a post is known by across sources; empty where nothing tells it from others.

    Two posts of one value are one only if one of them came through a source that carries other platforms' posts, and,
    unless the value is ``surely`` one post's, if their words agree: two comments under one article have one address.
    """
    return of_post(mention.channel, storable(mention.external_id)) or of_link(mention.url)


def carries(channel: str) -> bool:
    """Whether posts of other platforms come through it."""
    return channel in CARRIERS


def of_post(channel: str, external_id: str) -> str:
    """The same from the id that a platform's own listener gives; empty where only the address tells."""
    if channel == "bluesky":
        found = _AT.match(external_id)
        return f"bluesky:{found[1]}" if found else ""
    known = channel in ("x", "hackernews") and external_id.isdigit()
    return _narrow(channel, external_id) if known else ""


def may_be(external_id: str, link: str) -> bool:
    """Whether a post of Bluesky may be the one at a link: a record's key is unique within one account only."""
    account, linked = re.match(r"at://(did:[^/]+)/", external_id), re.search(r"/profile/(did:[^/?#]+)/", link)
    return not account or not linked or account[1] == linked[1]


def of_link(link: str) -> str:
    """The same from the address where a post stands; empty for what is no address."""
    parts = _split(storable(link))
    if parts is None:
        return ""
    host = _host(parts)
    known = _KNOWN.get(host)
    kind, _, name = ((known(parts) if known else "") or f"url:{_tidy(parts, host)}").partition(":")
    return _narrow(kind, name)


def _narrow(kind: str, name: str) -> str:
    wide = name.encode()
    return f"{kind}:{name if len(wide) <= WIDEST else hashlib.sha256(wide).hexdigest()}"


def _split(link: str) -> SplitResult | None:
    if not link or len(link) > LONGEST:
        return None
    try:
        parts = urlsplit(link.strip())
        # To ask for the port is to check it.
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    return re.sub(r"^(?:www|m|mobile|amp|old|new|np)\.(?=[^.]+\.)", "", host)


def _tidy(parts: SplitResult, host: str) -> str:
    """Without scheme, tracking and what only looks different; the order of a query does not matter."""
    asked = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(name)]
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = re.sub(r"/(?:amp|index\.(?:html?|php))?/*$", "", re.sub(r"/{2,}", "/", parts.path))
    mark = "" if _MARKS.match(parts.fragment) else parts.fragment
    query = urlencode(sorted(asked))
    return f"{host}{port}{path}{f'?{query}' if query else ''}{f'#{mark}' if mark else ''}"


def _tracks(name: str) -> bool:
    low = name.lower()
    return low in TRACKING or low.startswith(_PREFIXES)


def _x(parts: SplitResult) -> str:
    found = _ON_X.match(parts.path)
    return f"x:{found[1]}" if found else ""


def _hackernews(parts: SplitResult) -> str:
    number = (parse_qs(parts.query).get("id") or [""])[0] if parts.path == "/item" else ""
    # A comment is often linked by its story's address and its own number behind the #.
    own = parts.fragment if parts.fragment.isdigit() else number
    return f"hackernews:{own}" if own.isdigit() else ""


def _bluesky(parts: SplitResult) -> str:
    found = _BLUESKY.match(parts.path)
    return f"bluesky:{found[1]}" if found else ""


def _reddit(parts: SplitResult) -> str:
    found = _REDDIT.match(parts.path)
    return f"reddit:{f't1_{found[2]}' if found[2] else f't3_{found[1]}'}" if found else ""


def _youtube(parts: SplitResult) -> str:
    asked = parse_qs(parts.query)
    comment, video = asked.get("lc", [""])[0], asked.get("v", [""])[0]
    return f"youtube:{comment}" if comment else f"youtube:video:{video}" if video else ""


def _stack(parts: SplitResult) -> str:
    found = _STACK.match(parts.path)
    # A comment is another post than the question or answer below which it stands.
    if not found or parts.fragment.startswith("comment"):
        return ""
    answer = parts.path.startswith("/a/")
    number = found[1] if answer else parts.fragment if parts.fragment.isdigit() else found[2] or found[1]
    return f"stackexchange:{_host(parts)}:{number}"


_KNOWN: Mapping[str, Callable[[SplitResult], str]] = {
    "x.com": _x,
    "twitter.com": _x,
    "news.ycombinator.com": _hackernews,
    "bsky.app": _bluesky,
    "reddit.com": _reddit,
    "youtube.com": _youtube,
    "stackoverflow.com": _stack,
    "superuser.com": _stack,
    "serverfault.com": _stack,
    "askubuntu.com": _stack,
}
"""Platforms whose addresses hold the id of a post."""

EXACT = frozenset({"x", "hackernews", "stackexchange", "reddit", "youtube"})
"""Those whose ids are never used twice, so that the words need not agree."""


def surely(known_by: str) -> bool:
    """Whether a canonical value alone says that two posts are one."""
    return known_by.partition(":")[0] in EXACT
