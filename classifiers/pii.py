"""Private data that a post gives away: cards, IBANs, phones, e-mail addresses, order numbers.

Finds them so that they can be masked. Never logs, returns or keeps what they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import phonenumbers
from stdnum import iban, luhn

from classifiers.plain import DIGIT, Plain, blank, plain, without_links
from classifiers.references import find_references
from models.assessment import Pii

Span = tuple[int, int]
Find = Callable[[str], Iterable[Span]]

MOST_CHECKS = 100
"""How many candidates of a kind are checked. Past that it is no customer's post but an attack on our time: every
further candidate is masked unchecked, so that padding cannot hide a number."""

_EMAIL = re.compile(r"(?<![\w.%+@-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD_RUN = re.compile(r"(?<![A-Za-z0-9+])(?<!\d[.,])\d(?:[ .-]{0,3}\d){12,}(?![A-Za-z0-9])")
# ISO/IEC 7812 major industries that issue payment cards; 1 and 7 would let timestamps and post ids in.
_ISSUER = re.compile(r"2[2-7]|[3-6]|8[12]|9792")
_CARD_SHAPES = {
    4: ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4)),
    8: ((8, 8),),
    **{size: ((size,),) for size in range(13, 20)},
}
"""How a card's digits are grouped, by the size of the first group."""
_PHONE_RUN = re.compile(r"(?:(?<![\w#@$€£])|(?=\+))(?<!\d[.,])[+(\[]{0,2}\d[\d ().\[\]/~-]{5,}(?<=\d)")
_ZEROS = re.compile(r"00[1-9]")
_DIGITS = re.compile(r"\d+")


def find_pii(text: str, region: str | None = None) -> tuple[Pii, ...]:
    """Where private data stands in any text, sorted and not overlapping, in code points of ``text``.

    ``region`` is the two-letter country in which national phone numbers are read; without it only international
    ones are found. Kinds: card, iban, phone, email, order.
    """
    source = plain(text)
    found: list[Pii] = []
    rest = _take("email", _emails, source.text, source, found) if "@" in source.text else source.text
    rest = without_links(rest, lambda match: "\0" * len(match[0]))
    if not DIGIT.search(rest):
        _take("order", find_references, rest, source, found)
        return tuple(sorted(found, key=lambda item: item.start))
    finders: list[tuple[str, Find]] = [
        ("iban", _ibans),
        ("card", _cards),
        ("phone", lambda rest: _phones(rest, None)),
        ("order", find_references),
    ]
    if region:
        # After the order numbers: a cue word says more than the look of the digits.
        finders.append(("phone", lambda rest: _phones(rest, region.upper())))
    for kind, find in finders:
        rest = _take(kind, find, rest, source, found)
    return tuple(sorted(found, key=lambda item: item.start))


def _take(kind: str, find: Find, text: str, source: Plain, found: list[Pii]) -> str:
    """Adds what ``find`` finds, overlapping finds as one, and hides it from the finders after it."""
    spans: list[Span] = []
    for start, end in sorted(find(text)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    found += [Pii(kind, *source.span(*span)) for span in spans]
    return blank(text, *spans) if spans else text


def _emails(text: str) -> Iterator[Span]:
    return (match.span() for match in _EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    for checks, match in enumerate(_IBAN.finditer(text)):
        end = match.end() if checks >= MOST_CHECKS else _iban_end(text, *match.span())
        if end:
            yield match.start(), end


def _iban_end(text: str, start: int, last: int) -> int:
    """Where the IBAN at ``start`` ends: the run may have swallowed words after it. 0 where there is none."""
    for end in range(last, start + 14, -1):
        whole = text[end - 1].isalnum() and not text[end : end + 1].isalnum()
        if whole and iban.is_valid(text[start:end], check_country=False):
            return end
    return 0


def _cards(text: str) -> Iterator[Span]:
    checks = 0
    for run in _CARD_RUN.finditer(text):
        for start, end in _card_candidates(text, *run.span()):
            checks += 1
            if checks > MOST_CHECKS:
                yield run.span()
                break
            number = "".join(_DIGITS.findall(text, start, end))
            if _ISSUER.match(number) and luhn.is_valid(number):
                yield start, end


def _card_candidates(text: str, start: int, end: int) -> Iterator[Span]:
    """The whole run where its length fits, then every part of it that is grouped as on a card."""
    groups = [group.span() for group in _DIGITS.finditer(text, start, end)]
    sizes = tuple(end - start for start, end in groups)
    if 13 <= sum(sizes) <= 19 and (max(sizes) == 1 or min(sizes[:-1], default=3) >= 3):
        yield start, end
    for first, size in enumerate(sizes):
        for shape in _CARD_SHAPES.get(size, ()):
            last = first + len(shape)
            if sizes[first:last] == shape:
                yield groups[first][0], groups[last - 1][1]


def _phones(text: str, region: str | None) -> Iterator[Span]:
    """International numbers, written with + or 00, and the national ones of a region."""
    checks = 0
    for run in _PHONE_RUN.finditer(text):
        if checks >= MOST_CHECKS:
            yield run.span()
            continue
        # What stands around the digits tells the library prices, times and pages from phones.
        start = max(0, run.start() - 1)
        piece = text[start : run.end() + 12]
        zeros = _ZEROS.match(run[0])
        if zeros:
            piece = piece.replace("00", "\0+", 1)
        matches = list(islice(phonenumbers.PhoneNumberMatcher(piece, region, max_tries=8), MOST_CHECKS))
        checks += 1 + len(matches)
        for match in matches:
            # "00" was made one sign shorter: give the number its first zero back.
            yield max(start + match.start - bool(zeros), run.start()), start + match.end
        if len(matches) == MOST_CHECKS:
            yield run.span()
