"""What a listener hands over: mentions and its cursor, in one transaction, duplicates dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.decision import Eligibility, Reason, Route
from models.failpoint import failpoint
from models.mention import Batch
from models.past import Screened
from models.store import effects, following, gone, parents, rewrites, same, sources, wakes
from models.store.dialect import insert, table
from models.store.rows import mention_values, shard_of
from models.store.sources import tally as tally
from models.tables import DecisionRow, MentionRow, OptOutRow, TombstoneRow

CLOCK_SKEW = timedelta(minutes=10)
"""A post from further in the future than this is taken as posted now."""


def hear(
    session: Session,
    listener: str,
    batch: Batch,
    screened: Sequence[Screened],
    config_version: str,
    now: datetime,
    channel: str = "",
    shadowed: Collection[str] = (),
) -> int:
    """Keep what is new, decide at once what was screened out, move the cursor; returns how many are to be judged.

    Posts that were edited are judged anew, those that were deleted are erased, and those that a case waits for are
    judged whatever the screen says. ``channel`` is the listener's; ``shadowed`` are the channels in shadow.
    """
    wanted = following.taken_back(session, _without_forgotten(session, screened, now), now)
    kept = same.without_known(session, wanted, now, shadowed)
    fresh = _insert(session, listener, kept, now)
    parents.keep(session, [one.mention for one in kept if one.mention.id in fresh], now)
    anew = rewrites.heard(session, listener, channel, batch, kept, now)
    if batch.gone:
        gone.honour(session, listener, channel, batch.gone, config_version, now)
    _decide_rejected(session, [one for one in kept if one.mention.id in fresh], config_version, now)
    to_judge = [one for one in kept if one.mention.id in fresh and one.reason is None]
    wakes.mark(session, "classify", {str(shard_of(one.mention.author_key)) for one in to_judge}, now)
    sources.polled(session, listener, batch, len(fresh), now)
    failpoint("poll.heard")
    return len(to_judge) + anew


def _without_forgotten(session: Session, screened: Sequence[Screened], now: datetime) -> list[Screened]:
    keys = {one.mention.author_key for one in screened}
    gone = set(session.exec(select(TombstoneRow.author_key).where(col(TombstoneRow.author_key).in_(keys))))
    forgotten = [one for one in screened if one.mention.author_key in gone]
    tally(
        session,
        Counter((one.mention.brand, one.mention.channel, Reason.FORGOTTEN_AUTHOR) for one in forgotten),
        now,
    )
    return [one for one in screened if one.mention.author_key not in gone]


def _insert(session: Session, listener: str, screened: Sequence[Screened], now: datetime) -> set[str]:
    rows = {one.mention.id: _values(one, listener, now) for one in screened}
    if not rows:
        return set()
    statement = insert(session, MentionRow).on_conflict_do_nothing().returning(table(MentionRow).c.id)
    return set(session.execute(statement, list(rows.values())).scalars())


def _values(one: Screened, listener: str, now: datetime) -> dict[str, Any]:
    values = mention_values(one.mention, listener, now, "heard" if one.reason is None else "decided")
    if values["posted_at"] > now + CLOCK_SKEW:
        values["posted_at"] = now
    return values


def _decide_rejected(session: Session, fresh: Sequence[Screened], config_version: str, now: datetime) -> None:
    rows = [
        {
            "mention_id": one.mention.id,
            "route": Route.IGNORE,
            "reasons": [one.reason],
            "eligibility": Eligibility.NONE,
            "eligibility_reason": "",
            "config_version": config_version,
            "at": now,
        }
        for one in fresh
        if one.reason is not None
    ]
    if rows:
        session.execute(insert(session, DecisionRow).on_conflict_do_nothing(), rows)
    for author in sorted({one.mention.author_key for one in fresh if one.opt_out}):
        opt_out = insert(session, OptOutRow).values(author_key=author, at=now, why="asked in a post")
        session.execute(opt_out.on_conflict_do_nothing())
        effects.withdraw_replies(session, author, now)
