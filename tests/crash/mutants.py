"""Defects of one line, each of which takes a guard away. The checker must see every one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text, update
from sqlmodel import Session, col

from listeners.poller import Poller
from models.decision import Message
from models.store import deciding, effects, judging, storms
from models.tables import EffectRow, ListenerRow


def build_in(name: str) -> None:
    """Break the house in one place; nothing for an empty name."""
    if name:
        MUTANTS[name]()


def claim_without_a_trace() -> None:
    """The claim is not written down before the first byte goes out."""
    _claim_as("pending")


def sent_before_it_is() -> None:
    """A message is called sent as soon as it is claimed."""
    _claim_as("sent")


def resend_what_is_uncertain() -> None:
    """After a crash everything is simply sent again."""

    def mutant(session: Session, now: datetime) -> int:
        half_done = update(EffectRow).where(col(EffectRow.state).in_(("sending", "uncertain")))
        session.execute(half_done.values(state="pending"))
        return recover(session, now)

    recover, effects.recover = effects.recover, mutant


def cursor_first() -> None:
    """The cursor moves in a transaction of its own, before what it stands for is kept."""

    async def mutant(self: Any, row: ListenerRow, batch: Any) -> timedelta:
        moved = update(ListenerRow).where(col(ListenerRow.name) == self.name).values(cursor=batch.cursor)
        await self._store.run(lambda session: session.execute(moved))
        return await heard(self, row, batch)

    heard, Poller._heard = Poller._heard, mutant  # type: ignore[method-assign]


def no_second_look() -> None:
    """What a dead worker had taken to judge is left where it is."""
    judging.free_after_restart = lambda session, now: None


def newest_first() -> None:
    """An author's posts are decided in the wrong order."""
    pending = deciding.pending
    deciding.pending = lambda *args, **kwargs: pending(*args, **kwargs)[::-1]


def no_memory() -> None:
    """Whether we have answered in a thread is forgotten; only the index knows."""
    past_of = deciding.past_of
    deciding.past_of = lambda *args, **kwargs: replace(past_of(*args, **kwargs), replied_in_thread=False)


def no_memory_and_no_index() -> None:
    """The same, without the index."""

    def mutant(session: Session, now: datetime) -> int:
        session.execute(text("DROP INDEX IF EXISTS effect_one_reply"))
        return recover(session, now)

    recover, effects.recover = effects.recover, mutant
    no_memory()


def folded_before_it_is() -> None:
    """An alert is called told as soon as it joins a list."""

    def mutant(session: Session, keys: Sequence[str], list_key: str) -> int:
        joined = join(session, keys, list_key)
        told = update(EffectRow).where(col(EffectRow.list_key) == list_key)
        session.execute(told.values(state="folded"))
        return joined

    join, storms._join = storms._join, mutant


def _claim_as(state: str) -> None:
    def mutant(session: Session, sink: str, now: datetime) -> Message | None:
        message = claim(session, sink, now)
        if message:
            session.execute(update(EffectRow).where(col(EffectRow.key) == message.key).values(state=state))
        return message

    claim, effects.claim = effects.claim, mutant


MUTANTS: dict[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        claim_without_a_trace,
        sent_before_it_is,
        resend_what_is_uncertain,
        cursor_first,
        no_second_look,
        newest_first,
        no_memory,
        no_memory_and_no_index,
        folded_before_it_is,
    )
}
