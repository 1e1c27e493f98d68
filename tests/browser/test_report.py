"""The report as a page, in a browser: a simulated month with every table and drawing that there is."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser

from insights.report import report
from insights.report_forms import written
from models.store import Store
from models.store import report as material
from models.store.report import Span
from tests.browser.eyes import visitor
from tests.insights import month

A4 = 1031
"""CSS pixels between the margins of a page that lies on its side."""


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_page_of_a_month_is_right_and_asks_for_nothing(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    """On a phone, on a desk, by day, by night, printed and without scripts; it is one file and loads no other."""
    store.do(month.fill)
    made = report(store.do(material.read, Span(month.SINCE, month.UNTIL)), month.settings())
    file = tmp_path / "report.html"
    file.write_text(written(made, "html", ZoneInfo("Europe/Berlin")), "utf-8")
    async with visitor(browser) as lena:
        await lena.go(file.as_uri())
        await lena.look("report", sure=False)
        await lena.page.emulate_media(media="print")
        await lena.page.set_viewport_size({"width": A4, "height": 1000})
        assert await lena.fits()
        assert (await lena.page.pdf(format="A4")).startswith(b"%PDF")
        assert [request.url for request in lena.requests] == [file.as_uri()]
        assert await lena.page.locator("script").count() == 0
