"""Which brands a post is about, and whether it goes any further. Plain code, no model: the same answer every time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.decision import Reason
from models.mention import Mention
from models.past import Screened
from models.settings import Settings
from models.settings.sections import Brand

SHORT = 5
"""Words besides handles, links and the opt-out words, in a post that asks the bot to stop."""
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


@dataclass(frozen=True, slots=True)
class BrandView:
    """How one brand recognises itself. Handles are by channel, in lower case and without "@"."""

    terms: re.Pattern[str]
    exclude: re.Pattern[str] | None
    handles: Mapping[str, frozenset[str]]
    blocked: frozenset[str]

    @classmethod
    def of(cls, brand: Brand) -> BrandView:
        """Compile a brand's words."""
        return cls(
            terms=_words(brand.terms),
            exclude=_words(brand.exclude) if brand.exclude else None,
            handles={channel: frozenset(map(_handle, names)) for channel, names in brand.handles.items()},
            blocked=frozenset(map(_handle, brand.blocked_authors)),
        )


class Screen:
    """The filters before the model, for the brands of one listener."""

    def __init__(self, settings: Settings, brands: Mapping[str, Brand]) -> None:
        self._settings = settings
        self._brands = {name: BrandView.of(brand) for name, brand in brands.items()}

    def __call__(self, post: Mention, now: datetime) -> list[Screened]:
        """The post as each brand that it is about sees it; an empty list where it is about none."""
        wanted = {post.brand: self._brands[post.brand]} if post.brand in self._brands else self._brands
        about = [name for name, view in wanted.items() if post.brand == name or _is_about(post, view)]
        return [self._screened(post.seen_by(name), self._brands[name], now) for name in about]

    def _screened(self, mention: Mention, view: BrandView, now: datetime) -> Screened:
        reason = self._reason(mention, view, now)
        addressed = bool(mention.addressees & view.handles.get(mention.channel, frozenset()))
        heeded = addressed and reason in (None, Reason.ADDRESSED, Reason.TOO_OLD)
        return Screened(mention, reason, heeded and _asks_to_stop(mention.text, self._settings.replies.opt_out))

    def _reason(self, mention: Mention, view: BrandView, now: datetime) -> Reason | None:
        handles = view.handles.get(mention.channel, frozenset())
        channel = self._settings.channel(mention.channel)
        author = {_handle(mention.author.handle), _handle(mention.author.id)} - {""}
        checks = (
            (bool(author & handles), Reason.OWN_POST),
            (mention.author.bot, Reason.BOT_POST),
            (mention.repost, Reason.REPOST),
            (bool(author & view.blocked), Reason.BLOCKED_AUTHOR),
            (now - mention.posted_at > channel.max_age, Reason.TOO_OLD),
            (not mention.text.strip(), Reason.EMPTY),
            (channel.addressed == "ignore" and bool(mention.addressees & handles), Reason.ADDRESSED),
        )
        return next((reason for held, reason in checks if held), None)


def _is_about(post: Mention, view: BrandView) -> bool:
    """A brand's term in the text, or its own account among those that the post speaks to, quotes or comes from."""
    handles = view.handles.get(post.channel, frozenset())
    if handles & {*post.addressees, post.quotes or "", _handle(post.author.handle)}:
        return True
    text = fold(post.text)
    return bool(view.terms.search(text)) and not (view.exclude and view.exclude.search(text))


def fold(text: str) -> str:
    """Text as it is compared: without case, accents, fancy letters and invisible signs."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    # Only now the case: "𝐊" becomes "K" just above.
    return "".join(sign for sign in decomposed if unicodedata.category(sign) not in ("Mn", "Me", "Cf")).casefold()


def _words(terms: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the terms as whole words, whatever blanks stand inside; no terms are never found."""
    words = (map(re.escape, fold(term).lstrip("#@").split()) for term in terms)
    found = [rf"(?<!\w){term}(?!\w)" for term in map(r"\s+".join, words) if term]
    return re.compile("|".join(found) or r"(?!)")


def _handle(name: str) -> str:
    return name.lower().removeprefix("@")


def _asks_to_stop(text: str, words: Iterable[str]) -> bool:
    """Whether the words are there, with little else: in a longer post they are about something else."""
    said, phrases = _LINK.sub(" ", fold(text)), _words(words)
    rest = (part for part in phrases.sub(" ", said).split() if not part.startswith("@"))
    return bool(phrases.search(said)) and len(_WORD.findall(" ".join(rest))) <= SHORT
