"""The commands that join and part what looks alike."""

from __future__ import annotations

import pytest

from models.case import CaseState
from models.form import Page, Said
from models.mention import Author
from models.store import Store, board
from tests.responders.desk.bench import Bench, question

EVA = Author(id="777", handle="eva_x", name="Eva")


async def two(store: Store) -> tuple[Bench, str, str]:
    """A desk with two people's cases; their codes, the older one first."""
    bench = Bench(store)
    await bench.opened()
    bench.clock.forward(seconds=1)
    await bench.opened(question(external_id="-100:9", author=EVA, conversation_id="c9"))
    found, _ = store.do(board.queue, None, bench.clock())
    codes = [row.code for row in found]
    assert len(codes) == 2
    return bench, codes[0], codes[1]


@pytest.mark.parametrize("text", ["join", "join 2345678", "part", "join AAAAAAA BBBBBBB", "part nothing"])
async def test_codes_are_asked_for(store: Store, text: str) -> None:
    """What is missing or wrong is said, and nothing changes."""
    bench, first, _ = await two(store)
    answer = await bench.say(text.replace("2345678", first))
    assert isinstance(answer, Said)
    assert "code" in answer.text
    assert len(store.do(board.queue, None, bench.clock())[0]) == 2


async def test_a_case_is_joined_and_parted_again(store: Store) -> None:
    """It leaves the queue and is named with the other case; parted, it is there again."""
    bench, first, second = await two(store)
    answer = await bench.say(f"join {second} {first}")
    assert answer == Said(f"Case {second} is closed and counted on the card of case {first}.")
    page = await bench.say(f"case {first}")
    assert isinstance(page, Page)
    assert any(part.heading == "Say the same" and len(part.lines) == 1 for part in page.parts)
    answer = await bench.say(f"part {second}")
    assert isinstance(answer, Said)
    assert "stands for itself" in answer.text
    found = store.do(board.case_page, second, bench.clock())
    assert found
    assert found.case.state is CaseState.OPEN


async def test_what_cannot_be_joined_can_be_written_again(store: Store) -> None:
    """A refusal says why, and is not taken for done."""
    bench, first, _ = await two(store)
    for _ in range(2):
        answer = await bench.say(f"join {first} {first}")
        assert isinstance(answer, Said)
        assert "one case" in answer.text
