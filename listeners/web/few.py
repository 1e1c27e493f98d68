"""Many questions to one side, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")


async def few(ask: Callable[[Asked], Awaitable[Told]], about: Iterable[Asked], most: int) -> dict[Asked, Told]:
    """What ``ask`` tells of each, ``most`` at a time; the first error ends all the others and is raised."""
    room = asyncio.Semaphore(most)

    async def one(thing: Asked) -> Told:
        async with room:
            return await ask(thing)

    tasks = {thing: asyncio.ensure_future(one(thing)) for thing in dict.fromkeys(about)}
    try:
        await asyncio.gather(*tasks.values())
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {thing: task.result() for thing, task in tasks.items()}
