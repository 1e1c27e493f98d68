"""Codes in what people write: found wherever they stand, and nothing else taken for one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.case import ALPHABET, new_code, read_code
from models.quoting import MOST, codes_in

CODE = new_code()
FULLWIDTH = "".join(chr(ord(sign) + 0xFEE0) for sign in CODE)


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        f"Still nothing, {CODE}!",
        f"code:{CODE}.",
        f"({CODE[:3]}-{CODE[3:]})",
        " ".join(CODE),
        f"#{CODE}",
        f"https://care.example.com/c/{CODE}-23456789CF",
        f"9 {CODE}",
        f"2 3 {CODE[:4]} {CODE[4:]} 5",
        f"> Sorry to hear this. Quote {CODE}.\n\nThis does not help.",
        FULLWIDTH,
        "\u200b".join(CODE),
        f"Код {CODE}, 客服{CODE[:0]} {CODE}",
    ],
)
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    """In any case, with blanks, dashes, fancy or invisible signs, in a link, in a quotation, behind other signs."""
    assert CODE in codes_in(text)


@pytest.mark.parametrize("text", ["", " ", f"x{CODE}", f"{CODE}x", f"{CODE}{CODE}", "AEIOUBD", CODE[:-1], "\0" * 9])
def test_nothing_else_is_a_code(text: str) -> None:
    """Part of a longer word, a word with vowels, or too few signs."""
    assert codes_in(text) == ()


@given(st.text(ALPHABET, min_size=7, max_size=7))
@hypothesis_settings(max_examples=300, deadline=None)
def test_the_check_sign_is_looked_at(signs: str) -> None:
    """Signs of the alphabet alone make no code."""
    assert codes_in(signs) == ((signs,) if read_code(signs) else ())


@given(before=st.text(max_size=40), after=st.text(max_size=40))
@hypothesis_settings(max_examples=300, deadline=None)
def test_any_words_may_stand_around_it(before: str, after: str) -> None:
    """A code between blanks is found whatever else is said, and every answer is a code."""
    found = codes_in(f"{before} . {CODE} . {after}")
    assert CODE in found
    assert all(read_code(code) == code for code in found)


def test_a_list_of_codes_has_an_end() -> None:
    """Somebody who tries codes out gets no more than a few looked at, each once."""
    codes = [new_code() for _ in range(500)]
    found = codes_in(" ".join([*codes[:1] * 3, *codes]))
    assert len(found) == MOST
    assert len(set(found)) == MOST


@pytest.mark.parametrize("text", ["2 " * 10_000, "-" * 20_000, CODE[:6] * 3_000, f"{CODE} " * 2_500])
def test_the_time_grows_with_the_length_only(text: str) -> None:
    """The longest post that is kept takes no time that anybody would notice."""
    began = time.perf_counter()
    codes_in(text)
    assert time.perf_counter() - began < 1
