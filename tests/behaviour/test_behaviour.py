"""The checklist: no capability of the shipped model fails more often than ``limits.toml`` allows."""

from __future__ import annotations

import pytest

from classifiers.text import normalise
from classifiers.training.data import invented, key_of
from tests.behaviour import languages, limits
from tests.behaviour.asking import results
from tests.behaviour.checklist import Capability, Case, Group, Seen, Written, capabilities, cases

ROWS = {row.name: row for row in capabilities()}
LIMITS = limits.load()
LANGUAGES = ("es", "fr", "de", "pt", "it")


@pytest.mark.parametrize("name", ROWS)
def test_a_capability_holds(name: str) -> None:
    """Its failure rate is within what is allowed."""
    result = next(row for row in results() if row.capability.name == name)
    shown = "\n".join(f"{case.post.text!r}: {fault}" for case, fault in result.failed[:5])
    assert result.rate <= LIMITS["checklist"][name]["allowed"], shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language_holds(lang: str) -> None:
    """Sentiment, urgent, private and churn are told apart in it at least as well as its floors say."""
    floors = LIMITS["languages"][lang]
    figures = languages.figures()[lang]
    assert {name: figures[name] for name in floors if figures[name] < floors[name]} == {}


def test_the_checklist_is_large_enough() -> None:
    """Every capability has at least twenty different cases, all together at least five hundred."""
    sizes = {name: len({(case.post, case.before) for case in cases(row)}) for name, row in ROWS.items()}
    assert {name: size for name, size in sizes.items() if size < 20} == {}
    assert sum(sizes.values()) >= 500


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language_has_enough_of_each(lang: str) -> None:
    """Sixty posts, of which enough are hot, need private data or say goodbye, with all three sentiments."""
    rows = [{head.value: label for head, label in post.truth.items()} for post in languages.posts()[lang]]
    assert len(rows) == 60
    assert sum(row["urgency"] in ("high", "critical") for row in rows) >= 14
    assert sum(row["sensitive"] != "none" for row in rows) >= 18
    assert sum(row["churn"] == "yes" for row in rows) >= 6
    assert {row["sentiment"] for row in rows} == {"negative", "neutral", "positive"}


def test_training_reads_none_of_it() -> None:
    """No post of the checklist, as the model reads it, stands among the posts that ship for training."""
    posts = {case.post for row in ROWS.values() for case in cases(row)}
    posts |= {Written(post.text, post.brand) for rows in languages.posts().values() for post in rows}
    asked = {key_of(normalise(post.text, post.brand)) for post in posts} - {""}
    assert not asked & {key_of(example.text) for example in invented()}


@pytest.mark.parametrize(
    ("move", "old", "now", "fails"),
    [
        ("up", 0.3, 0.4, False),
        ("up", 0.3, 0.3, True),
        ("up", 0.9, 0.85, False),
        ("down", 0.3, 0.35, True),
        ("down", 0.04, 0.04, False),
        ("not up", 0.3, 0.34, False),
        ("not up", 0.3, 0.4, True),
    ],
)
def test_a_probability_must_move_as_expected(move: str, old: float, now: float, fails: bool) -> None:
    """A step in the right direction, unless it has nowhere left to go; a little noise is no move."""
    group = Group.model_validate({"posts": ("a",), "moves": {"urgent": move}})
    first, then = Written("a", "Kestrelo"), Written("b", "Kestrelo")
    seen = {first: Seen({}, {"urgent": old}), then: Seen({}, {"urgent": now})}
    assert bool(Case(group, then, first).fault(seen)) is fails


def test_a_post_is_filled_in_and_changed() -> None:
    """Every choice is made, every brand has its turn, and what a change leaves as it was is no case."""
    group = Group(posts=("{one|two} {brand}",), brands=("A", "B"), changes=("{post}!", "{post}"), alter=("lower",))
    made = cases(Capability(name="x", kind="invariance", group=(group,)))
    assert [case.post.text for case in made] == ["one A!", "one a", "two B!", "two b"]


def test_what_must_stay_and_what_is_expected() -> None:
    """A label that changed and a label that is not among those allowed are named."""
    one, two = Written("a", "Kestrelo"), Written("b", "Kestrelo")
    heads = ("intent", "sentiment", "urgency", "sensitive", "churn")
    seen = {one: Seen(dict.fromkeys(heads, "x"), {}), two: Seen(dict.fromkeys(heads, "x") | {"churn": "y"}, {})}
    assert Case(Group(posts=()), two, one).fault(seen) == "churn x → y"
    assert Case(Group(posts=(), expect={"churn": ("x",)}), two).fault(seen) == "churn is y"
    assert Case(Group(posts=(), expect={"churn": ("y",)}), two).fault(seen) == ""
