"""A customer's browser and eyes: Debian's Chromium, on a phone and on a desk, that reaches nothing but this machine.

``OVERHEARD_PICTURES=docs/images pytest tests/browser`` keeps what it sees there, small; otherwise it is only looked at.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tests.counterparts import install

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
NARROW = 320
"""CSS pixels at which WCAG 1.4.10 wants no scrolling sideways."""
WIDEST, HIGHEST = 1280, 2700
"""Pixels of a picture that is kept."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = Axe().axe_script
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever the browser itself would like to ask the world finds no address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    name: at.name || at.id || at.tagName,
    drawn: style.outlineStyle === "auto" || style.boxShadow !== "none" ||
      (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; skips the test where there is none."""
    found = install.chromium()
    if not found:
        pytest.skip("no Chromium: as root on Debian, run python -m tests.counterparts.install, or set CHROMIUM")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visitor:
    """Somebody with a browser of their own, and every request that it made."""

    context: BrowserContext
    page: Page
    scripts: bool = True
    requests: list[Request] = field(default_factory=list)

    async def go(self, url: str) -> int:
        """Open an address; the status of the answer."""
        answer = await self.page.goto(url)
        return answer.status if answer else 0

    async def text(self) -> str:
        """All that can be read on the page."""
        return await self.page.locator("body").inner_text()

    async def look(self, name: str = "", *, sure: bool = True) -> None:
        """The page is right on a phone and on a desk, by day and by night; one with a name may be kept as a picture.

        Unless it must be ``sure``, contrast that axe cannot compute is no fault: that of letters in a drawing.
        """
        where = f"{name} {self.page.url}"
        for size, (width, height) in SIZES.items():
            await self.page.set_viewport_size({"width": width, "height": height})
            assert await self.faults(sure=sure) == [], f"{where}, {size}"
            assert await self.fits(), f"{where} scrolls sideways on a {size}"
            if name:
                await self._keep(f"{name}-{size}")
        await self.page.emulate_media(color_scheme="dark")
        assert await self.faults("color-contrast", sure=sure) == [], f"{where}, by night"
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size({"width": NARROW, "height": 640})
        assert await self.fits(), f"{where} scrolls sideways at {NARROW} pixels"
        width, height = SIZES["phone"]
        await self.page.set_viewport_size({"width": width, "height": height})

    async def faults(self, rule: str = "", *, sure: bool = True) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA and good practice, or one rule of them."""
        only = {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": list(RULES)}
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(AXE)
        found = await self.page.evaluate("only => axe.run(document, { runOnly: only })", only)
        undecided = [rule for rule in found["incomplete"] if sure and rule["id"] == "color-contrast"]
        return [f"{rule['id']}: {node['html']}" for rule in found["violations"] + undecided for node in rule["nodes"]]

    async def fits(self) -> bool:
        """Nothing is wider than the window."""
        return bool(await self.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))

    async def tab_to(self, name: str, most: int = 60) -> None:
        """Press Tab until what has this name or id has the focus; on the way every focus can be seen."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            focus = await self.page.evaluate(FOCUS)
            assert focus["drawn"], f"nobody sees the focus on {focus['name']}"
            assert focus["seen"], f"{focus['name']} has the focus out of sight"
            if focus["name"] == name:
                return
        raise AssertionError(f"{name} is not reached with Tab")

    async def _keep(self, name: str) -> None:
        if folder := os.environ.get("OVERHEARD_PICTURES"):
            shot = await self.page.screenshot(full_page=True, animations="disabled")
            with Image.open(BytesIO(shot)) as image:
                top = image.convert("RGB").crop((0, 0, image.width, min(image.height, HIGHEST)))
            top.thumbnail((WIDEST, HIGHEST))
            top.quantize(32, method=Image.Quantize.MAXCOVERAGE).save(Path(folder) / f"{name}.png", optimize=True)

    def left(self) -> list[str]:
        """The requests that were not for this machine."""
        urls = [(urlsplit(request.url), request.url) for request in self.requests]
        return [url for parts, url in urls if parts.scheme != "file" and parts.hostname != "127.0.0.1"]

    async def referers(self) -> set[str]:
        """What the requests told of where they came from."""
        return {said for one in self.requests if (said := (await one.all_headers()).get("referer"))}


@asynccontextmanager
async def visitor(browser: Browser, *, lang: str = "en-GB", scripts: bool = True) -> AsyncIterator[Visitor]:
    """Somebody new, with a phone in their hand."""
    width, height = SIZES["phone"]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        locale=lang,
        java_script_enabled=scripts,
        timezone_id="Europe/Berlin",
    )
    context.set_default_timeout(20_000)
    somebody = Visitor(context, await context.new_page(), scripts)
    # A method of C takes none of the marks that Playwright would put on it.
    context.on("request", lambda request: somebody.requests.append(request))
    try:
        yield somebody
    finally:
        await context.close()
