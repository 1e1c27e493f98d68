"""Rules of what not to be shown: looked at first, with an end, and never for good but by a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.form import Form, Page, Said, Wrong
from models.press import Verb
from models.store import Store, mutes
from models.store.mutes import MuteKind
from tests.build import assessment
from tests.responders.desk.bench import ANA, BEN, LEA, Bench, question
from tests.responders.judged import judged


async def test_a_rule_is_looked_at_before_it_holds(store: Store) -> None:
    """The preview counts what the rule would have caught and shows some of it masked; nothing holds before Mute."""
    bench = Bench(store)
    await bench.opened()
    second = question(external_id="-100:9", text="Kestrelo again, mail me at olga@example.org")
    judged(store, (second, assessment()))
    await bench.decide(second.author_key)
    form = await bench.press(Verb.MUTE)
    assert isinstance(form, Form)
    assert [name for name, _ in form.fields[0].choices] == ["author", "thread", "word"]
    preview = await bench.press(Verb.MUTE_PREVIEW, kind="author", span="7d", why="a prankster")
    assert isinstance(preview, Form)
    assert "it would have caught 2 of 2 posts" in preview.intro[0]
    assert preview.submit is Verb.MUTED
    assert store.do(mutes.live, None, bench.clock()) == []
    answer = await bench.press(Verb.MUTED, **dict(preview.kept or {}))
    assert isinstance(answer, Said)
    (rule,) = store.do(mutes.live, "kestrelo", bench.clock())
    assert (rule.kind, rule.value, rule.by, rule.why) == (MuteKind.AUTHOR, bench.mention.author_key, ANA, "a prankster")
    assert rule.until
    assert timedelta(days=6, hours=23) < rule.until - bench.clock() <= timedelta(days=7)
    assert bench.events() == [("muted", "UANA")]


async def test_only_a_lead_mutes_for_good(store: Store) -> None:
    """Others are not offered it, and are refused where they ask for it all the same."""
    bench = Bench(store, desk={"leads": ["ULEA"]})
    await bench.opened()
    for person, offered in ((ANA, False), (LEA, True)):
        form = await bench.press(Verb.MUTE, person)
        assert isinstance(form, Form)
        spans = {name for field in form.fields if field.name == "span" for name, _ in field.choices}
        assert ("good" in spans) is offered
    said = {"kind": "thread", "span": "good"}
    assert await bench.press(Verb.MUTED, BEN, **said) == Wrong(
        {"span": "Only a lead may mute for good. Choose a time."}
    )
    assert isinstance(await bench.press(Verb.MUTED, LEA, **said), Said)
    (rule,) = store.do(mutes.live, None, bench.clock())
    assert (rule.kind, rule.until) == (MuteKind.THREAD, None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "word", "word": "a!"}, "word"),
        ({"kind": "word", "word": " #Kestrelo "}, "word"),
        ({"kind": "author", "word": "router"}, "kind"),
        ({"kind": "everything"}, "kind"),
        ({"kind": "word", "word": "router", "span": "ever"}, "span"),
    ],
)
async def test_a_rule_that_makes_no_sense_stays_in_its_form(store: Store, said: dict[str, str], field: str) -> None:
    """A word that is in every post, the brand's own name, two things at once, a time that is none."""
    bench = Bench(store)
    await bench.opened()
    answer = await bench.press(Verb.MUTE_PREVIEW, **{"span": "7d"} | said)
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {field}


async def test_a_word_is_muted_by_command(store: Store) -> None:
    """The command shows the same preview; list and off look after the rules."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.say("mute prize draw 7d")
    assert isinstance(form, Form)
    assert form.kept == {"kind": "word", "word": "prize draw", "span": "7d", "why": ""}
    await bench.desk.handle(_from(bench, form))
    (rule,) = store.do(mutes.live, None, bench.clock())
    assert (rule.value, rule.brand) == ("prize draw", "")
    listed = await bench.say("mute list")
    assert isinstance(listed, Page)
    assert listed.parts[0].lines[0].startswith(f"{rule.id[:6]}: posts with “prize draw”, until 9 Mar 2026, by Ana")
    assert await bench.say("mute off nothing") == Said(
        "No rule begins with “nothing”. “mute list” shows them with their ids."
    )
    assert await bench.say(f"mute off {rule.id[:6]}") == Said("Shown again: posts with “prize draw”.")
    assert store.do(mutes.live, None, bench.clock()) == []


def _from(bench: Bench, form: Form):  # type: ignore[no-untyped-def]
    from models.press import Press

    return Press("muted-by-command", Verb.MUTED, ANA, bench.clock(), "slack", fields=dict(form.kept or {}))


async def test_a_fault_of_a_command_is_said(store: Store) -> None:
    """Where there is no form to keep open, the fault is an answer."""
    answer = await Bench(store).say("mute kestrelo")
    assert answer == Said("That is a name of the brand: every post would be muted.")


async def test_an_author_is_muted_by_command(store: Store) -> None:
    """By their handle, on any channel."""
    form = await Bench(store).say("mute @olga_m 1d")
    assert isinstance(form, Form)
    assert form.kept == {"kind": "author", "word": "@olga_m", "span": "1d", "why": ""}
    bare = await Bench(store).say("mute")
    assert isinstance(bare, Form)
    assert [field.name for field in bare.fields] == ["word", "span", "why"]
