"""The public line: the code once in words, the best private way that fits, and never a guess about who reads it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from cryptography.fernet import Fernet

from models.decision import Route
from models.length import length
from models.links import Links
from models.manifests import MANIFESTS
from models.vault import Vault
from responders.replying import line_of
from responders.rules import Rules, rules_from
from tests.build import settings
from tests.responders.situations import KESTRELO, templates
from tests.responders.test_templates import LANGUAGES

CODE = "7X2F4RQ"
WAY = "https://kestrelo.example/contact"
URL = "https://care.kestrelo.example"
LINKS = Links(URL, Vault([Fernet.generate_key().decode()]))


def by(channel: str = "x", links: Links | None = LINKS, way: str = WAY) -> Rules:
    """The rules of a brand with a page and a way of its own."""
    own = settings(brands={"kestrelo": {**KESTRELO, "private_way": way}})
    return rules_from(own, templates(), links=links)("kestrelo", channel)


def test_the_line_names_the_page_and_the_code_once() -> None:
    """The link leads to the case's own page; besides it the code stands there once, to be said on the phone."""
    line = line_of(Route.CALL, "en", CODE, by())
    link = LINKS.of(CODE)
    assert line.count(link) == 1
    assert line.replace(link, "").count(CODE) == 1
    assert WAY not in line


def test_without_a_page_the_brands_own_way_is_named() -> None:
    """And without that either, only the code."""
    assert WAY in line_of(Route.CALL, "en", CODE, by(links=None))
    plain = line_of(Route.CALL, "en", CODE, by(links=None, way=""))
    assert plain.count(CODE) == 1
    assert "http" not in plain
    assert line_of(Route.CALL, "en", CODE, by(links=Links("", None), way="")) == plain


@pytest.mark.parametrize(("lang", "route"), [*product(LANGUAGES, [Route.CALL, Route.WINBACK])])
@pytest.mark.parametrize("channel", sorted(MANIFESTS))
def test_with_the_link_it_fits_every_channel(channel: str, lang: str, route: Route) -> None:
    """In every language the line with the link is no longer than the platform takes, as the platform counts."""
    rules = by(channel)
    line = line_of(route, lang, CODE, rules)
    assert LINKS.of(CODE) in line
    assert length(line, rules.manifest.counting) <= rules.manifest.max_length


def test_where_a_way_has_no_room_the_next_one_is_named() -> None:
    """The best way that fits; where not even the bare line fits, people get the whole one to shorten."""
    rules = by(channel="forum")
    with_page, with_way = (LINKS.of(CODE), WAY)
    bare = line_of(Route.CALL, "en", CODE, by("forum", None, ""))
    whole = line_of(Route.CALL, "en", CODE, rules)
    shorter = line_of(Route.CALL, "en", CODE, by("forum", None))
    assert (with_page in whole, with_way in shorter) == (True, True)

    def within(most: int) -> str:
        return line_of(Route.CALL, "en", CODE, replace(rules, manifest=replace(rules.manifest, max_length=most)))

    assert len(bare) < len(shorter) < len(whole)
    assert [within(len(line)) for line in (whole, shorter, bare)] == [whole, shorter, bare]
    assert within(len(bare) - 1) == whole


@pytest.mark.parametrize("route", [Route.REVIEW, Route.THANK, Route.ANSWER, Route.PAGE])
def test_no_other_line_names_a_page(route: Route) -> None:
    """Who only asks, praises or is looked into is not sent to a page for a call."""
    assert "http" not in line_of(route, "en", CODE, by())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_closing_line_is_there_in_every_language(lang: str) -> None:
    """It names the code and no way, also where there is a page."""
    line = line_of("closing", lang, CODE, by())
    assert line.count(CODE) == 1
    assert "http" not in line
