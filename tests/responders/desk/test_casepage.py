"""`case CODE`: what somebody sees who has the customer on the phone, and what is written down of it."""

from __future__ import annotations

import pytest

from models.form import Page
from models.press import Verb
from models.store import Store
from models.vault import new_key
from tests.responders.desk.bench import BEN, Bench
from tests.responders.desk.test_switching import SECRET, on_the_page


@pytest.fixture
def bench(store: Store, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A desk with a key and a page."""
    monkeypatch.setenv("CALLBACK_KEY", new_key())
    return Bench(store, callback={"key": {"env": "CALLBACK_KEY"}, "url": "https://care.example.com"})


async def test_a_code_that_is_named_on_the_phone_is_written_down(bench: Bench) -> None:
    """`case CODE` shows what was said everywhere and how far the switch is; blanks and dashes do not matter."""
    await bench.opened()
    on_the_page(bench)
    code = bench.case.code
    page = await bench.say(f"case {code[:3].lower()}-{code[3:]}", BEN)
    assert isinstance(page, Page)
    parts = {part.heading: part.lines for part in page.parts}
    assert parts["Change of channel"] == ("From Telegram to a call: the customer has said yes, since 13:00",)
    assert "Number given 13:00" in parts["How to reach them"][0]
    assert f"https://care.example.com/c/{code}-" in parts["To pass on"][0]
    assert not any(secret in str(page) for secret in SECRET)
    # It stood in public, so whoever says it on the phone may be anybody.
    assert "proves nobody" in page.parts[0].lines[0]
    assert ("code_quoted", "UBEN") in bench.events()


async def test_after_the_end_the_survey_is_there_to_pass_on(bench: Bench) -> None:
    """By a link of its own, because everybody who read the post may have the page's."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="called")
    page = await bench.say(f"case {bench.case.code}")
    assert isinstance(page, Page)
    parts = {part.heading: part.lines for part in page.parts}
    assert f"https://care.example.com/s/{bench.case.code}-" in parts["To pass on"][0]
    assert "settled there" in parts["Change of channel"][0]


async def test_a_code_that_has_ended_says_so(bench: Bench) -> None:
    """It proves nothing any more, and nothing is written down of it."""
    await bench.opened()
    await bench.press(Verb.RESOLVED, reason="by_itself")
    bench.clock.forward(days=31)
    page = await bench.say(f"case {bench.case.code}")
    assert isinstance(page, Page)
    assert "This code has ended" in page.parts[0].lines[0]
    assert "code_quoted" not in [what for what, _ in bench.events()]
