"""What the page says, in the customer's language: the shipped texts, and over them the brand's own.

A text has slots such as ``{brand}``; what is filled in is escaped where it is written into the page, never here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from models.settings.sections import Brand

HERE = Path(__file__).parent
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_SLOT = re.compile(r"\{(\w+)\}")
_CONSENT = frozenset({"brand", "purpose"})
"""What a consent text must name: who asks, and what for."""
MOST_WANTED = 20
"""Languages that are read of a browser's header."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    lang: str
    texts: Mapping[str, str]

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return "rtl" if self.lang in RIGHT_TO_LEFT else "ltr"

    def say(self, name: str, **values: object) -> str:
        """A text with its slots filled in; what is filled in is not looked at again."""
        return _SLOT.sub(lambda slot: str(values.get(slot[1], slot[0])), self.texts[name])

    def written(self, moment: date) -> str:
        """Such as ``21 November 2026``."""
        month = self.texts["months"].split(",")[moment.month - 1]
        return self.say("date", day=moment.day, month=month, year=moment.year)

    def weekday(self, day: date) -> str:
        """Such as ``Saturday, 21 November``."""
        weekdays, months = self.texts["weekdays"].split(","), self.texts["months"].split(",")
        return self.say("day", weekday=weekdays[day.weekday()], day=day.day, month=months[day.month - 1])


@cache
def shipped() -> Mapping[str, Mapping[str, str]]:
    """The texts that come with the house, by language."""
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((HERE / "texts").glob("*.toml"))}


@cache
def countries() -> Mapping[str, Mapping[str, object]]:
    """Names and numbers of countries, by their code."""
    return tomllib.loads((HERE / "countries.toml").read_text("utf-8"))


def all_words() -> dict[str, Words]:
    """The shipped languages."""
    return {lang: Words(lang, texts) for lang, texts in shipped().items()}


def words_of(brand: Brand) -> dict[str, Words]:
    """A brand's languages in its order; what it says itself goes before what is shipped, and English comes last.

    Texts that were left out are English: ``faults_of`` says so before.
    """
    own, consent = brand.page.texts, brand.page.consent
    found = {}
    for lang in brand.page.languages:
        texts = {**shipped()["en"], **shipped().get(lang, {}), **own.get(lang, {})}
        texts |= {"consent": consent[lang]} if lang in consent else {}
        found[lang] = Words(lang, texts)
    return found


def faults_of(name: str, brand: Brand) -> list[str]:
    """What is wrong with a brand's own texts, one line each."""
    place, known = f"brands.{name}.page", shipped()["en"]
    faults = []
    for lang, texts in brand.page.texts.items():
        for key, text in texts.items():
            if key not in known:
                faults.append(f"{place}.texts.{lang}.{key}: no such text; allowed: {', '.join(known)}")
            elif strange := slots(text) - slots(known[key]):
                allowed = ", ".join(f"{{{slot}}}" for slot in sorted(slots(known[key]))) or "none"
                faults.append(f"{place}.texts.{lang}.{key}: unknown slot {{{min(strange)}}}; allowed: {allowed}")
    for lang, text in brand.page.consent.items():
        if missing := _CONSENT - slots(text):
            faults.append(
                f"{place}.consent.{lang}: must name {{{min(missing)}}}, so that people know what they agree to"
            )
        if strange := slots(text) - slots(known["consent"]):
            faults.append(
                f"{place}.consent.{lang}: unknown slot {{{min(strange)}}}; allowed: {{brand}}, {{days}}, {{purpose}}"
            )
    for lang in brand.page.languages:
        missing_texts = sorted(known.keys() - shipped().get(lang, {}).keys() - brand.page.texts.get(lang, {}).keys())
        if missing_texts:
            faults.append(f"{place}.texts.{lang}: not shipped, so write these too: {', '.join(missing_texts)}")
    return faults


def slots(text: str) -> set[str]:
    """The names of a text's slots."""
    return set(_SLOT.findall(text))


def choose(asked: str, accepted: str, languages: Sequence[str]) -> str:
    """The language to speak: what was asked for, else the best of an Accept-Language header, else the first."""
    for wanted in (asked.lower(), *_by_weight(accepted)):
        for one in (wanted, wanted.partition("-")[0]):
            if one in languages:
                return one
    return languages[0]


def _by_weight(accepted: str) -> Iterable[str]:
    weighed: list[tuple[float, int, str]] = []
    for part in accepted.split(",")[:MOST_WANTED]:
        lang, _, parameter = part.strip().partition(";")
        match = re.fullmatch(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameter) if parameter else None
        weight = float(match[1]) if match else (0.0 if parameter else 1.0)
        if weight and lang:
            weighed.append((-weight, len(weighed), lang.lower()))
    return [lang for _, _, lang in sorted(weighed)]
