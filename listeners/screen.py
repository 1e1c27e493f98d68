"""Which brands a post is about, and whether it goes any further. Plain code, no model: the same answer every time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from listeners.matching.matcher import Matcher
from listeners.matching.rules import Said
from models.decision import Reason
from models.fold import fold, whole_words
from models.mention import Mention
from models.mute import Mute, matches
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

    matchers: Callable[[str], Matcher]
    """What finds its words on a channel."""
    handles: Mapping[str, frozenset[str]]
    blocked: frozenset[str]

    @classmethod
    def of(cls, brand: Brand) -> BrandView:
        """Compile a brand's words."""
        return cls(
            matchers=_matchers(brand),
            handles={channel: frozenset(map(_handle, names)) for channel, names in brand.handles.items()},
            blocked=frozenset(map(_handle, brand.blocked_authors)),
        )


class Screen:
    """The filters before the model, for the brands of one listener.

    ``in_danger`` says whether the words speak of danger to somebody; such a post is never muted. ``language`` says a
    text's language after hearing what its platform says of it, "" where nobody can tell; only a brand with words of a
    language has it asked.
    """

    def __init__(
        self,
        settings: Settings,
        brands: Mapping[str, Brand],
        in_danger: Callable[[str], bool] = lambda text: False,
        language: Callable[[str, str], str] = lambda text, told: told,
    ) -> None:
        self._settings = settings
        self._in_danger = in_danger
        self._language = language if any(brand.languages for brand in brands.values()) else lambda text, told: told
        self._brands = {name: BrandView.of(brand) for name, brand in brands.items()}

    @property
    def brands(self) -> Sequence[str]:
        """The brands that it screens for."""
        return tuple(self._brands)

    @property
    def shadowed(self) -> frozenset[str]:
        """The channels in shadow: what was heard there nobody sees."""
        return frozenset(name for name, own in self._settings.channels.items() if own.shadow)

    def __call__(self, post: Mention, now: datetime, mutes: Sequence[Mute] = ()) -> list[Screened]:
        """The post as each brand that it is about sees it; an empty list where it is about none.

        ``mutes`` are the team's rules that hold now.
        """
        wanted = {post.brand: self._brands[post.brand]} if post.brand in self._brands else self._brands
        said = Said(post.text)
        lang = self._language(post.text, post.lang or "")
        about = [name for name, view in wanted.items() if post.brand == name or _is_about(post, said, lang, view)]
        return [self._screened(post.seen_by(name), self._brands[name], now, mutes) for name in about]

    def _screened(self, mention: Mention, view: BrandView, now: datetime, mutes: Sequence[Mute]) -> Screened:
        reason = self._reason(mention, view, now) or (Reason.MUTED if self._muted(mention, mutes) else None)
        addressed = bool(mention.addressees & view.handles.get(mention.channel, frozenset()))
        heeded = addressed and reason in (None, Reason.ADDRESSED, Reason.TOO_OLD, Reason.MUTED)
        stop = heeded and _asks_to_stop(mention.text, self._settings.replies.opt_out)
        return Screened(mention, reason, stop, self._in_danger(mention.text))

    def _muted(self, mention: Mention, mutes: Sequence[Mute]) -> bool:
        return any(matches(mute, mention) for mute in mutes) and not self._in_danger(mention.text)

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


def _matchers(brand: Brand) -> Callable[[str], Matcher]:
    """By channel. Channels without words of their own share one matcher, and none is made before it is needed."""
    made = cache(partial(Matcher.of, brand))
    return lambda channel: made(channel if channel in brand.channels else "")


def _is_about(post: Mention, said: Said, lang: str, view: BrandView) -> bool:
    """A brand's term in the text, or its own account among those that the post speaks to, quotes or comes from."""
    if to_account(post, view.handles.get(post.channel, frozenset())):
        return True
    return view.matchers(post.channel).find(said, lang) is not None


def to_account(post: Mention, handles: Iterable[str]) -> bool:
    """Whether one of a brand's accounts on the post's channel wrote it, is quoted by it, or is spoken to."""
    own = set(map(_handle, handles))
    return bool(own & {*post.addressees, post.quotes or "", _handle(post.author.handle)})


def _handle(name: str) -> str:
    return name.lower().removeprefix("@")


def _asks_to_stop(text: str, words: Iterable[str]) -> bool:
    """Whether the words are there, with little else: in a longer post they are about something else."""
    said, phrases = _LINK.sub(" ", fold(text)), whole_words(words)
    rest = (part for part in phrases.sub(" ", said).split() if not part.startswith("@"))
    return bool(phrases.search(said)) and len(_WORD.findall(" ".join(rest))) <= SHORT
