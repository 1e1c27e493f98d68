"""Runs a batch in portions, as large as memory allows. The one place where a batch that fails is taken apart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

RECOVER = 64
"""After so many full portions that fitted, twice as many items are tried again."""
UNBOUND = 4096
"""More items than any batch holds."""
WORDS = ("not enough memory", "out of memory", "alloc_cpu", "defaultcpuallocator")
"""How torch says it: the CPU's allocator raises a bare RuntimeError."""

log = logging.getLogger("overheard.classify")


class Portions:
    """Remembers, from batch to batch, how many items fit. Not thread-safe."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._most = UNBOUND
        self._fitted = 0
        self.starved = False
        """Whether a single item was given up for want of memory; whoever reads it may set it back."""

    def run(self, work: Callable[[Sequence[A]], Sequence[B]], items: Sequence[A], otherwise: B) -> list[B]:
        """``work``'s answers, one an item and in order; ``otherwise`` for those on which it fails even alone."""
        answers: list[B] = []
        while len(answers) < len(items):
            portion = items[len(answers) : len(answers) + self._most]
            found, fault = _tried(work, portion)
            if found is not None:
                answers += found
                self._recover(len(portion))
            elif len(portion) == 1:
                answers.append(otherwise)
                self.starved |= is_short_of_memory(fault)
                self._tell("given up", portion, fault)
            elif is_short_of_memory(fault):
                self._most, self._fitted = len(portion) // 2, 0
                self._tell("short of memory, trying half", portion, fault)
            else:
                # One item may have spoilt it: the others still deserve an answer.
                self._tell("failed, trying one by one", portion, fault)
                answers += [answer for item in portion for answer in self.run(work, [item], otherwise)]
        return answers

    def _recover(self, size: int) -> None:
        if self._most == UNBOUND or size < self._most:
            return
        self._fitted += 1
        if self._fitted >= RECOVER:
            self._most, self._fitted = min(2 * self._most, UNBOUND), 0

    def _tell(self, what: str, portion: Sequence[A], fault: Exception | None) -> None:
        more = {"action": "classify", "classifier": self._name, "posts": len(portion)}
        log.error("%s: %s", self._name, what, extra=more, exc_info=fault)


def is_short_of_memory(error: Exception | None) -> bool:
    """Whether the error says that memory could not be had, now or at this size."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(word in said for word in WORDS))


def _tried(
    work: Callable[[Sequence[A]], Sequence[B]], portion: Sequence[A]
) -> tuple[Sequence[B] | None, Exception | None]:
    """The answers, or why there are none. Any defect of a model is a reason for a person to look, never to stop."""
    try:
        answers = work(portion)
        if len(answers) != len(portion):
            raise ValueError(f"{len(answers)} answers for {len(portion)} posts")
    except Exception as error:  # noqa: BLE001 - it is told by who tries on
        # The frames of what failed hold its memory, and the next try needs it.
        return None, error.with_traceback(None) if is_short_of_memory(error) else error
    return answers, None
