"""Queries for X find the brands, leave out what is not meant, and fit."""

from __future__ import annotations

from typing import Any

import pytest

from listeners.x.query import build_queries
from models.settings.sections import Brand
from tests.fakes.x_search import compile_query


def brand(*terms: str, exclude: tuple[str, ...] = (), handle: str = "", blocked: tuple[str, ...] = ()) -> Brand:
    return Brand(
        name="Kestrelo",
        terms=list(terms),
        exclude=list(exclude),
        handles={"x": [handle]} if handle else {},
        blocked_authors=list(blocked),
    )


def queries(*brands: Brand, **told: Any) -> tuple[str, ...]:
    keyed = {f"b{number}": one for number, one in enumerate(brands)}
    return build_queries(keyed, **{"extra": "", "addressed": False, "longest": 512} | told)


def post(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "username": "ines", "to": "", "mentions": [], "references": [], "lang": "en"} | more


KESTRELO = brand("kestrelo", "kestrelo home", exclude=("bird",), handle="@Kestrelo")
FINCHLY = brand("finchly", handle="finchly")


def test_one_brand() -> None:
    """One brand gives one query: its terms by OR, phrases quoted, its own accounts and excluded words left out."""
    assert queries(KESTRELO, extra="lang:en") == (
        '(kestrelo OR "kestrelo home") -bird -from:kestrelo -to:kestrelo -@kestrelo -is:retweet lang:en',
    )


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (post("Kestrelo is down again"), True),
        (post("saw a kestrelo bird"), False),
        (post("we fixed kestrelo", username="Kestrelo"), False),
        (post("kestrelo hello?", mentions=["kestrelo"]), False),
        (post("kestrelo hello?", to="kestrelo"), False),
        (post("RT kestrelo", references=[("retweeted", "1")]), False),
        (post("finchly is no kestrelo", mentions=["kestrelo"]), True),
        (post("a finchly bird"), True),
        (post("weather"), False),
    ],
)
def test_brands_share_a_query(said: dict[str, Any], found: bool) -> None:
    """Two brands share one query, and what one leaves out does not hide posts about the other."""
    (query,) = queries(KESTRELO, FINCHLY)
    assert compile_query(query)(said) is found


def test_addressed_posts_on_request() -> None:
    """With addressed, posts to the brand are searched for too; its own posts still are not."""
    (query,) = queries(KESTRELO, addressed=True)
    assert compile_query(query)(post("kestrelo help", mentions=["kestrelo"]))
    assert not compile_query(query)(post("kestrelo helps", username="kestrelo"))


def test_split_when_too_long() -> None:
    """Terms that do not fit one query are spread over several, each complete in what it leaves out; none is lost."""
    terms = [f"kestrelo product {number:03}" for number in range(60)]
    made = queries(brand(*terms, exclude=("bird",), handle="kestrelo"), FINCHLY)
    assert len(made) > 2
    assert all(len(query) <= 512 for query in made)
    tests = [compile_query(query) for query in made]
    assert all(any(test(post(f"my {term}!")) for test in tests) for term in [*terms, "finchly"])
    assert not any(test(post(f"a bird, {terms[0]}")) for test in tests)


def test_a_brand_that_cannot_fit_is_named() -> None:
    """A brand whose exclusions leave no room for a term is an error that names it and says what to shorten."""
    with pytest.raises(ValueError, match=r'brand "b0" needs a query of \d+ .*shorten its exclude'):
        queries(brand("kestrelo", exclude=tuple(f"word{number}" for number in range(99))))


def test_blocked_authors_are_not_searched_for() -> None:
    """Handles and ids of blocked authors are left out of their own brand's search; names of other channels are not."""
    (query,) = queries(brand("kestrelo", blocked=("@Pest", "666", "pest@mast.example", "pest")), FINCHLY)
    assert query.count("-from:pest ") == 1
    assert "-from:666)" in query
    assert "mast" not in query
    test = compile_query(query)
    assert not test(post("kestrelo", username="Pest"))
    assert test(post("finchly", username="Pest"))


def test_blocked_authors_that_leave_no_room_are_said() -> None:
    """Too many blocked authors for one query are an error that says what to do, unless they need not be in it."""
    crowded = brand("kestrelo", blocked=tuple(f"pest{number}" for number in range(60)))
    with pytest.raises(ValueError, match="set users = true, with which blocked_authors take no room"):
        queries(crowded)
    assert queries(crowded, blocked=False) == ("kestrelo -is:retweet",)


def test_nothing_to_search_for() -> None:
    """A brand whose only term is its own account, which is not searched for, is an error that names it."""
    with pytest.raises(ValueError, match='brand "b0" has no term'):
        queries(brand("@Kestrelo", handle="kestrelo"))


def test_words_of_the_language_are_quoted() -> None:
    """A term or an extra condition that reads like an operator cannot change the meaning of the query."""
    (query,) = queries(brand("OR", "from:x -y", "(k"), extra="lang:en OR lang:de")
    assert query == '("OR" OR "from:x -y" OR "(k") -is:retweet (lang:en OR lang:de)'


def test_all_that_terms_can_say() -> None:
    """Aliases and terms of X and of a language are searched for; NEAR asks for both words, a * for the word alone."""
    own = Brand.model_validate(
        {
            "name": "Shell",
            "terms": ['"Shell" NEAR/5 "petrol station"', "🐚", "Royal Dutch Shell"],
            "aliases": ["eggshell*"],
            "channels": {"x": {"terms": ["$SHEL"], "exclude": ["bitcoin"]}, "telegram": {"terms": ["shellcasts"]}},
            "languages": {"de": {"terms": ["Muschel Öl"]}},
        }
    )
    assert queries(own) == (
        (
            '((Shell "petrol station") OR "🐚" OR "Royal Dutch Shell" OR eggshell OR $SHEL OR ("Muschel Öl" lang:de)) '
            "-bitcoin -is:retweet"
        ),
    )
    compile_query(queries(own)[0])


def test_what_x_cannot_leave_out_is_left_to_us() -> None:
    """What is excluded only as it is written, or near a word, is not excluded at X, which would leave out more."""
    own = Brand(name="Shell", terms=["shell"], exclude=['"SHELL"', "shell NEAR/2 script", "nut*"])
    assert queries(own) == ("shell -nut -is:retweet",)
