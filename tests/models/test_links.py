"""Links: only a signed one opens a case, however it is typed, and after a change of keys the old ones still do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.case import ALPHABET, new_code
from models.links import Links, hashed, new_token
from models.vault import Vault, new_key

OLD, NEW = new_key(), new_key()
URL = "https://care.example.com"
LINKS = Links(URL, Vault([NEW]))
CODE = new_code()


def part(link: str) -> str:
    """What the page gets of a link."""
    return link.rpartition("/")[2]


def test_a_link_leads_back_to_its_code() -> None:
    """Written and read, it is the same code; its length is always the same, so that a text can be measured."""
    link = LINKS.of(CODE)
    assert link.startswith(f"{URL}/c/{CODE}-")
    assert LINKS.read(part(link)) == CODE
    assert {len(LINKS.of(new_code())) for _ in range(20)} == {len(link)}


def test_it_may_be_typed_as_people_type() -> None:
    """Small letters, blanks and more or fewer dashes are the same link."""
    typed = part(LINKS.of(CODE))
    for way in (typed.lower(), typed.replace("-", ""), f" {typed} ", "-".join(typed)):
        assert LINKS.read(way) == CODE


def test_a_bare_a_forged_and_a_foreign_link_open_nothing() -> None:
    """The code alone is not enough, nor another code's signature, nor one by another house's key."""
    signature = part(LINKS.of(CODE)).rpartition("-")[2]
    foreign = part(Links(URL, Vault([OLD])).of(CODE))
    for forged in (
        CODE,
        f"{CODE}-",
        f"{new_code()}-{signature}",
        f"{CODE}-{signature[:-1]}",
        foreign,
        "",
        "/",
        "é" * 17,
    ):
        assert LINKS.read(forged) is None
    for place, sign in enumerate(signature):
        other = ALPHABET[(ALPHABET.index(sign) + 1) % len(ALPHABET)]
        assert LINKS.read(f"{CODE}-{signature[:place]}{other}{signature[place + 1 :]}") is None


def test_links_outlive_a_rotation() -> None:
    """What an older key has signed is read as long as the key is there."""
    link = part(Links(URL, Vault([OLD])).of(CODE))
    assert Links(URL, Vault([NEW, OLD])).read(link) == CODE
    assert Links(URL, Vault([NEW])).read(link) is None


def test_without_a_page_there_are_no_links() -> None:
    """No url or no key: nothing is written, and nothing can be read without a key."""
    assert Links("", Vault([NEW])).of(CODE) == Links(URL, None).of(CODE) == Links("", None).receipt("x") == ""
    assert Links(URL, None).read(part(LINKS.of(CODE))) is None


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    """Whatever a visitor puts there is read without an error, and opens nothing."""
    assert LINKS.read(text) is None


def test_a_token_is_kept_as_its_hash() -> None:
    """Two tokens differ, have 256 bits, and cannot be seen in what is kept."""
    first, second = new_token(), new_token()
    assert first != second
    assert len(first) == 43
    assert first not in hashed(first)
    assert LINKS.receipt(first) == f"{URL}/r/{first}"
