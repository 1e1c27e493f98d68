"""The eyes that look at the pages see what is wrong, so a page that they find right is right."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser, Error

from tests.browser.eyes import visitor

GOOD = """<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">
<main><h1>A page</h1><p>Words.</p><a href="/other" id="on">Go on to the next page</a></main></html>"""
FAULTS = {
    "image-alt": '<main><h1>A page</h1><img src="/x.png"></main>',
    "color-contrast": '<main><h1>A page</h1><p style="color:#999">Pale words</p></main>',
    "label": '<main><h1>A page</h1><input name="number"></main>',
    "target-size": '<main><h1>A page</h1><a href="/a" style="display:block;font-size:8px;line-height:8px">a</a>'
    '<a href="/b" style="display:block;font-size:8px;line-height:8px">b</a></main>',
}
HEAD = '<!doctype html><html lang="en"><title>A page</title><meta name="viewport" content="width=device-width">'


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """Serves the page of each path."""

    async def serve(request: web.Request) -> web.Response:
        name = request.path.strip("/")
        wide = '<main><h1>A page</h1><div style="width:900px">wide</div></main>'
        out = '<main><h1>A page</h1><img alt="far away" src="http://far.example/pixel.png"></main>'
        bare = '<main><h1>A page</h1><style>a:focus{outline:none}</style><a href="/x" id="on">On</a></main>'
        pages = {name: HEAD + body for name, body in (FAULTS | {"wide": wide, "out": out, "bare": bare}).items()}
        return web.Response(text=pages.get(name, GOOD), content_type="text/html")

    app = web.Application()
    app.router.add_get("/{name:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_good_page_is_found_right(browser: Browser, site: str) -> None:
    """No fault, it fits, and the link is reached with the keyboard."""
    async with visitor(browser) as anna:
        assert await anna.go(f"{site}/good") == 200
        await anna.look()
        await anna.tab_to("on")
        assert anna.left() == []


async def test_each_fault_is_seen(browser: Browser, site: str) -> None:
    """No text for a picture, pale words, a field without a label, links too small to hit; too wide; no focus to see."""
    async with visitor(browser) as anna:
        for name in FAULTS:
            await anna.go(f"{site}/{name}")
            assert name in {fault.partition(":")[0] for fault in await anna.faults()}
        await anna.go(f"{site}/wide")
        assert not await anna.fits()
        await anna.go(f"{site}/bare")
        with pytest.raises(AssertionError, match="nobody sees the focus"):
            await anna.tab_to("on")


async def test_what_leaves_the_machine_is_seen_and_does_not_arrive(browser: Browser, site: str) -> None:
    """A picture from elsewhere is on the list, no other host has an address, and a Referer is seen."""
    async with visitor(browser) as anna:
        await anna.go(f"{site}/out")
        assert anna.left() == ["http://far.example/pixel.png"]
        await anna.go(f"{site}/good")
        await anna.page.click("#on")
        assert f"{site}/good" in await anna.referers()
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            await anna.go("https://example.com/")
