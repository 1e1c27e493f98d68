"""What the page says: complete in every language, the brand's own words over ours, in the customer's language."""

from __future__ import annotations

from datetime import date
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.settings.sections import Brand
from responders.callback.words import choose, countries, faults_of, shipped, slots, words_of


def brand(**page: Any) -> Brand:
    """Kestrelo, with its page's settings."""
    return Brand.model_validate({"name": "Kestrelo", "terms": ["kestrelo"], "page": page})


@pytest.mark.parametrize("lang", ["de", "es", "fr", "it", "pt"])
def test_every_language_says_all_that_english_says(lang: str) -> None:
    """The same texts with the same slots, none of them empty, twelve months and seven days."""
    english, own = shipped()["en"], shipped()[lang]
    assert own.keys() == english.keys()
    assert {name: slots(text) for name, text in own.items()} == {name: slots(text) for name, text in english.items()}
    assert all(text.strip() for text in own.values())
    assert (len(own["months"].split(",")), len(own["weekdays"].split(","))) == (12, 7)


def test_every_country_that_can_be_called_has_a_name() -> None:
    """In each shipped language, with its number."""
    assert set(countries()) == set(phonenumbers.SUPPORTED_REGIONS)
    for code, names in countries().items():
        assert names["code"] == phonenumbers.country_code_for_region(code)
        assert set(names) == {"code", *shipped()}


def test_the_brands_words_go_first() -> None:
    """A text of the brand's stands in place of ours; a language that we do not have is filled up with English."""
    found = words_of(
        brand(languages=["nl", "de"], texts={"nl": {"title": "Bel ons"}}, consent={"de": "{brand}: {purpose}"})
    )
    assert list(found) == ["nl", "de"]
    assert found["nl"].say("title") == "Bel ons"
    assert found["nl"].say("back") == shipped()["en"]["back"]
    assert found["de"].say("consent", brand="K", purpose="anrufen") == "K: anrufen"


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ({"texts": {"en": {"titel": "x"}}}, "brands.k.page.texts.en.titel: no such text; allowed: language"),
        ({"texts": {"en": {"title": "{code.__class__}{x}"}}}, "texts.en.title: unknown slot {x}; allowed: none"),
        ({"consent": {"en": "Yes, {brand}"}}, "brands.k.page.consent.en: must name {purpose}"),
        ({"consent": {"en": "{brand} {purpose} {number}"}}, "consent.en: unknown slot {number}"),
        ({"languages": ["nl"]}, "texts.nl: not shipped, so write these too: "),
    ],
)
def test_a_fault_in_the_brands_words_is_named(page: dict[str, Any], fault: str) -> None:
    """With its place and what is allowed there."""
    (found,) = faults_of("k", brand(**page))
    assert fault in found


def test_what_is_filled_in_is_not_filled_again() -> None:
    """Braces in a name stay braces."""
    words = words_of(brand())["en"]
    assert (
        words.say("about_gone", brand="{code} {0.__class__}")
        == "This is about what you wrote about {code} {0.__class__}."
    )


def test_dates_are_said_as_people_say_them() -> None:
    """In their language's order and words."""
    found, day = words_of(brand()), date(2026, 11, 21)
    assert (found["en"].written(day), found["de"].weekday(day)) == ("21 November 2026", "Samstag, 21. November")
    assert found["fr"].weekday(day) == "samedi 21 novembre"


@pytest.mark.parametrize(
    ("asked", "accepted", "lang"),
    [
        ("de", "fr", "de"),
        ("DE-at", "", "de"),
        ("", "fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("", "ja, de;q=0.2, fr;q=0.7", "fr"),
        ("", "de;q=0, fr;q=0.1", "fr"),
        ("", "*", "en"),
        ("", "de;q=x", "en"),
        ("xx", "", "en"),
    ],
)
def test_the_language_is_the_best_that_we_speak(asked: str, accepted: str, lang: str) -> None:
    """What was asked for, then by the header's weights, then the first."""
    assert choose(asked, accepted, ["en", "de", "fr"]) == lang


@given(st.text(), st.text())
def test_any_header_gives_a_language(asked: str, accepted: str) -> None:
    """Whatever a browser says."""
    assert choose(asked, accepted, ["en", "de"]) in ("en", "de")


def test_right_to_left_is_said() -> None:
    """For the languages that are written so."""
    assert words_of(brand(languages=["ar", "en"]))["ar"].direction == "rtl"
    assert words_of(brand())["en"].direction == "ltr"
