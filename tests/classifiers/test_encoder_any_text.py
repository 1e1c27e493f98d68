"""Whatever a post holds, the packaged model answers it: it never raises, and its answers are probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.panel import BrandHint, Panel
from models.assessment import LABELS, Assessment, Finding, Head
from tests.build import mention


@pytest.fixture(scope="module")
def encoder() -> TriageEncoder:
    """The packaged model."""
    return TriageEncoder.load(threads=1)


SIGNS = ("\x00", "\x1b", "\x7f", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\ud800", "\udfff", "\U000e0041")
WORDS = ("\ufdfa", "a\u0301\u0301\u0301", "&#0;", "&#xD800;", "<|x|>", "[SEP]", "[CLS]", "[MASK]", "@", "#", "http://")
NASTY = st.sampled_from(SIGNS + WORDS)
REPEATED = st.tuples(st.text(st.characters(), min_size=1, max_size=3), st.integers(1, 40_000))
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.text(st.characters(categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")), max_size=100),
    st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=40).map("".join),
    REPEATED.map(lambda one: one[0] * one[1]),
)
HUGE = ("a", " ", "\x00", "\ud800", "😀", "a ", "@a ", "https://a.example/ ", "\u202e", "é", "字", "&amp;", "](")


def sound(findings: tuple[Finding, ...]) -> bool:
    """Whether each head answers with finite probabilities that sum to 1."""
    values = [list(finding.p.values()) for finding in findings]
    finite = all(math.isfinite(one) and 0 <= one <= 1 for row in values for one in row)
    return len(findings) == len(LABELS) and finite and all(math.isclose(sum(row), 1, abs_tol=1e-9) for row in values)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), brand=st.one_of(st.just("Kestrelo"), TEXTS))
def test_any_text_and_brand_get_probabilities(encoder: TriageEncoder, texts: list[str], brand: str) -> None:
    """No batch of strings raises, and the answers are finite and sum to 1."""
    answers = encoder.classify([Post(text, brand) for text in texts])
    assert [sound(answer) for answer in answers] == [True] * len(texts)


@pytest.mark.parametrize("part", HUGE)
def test_a_huge_post_gets_probabilities(encoder: TriageEncoder, part: str) -> None:
    """100,000 characters of anything are answered like a short post."""
    assert sound(encoder.classify([Post(part * (100_000 // len(part)), "Kestrelo")])[0])


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_any_text_is_assessed(encoder: TriageEncoder, text: str) -> None:
    """Language, private data and danger are looked for in any string, beside the model, and every head answers."""
    panel = Panel([encoder], encoder.languages, {"kestrelo": BrandHint("Kestrelo", "GB")})
    (found,) = panel.assess([mention(text=text)])
    assert isinstance(found, Assessment)
    assert set(found.findings) == set(Head)


def test_hidden_characters_change_no_answer(encoder: TriageEncoder) -> None:
    """Control, zero-width and turning characters and lone surrogates within a post are not read."""
    plain = "Kestrelo charged my card twice and nobody answers"
    hidden = "\u202eKestrelo\x00 char\u200bged my\ud800 card twi\u2066ce\u2069 and nobo\ufeffdy answers\u202c"
    one, other = encoder.classify([Post(plain, "Kestrelo"), Post(hidden, "Kestrelo")])
    assert [finding.p for finding in other] == [pytest.approx(finding.p, abs=0.01) for finding in one]
