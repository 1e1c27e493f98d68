"""A stranger in the author's account, number or card, told in words: found, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from classifiers.base import Post
from classifiers.panel import Panel
from classifiers.phrases import FOLDER, load
from classifiers.takeover import CATEGORIES, SHARES, heed, lexicons
from models.assessment import LABELS, Finding, Head
from tests.build import mention


def even(head: Head, **shares: float) -> Finding:
    """An answer with these shares; what is left goes to the head's other labels alike."""
    others = [label for label in LABELS[head] if label not in shares]
    rest = (1 - sum(shares.values())) / len(others)
    return Finding(head, shares | dict.fromkeys(others, rest), "model-1")


def calm(**intent: float) -> dict[Head, Finding]:
    """What a model says that sees no harm."""
    return {
        Head.INTENT: even(Head.INTENT, **(intent or {"problem": 0.9})),
        Head.URGENCY: even(Head.URGENCY, normal=0.95),
    }


@pytest.mark.parametrize(
    "text",
    [
        "my Kestrelo acct just got hacked what now",
        "Somebody changed my password AND the recovery mail @kestrelo",
        "someone is in my account ordering phones, someone is using my card right now",
        "kestrelo gave my number away to a stranger",
        "got a mail about changes to my profile, i didn't make any",
        "Me han robado la cuenta de Kestrelo, ayuda",
        "quelqu'un a payé des jeux avec ma carte @kestrelo",
        "Mein Konto wurde gehackt!",
        "minha conta foi invadida, e agora?",
        "mi hanno rubato il mio account",
        "mijn account is gehackt, help",
    ],
)
def test_a_takeover_is_critical(text: str) -> None:
    """Whatever the model thought of it, it is called critical, by the shares that people gave such posts."""
    urgency = heed(text, calm())[Head.URGENCY]
    assert (urgency.p, urgency.label, urgency.version) == (SHARES, "critical", "model-1+takeover")


@pytest.mark.parametrize(
    "text",
    [
        "my account was hacked three months ago, all fine since",
        "is kestrelo down or did i get hacked",
        "change your password in case your account got hacked",
        "somebody stole my parcel off the porch",
        "10 life hacks with your kestrelo router",
        "my account was locked after too many tries",
        "so many hackers in this lobby lol, i got hacked off the map",
        "we got my account hacked and got it back within the hour",
    ],
)
def test_what_only_looks_like_one_changes_nothing(text: str) -> None:
    """Past, settled, supposed or another thing stolen: the model's own answer stands."""
    found = calm()
    assert heed(text, found) is found


def test_the_author_has_to_speak_of_it() -> None:
    """News and opinions about takeovers are none: the model must see a problem or a question."""
    found = calm(broadcast=0.9)
    assert heed("Thousands say: my account has been hacked", found) is found


def test_a_model_that_sees_more_is_left_alone() -> None:
    """A probability of critical above the shares' stays, and where a head failed nothing is made up."""
    sure = calm() | {Head.URGENCY: even(Head.URGENCY, critical=0.9)}
    assert heed("my account has been hacked", sure) is sure
    assert heed("my account has been hacked", {}) == {}


def test_the_panel_heeds_it() -> None:
    """What people and the policy see is the finding after the words were heard."""

    class Calm:
        version = "model-1"

        def classify(self, posts: list[Post]) -> list[tuple[Finding, ...]]:
            return [tuple(calm().values()) for _ in posts]

    panel = Panel([Calm()], ["en"], {})
    (hacked, fine) = panel.assess([mention(text="my account has been hacked"), mention(text="my account is fine")])
    assert (hacked.label(Head.URGENCY), fine.label(Head.URGENCY)) == ("critical", "normal")


@pytest.mark.parametrize("path", sorted((FOLDER / "takeover").glob("*.toml")), ids=lambda path: path.stem)
def test_every_lexicon_holds_to_the_form(path) -> None:
    """Each file reads, says its language, knows both kinds, and is tried on every text."""
    lexicon = load(path, CATEGORIES)
    assert lexicon.language == path.stem
    assert {rule.category for rule in lexicon.rule} == set(CATEGORIES)
    assert len(lexicons().rules) >= sum(len(rule.phrases) for rule in lexicon.rule)


def test_shares_are_shares() -> None:
    """They sum to 1 over the labels of urgency."""
    assert (sum(SHARES.values()), tuple(SHARES)) == (1.0, LABELS[Head.URGENCY])
