"""The reviewed public texts: complete in every language, short enough, and never asking for private data in public."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from models.decision import Route
from models.errors import SettingsError
from responders.templates import SHIPPED, Templates
from tests.build import settings
from tests.responders.situations import templates

LANGUAGES = ["de", "en", "es", "fr", "it", "pt"]
NAMES = {"answer", "call", "call.way", "closing", "review", "thank", "winback", "winback.way"}
WAY = "https://help.kestrelo.example/contact"
FILLED = {"brand": "Kestrelo", "code": "7X2F4RQ", "answer": "Yes."}
EACH = list(product(LANGUAGES, sorted(NAMES)))

ASKING = {
    "en": "password pin number card account e-?mail phone address birth passport send dm name bank",
    "es": "contraseña clave número tarjeta cuenta correo teléfono dirección nacimiento dni pasaporte envíanos mándanos",
    "fr": "mot.de.passe numéro carte compte mail téléphone adresse naissance identité envoyez donnez communiquez nom",
    "de": "passwort kennwort pin nummer karte konto mail telefon adresse anschrift geburt ausweis senden schicken name",
    "pt": "senha palavra-passe número cartão conta e-?mail telefone morada endereço nascimento cpf envie mande nome",
    "it": "password numero carta conto mail telefono indirizzo nascita documento codice.fiscale invia manda nome",
}
"""Words by which a text would ask for private data."""

WARNING = {
    "en": "personal details",
    "es": "datos personales",
    "fr": "données personnelles",
    "de": "persönlichen Daten",
    "pt": "dados pessoais",
    "it": "dati personali",
}


def text(lang: str, name: str) -> str:
    """A text as it goes out, with typical values."""
    route, _, way = name.partition(".")
    return templates().fill(lang, route, **FILLED, way=WAY if way else "")


def test_every_language_has_every_text() -> None:
    """Every language that is on by default has every text, and nothing else is shipped."""
    assert {path.name for path in SHIPPED.iterdir()} == {*LANGUAGES}
    assert sorted(settings().replies.languages) == LANGUAGES
    for lang in LANGUAGES:
        assert {name for at, name in templates().texts if at == lang} == NAMES


@pytest.mark.parametrize(("lang", "name"), EACH)
def test_no_text_asks_for_private_data(lang: str, name: str) -> None:
    """No text holds a word by which it would ask for private data in public."""
    for cue in ASKING[lang].split():
        assert not re.search(rf"\b{cue}", text(lang, name).replace(WAY, ""), re.IGNORECASE), cue


@pytest.mark.parametrize(("lang", "name"), [(lang, name) for lang, name in EACH if name not in ("answer", "thank")])
def test_who_needs_help_is_told_to_keep_private_data_back(lang: str, name: str) -> None:
    """Every text to somebody who needs help says to keep personal details out of public posts, and names the brand."""
    assert WARNING[lang] in text(lang, name)
    assert "Kestrelo" in text(lang, name)


@pytest.mark.parametrize(("lang", "name"), EACH)
def test_every_text_fits_a_post(lang: str, name: str) -> None:
    """Filled with typical values a text has at most 240 signs, so that longer values still fit X's 280."""
    assert 0 < len(text(lang, name)) <= 240


@pytest.mark.parametrize(("lang", "name"), EACH)
def test_a_text_uses_the_slots_of_its_kind(lang: str, name: str) -> None:
    """A text has the slots that it needs, no others, and no hole is left when it is filled."""
    wanted = {"answer": {"answer"}, "thank": {"brand"}}.get(
        name, {"brand", "code"} | ({"way"} if "way" in name else set())
    )
    assert set(templates().texts[lang, name].get_identifiers()) == wanted
    assert "$" not in text(lang, name)
    assert "  " not in text(lang, name)
    assert "\n" not in text(lang, name)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_stands_alone(lang: str) -> None:
    """A private way that is a link is followed by a blank, so that no platform takes a sign of ours into it."""
    for name in ("call.way", "winback.way"):
        assert f" {WAY} " in text(lang, name)


def test_without_a_private_way_the_plain_text_is_used() -> None:
    """The text with a way is used only where there is one; a route without such a text uses its plain one."""
    fill = templates().fill
    assert WAY not in fill("en", Route.CALL, **FILLED)
    assert WAY in fill("en", Route.CALL, **FILLED, way=WAY)
    assert fill("en", Route.REVIEW, **FILLED, way=WAY) == fill("en", Route.REVIEW, **FILLED)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_closing_line_promises_nothing(lang: str) -> None:
    """It ends what others see: no link, no offer, and nothing of what was said in private; only the code."""
    closing = text(lang, "closing")
    assert "http" not in closing
    assert "?" not in closing
    assert closing.count(FILLED["code"]) == 1


def test_a_text_that_nobody_reviewed_is_empty() -> None:
    """Where there is no text for a language or route the answer is empty."""
    assert templates().fill("nl", "call", **FILLED) == ""
    assert templates().fill("en", "page", **FILLED) == ""


def test_values_are_never_read_as_slots() -> None:
    """A value that looks like a slot is said as it stands."""
    assert templates().fill("en", "answer", brand="K", answer="It costs $5, $brand!") == "It costs $5, $brand!"


def folder(tmp_path: Path, content: bytes) -> Path:
    """A folder with one text."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "call.txt").write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"Hi $name", "unknown slot name; allowed: $answer, $brand, $code, $way"),
        (b"That is $ 5", "unknown slot $"),
        (b"Sch\xf6n", "must be UTF-8 text"),
    ],
)
def test_a_broken_text_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    """A text with an unknown slot, a stray sign or unreadable bytes is refused, and the fault says what is allowed."""
    with pytest.raises(SettingsError, match=re.escape(fault)):
        Templates.load(folder(tmp_path, content))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without texts is refused, because a bot without texts would fall silent unnoticed."""
    with pytest.raises(SettingsError, match=re.escape("holds no LANGUAGE/ROUTE.txt")):
        Templates.load(tmp_path)


def test_own_texts_replace_the_shipped_ones(tmp_path: Path) -> None:
    """Somebody's own folder is used instead of ours, with a byte order mark or without."""
    own = Templates.load(folder(tmp_path, b"\xef\xbb\xbfWe at $brand care.\n"))
    assert own.fill("en", "call", brand="Kestrelo") == "We at Kestrelo care."
    assert own.fill("en", "review", brand="Kestrelo") == ""
