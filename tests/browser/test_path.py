"""The whole path in a real browser, with the real house: a post, a call, its end in public, and the numbers of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from models.store import Store
from tests.browser.eyes import Visitor, visitor
from tests.browser.house import House, house
from tests.counterparts.platforms import Telegram
from tests.counterparts.slack_people import Agent
from tests.counterparts.slack_socket import Bridge
from tests.engine.shift import GROUP, words
from tests.stores import one, rows

NUMBER, OTHER = "+44 20 7946 0958", "+44 161 496 0123"
SAID = "You took my money twice"
STAGES = ("recommended", "offered", "opened", "accepted", "attempted", "connected", "resolved", "closed")
LEDGER = ("recommended", "offered", "opened", "accepted", "attempted", "connected", "completed", "closed")


async def test_from_a_post_to_a_call_to_its_end_in_public(
    browser: Browser,
    tmp_path: Path,
    store: Store,
    slack_socket: Bridge,
    telegram_bot: Telegram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A post, a card, an answer with the link, a number on the page, a call, a closing line, a survey, a report."""
    async with house(tmp_path, store, slack_socket, telegram_bot, monkeypatch) as home, visitor(browser) as anna:
        mara = Agent(slack_socket, slack_socket.slack.user("mara"), "mara")
        async with home.shift.open():
            link = await _offered(home, mara)
            receipt = await _number_left(home, anna, link)
            await _called(home, mara)
            await _closed_in_public(home, mara)
            await _asked_how_it_was(home, anna, receipt)
        await _counted(home, anna)
        assert anna.left() == []
        assert await anna.referers() == set()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_may_happen_in_between(
    browser: Browser,
    tmp_path: Path,
    store: Store,
    slack_socket: Bridge,
    telegram_bot: Telegram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A form sent twice, a stranger with the link, a consent taken back, and a customer who is back in public."""
    async with (
        house(tmp_path, store, slack_socket, telegram_bot, monkeypatch) as home,
        visitor(browser) as anna,
        visitor(browser, scripts=False) as ben,
    ):
        mara = Agent(slack_socket, slack_socket.slack.user("mara"), "mara")
        async with home.shift.open():
            link = await _offered(home, mara)
            receipt = await _sent_twice(home, anna, link)
            await _left_by(ben, link, OTHER)
            await home.shift.quiet()
            brief = await _brief(home, mara)
            assert all(part in brief for part in ("2 ways were given", NUMBER, OTHER))
            await anna.go(receipt)
            await anna.page.get_by_role("button", name="Take my consent back").click()
            await home.shift.quiet()
            assert "taken back" in await _card(home.shift.place("c1"), mara)
            brief = await _brief(home, mara)
            assert (NUMBER in brief, OTHER in brief) == (False, True)
            await home.shift.fill(mara, "call_done", "c1", outcome="resolved")
            await home.shift.hear(60, f"c1+1: call {SAID} and now again")
            assert any("returned_to_public" in entry for entry in home.shift.history("c1"))
        report = await home.report("--since", "2026-03-01", "--until", "2026-03-31")
        assert {name: report["pairs"][0]["endings"][name] for name in ("failed", "stood")} == {"failed": 1, "stood": 0}
        assert anna.left() + ben.left() == []


async def _sent_twice(home: House, anna: Visitor, link: str) -> str:
    """Anna presses the button twice, and her browser sends the form once more on a bad line: it is one number."""
    await home.shift.at(9)
    await anna.go(f"{link}/phone")
    await anna.page.get_by_label("Your telephone number").fill(NUMBER)
    await anna.page.get_by_label("I agree").check()
    form = await anna.page.evaluate("() => new URLSearchParams(new FormData(document.forms[0])).toString()")
    await anna.page.get_by_role("button", name="Ask for the call").dblclick()
    await anna.page.wait_for_url("**/r/**")
    receipt = await anna.page.locator(".link").inner_text()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    again = await anna.context.request.post(f"{link}/phone", data=form, headers=kind, max_redirects=0)
    assert again.headers["location"].startswith(urlsplit(receipt).path)
    assert one(home.shift.store, "SELECT count(*) FROM contact") == 1
    return receipt


async def _left_by(somebody: Visitor, link: str, number: str) -> None:
    """Anybody else has the link, for it stands in public; of the first number they see nothing."""
    await somebody.go(f"{link}/phone")
    assert "7946" not in await somebody.page.content()
    await somebody.page.get_by_label("Your telephone number").fill(number)
    await somebody.page.get_by_label("I agree").check()
    await somebody.page.get_by_role("button", name="Ask for the call").click()
    assert "Thank you. We have it." in await somebody.text()


async def _brief(home: House, agent: Agent) -> str:
    """What “Brief & call” shows."""
    seen = len(home.shift.bridge.views)
    await agent.click(home.shift.place("c1"), "brief")
    await home.shift.bridge.until(lambda: len(home.shift.bridge.views) > seen)
    return words(await agent.form())


async def _offered(home: House, mara: Agent) -> str:
    """The card has a draft with the code and the link; Mara sends it, and that is what the customer reads."""
    shift = home.shift
    await shift.hear(0, f"c1: call {SAID}")
    await shift.at(2)
    await shift.press(mara, "claim", "c1")
    await shift.at(4)
    code = str(one(shift.store, 'SELECT code FROM "case" WHERE id = :id', id=shift.case("c1")))
    await shift.fill(mara, "draft", "c1")
    await mara.submit(await mara.form())
    await shift.quiet()
    told = shift.telegram.sent(GROUP)[-1]["text"]
    link = home.link(GROUP)
    card = await _card(shift.place("c1"), mara)
    assert "Brief & call" in card
    assert "not posted" not in card
    assert told.count(code) == 2, "once in words, once in the link"
    assert link.startswith(f"{home.url}/c/{code}-")
    return link


async def _number_left(home: House, anna: Visitor, link: str) -> str:
    """Anna opens the link on her phone, asks for a call and keeps the link that she is given."""
    await home.shift.at(9)
    assert await anna.go(link) == 200
    assert SAID in await anna.text()
    await anna.look()
    await anna.page.get_by_role("link", name="Call me").click()
    await anna.look()
    await anna.page.get_by_label("Your telephone number").fill(NUMBER)
    await anna.page.get_by_label("I agree").check()
    await anna.page.get_by_role("button", name="Ask for the call").click()
    await anna.look()
    receipt = await anna.page.locator(".link").inner_text()
    assert receipt.startswith(f"{home.url}/r/")
    await home.shift.quiet()
    return receipt


async def _called(home: House, mara: Agent) -> None:
    """The card says so; the brief shows the number to who holds the case, and nothing else ever did."""
    shift = home.shift
    await shift.at(16)
    card = await _card(shift.place("c1"), mara)
    assert "Number given" in card
    brief = await _brief(home, mara)
    assert NUMBER in brief
    assert SAID in brief
    await shift.at(18)
    await shift.fill(mara, "call_done", "c1", outcome="resolved", note="Paid back")
    assert rows(shift.store, "SELECT sealed FROM contact") == [("",)], "the number goes when the case closes"
    everything = [call.fields for call in shift.bridge.calls if not call.method.startswith("views.")]
    assert "7946" not in repr(everything), "no message ever held the number"


async def _closed_in_public(home: House, mara: Agent) -> None:
    """The form with the closing line is there at once; it is sent once, where the complaint stands."""
    shift = home.shift
    line = await mara.form()
    assert line["title"]["text"] == "Close it in public"
    await mara.submit(line, how="send")
    await shift.quiet()
    sent = shift.telegram.sent(GROUP)
    assert len(sent) == 2
    assert "7946" not in sent[-1]["text"]
    assert "closed in public" in (await _card(shift.place("c1"), mara)).lower()


async def _asked_how_it_was(home: House, anna: Visitor, receipt: str) -> None:
    """The link that Anna kept asks three things, once the case is over."""
    await home.shift.at(30)
    await home.shift.tick("surveys")
    assert await anna.go(receipt) == 200
    await anna.look()
    for name, said in (("csat", "4"), ("nps", "9"), ("again", "no")):
        await anna.page.locator(f"input[name={name}][value='{said}']").check()
    await anna.page.get_by_role("button", name="Send my answers").click()
    await anna.look()
    answers = rows(home.shift.store, "SELECT csat, nps, again, from_channel, to_channel FROM survey")
    assert [(csat, nps, bool(again), *path) for csat, nps, again, *path in answers] == [
        (4, 9, False, "telegram", "voice")
    ]


async def _counted(home: House, anna: Visitor) -> None:
    """The ledger has every step once and in order, and the report says what follows from this day."""
    shift = home.shift
    types = [entry.split()[1] for entry in shift.history("c1")]
    assert [name.removeprefix("switch_") for name in types if name.startswith("switch_")] == list(LEDGER)
    days = ("--since", "2026-03-01", "--until", "2026-03-31")
    report = await home.report(*days)
    ((own,), (pair,)) = report["channels"], report["pairs"]
    assert (pair["from_channel"], pair["to_channel"]) == ("telegram", "voice")
    assert [(rung["stage"], rung["reached"]) for rung in pair["rungs"]] == [(stage, 1) for stage in STAGES]
    stays = {rung["stage"]: rung["stay"]["p50"] for rung in pair["rungs"]}
    # Offered 4 minutes after the card, opened 5 later, called 9 after that.
    assert (stays["recommended"], stays["offered"], stays["accepted"]) == (240, 300, 540)
    shares = {name: (pair[name]["hits"], pair[name]["size"]) for name in ("context_kept", "explained_again", "failed")}
    assert shares == {"context_kept": (1, 1), "explained_again": (0, 1), "failed": (0, 1)}
    # The post is 4 minutes older than its card, which was claimed after 2; answered at 4, closed at 18.
    speed = {name: own["speed"][name]["always"]["p50"] for name in ("claim", "first_response", "resolve")}
    assert speed == {"claim": 120, "first_response": 480, "resolve": 1320}
    await home.report(*days, "--out", str(shift.path.parent / "report.html"))
    await anna.go((shift.path.parent / "report.html").as_uri())
    await anna.look(sure=False)


async def _card(place: str, agent: Agent) -> str:
    """What stands on the card at this moment."""
    channel, ts = place.split(":")
    history: Any = agent.bridge.slack.call("conversations.replies", channel=channel, ts=ts)
    return words(next(entry for entry in history["messages"] if entry["ts"] == ts).get("blocks"))
