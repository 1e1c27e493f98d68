"""Danger phrases: what must page people, and the idioms that must not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import danger
from classifiers.danger import CATEGORIES, find_danger
from classifiers.phrases import FOLDER, anchors, load, normal_form

SAMPLE = Path("examples/mentions.jsonl")

DANGERS = {
    "self_harm": [
        "I can't take it, I want to kill myself",
        "honestly thinking of ending my life",
        "I’m going to end it all tonight",
        "estoy pensando en suicidarme",
        "ya no quiero vivir",
        "j'ai envie de me suicider",
        "je ne veux plus vivre",
        "ich bringe mich um",
        "Ich will nicht mehr leben",
        "vou me matar",
        "não quero mais viver",
        "voglio uccidermi",
        "non voglio più vivere",
        "ik maak me van kant",
        "ik wil niet meer leven",
    ],
    "violence": [
        "I'm going to stab the next engineer you send",
        "I will burn your shop down",
        "gonna kill your staff",
        "your engineer punched me",
        "there's a bomb threat at the Kestrelo shop",
        "voy a quemar vuestra tienda",
        "os voy a matar",
        "je vais brûler votre boutique",
        "je vais vous tuer",
        "ich zünde euren Laden an",
        "ich bring euch alle um",
        "vou queimar a loja de vocês",
        "vou matar esse técnico",
        "vi ammazzo tutti",
        "vado a bruciare il vostro negozio",
        "ik steek jullie winkel in brand",
        "ik vermoord jullie",
    ],
    "fire_or_injury": [
        "my Kestrelo router is smoking!",
        "the charger caught fire last night",
        "got an electric shock off the router",
        "the battery exploded and burned my hand",
        "smells like burning plastic near the modem",
        "el router está echando humo",
        "el cargador ha explotado",
        "huele a quemado",
        "ma box a pris feu",
        "le chargeur a explosé",
        "j'ai pris une décharge électrique",
        "der Router brennt!",
        "mein Akku ist explodiert",
        "Stromschlag bekommen",
        "meu roteador pegou fogo",
        "levei um choque",
        "il caricatore ha preso fuoco",
        "ho preso la scossa",
        "de router staat in brand",
        "mijn oplader is ontploft",
    ],
    "minor_at_risk": [
        "my daughter is missing and I can't trace her phone",
        "a stranger is messaging my son",
        "my kid is home alone",
        "my 6 year old is locked in",
        "mi hija ha desaparecido",
        "un desconocido escribe a mi hija",
        "mon fils a disparu",
        "un inconnu contacte ma fille",
        "meine Tochter ist verschwunden",
        "ein Fremder schreibt meiner Tochter",
        "minha filha desapareceu",
        "mia figlia è scomparsa",
        "mijn dochter is vermist",
    ],
    "emergency_line": [
        "we can't call 999 from this phone",
        "I couldn't get through to 911!",
        "my mum's alarm pendant is dead",
        "her pendant stopped working",
        "911 isn't working on Kestrelo",
        "no puedo llamar al 112",
        "el botón de emergencia no funciona",
        "impossible d'appeler le 112",
        "la téléassistance de ma mère ne marche plus",
        "Notruf nicht erreichbar",
        "der Hausnotruf meiner Oma geht nicht",
        "não consigo ligar para o 112",
        "non riesco a chiamare il 112",
        "il telesoccorso di mia nonna non funziona",
        "ik kan 112 niet bereiken",
        "de alarmknop van mijn moeder werkt niet",
    ],
}
HARMLESS = [
    "this app is killing me",
    "killer deal from Kestrelo",
    "I'm dying 😂",
    "fire sale at Kestrelo",
    "this plan is fire",
    "my phone died",
    "bombed the exam thanks to no wifi",
    "shoot me a DM",
    "sick of this",
    "in brand new condition",
    "the die is cast",
    "I'd kill for decent wifi",
    "my router is not on fire, relax",
    "my battery is burning through charge",
    "kestrelo is on fire lately",
    "I could murder a curry",
    "your hold music makes me want to die",
    "want to die 😂😂",
    "the boss level is killing it",
    "burned a hole in my wallet",
    "no smoking in the store",
    "what a shock the bill was",
    "got shocked by the bill",
    "we can't call 999 euros cheap",
    "my son lost his signal",
    "my daughter is missing her cartoons",
    "emergency calls only on my screen",
    "killed it today team",
    "I'll shoot you an email",
    "career suicide",
    "you guys are the bomb",
    "firewall blocks my VPN",
    "the gift is for my kind aunt",
    "me muero de risa",
    "este precio es la bomba",
    "esta app me mata",
    "mort de rire",
    "cette offre c'est de la bombe",
    "ça me tue ce réseau",
    "ich lach mich tot",
    "mein Handy ist tot",
    "das Netz brennt mir unter den Nägeln",
    "morri de rir",
    "essa promoção bombou",
    "muoio dal ridere",
    "che bomba questa offerta",
    "ik lach me dood",
    "mijn telefoon is dood",
    "die Rechnung ist explodiert",
    "ma facture a explosé",
    "charger is smoking hot deal",
    "I'm not going to kill your vibe",
    "kill the app and restart",
    "phone blew up with notifications",
    "the new Kestrelo TV ad is lit",
    "call 112 for help info is on our site",
    "Fortnite: going to kill you all in the game",
    "",
    "\ud800\x00 😂",
]


@pytest.mark.parametrize(("category", "text"), [(category, text) for category in DANGERS for text in DANGERS[category]])
def test_danger_is_found_in_seven_languages(category: str, text: str) -> None:
    """A plain sentence of danger is found, in its own category and in no other."""
    assert {danger.category for danger in find_danger(text)} == {category}


@pytest.mark.parametrize("text", HARMLESS)
def test_idioms_jokes_and_negations_do_not_page_anybody(text: str) -> None:
    """Figures of speech, games, prices, laughter and "not on fire" are no danger."""
    assert find_danger(text) == ()


def test_evidence_is_the_words_that_matched() -> None:
    """The card can show why: the evidence is the matched words, folded, and stands in the text's normal form."""
    (danger,) = find_danger("HELP, the Router CAUGHT FIRE!!")
    assert danger.evidence == "router caught fire"
    assert f" {danger.evidence} " in normal_form("HELP, the Router CAUGHT FIRE!!")


@pytest.mark.parametrize(
    "text", ["I want to ki\u200bll myself", "I WANT TO KILL MYSELF", "quiero suicidárme", "kill\nmyself? kill myself"]
)
def test_writing_does_not_hide_a_danger(text: str) -> None:
    """Case, accents and zero-width characters make no difference."""
    assert {danger.category for danger in find_danger(text)} == {"self_harm"}


def test_an_exclusion_reaches_no_further_than_its_sentence() -> None:
    """A laugh in one sentence does not take back the danger in another, and an idiom does not hide one beside it."""
    assert find_danger("I want to die. My cat is funny lol")
    assert not find_danger("I want to die! 😂")
    assert find_danger("this app is killing me and now the router caught fire")


@pytest.mark.parametrize("path", sorted((FOLDER / "danger").glob("*.toml")), ids=lambda path: path.stem)
def test_every_lexicon_holds_to_the_form(path: Path) -> None:
    """Each file reads, says its language and source, has every category, and says who reviewed it in its head."""
    lexicon = load(path, CATEGORIES)
    assert lexicon.language == path.stem
    assert lexicon.source == "written by the project"
    assert {rule.category for rule in lexicon.rule} == set(DANGERS)
    assert "reviewer:" in path.read_text(encoding="utf-8").split("language =")[0]


@pytest.mark.parametrize("phrase", ["two  spaces", "fire(wall)", "(open", "a.*b", "", "[a-z]+"])
def test_a_phrase_that_cannot_be_read_names_its_file(tmp_path: Path, phrase: str) -> None:
    """A mistake in a lexicon is refused at start, with the file and the phrase; no regular expression gets through."""
    file = tmp_path / "xx.toml"
    file.write_text(
        f'language = "xx"\nsource = "test"\nreviewer = ""\n[[rule]]\ncategory = "violence"\nphrases = ["{phrase}"]\n'
    )
    with pytest.raises(ValueError, match=r"xx\.toml(.|\n)*cannot read"):
        load(file, CATEGORIES)


def test_a_category_that_is_misspelt_is_refused(tmp_path: Path) -> None:
    """A rule under a name that nobody asks for would never be missed: the file does not load."""
    file = tmp_path / "xx.toml"
    file.write_text(
        'language = "xx"\nsource = "test"\nreviewer = ""\n[[rule]]\ncategory = "violense"\nphrases = ["a fist"]\n'
    )
    with pytest.raises(ValueError, match=r"xx\.toml: there is no category violense; there are: self_harm, violence"):
        load(file, CATEGORIES)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_searched(text: str) -> None:
    """Nothing crashes on any string, surrogates and NUL included."""
    find_danger(text)


def test_anchors_never_hide_a_phrase() -> None:
    """Taking the cheap look away changes nothing: every phrase finds the same with and without its anchors."""
    every = tuple(range(len(danger.lexicons().rules)))
    compiled = replace(danger.lexicons(), by_anchor={"": every}, by_start={}, short=("",))
    posts = [json.loads(line)["text"] for line in SAMPLE.read_text("utf-8").splitlines()]
    fast = [find_danger(post) for post in posts]
    with patch.object(danger, "lexicons", lambda: compiled):
        assert [find_danger(post) for post in posts] == fast
    assert any(fast)


def test_every_phrase_has_a_telling_anchor() -> None:
    """No phrase is tried on every post: each names letters that must stand in the text."""
    for path in FOLDER.glob("*.toml"):
        for rule in load(path).rule:
            assert all(min(map(len, anchors(phrase))) >= 2 for phrase in rule.phrases)
