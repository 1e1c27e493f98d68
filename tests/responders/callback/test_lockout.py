"""Nobody who has the public link keeps its customer off the page by filling in forms that lead to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from models.case import Resolution
from models.store import Store, casework
from responders.callback.visitors import CHANGES, LIMITS
from tests.models.store.desk import ANA
from tests.responders.callback.bench import CASE, complaint, filled, served, token_of


@pytest.mark.parametrize("bad", [{"consent": None}, {"number": "110"}, {}], ids=["no consent", "short", "the same"])
async def test_forms_that_change_nothing_do_not_close_the_page(
    store: Store, monkeypatch: pytest.MonkeyPatch, bad: dict[str, Any]
) -> None:
    """A form with a fault, or one that was sent before, counts for the address alone; the customer's is still taken."""
    complaint(store)
    limits = {name: LIMITS[CHANGES] if name == CHANGES else "100000 per minute" for name in LIMITS}
    async with served(store, monkeypatch, limits) as page, page.visitor() as eve, page.visitor() as anna:
        form = await eve.get(f"{page.path}/phone")
        codes = [(await eve.post(f"{page.path}/phone", data=filled(form, **bad))).status_code for _ in range(40)]
        assert 429 not in codes
        mine = await anna.get(f"{page.path}/phone")
        assert (await anna.post(f"{page.path}/phone", data=filled(mine))).status_code == 303


async def test_answers_that_change_again_and_again_come_to_an_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the link cannot fill the case's history from many addresses; the same answer again is no change."""
    complaint(store)
    limits = {name: "4 per hour" if name == CHANGES else "100000 per minute" for name in LIMITS}
    async with served(store, monkeypatch, limits) as page, page.visitor() as eve:
        link = page.front.links.survey(CASE.code).removeprefix(page.front.callback.url)
        store.do(casework.resolve, CASE.id, ANA, Resolution.ELSEWHERE, "", page.clock())
        token = token_of(await eve.get(link))
        scores = ("1", "1", "1", "2", "3", "4", "5", "4")
        codes = [(await eve.post(link, data={"form": token, "csat": score})).status_code for score in scores]
    assert codes == [303] * 6 + [429] * 2
