"""A post is compared with what its brand says that it is, and with what else its name may mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifiers.base import Post, WordVectors
from classifiers.encoder import TriageEncoder
from classifiers.panel import BrandHint, Panel
from classifiers.relevance import Context, Relevance
from models.assessment import Finding, Head
from tests.build import finding, mention
from tests.classifiers.weights import weights

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

APPLE = Context(
    "Apple",
    ("Apple makes phones, computers and watches: iPhone, iPad, Mac, iOS, App Store and its support.",),
    ("An apple is a fruit: pie, juice, orchard, recipe.",),
)
DELTA = Context(
    "Delta",
    ("Delta is an airline: flights, airports, seats, baggage, bookings, crew and delays.",),
    ("A river delta, its wetlands and its islands.",),
)
CALM = {Head.INTENT: finding(Head.INTENT, "problem", 0.95)}


@pytest.fixture(scope="module")
def shipped() -> TriageEncoder:
    """The fast weights."""
    return TriageEncoder.load(threads=1)


@pytest.fixture(scope="module")
def relevance(shipped: TriageEncoder) -> Relevance:
    """What compares posts with two brands, and with a third that says only what it is."""
    only = Context("Apple", APPLE.own)
    return Relevance(*shipped.words(), {"apple": APPLE, "delta": DELTA, "only": only})


def score(relevance: Relevance, brand: str, text: str, found: dict[Head, Finding] = CALM) -> float:
    """How likely a text is about a brand."""
    name = "Delta" if brand == "delta" else "Apple"
    likely = relevance.score(brand, name, text, found)
    assert likely is not None
    return likely


@pytest.mark.parametrize(
    ("brand", "ours", "others"),
    [
        ("apple", "my Apple phone crashes after the update", "granny's apple cake with cinnamon and butter"),
        ("apple", "does the Apple laptop come with a charger?", "we went picking apples, the orchard is lovely"),
        ("delta", "Delta lost my suitcase at the gate again", "birds nest in the marshes of the delta"),
        ("delta", "stuck on the runway for three hours, thanks Delta", "the Mekong delta floods every rainy season"),
        ("only", "my Apple phone crashes after the update", "granny's apple cake with cinnamon and butter"),
    ],
)
def test_the_brand_is_told_from_its_namesake(relevance: Relevance, brand: str, ours: str, others: str) -> None:
    """A post about the brand is nearer to its sentence than one about something else of that name."""
    assert score(relevance, brand, ours) > score(relevance, brand, others)


def test_the_head_of_intent_has_its_say(relevance: Relevance) -> None:
    """What the head of intent takes for unrelated is less likely about the brand."""
    text = "my Apple phone crashes after the update"
    unrelated = {Head.INTENT: finding(Head.INTENT, "unrelated", 0.95)}
    assert score(relevance, "apple", text, unrelated) < score(relevance, "apple", text)


def test_nothing_is_said_where_nothing_can_be(relevance: Relevance) -> None:
    """A brand without a sentence, a post without a word and a failed head of intent have no score."""
    assert relevance.score("dimora", "Dimora", "my Apple phone", CALM) is None
    assert relevance.score("apple", "Apple", "1, 2 ... @apple", CALM) is None
    assert relevance.score("apple", "Apple", "my Apple phone", {}) is None


@pytest.mark.parametrize("text", ["a " * 5000, "\ud800\x00", "apple" * 900, "ж" * 3000])
def test_any_text_has_a_score_or_none(relevance: Relevance, text: str) -> None:
    """No text breaks it, and a score is a share."""
    likely = relevance.score("apple", "Apple", text, CALM)
    assert likely is None or 0 <= likely <= 1


def test_asking_for_words_leaves_reading_as_it_was(shipped: TriageEncoder, relevance: Relevance) -> None:
    """The tokeniser that both use is left as the encoder needs it: the same posts have the same findings."""
    posts = [Post("my Apple phone crashes " * 60, "Apple"), Post("thanks", "Apple")]
    before = shipped.classify(posts)
    score(relevance, "apple", posts[0].text)
    assert shipped.classify(posts) == before


def test_the_panel_tells_the_score(tiny: Callable[..., Path]) -> None:
    """An assessment has the score of its brand, and none where its brand says nothing, or nobody compares."""
    encoder = TriageEncoder.load(weights(tiny()), threads=1)
    assert isinstance(encoder, WordVectors)
    brands = {"kestrelo": BrandHint("Kestrelo"), "dimora": BrandHint("Dimora")}
    compared = Relevance(*encoder.words(), {"kestrelo": Context("Kestrelo", ("the line is down",), ("good help",))})
    posts = [mention(brand=brand, text="the line is down") for brand in brands]

    def told(panel: Panel) -> list[Any]:
        return [assessment.relevance is not None for assessment in panel.assess(posts)]

    assert told(Panel([encoder], ["en"], brands, compared)) == [True, False]
    assert told(Panel([encoder], ["en"], brands)) == [False, False]
