"""The weights that ship, and what happens when they are broken."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from classifiers.base import Post
from classifiers.encoder import FAST, NotFiniteError, TriageEncoder, WeightsError
from models.assessment import LABELS, Finding, Head


@pytest.fixture(scope="module")
def encoder() -> TriageEncoder:
    """The packaged model."""
    return TriageEncoder.load(threads=1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packaged weights, to be broken."""
    return Path(shutil.copytree(FAST, tmp_path / "weights"))


def ask(encoder: TriageEncoder, text: str, brand: str = "Kestrelo") -> dict[Head, Finding]:
    """The findings of one post by head."""
    return {finding.head: finding for finding in encoder.classify([Post(text, brand)])[0]}


def test_every_head_answers_once_with_all_its_labels(encoder: TriageEncoder) -> None:
    """A post has one finding a head, in the order of LABELS, whose probabilities are floats that sum to 1."""
    findings = encoder.classify([Post("Is the line in Westbury down?", "Kestrelo")])[0]
    assert [finding.head for finding in findings] == list(LABELS)
    for finding in findings:
        assert tuple(finding.p) == LABELS[finding.head]
        assert all(type(value) is float for value in finding.p.values())
        assert sum(finding.p.values()) == pytest.approx(1.0, abs=1e-9)
        assert finding.version == encoder.version


@pytest.mark.parametrize(
    "text",
    [
        "{} has been down since this morning, I cannot work",
        "{} thank you so much, the new router is brilliant",
        "Does {} have roaming in Norway?",
        "I am leaving {} for another provider tomorrow",
    ],
)
@pytest.mark.parametrize("brand", ["acme", "Vodalia"])
def test_the_spelling_of_the_brand_changes_nothing(encoder: TriageEncoder, text: str, brand: str) -> None:
    """The same post gets the same labels however it writes the brand's name."""
    names = [brand.lower(), brand.upper(), brand, f"@{brand}", f"#{brand.lower()}"]
    posts = [Post(text.format(name), brand) for name in names] + [Post(text.format(f"@{brand}"), f"@{brand.upper()}")]
    labels = {tuple(finding.label for finding in findings) for findings in encoder.classify(posts)}
    assert len(labels) == 1


@pytest.mark.parametrize("text", ["{} is down again, nothing works", "thanks {}, all is well again"])
def test_shouting_changes_neither_intent_nor_sentiment(encoder: TriageEncoder, text: str) -> None:
    """Capitals and exclamation marks do not turn a problem into something else."""
    posts = [Post(text.format(name) + end, "acme") for name in ("acme", "@Acme", "ACME") for end in ("", "!!!")]
    answers = [{finding.head: finding.label for finding in findings} for findings in encoder.classify(posts)]
    assert len({(answer[Head.INTENT], answer[Head.SENTIMENT]) for answer in answers}) == 1


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\x00\x01\u202e\u200b", "\ud800", "@" * 100_000, "so slow " * 12_500, "😭" * 9]
)
def test_any_text_gets_an_answer(encoder: TriageEncoder, text: str) -> None:
    """Empty, huge and broken texts are answered like any other."""
    assert len(ask(encoder, text)) == len(LABELS)


def test_order_and_number_are_kept(encoder: TriageEncoder) -> None:
    """Posts are sorted by length inside; the answers come back in the order of the posts."""
    posts = [Post("Kestrelo down again " * (index * 7 % 11) + f"post {index}", "Kestrelo") for index in range(70)]
    together = encoder.classify(posts)
    assert len(together) == len(posts)
    for index in (0, 13, 42, 69):
        alone = encoder.classify([posts[index]])[0]
        for one, other in zip(together[index], alone, strict=True):
            assert one.p == pytest.approx(other.p, abs=0.03)
    assert encoder.classify([]) == []


def test_a_stolen_account_is_urgent_and_needs_private_data(encoder: TriageEncoder) -> None:
    """The post for which the whole program exists."""
    found = ask(encoder, "Somebody stole my Kestrelo account and is ordering phones with my card right now, help!")
    assert found[Head.URGENCY].p["high"] + found[Head.URGENCY].p["critical"] > 0.5
    assert found[Head.SENSITIVE].p["none"] < 0.3
    assert found[Head.INTENT].label == "problem"


def test_praise_wakes_nobody(encoder: TriageEncoder) -> None:
    """Thanks are positive, low and not sensitive."""
    found = ask(encoder, "Lovely service at the @Kestrelo shop today, thank you Dana")
    assert found[Head.INTENT].label == "praise"
    assert found[Head.SENTIMENT].label == "positive"
    assert found[Head.URGENCY].label == "low"
    assert found[Head.SENSITIVE].label == "none"


def test_leaving_is_churn(encoder: TriageEncoder) -> None:
    """A customer who says goodbye is heard."""
    assert ask(encoder, "Cancelling my Kestrelo contract today, I have had enough")[Head.CHURN].label == "yes"


def test_numbers_that_are_none_raise(encoder: TriageEncoder) -> None:
    """A network that answers NaN must not label anything."""
    broken = TriageEncoder.load(precision="fp32")
    broken.layer.weight.data.fill_(float("nan"))
    with pytest.raises(NotFiniteError, match="no numbers"):
        broken.classify([Post("hello", "Kestrelo")])


@pytest.mark.parametrize("name", ["model.safetensors", "heads.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_file_is_named(copy: Path, name: str) -> None:
    """One changed byte is noticed before anything is loaded, and the message says what to do."""
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(WeightsError, match=f"{name} is damaged.*Install the program again"):
        TriageEncoder.load(copy)


@pytest.mark.parametrize("name", ["model.safetensors", "heads.safetensors", "tokenizer.json", "triage.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    """A missing file is named, and the message says what to do."""
    (copy / name).unlink()
    with pytest.raises(WeightsError, match=f"{name}.*Install the program again"):
        TriageEncoder.load(copy)


def test_other_labels_are_refused(copy: Path) -> None:
    """Weights of another version of the labels would be read wrongly, so they are refused."""
    manifest = json.loads((copy / "triage.json").read_text())
    manifest["labels"]["churn"] = ["yes", "no"]
    (copy / "triage.json").write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="other heads or labels"):
        TriageEncoder.load(copy)


def test_a_torn_manifest_is_refused(copy: Path) -> None:
    """Half a manifest is no manifest."""
    (copy / "triage.json").write_text('{"name": "x"')
    with pytest.raises(WeightsError, match="damaged"):
        TriageEncoder.load(copy)


def test_the_fast_form_agrees_with_the_exact_one(encoder: TriageEncoder) -> None:
    """Sixteen or eight bits, whichever the processor is quickest with, give the labels that thirty-two give."""
    exact = TriageEncoder.load(precision="fp32")
    posts = [
        Post(f"{start} {brand} {end}", brand)
        for brand in ("Kestrelo", "Fernline")
        for start in ("hey", "why is", "thanks", "so angry at", "never again")
        for end in ("my bill is wrong", "my line is dead", "great speed", "when do you open?")
    ]
    pairs = zip(encoder.classify(posts), exact.classify(posts), strict=True)
    same = [one.label == other.label for fast, slow in pairs for one, other in zip(fast, slow, strict=True)]
    assert sum(same) / len(same) >= 0.98


def test_the_version_names_the_weights(encoder: TriageEncoder) -> None:
    """Every finding can be traced to its weights; other weights have another version."""
    name, _, rest = encoder.version.partition("@")
    assert name.startswith("overheard")
    assert len(rest.split("+")[0]) == 10
    assert "en" in encoder.languages
