"""The slash command and the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.case import CaseState
from models.form import Form, Page, Said
from models.press import Verb
from models.store import Store, controls
from tests.responders.desk.bench import ANA, BEN, LEA, Bench


async def test_help_lists_what_can_be_written(store: Store) -> None:
    """Nothing, help, and a word that nobody knows all lead to the list; a near word is offered."""
    bench = Bench(store, desk={"command": "/ohr"})
    for text in ("", "help", "stauts"):
        page = await bench.say(text)
        assert isinstance(page, Page)
        assert any(line.startswith("/ohr status") for line in page.parts[-1].lines)
    page = await bench.say("stauts now")
    assert isinstance(page, Page)
    assert page.parts[0].lines == ("“stauts” is not known. Did you mean “status”?",)


async def test_a_pause_holds_replies_and_says_until_when(store: Store) -> None:
    """Cards go on, unless all is asked for; resume ends it."""
    bench = Bench(store)
    answer = await bench.say("pause 30")
    assert answer == Said(
        "Public replies are held; cards go on until 13:30. “/overheard resume” lets it go on. What waits is kept."
    )
    pause = store.do(controls.pause_at, bench.clock())
    assert pause
    assert (pause.everything, pause.until) == (False, bench.clock() + timedelta(minutes=30))
    await bench.say("pause all")
    pause = store.do(controls.pause_at, bench.clock())
    assert pause
    assert (pause.everything, pause.until) == (True, None)
    assert await bench.say("resume") == Said("Sending goes on.")
    assert await bench.say("resume") == Said("Nothing was held.")


@pytest.mark.parametrize("text", ["pause soon", "pause 0", "pause -5", "pause 99999999", "pause ٣"])
async def test_a_pause_takes_minutes(store: Store, text: str) -> None:
    """Anything else holds nothing and says what to write."""
    bench = Bench(store)
    answer = await bench.say(text)
    assert isinstance(answer, Said)
    assert "pause 30" in answer.text
    assert store.do(controls.pause_at, bench.clock()) is None


async def test_only_leads_pause(store: Store) -> None:
    """Where leads are named, nobody else holds or frees the replies of all."""
    bench = Bench(store, desk={"leads": ["ULEA"]})
    for text in ("pause", "resume"):
        answer = await bench.say(text, BEN)
        assert isinstance(answer, Said)
        assert "Only a lead" in answer.text
    assert store.do(controls.pause_at, bench.clock()) is None
    await bench.say("pause", LEA)
    assert store.do(controls.pause_at, bench.clock())


async def test_a_pause_that_is_delivered_again_does_not_come_back(store: Store) -> None:
    """After resume, a late second delivery of the pause holds nothing."""
    bench = Bench(store)
    press = bench_press(bench, "pause")
    await bench.desk.handle(press)
    await bench.say("resume")
    assert await bench.desk.handle(press) is None
    assert store.do(controls.pause_at, bench.clock()) is None


def bench_press(bench: Bench, text: str):  # type: ignore[no-untyped-def]
    from models.press import Press

    return Press("once", Verb.COMMAND, ANA, bench.clock(), "slack", fields={"text": text})


async def test_mine_queue_and_find(store: Store) -> None:
    """A case is in the queue until somebody has it, then in theirs; a word of the post or its code finds it."""
    bench = Bench(store)
    case = await bench.opened()
    assert await codes(bench, "queue") == [case.code]
    assert await codes(bench, "mine") == []
    await bench.press(Verb.CLAIM)
    assert await codes(bench, "mine") == [case.code]
    assert await codes(bench, "queue") == []
    assert await codes(bench, f"find {case.code.lower()}") == [case.code]
    assert await codes(bench, "find money twice") == [case.code]
    assert await codes(bench, "find elephants") == []
    assert isinstance(await bench.say("find"), Said)


async def codes(bench: Bench, text: str) -> list[str]:
    """The codes on the page that answers a command."""
    page = await bench.say(text)
    assert isinstance(page, Page)
    return [row.code for part in page.parts for row in part.rows]


async def test_a_case_is_shown_with_its_history(store: Store) -> None:
    """Its row, its change of channel, its posts masked, and what happened, on the team's clock."""
    bench = Bench(store)
    case = await bench.opened()
    await bench.press(Verb.CLAIM)
    page = await bench.say(f"case {case.code}")
    assert isinstance(page, Page)
    row, switch, posts, history = page.parts
    assert switch.lines == ("From Telegram to a call: recommended, since 13:00",)
    assert row.rows[0].state == CaseState.CLAIMED
    assert posts.lines[0].startswith("13:00, Olga M on telegram: Kestrelo took the money")
    assert history.lines == ("13:00: Ana claimed it",)
    assert await bench.say("case 2222222x") == Said(
        "No case has the code “2222222x”. A code has 7 signs and stands on the card."
    )


async def test_the_report_counts_the_day(store: Store) -> None:
    """What was opened, claimed and resolved today, as computed by hand."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.CLAIM)
    await bench.press(Verb.RESOLVED, reason="elsewhere")
    page = await bench.say("report")
    assert isinstance(page, Page)
    numbers, funnel, closed = page.parts
    assert numbers.lines[0].startswith("Cases: 1 opened, 1 claimed, 0 answered, 0 called, 1 resolved, 0 dismissed")
    assert funnel.lines[0].endswith("1 opened")
    assert closed.lines == ("1 elsewhere",)


async def test_the_status_names_sources_and_the_pause(store: Store) -> None:
    """A held sending comes first, then how each source fares."""
    bench = Bench(store)
    await bench.opened()
    store.do(_listener)
    await bench.say("pause")
    page = await bench.say("status")
    assert isinstance(page, Page)
    assert [part.heading for part in page.parts] == ["Paused", "Sources", "What waits"]
    assert page.parts[1].lines[0].startswith("⚠️ sample has not begun, nothing heard yet")
    assert page.parts[2].lines[-1] == "1 cases open, 0 claimed"


def _listener(session) -> None:  # type: ignore[no-untyped-def]
    from models.store import sources

    sources.get(session, "sample")


async def test_add_opens_its_form(store: Store) -> None:
    """With what was written behind it, the link apart."""
    form = await Bench(store).say("add https://x.com/olga_m/status/1900000000000000000 Kestrelo is down")
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields} == {
        "link": "https://x.com/olga_m/status/1900000000000000000",
        "text": "Kestrelo is down",
        "author": "",
    }
