"""The training sets: labels, held-out brands, invented posts, variation, noise and a teacher's opinions."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers import network
from classifiers.text import LIMIT
from classifiers.training import data, loop, opinions, pool, sets
from classifiers.training.calibration import softmax
from classifiers.training.data import INVENTED, MISSING, UMSAB, Example, Parts
from classifiers.training.gibberish import gibberish
from classifiers.training.loop import Recipe
from classifiers.training.variation import misspell, vary
from models.assessment import LABELS, Head
from tests.classifiers.training import folders, toy

ANY = dict.fromkeys(LABELS, 0)


@pytest.fixture(scope="module")
def keys() -> list[dict[str, str]]:
    """The rows of our labels."""
    with pool.LABELLED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_our_labels_are_well_formed(keys: list[dict[str, str]]) -> None:
    """Each row has a key of its own, never a text, and a known label for every head."""
    assert len(keys) > 1000
    assert {tuple(row) for row in keys} == {("key", *(head.value for head in LABELS))}
    assert [row["key"] for row in keys if not re.fullmatch(r"[0-9a-f]{20}", row["key"])] == []
    assert [key for key, count in Counter(row["key"] for row in keys).items() if count > 1] == []
    assert [row["key"] for row in keys if any(row[head] not in names for head, names in LABELS.items())] == []


def test_our_labels_find_their_posts(tmp_path: Path) -> None:
    """A post of a public set gets the labels whose key its text has; the others are left out."""
    folders.write(tmp_path / "apple_sentiment" / "tweets.jsonl.gz", [{"text": t} for t in (folders.BAD, folders.GOOD)])
    table = tmp_path / "labelled.tsv"
    labels = "\t".join(names[1] for names in LABELS.values())
    heads = "\t".join(head.value for head in LABELS)
    table.write_text(f"key\t{heads}\n{pool.digest_of(folders.BAD.upper())}\t{labels}\n")
    (found,) = pool.labelled(tmp_path, table)
    assert (found.brand, found.labels, found.source) == ("apple", dict.fromkeys(LABELS, 1), "apple")
    assert "down" in found.text


@pytest.mark.parametrize("path", sorted(INVENTED.glob("*.txt")), ids=lambda path: path.stem)
def test_invented_posts_are_whole(path: Path) -> None:
    """Every line has seven columns, known labels and words, and no text comes twice."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].split("\t") == ["brand", *(head.value for head in LABELS), "text"]
    rows = [line.split("\t") for line in lines[1:]]
    assert [row for row in rows if len(row) != 7 or not row[6].strip()] == []
    wrong = [row for row in rows if any(row[at] not in names for at, names in enumerate(LABELS.values(), 1))]
    assert wrong == []
    assert len({data.key_of(row[6]) for row in rows}) == len(rows)


def test_invented_posts_are_read_with_their_language() -> None:
    """Six languages and the grave ones at least; every head of every post has a label."""
    found = data.invented()
    assert {one.source for one in found} >= {f"invented_{name}" for name in (*UMSAB, "grave")}
    assert all(set(one.labels) == set(LABELS) and min(one.labels.values()) >= 0 for one in found)


def test_held_out_brands_are_apart() -> None:
    """A brand is in one part alone, and a post that only names a held-out brand is in none."""
    parts = Parts()
    for brand, text in (("Fernline", "slow"), ("Uber_Support", "slow"), ("united", "late"), ("Fernline", "vs @UberUK")):
        parts.add(data.example_of(brand, text, ANY, "own"))
    assert [[one.brand for one in part] for part in (parts.train, parts.development, parts.final)] == [
        ["Fernline"], ["Uber_Support"], ["united"],
    ]  # fmt: skip


def test_repeated_texts_are_dropped() -> None:
    """A text that validation has, in any spelling, is not trained on, and none twice."""
    one, same, other = (Example("", text, ANY, "x") for text in ("Bad line!", "bad  line", "good line"))
    assert data.without([same, other, other], [one]) == [other]


def test_variants_keep_labels_and_the_name_that_matters() -> None:
    """A variant changes names and typing, never labels or the source; an unrelated post keeps its brand."""
    rng = random.Random(1)
    labels = {**ANY, Head.INTENT: LABELS[Head.INTENT].index("unrelated")}
    bird = Example("Kestrelo", "@brand is a wonderful bird.", labels, "x")
    birds = [vary(bird, ["fernline"], rng) for _ in range(200)]
    assert {one.brand for one in birds} == {"Kestrelo"}
    assert len({one.text for one in birds}) > 10
    assert {(one.source, tuple(one.labels.items())) for one in birds} == {("x", tuple(labels.items()))}
    lines = [vary(replace(bird, labels=ANY), ["fernline"], rng) for _ in range(200)]
    assert {one.brand for one in lines} == {"Kestrelo", "fernline", ""}


def test_variants_are_never_too_long_and_never_empty() -> None:
    """However long or short the post, what is handed on has words and is within the limit."""
    rng = random.Random(1)
    for text in ("x" * LIMIT, "@brand", "@brand @user", "!", "word " * 200):
        variants = [vary(Example("k", text[:LIMIT], ANY, "x"), ["a"], rng).text for _ in range(200)]
        assert all(0 < len(one) <= LIMIT for one in variants), text[:20]


def test_a_misspelling_changes_words_by_little() -> None:
    """In one to three longer words a letter is lost, doubled, moved or another; short words and names stay."""
    rng, plain = random.Random(1), ["the", "@longname", "router", "is", "broken", "my", "contract", "ended", "today"]
    for _ in range(50):
        words = misspell(" ".join(plain), rng).split(" ")
        changed = [(word, before) for word, before in zip(words, plain, strict=True) if word != before]
        assert len(changed) <= 3
        assert all(before.isalpha() and -1 <= len(before) - len(word) <= 1 for word, before in changed)
        assert all((Counter(word) - Counter(before)).total() <= 1 for word, before in changed)
    assert misspell("a b @c", rng) == "a b @c"


def test_gibberish_says_nothing() -> None:
    """Never empty, always repeatable, and none of it is a word of the invented posts that carries a label."""
    made = [gibberish(random.Random(seed)) for seed in range(300)]
    assert all(one.strip() for one in made)
    assert made == [gibberish(random.Random(seed)) for seed in range(300)]
    assert len(set(made)) > 290


def test_gibberish_is_taught_as_anything_being_possible() -> None:
    """Its labels are unknown, and the opinion beside it has the shares of the labels that there are."""
    known = [Example("", str(number), {**ANY, Head.CHURN: int(number < 25)}, "x") for number in range(100)]
    noise = sets.with_prior(known, 5, 7)
    assert len({one.text for one in noise}) == 5
    assert all(set(one.labels.values()) == {MISSING} for one in noise)
    assert noise[0].soft is not None
    assert np.exp(noise[0].soft[-2:]).tolist() == pytest.approx([0.75, 0.25])


def test_opinions_are_kept_and_found_again(tiny: toy.Tiny, tmp_path: Path) -> None:
    """What the teachers say on average is what the post gets, to half precision; one they never read gets nothing."""
    nets = [loop.resume(toy.weights(tiny, name), Recipe()) for name in ("one", "two")]
    nets[1].layer.bias.data += 1 - nets[1].layer.weight.data.mean(1)
    read = toy.examples(10, seed=1)
    opinions.ask(nets, Parts(), read, opinions.path(tmp_path), 32)
    told = opinions.load(opinions.path(tmp_path))
    found = [opinions.with_opinion(one, told) for one in read]
    said = [loop.predict(net, read, 32) for net in nets]
    wanted = np.log(np.mean([np.concatenate([softmax(one[head]) for head in LABELS], axis=1) for one in said], axis=0))
    assert np.stack([one.soft for one in found if one.soft is not None]) == pytest.approx(wanted, abs=0.05)
    assert wanted.shape == (10, network.OUTPUTS)
    assert opinions.with_opinion(replace(read[0], brand="other"), told).soft is None
