"""Writes X search queries that find the brands and leave out what is not meant. Pure; asks nobody.

Operators: docs.x.com/x-api/posts/search/integrate/operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.settings.sections import Brand, Words
from models.terms import is_meaningful, is_plain, split_near

_BARE = re.compile(r"[#$@]?\w+")
_ACCOUNT = re.compile(r"\w{1,15}|\d{1,19}", re.ASCII)
"""A handle or an account's id, the two that X takes after from:."""
_WORDS_OF_X = frozenset({"or", "and", "not"})


@dataclass(frozen=True, slots=True)
class _Clause:
    """What finds one brand, or a part of its terms: ``terms`` joined by OR, and ``nots`` that hold for all of them."""

    terms: tuple[str, ...]
    nots: tuple[str, ...]

    def __str__(self) -> str:
        either = self.terms[0] if len(self.terms) == 1 else f"({' OR '.join(self.terms)})"
        return " ".join((either, *self.nots))


def build_queries(
    brands: Mapping[str, Brand], *, extra: str, addressed: bool, longest: int, blocked: bool = True
) -> tuple[str, ...]:
    """As few queries as will do, none over ``longest`` characters; brands share one where they fit.

    ``addressed`` keeps posts that mention or answer a brand's own account; ``blocked`` leaves out those of blocked
    authors. Raises ValueError that names the brand that cannot be made to fit or has nothing to search for.
    """
    ending = f" -is:retweet {f'({extra})' if ' OR ' in extra else extra}".rstrip()
    clauses: list[_Clause] = []
    for key, brand in brands.items():
        nots = (*_nots(brand, addressed), *(_unwanted(brand) if blocked else ()))
        clauses += _clauses(key, brand, addressed, tuple(dict.fromkeys(nots)), longest - len(ending))
    queries: list[list[_Clause]] = []
    for clause in clauses:
        if queries and len(_joined([*queries[-1], clause]) + ending) <= longest:
            queries[-1].append(clause)
        else:
            queries.append([clause])
    return tuple(_joined(together) + ending for together in queries)


def _joined(clauses: Sequence[_Clause]) -> str:
    if len(clauses) == 1:
        return str(clauses[0])
    # Each brand's exclusions stay inside its own parentheses, or they would hide posts about the others; the outer
    # ones are there because OR binds weaker than what follows.
    return f"({' OR '.join(f'({clause})' for clause in clauses)})"


def _clauses(key: str, brand: Brand, addressed: bool, nots: tuple[str, ...], room: int) -> list[_Clause]:
    """The brand's terms, cut into as many clauses as ``room`` characters each make necessary."""
    unheard = set() if addressed else {f"@{handle}" for handle in own_handles(brand)}
    terms = list(dict.fromkeys(term for term in _searched(brand) if term and term.lower() not in unheard))
    if not terms:
        raise ValueError(f'brand "{key}" has no term that X can search for: give it a word or a phrase in terms')
    made: list[_Clause] = []
    for term in terms:
        grown = _Clause((*made[-1].terms, term), nots) if made else None
        if grown and len(str(grown)) <= room:
            made[-1] = grown
            continue
        made.append(_Clause((term,), nots))
        if len(str(made[-1])) > room:
            raise ValueError(
                f'brand "{key}" needs a query of {len(str(made[-1]))} characters for one term and all that it leaves '
                f"out, and X takes {room} of these: shorten its exclude list or query_extra, raise max_query_length, "
                "or set users = true, with which blocked_authors take no room"
            )
    return made


def _searched(brand: Brand) -> Iterator[str]:
    """Every term as X can search for it: of NEAR both sides, anywhere in the post, and of ``kestrelo*`` the word."""
    own = brand.channels.get("x", Words())
    yield from map(_term, (*brand.terms, *brand.aliases, *own.terms))
    for lang, words in brand.languages.items():
        yield from (f"({term} lang:{lang})" for term in map(_term, words.terms) if term)


def _term(entry: str) -> str:
    left, _, right = split_near(entry)
    if right:
        sides = (_word(left), _word(right))
        return f"({' '.join(sides)})" if all(sides) else ""
    return _word(left)


def _nots(brand: Brand, addressed: bool) -> list[str]:
    # X would leave out more than is meant by what is in quotes, or near another word: the screen sees to those.
    entries = (*brand.exclude, *brand.channels.get("x", Words()).exclude)
    words = [f"-{word}" for word in map(_word, filter(is_plain, entries)) if word]
    for handle in own_handles(brand):
        words.append(f"-from:{handle}")
        if not addressed:
            words += [f"-to:{handle}", f"-@{handle}"]
    return words


def _unwanted(brand: Brand) -> list[str]:
    """The blocked authors that can be accounts on X; the list is for all channels."""
    names = (name.strip().lower().lstrip("@") for name in brand.blocked_authors)
    return [f"-from:{name}" for name in names if _ACCOUNT.fullmatch(name)]


def _word(text: str) -> str:
    """One word as it is, anything else as a quoted phrase, "" if nothing is left to search for."""
    text = " ".join(text.replace('"', " ").replace("\\", " ").strip(" *").split())
    if not is_meaningful(text):
        return ""
    return text if _BARE.fullmatch(text) and text.lower() not in _WORDS_OF_X else f'"{text}"'


def own_handles(brand: Brand) -> list[str]:
    """The brand's own accounts on X, in lower case and without "@"."""
    return [handle.lower().lstrip("@") for handle in brand.handles.get("x", []) if handle.strip("@ ")]
