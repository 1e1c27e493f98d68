"""Each page of the call-back server in a customer's own browser, in every language and in a brand's colours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from models.store import Store, casework
from responders.callback.words import shipped
from tests.browser.eyes import NARROW, Visitor, visitor
from tests.browser.house import notice
from tests.responders.callback.bench import CASE, NUMBER, Page, complaint, served
from tests.responders.desk.bench import ANA

POST = "My Kestrelo line is dead since noon and nobody answers."
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""What the database does is the same for both; here it is the browser that is tested."""
KINDS = ("phone", "email", "private")
COLOURS = {"yellow": "#ffe600", "night": "#101010", "grey": "#777777"}


@pytest.fixture
async def page(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Page]:
    """The page of an open case on X."""
    complaint(store)
    async with served(store, monkeypatch) as page:
        yield page


async def asked_for_a_call(anna: Visitor, page: Page) -> None:
    """Fill the form in and send it; the status page is open afterwards."""
    await anna.go(page.url(f"{page.path}/phone"))
    await anna.page.get_by_label("Your telephone number").fill(NUMBER)
    await anna.page.get_by_label("I agree").check()
    await anna.page.get_by_role("button", name="Ask for the call").click()
    assert "Thank you. We have it." in await anna.text()


@on_sqlite
async def test_each_page_is_right_for_everybody(browser: Browser, page: Page) -> None:
    """What we know, three forms and their faults, the receipt, taking it back, the survey, a dead link: all clean."""
    async with visitor(browser) as anna:
        await anna.go(page.url())
        assert POST in await anna.text()
        await anna.look("page-open")
        for kind in KINDS:
            await anna.go(page.url(f"{page.path}/{kind}"))
            await anna.look(f"page-{kind}")
            await anna.page.locator("button[type=submit]").click()
            assert "Please look at this again" in await anna.text()
            await anna.look("page-faults" if kind == "phone" else "")
        await asked_for_a_call(anna, page)
        await anna.look("page-done")
        receipt = urlsplit(anna.page.url).path
        await anna.page.get_by_role("link", name="Write me an e-mail").click()
        await anna.look()
        await anna.go(page.url(receipt))
        await anna.look("page-status")
        await anna.page.get_by_role("button", name="Take my consent back").click()
        await anna.look("page-withdrawn")
        await page.store.run(casework.claim, CASE.id, ANA, page.clock())
        await page.store.run(casework.resolve, CASE.id, ANA, "called", "", page.clock())
        await anna.go(page.url())
        await anna.look()
        await anna.go(page.url(receipt))
        await anna.look("page-survey")
        await anna.page.get_by_role("button", name="Send my answers").click()
        await anna.look()
        assert await anna.go(page.url(f"{page.path[:-1]}{'2' if page.path[-1] != '2' else '3'}")) == 404
        await anna.look("page-gone")
        assert anna.left() == []
        assert await anna.referers() == set()


@on_sqlite
async def test_the_link_that_an_agent_passes_on_asks_how_it_went(browser: Browser, page: Page) -> None:
    """The survey stands on a page of its own, can be answered in part, and answered again."""
    await page.store.run(casework.claim, CASE.id, ANA, page.clock())
    await page.store.run(casework.resolve, CASE.id, ANA, "answered", "", page.clock())
    link = page.front.links.survey(CASE.code).removeprefix(page.front.callback.url)
    async with visitor(browser) as anna:
        assert await anna.go(page.url(link)) == 200
        await anna.look()
        await anna.page.locator("input[name=csat][value='5']").check()
        await anna.page.get_by_role("button", name="Send my answers").click()
        assert "Thank you for your answers" in await anna.text()
        assert await anna.page.locator("input[name=csat][value='5']").is_checked()
        await anna.look("page-thanks")


@on_sqlite
@pytest.mark.parametrize("lang", shipped())
async def test_every_language_fits_and_is_said_to_the_machine(browser: Browser, page: Page, lang: str) -> None:
    """The browser's own language is spoken on each page; long words break nothing on a phone."""
    async with visitor(browser, lang=lang) as anna:
        for path in ("", *(f"/{kind}" for kind in KINDS)):
            await anna.go(page.url(f"{page.path}{path}"))
            assert await anna.page.locator("html").get_attribute("lang") == lang
            await anna.page.set_viewport_size({"width": NARROW, "height": 640})
            assert await anna.fits()
            if path:
                await anna.page.locator("button[type=submit]").click()
                assert await anna.fits()
            assert await anna.faults() == []


@on_sqlite
@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
async def test_whatever_a_brands_colour_the_page_can_be_read(
    browser: Browser, store: Store, monkeypatch: pytest.MonkeyPatch, colour: str
) -> None:
    """Buttons, links and marks keep their contrast by day and by night."""
    complaint(store)
    brands = {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "page": {"colour": colour}}}
    async with served(store, monkeypatch, brands=brands) as page, visitor(browser) as anna:
        for path in ("", "/phone"):
            await anna.go(page.url(f"{page.path}{path}"))
            for light in ("light", "dark"):
                await anna.page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
                assert await anna.faults("color-contrast") == []


@on_sqlite
async def test_with_the_keyboard_alone(browser: Browser, page: Page) -> None:
    """From the link to the receipt with Tab, Space and Enter; every focus is seen, and a fault leads to its field."""
    async with visitor(browser) as anna:
        await anna.go(page.url())
        keys = anna.page.keyboard
        await keys.press("Tab")
        assert await anna.page.locator(":focus").inner_text() == "Skip to the content"
        await anna.tab_to("A")
        await anna.go(page.url(f"{page.path}/phone"))
        await anna.tab_to("number")
        await keys.type("12")
        await keys.press("Enter")
        await anna.page.wait_for_selector(".faults")
        assert await anna.page.evaluate("document.activeElement.matches('.faults')"), "the summary has the focus"
        await keys.press("Tab")
        await keys.press("Enter")
        assert await anna.page.evaluate("document.activeElement.id") == "number"
        assert await anna.page.locator("#number").input_value() == "12", "what was typed is still there"
        await keys.press("Control+a")
        await keys.type(NUMBER)
        await anna.tab_to("consent")
        await keys.press("Space")
        await anna.tab_to("BUTTON")
        await keys.press("Enter")
        await anna.page.wait_for_url("**/r/**")
        assert "Thank you. We have it." in await anna.text()


@on_sqlite
async def test_without_javascript(browser: Browser, page: Page) -> None:
    """All of it works in a browser that runs no script, and no page has one."""
    async with visitor(browser, scripts=False) as anna:
        await anna.go(page.url())
        await anna.page.get_by_role("link", name="Call me").click()
        await anna.page.get_by_role("button", name="Ask for the call").click()
        await anna.page.get_by_label("Your telephone number").fill(NUMBER)
        await anna.page.get_by_label("I agree").check()
        await anna.page.get_by_role("button", name="Ask for the call").click()
        assert "Thank you. We have it." in await anna.text()
        await anna.page.get_by_role("button", name="Take my consent back").click()
        assert "You took your consent back" in await anna.text()
        assert await anna.page.locator("script, [onclick], [onload]").count() == 0


@on_sqlite
async def test_the_next_site_is_not_told_where_somebody_came_from(
    browser: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The privacy notice, on a site of its own, is asked for without a Referer and without our cookie."""
    complaint(store)
    async with notice() as site, visitor(browser) as anna:
        brands = {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "page": {"privacy": site.url}}}
        async with served(store, monkeypatch, brands=brands) as page:
            await anna.go(page.url(f"{page.path}/phone"))
            await anna.page.get_by_role("link", name="Privacy notice of Kestrelo").click()
            await anna.page.wait_for_url(site.url)
        assert site.referers == [None]
        assert await anna.referers() == set()
