"""What looks before it leaps: each shortcut of the rules gives what the rule itself gives on any text."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import emoji
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import danger, language, phrases, pii, plain, references, text
from models.assessment import Pii

EXAMPLES = Path(__file__).parents[2] / "examples" / "mentions.jsonl"
SAID = [json.loads(line).get("text", "") for line in EXAMPLES.read_text("utf-8").splitlines()]
PIECES = (
    *("My PNR is QXZ4RT. ", "record locator ABCDEF ", "CÓDIGO DE RESERVA QWERTY ", "order 123456 "),
    *("booking ref ZXCVBN ", "www.kestrelo.example ", "WWW.K.EXAMPLE", "https://a.example/b", "t.co/x"),
    *("@KestreloCare ", "anna@mail.example ", "4111 1111 1111 1111", "+44 20 7946 0958"),
    *("DE89 3704 0044 0532 0130 00", "I'll kill myself", "call 112 now", "’s", "´", "&#128557;", "&amp;"),
    *("😭", "👨‍👩‍👧", "5️⃣", "#️⃣", "🇬🇧", "©️", "☹", "❤️", ":x:", " :sob: ", "４１", "ſ", "\u212a", "ı", "é", "и", "字", "ß"),
    *("\x00", "\u200b", "\u200d", "\ufe0f", "\ud800", "\u2028", "\x85", "\t", "\n", "\xa0"),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(SAID) | st.text(max_size=12), max_size=8).map("".join)
every = settings(max_examples=150, deadline=None)


@every
@given(given_text=TEXTS)
def test_links_and_handles(given_text: str) -> None:
    """Where no sign of one stands, there is none."""
    assert plain.without_links(given_text) == plain.HANDLE.sub(" ", plain.URL.sub(" ", given_text))
    assert plain.visible(given_text) == plain.INVISIBLE.sub("", given_text)


@every
@given(given_text=TEXTS)
def test_plain_text(given_text: str) -> None:
    """ASCII needs no folding but that of the tab; positions are the same."""
    folded = given_text.translate(plain._FOLD)
    kept = [at for at, char in enumerate(folded) if not plain.INVISIBLE.match(char)]
    found = plain.plain(given_text)
    assert found.text == "".join(folded[at] for at in kept)
    assert list(found.at) == kept


@every
@given(given_text=TEXTS)
def test_private_data(given_text: str) -> None:
    """A text without a digit is asked for nothing that has one."""
    found = pii.find_pii(given_text, "GB")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pii, "DIGIT", re.compile(""))
        patch.setattr(references, "DIGIT", re.compile(""))
        assert found == pii.find_pii(given_text, "GB")
    assert all(type(one) is Pii for one in found)


@every
@given(given_text=TEXTS)
def test_anchors_of_danger(given_text: str) -> None:
    """The rules that are tried are those of which any anchor stands in the text."""
    lexicons, folded = danger.lexicons(), phrases.normal_form(given_text)
    tried = {rule for anchor, rules in lexicons.by_anchor.items() if anchor in folded for rule in rules}
    assert lexicons.near(folded) == tried


@every
@given(given_text=TEXTS)
def test_folding_for_danger(given_text: str) -> None:
    """Lower case, without accents and endings."""
    apart = unicodedata.normalize("NFKD", phrases._ENDING.sub("", given_text)).casefold()
    assert phrases._fold(given_text) == "".join(char for char in apart if not unicodedata.combining(char))


@every
@given(
    given_text=TEXTS,
    hint=st.sampled_from(["", "en", "en-GB", "und", "ca", "es", "qme"]),
    brand=st.sampled_from(["", "Kestrelo", "Fern line", "Citı"]),
)
def test_language(given_text: str, hint: str, brand: str) -> None:
    """The identifier is asked only where its answer could change anything."""
    read = given_text[: language._LONGEST]
    words = plain.HANDLE.sub(" ", plain.URL.sub(" ", plain.INVISIBLE.sub("", read)))
    words = re.sub(rf"\b{re.escape(brand)}\b", " ", words, flags=re.IGNORECASE) if brand else words
    words = " ".join(language._DRAWN_OUT.sub(r"\1\1", language._NOISE.sub(" ", words)).split())
    assert language._words(given_text, [brand]) == words
    letters, said = sum(map(str.isalpha, words)), language._code(hint)
    guess, sure = language._identifier().classify(words)
    if not letters:
        wanted = ""
    elif not said:
        wanted = guess if letters >= language._least(words) and sure >= language.CONFIDENT else ""
    elif said not in language.LANGUAGES:
        wanted = said
    else:
        wanted = guess if sure >= language.OVERRULE and letters >= language.OVERRULE_LETTERS else said
    assert language.detect(given_text, hint, [brand]) == wanted


@every
@given(given_text=TEXTS)
def test_signs_and_emoji(given_text: str) -> None:
    """Signs are dropped one by one, emoji become words, whether or not there are any."""
    for keep in (frozenset(), text._JOINERS):
        clean = "".join(
            " " if char in text._BREAKS else char
            for char in given_text
            if char in keep or char in text._BREAKS or unicodedata.category(char) not in text._DROPPED
        )
        assert text._clean(given_text, keep) == clean
    named = emoji.demojize(text._SKIN.sub("", clean), delimiters=(" :", ": "))
    words = text._EMOJI_WORD.sub(lambda match: " " + match[1].replace("_", " ").replace("-", " ") + " ", named)
    assert text._without_emoji(clean) == words
