"""Presses reach the desk while the house runs, and their answers find the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

import engine.presses
from engine.presses import Presses
from models.form import Answer, Page
from models.press import Press, Verb
from models.store import Store
from tests.build import NOW
from tests.responders.desk.bench import ANA, Bench

COMMAND = Press("once", Verb.COMMAND, ANA, NOW, "desk", fields={"text": "help"})


class Buttons:
    """A responder in which one press is made; the first ``defects`` times listening fails."""

    def __init__(self, defects: int = 0) -> None:
        self.defects = defects
        self.answer: Answer = None
        self.answered, self.ended = asyncio.Event(), asyncio.Event()

    async def listen(
        self,
        on_press: Callable[[Press], Awaitable[Answer]],
        tell: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], datetime] = lambda: NOW,
    ) -> None:
        """Press once, then wait for the end."""
        if self.defects:
            self.defects -= 1
            raise RuntimeError("a defect of the responder")
        assert tell
        await tell("connected")
        self.answer = await on_press(COMMAND)
        self.answered.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


class Mute:
    """A responder that only sends."""


def presses(store: Store, **responders: Any) -> Presses:
    """The presses of a house with these responders."""
    bench = Bench(store)
    return Presses(responders, bench.desk, bench.clock)


async def test_a_press_is_answered_while_the_house_runs(store: Store) -> None:
    """The desk's answer comes back, words to the operator name the sink, and listening ends with the house."""
    buttons, told = Buttons(), []

    async def tell(text: str, purpose: str) -> None:
        told.append((text, purpose))

    async with presses(store, slack=buttons, mute=Mute()).listening(tell):
        await asyncio.wait_for(buttons.answered.wait(), 10)
        assert isinstance(buttons.answer, Page)
        assert not buttons.ended.is_set()
    assert buttons.ended.is_set()
    assert told == [("connected", f"slack {NOW:%F %T}")]


async def test_a_defect_does_not_leave_buttons_without_ears(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A responder whose listening fails is listened to again."""
    monkeypatch.setattr(engine.presses, "PAUSE", 0.0)
    buttons = Buttons(defects=2)

    async def tell(text: str, purpose: str) -> None:
        """Nobody reads it here."""

    async with presses(store, slack=buttons).listening(tell):
        await asyncio.wait_for(buttons.answered.wait(), 10)
    assert isinstance(buttons.answer, Page)
