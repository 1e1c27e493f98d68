"""The case code: short, said aloud without mistakes, and never guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.case import ALPHABET, CODE_LENGTH, new_code, read_code

CODES = st.builds(new_code)
PLACES = st.integers(0, CODE_LENGTH - 1)


@given(CODES)
def test_a_code_is_read_as_it_was_made(code: str) -> None:
    """Every code that we give out is one that we take, of the length that we say."""
    assert read_code(code) == code
    assert len(code) == CODE_LENGTH


@given(CODES)
def test_people_may_write_it_their_way(code: str) -> None:
    """Small letters, blanks and dashes do not matter."""
    assert read_code(f" {code[:3].lower()}-{code[3:]} ") == code


@given(CODES, PLACES, st.sampled_from(ALPHABET))
def test_any_single_wrong_sign_is_found(code: str, place: int, sign: str) -> None:
    """A code with one sign replaced by another is never taken for a code."""
    wrong = code[:place] + sign + code[place + 1 :]
    assert (read_code(wrong) is None) == (wrong != code)


def test_most_swaps_of_neighbours_are_found() -> None:
    """Of all pairs of unlike neighbours swapped in many codes, more than nine in ten are found."""
    swapped = missed = 0
    for code in (new_code() for _ in range(2_000)):
        for place in range(CODE_LENGTH - 1):
            wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            swapped += wrong != code
            missed += wrong != code and read_code(wrong) is not None
    assert missed / swapped < 0.1


@given(CODES, PLACES)
def test_a_sign_too_few_or_too_many_is_found(code: str, place: int) -> None:
    """A code of another length is no code."""
    assert read_code(code[:place] + code[place + 1 :]) is None
    assert read_code(code[:place] + "2" + code[place:]) is None


@given(st.text())
def test_no_text_is_a_fault(text: str) -> None:
    """Whatever people send is either a code or not."""
    found = read_code(text)
    assert found is None or read_code(found) == found


def test_no_two_signs_look_or_read_alike() -> None:
    """Of signs that look alike there is one at most, and there are no vowels, so no words."""
    assert len(set(ALPHABET)) == len(ALPHABET) == 20
    assert all(len(set(ALPHABET) & set(alike)) <= 1 for alike in ("0OQ", "1IL", "2Z", "5S", "8B", "UVY", "DO0"))
    assert not set(ALPHABET) & set("AEIOUY")
    assert all(sign.isupper() or sign.isdigit() for sign in ALPHABET)


def test_codes_do_not_follow_each_other() -> None:
    """Many codes are all unlike, use every sign at every random place, and are in no order."""
    codes = [new_code() for _ in range(5_000)]
    assert len(set(codes)) > 4_990
    assert all({code[place] for code in codes} == set(ALPHABET) for place in range(CODE_LENGTH))
    assert codes not in (sorted(codes), sorted(codes, reverse=True))
