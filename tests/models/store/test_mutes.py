"""The team's rules of what not to be shown: what they catch, whom they hold for, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Danger, Pii
from models.decision import Reason, Route
from models.mention import Author
from models.past import Screened
from models.press import Person
from models.store import Store, judging, mutes, privacy
from models.store.mutes import Mute, MuteKind, matches
from tests.build import ANNA, NOW, assessment, mention
from tests.models.store.steps import LATER, decide, hear, listen, redecide

ANA = Person("U1", "Ana")
WEEK = timedelta(days=7)


def word(value: str, brand: str = "kestrelo", **more: Any) -> Mute:
    """A rule about a word."""
    return Mute(MuteKind.WORD, value, brand, **{"until": NOW + WEEK, "by": ANA, "label": f"“{value}”"} | more)


@pytest.mark.parametrize(
    ("value", "text", "caught"),
    [
        ("giveaway", "Kestrelo GIVEAWAY! Win a phone", True),
        ("give away", "Kestrelo give\n  away", True),
        ("cafe", "Kestrelo Café", True),
        ("café", "KESTRELO CAFE", True),
        ("giveaway", "Kestrelo giveaways", False),
        ("#win", "Kestrelo #win", True),
        ("give\u200baway", "Kestrelo giveaway", True),
        ("(.*)", "Kestrelo anything", False),
        ("", "Kestrelo anything", False),
    ],
)
def test_a_word_is_found_as_a_whole_word(value: str, text: str, caught: bool) -> None:
    """Whatever its case, accents, blanks and invisible signs; its signs are never a pattern."""
    assert matches(word(value), mention(text=text)) is caught


@pytest.mark.parametrize("value", [mention().author_key, "anna_l", "Anna_L", "@anna_l", "7"])
def test_an_author_is_known_by_key_handle_or_id(value: str) -> None:
    """People write a handle, buttons know the key."""
    rule = Mute(MuteKind.AUTHOR, value, "kestrelo", None, ANA)
    assert matches(rule, mention())
    assert not matches(rule, mention(author=Author(id="8", handle="ben")))


def test_nobody_is_muted_for_having_no_name() -> None:
    """An empty value catches no one."""
    assert not matches(Mute(MuteKind.AUTHOR, "", "", None, ANA), mention(author=Author(id="8")))


def test_a_thread_is_muted_for_all_who_write_in_it() -> None:
    """The conversation counts, not who speaks."""
    rule = Mute(MuteKind.THREAD, mention(conversation_id="t").thread_key, "", None, ANA)
    assert matches(rule, mention(external_id="2", author=Author(id="8"), conversation_id="t"))
    assert not matches(rule, mention(external_id="2", conversation_id="u"))


@pytest.mark.parametrize(("brand", "caught"), [("", True), ("kestrelo", True), ("rivalo", False)])
def test_a_rule_holds_for_its_brand(brand: str, caught: bool) -> None:
    """A rule without a brand holds for all."""
    assert matches(word("dead", brand), mention()) is caught


def test_rules_end_by_themselves(store: Store) -> None:
    """A rule holds until its moment, one without an end for good; the newest come first."""
    soon = store.do(mutes.add, word("kite", until=LATER), NOW)
    good = store.do(mutes.add, word("bird", brand="", until=None), LATER - timedelta(seconds=1))
    other = store.do(mutes.add, word("wind", brand="rivalo"), NOW - timedelta(seconds=1))
    assert store.do(mutes.live, "kestrelo", NOW) == [good, soon]
    assert store.do(mutes.live, "kestrelo", LATER) == [good]
    assert store.do(mutes.live, None, NOW) == [good, soon, other]


def test_the_same_rule_again_replaces_the_first(store: Store) -> None:
    """A new end or reason takes the place of the old one."""
    store.do(mutes.add, word("kite"), NOW)
    newer = store.do(mutes.add, word("kite", until=None, why="a toy"), LATER)
    assert store.do(mutes.live, None, LATER) == [newer]
    assert (newer.why, newer.by, newer.at) == ("a toy", ANA, LATER)


def test_a_rule_is_taken_away_once(store: Store) -> None:
    """The second try finds nothing."""
    rule = store.do(mutes.add, word("kite"), NOW)
    assert store.do(mutes.remove, rule.id)
    assert not store.do(mutes.remove, rule.id)
    assert store.do(mutes.live, None, NOW) == []


def test_a_preview_counts_what_a_rule_would_have_caught(store: Store) -> None:
    """By the reason of each decision, with masked examples, the newest first."""
    for number in range(7):
        post = mention(
            external_id=f"{number}", text=f"dead 0151 2345678 {number}", author=replace(ANNA, id=f"{number}")
        )
        hear(store, post, now=NOW + timedelta(minutes=number))
        store.do(judging.save, [(post, assessment(pii=(Pii("phone", 5, 17),)))], LATER)
        redecide(store, post, case=None, route=Route.IGNORE, reasons=(Reason.OPINION,) if number else (Reason.PRAISE,))
    decide(store, mention(external_id="x", text="alive"), case=None)
    listen(store, Screened(mention(external_id="bot", text="dead"), Reason.BOT_POST))
    found = store.do(mutes.preview, word("dead"), NOW, LATER)
    assert (found.count, found.reasons) == (8, {"opinion": 6, "praise": 1, "bot_post": 1})
    assert [text for _, _, text in found.examples] == [f"dead [phone] {number}" for number in (6, 5, 4, 3, 2)]
    assert (found.looked_at, found.whole) == (9, True)


def test_a_preview_leaves_out_what_would_be_shown_anyway(store: Store) -> None:
    """Words of danger are never muted, and older posts and other brands were not asked about."""
    post = mention(text="dead wires, I will jump")
    hear(store, post)
    store.do(judging.save, [(post, assessment(danger=(Danger("self_harm", "jump"),)))], NOW)
    redecide(store, post, case=None)
    decide(store, mention(external_id="2", brand="rivalo"), case=None)
    assert store.do(mutes.preview, word("dead"), NOW, LATER).count == 0
    assert store.do(mutes.preview, word("dead", brand=""), LATER, LATER).looked_at == 0


def test_rules_that_ended_are_dropped_with_the_purge(store: Store) -> None:
    """A week after its end nothing is left of a rule."""
    store.do(mutes.add, word("kite", until=LATER), NOW)
    store.do(mutes.add, word("bird", until=None), NOW)
    store.do(privacy.purge, WEEK, WEEK, LATER + mutes.KEPT)
    assert [rule.value for rule in store.do(mutes.live, None, NOW)] == ["bird"]


def test_forgetting_a_person_takes_them_out_of_the_rules(store: Store) -> None:
    """Rules about them go, whichever way they were named; a rule about their thread loses its words, others stay."""
    decide(store, mention(conversation_id="t"), case=None)
    key, thread = mention().author_key, mention(conversation_id="t").thread_key
    for value in (key, "Anna_L", "7"):
        store.do(mutes.add, Mute(MuteKind.AUTHOR, value, "", None, ANA, label="Anna"), NOW)
    store.do(mutes.add, Mute(MuteKind.AUTHOR, "somebody", "", None, ANA, label="Somebody"), NOW)
    store.do(mutes.add, Mute(MuteKind.THREAD, thread, "", None, ANA, "Anna's row", "Anna's thread"), NOW)
    store.do(privacy.forget, "x", "@anna_l", LATER)
    assert {(rule.value, rule.label, rule.why) for rule in store.do(mutes.live, None, LATER)} == {
        ("somebody", "Somebody", ""),
        (thread, "", ""),
    }
