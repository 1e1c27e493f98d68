"""How the suite's tests follow a cursor."""

from __future__ import annotations

from collections.abc import Iterable

from listeners.base import Listener, Spend
from listeners.conformance.rig import ListenerRig
from models.mention import Batch, Mention

ENDLESS = 1000
"""Polls after which a walk that finds no end has failed."""


async def poll(rig: ListenerRig, listener: Listener, cursor: str | None) -> Batch:
    """One poll at the rig's time."""
    return await listener.poll(cursor, Spend(), rig.now)


async def walk(rig: ListenerRig, listener: Listener, cursor: str | None) -> list[Batch]:
    """All pages from a cursor on, until ``rig.quiet`` polls in a row brought nothing."""
    batches: list[Batch] = []
    still = 0
    while still < rig.quiet:
        batches.append(await poll(rig, listener, cursor))
        cursor = batches[-1].cursor
        still = 0 if batches[-1].more or batches[-1].mentions or batches[-1].gone else still + 1
        assert len(batches) < ENDLESS, "the pages do not end"
    return batches


async def begin(rig: ListenerRig, listener: Listener) -> str:
    """The cursor with which a listener begins."""
    cursor = (await walk(rig, listener, None))[-1].cursor
    assert cursor is not None, "a poll that succeeds must hand over a cursor"
    return cursor


def mentions(batches: Iterable[Batch]) -> list[Mention]:
    """All that was heard, in its order."""
    return [mention for batch in batches for mention in batch.mentions]


def heard(rig: ListenerRig, batches: Iterable[Batch]) -> list[str]:
    """The texts of what was heard, sorted; each post once where the rig says that the platform repeats."""
    found = mentions(batches)
    if "once" in rig.cannot:
        found = list({mention.external_id: mention for mention in found}.values())
    return sorted(mention.text for mention in found)


def numbered(count: int) -> list[str]:
    """So many texts, in order."""
    return [f"kestrelo number {number:04}" for number in range(count)]
