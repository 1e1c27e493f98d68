"""Which of a lead's posts are trained on, and which are kept apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifiers.evaluation.labelled import Labelled
from classifiers.training.data import MISSING
from classifiers.training.own import Known, Parted, TrainingError, masked, parted, untaught, usable
from models.assessment import LABELS, Head
from tests.classifiers.training import toy


def sides(parts: Parted) -> dict[str, str]:
    """The part of each post, by its id."""
    return {one.post.id: side for side in ("train", "kept") for one in getattr(parts, side)}


@pytest.mark.parametrize("brands", [0, 4, 12])
def test_the_parts_share_no_group(brands: int) -> None:
    """About a fifth is kept; of twelve brands none is in both parts, and never a text with its near copy."""
    posts = toy.posts(400, brands=brands)
    copies = [replace(post, id=f"copy {post.id}", text=f"  {post.text.upper()}!!! ") for post in posts[:50]]
    parts = parted(toy.own(*posts, *copies), 0.2)
    assert parts.by == ("brand" if brands == 12 else "text")
    assert 0.1 <= len(parts.kept) / 400 <= 0.3
    assert len(parts.kept) + len(parts.train) == 400
    assert not {one.key for one in parts.kept} & {one.key for one in parts.train}
    if brands == 12:
        assert {one.post.brand for one in parts.kept} == set(parts.brands)
        assert not {one.post.brand for one in parts.train} & set(parts.brands)


@pytest.mark.parametrize("brands", [0, 12])
def test_the_kept_part_is_stable(brands: int) -> None:
    """More posts, another order or another model change nothing about the part of those that were there."""
    posts = toy.posts(300, brands=brands)
    more = toy.posts(60, brands=brands, seed=8)
    before, after = sides(parted(toy.own(*posts), 0.2)), sides(parted(toy.own(*more, *reversed(posts)), 0.2))
    assert before == {identifier: side for identifier, side in after.items() if identifier in before}


def test_a_larger_part_holds_the_smaller() -> None:
    """What was kept with a small share is kept with a larger one."""
    posts = toy.own(*toy.posts(300))
    small, large = parted(posts, 0.1), parted(posts, 0.3)
    assert {one.key for one in small.kept} < {one.key for one in large.kept}


def test_a_brand_that_is_nearly_all_is_trained_on() -> None:
    """One large brand among small ones does not go where it would leave nothing to train on."""
    large = toy.posts(400, brand="large")
    small = [replace(post, brand=f"small {number % 9}") for number, post in enumerate(toy.posts(180, seed=2))]
    parts = parted(toy.own(*large, *small), 0.2)
    assert "large" not in parts.brands
    assert len(parts.kept) < 200


def test_copies_are_one_post_with_all_that_was_said() -> None:
    """Near copies count once, and the last label that somebody gave holds, a correction's above all."""
    posts = toy.posts(60)
    again = replace(posts[0], id="again", truth={Head.CHURN: "no"})
    fixed = replace(posts[0], id="fixed", text=posts[0].text + "!", truth={Head.INTENT: "opinion"})
    found = usable([*posts, again], [fixed], {})
    assert len(found) == 60
    assert found[0].post.truth == {**posts[0].truth, Head.CHURN: "no", Head.INTENT: "opinion"}
    assert found[0].example.labels[Head.INTENT] == LABELS[Head.INTENT].index("opinion")
    assert not found[0].corrected


def test_the_name_of_the_brand_is_what_the_model_is_told() -> None:
    """The configuration's word for a brand becomes its name, and the name in the text is @brand."""
    posts = [replace(post, brand="k", text=f"Kestrelo {post.text}") for post in toy.posts(60)]
    found = usable(posts, [], {"k": "Kestrelo"})
    assert {one.example.brand for one in found} == {"Kestrelo"}
    assert all(one.example.text.startswith("@brand ") for one in found)


def test_too_few_posts_are_an_error_with_numbers() -> None:
    """Posts without words or labels do not count, and the message says how many there are and how many are needed."""
    useless = [Labelled("1", "bad", truth={}), Labelled("2", "\u200b", truth={Head.CHURN: "no"})]
    with pytest.raises(TrainingError, match=r"49 of 51 posts can be used .* 50 are needed"):
        usable([*toy.posts(49), *useless], [], {})
    with pytest.raises(TrainingError, match="another --keep"):
        parted(toy.own(*toy.posts(60)), 0.05)


def test_a_head_with_one_label_teaches_nothing() -> None:
    """It is masked and named; where no head is left, that is an error."""
    posts = toy.own(*(replace(post, truth={Head.CHURN: "no", **post.truth}) for post in toy.posts(60)))
    only = [replace(one, post=replace(one.post, truth={Head.CHURN: "no"})) for one in posts]
    mixed = [replace(one, post=replace(one.post, truth={**one.post.truth, Head.CHURN: "no"})) for one in posts]
    assert untaught(mixed) == {Head.CHURN: 'all 60 labels of it are "no"'}
    hidden = masked([one.example for one in mixed], untaught(mixed))
    assert {one.labels[Head.CHURN] for one in hidden} == {MISSING}
    assert MISSING not in {one.labels[Head.INTENT] for one in hidden}
    with pytest.raises(TrainingError, match="no head can be trained: intent: nobody labelled it"):
        untaught(only)


def test_corrections_are_trained_on_and_not_measured() -> None:
    """Beside a file the kept corrections are left aside; alone they are all there is, and that is known."""
    posts, corrected = toy.posts(200), toy.posts(200, seed=2)
    both, alone = parted(usable(posts, corrected, {}), 0.2), parted(usable([], corrected, {}), 0.2)
    assert both.fair
    assert len(both.measured) < len(both.kept)
    assert not any(one.corrected for one in both.measured)
    assert any(one.corrected for one in both.train)
    assert not alone.fair
    assert alone.measured == alone.kept


def test_what_is_known_is_in_three_parts() -> None:
    """Of the invented posts some are trained on again, others only asked, and the grave ones are all critical."""
    known = Known.shipped()
    texts = [{one.text for one in part} for part in (known.mixed, known.apart, known.grave)]
    assert all(len(part) >= 40 for part in texts)
    assert not texts[0] & texts[1]
    assert texts[2] < texts[1]
    assert {one.labels[Head.URGENCY] for one in known.grave} == {LABELS[Head.URGENCY].index("critical")}
