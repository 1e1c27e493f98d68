"""People's corrections: kept one under the other, read back with the post that they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from models.assessment import Head
from models.case import read_code
from models.correction import CorrectedPost, Correction
from models.manifests import manifest_of
from models.mention import storable
from models.store import channels
from models.store.dialect import insert, table
from models.tables import AssessmentRow, CaseEventRow, CaseRow, CorrectionRow, MentionRow

_correction, _mention, _assessment = table(CorrectionRow).c, table(MentionRow).c, table(AssessmentRow).c

PORTION = 500
"""So many corrections are read from the database at a time."""


def add(session: Session, correction: Correction) -> bool:
    """Keep a correction; False where there is no such mention or its text was erased. Nothing earlier is changed."""
    if not kept(session, correction.mention_id):
        return False
    row = {
        "mention_id": correction.mention_id,
        "at": correction.at,
        "by": storable(correction.by),
        "labels": {head.value: label for head, label in correction.labels.items()},
        "needed": correction.needed,
    }
    session.connection().execute(insert(session, CorrectionRow), [row])
    return True


def kept(session: Session, mention_id: str) -> bool:
    """Whether the mention is there and still has its text."""
    query = select(_mention.id).where(_mention.id == mention_id, _mention.kept)
    return session.connection().execute(query).first() is not None


def find(session: Session, said: str) -> str | None:
    """The mention that people mean by a mention's id or by a case's code, which stands for its first mention."""
    code = read_code(said)
    if code is None:
        known = select(_mention.id).where(_mention.id == said.strip().lower())
        return session.connection().execute(known).scalar()
    event, case = table(CaseEventRow).c, table(CaseRow).c
    posted = select(event.meta).join(table(CaseRow), case.id == event.case_id)
    first = posted.where(case.code == code, event.type == "mention_posted").order_by(event.seq).limit(1)
    meta: dict[str, Any] = session.connection().execute(first).scalar() or {}
    return meta.get("mention")


def latest(session: Session, mention_id: str) -> Correction | None:
    """What holds for a mention now, each head by its last correction; dated and signed by the last of all."""
    query = select(table(CorrectionRow)).where(_correction.mention_id == mention_id).order_by(_correction.id)
    rows = session.connection().execute(query).all()
    if not rows:
        return None
    labels, needed = _last_words(rows)
    return Correction(mention_id, rows[-1].at, rows[-1].by, labels, needed)


def labelled(session: Session, since: datetime | None = None) -> Iterator[CorrectedPost]:
    """Every corrected post whose text is kept, by corrections made at or after ``since``; the oldest post first.

    Channels whose terms forbid training are among them (see ``trainable``). Read it to its end inside the store's
    ``do``: the transaction is open for as long.
    """
    rows = session.connection().execute(_with_posts(since), execution_options={"yield_per": PORTION})
    for _, group in groupby(rows, key=lambda row: row.mention_id):
        yield _post(list(group))


def trainable(
    session: Session, since: datetime | None = None, include: Collection[str] = ()
) -> Iterator[CorrectedPost]:
    """``labelled`` without the channels whose terms forbid to train a model on their posts, ``include`` excepted.

    A channel's terms hold on after its plug-in was taken out.
    """
    manifests = channels.known(session)

    def may(channel: str) -> bool:
        return channel in include or manifest_of(channel, manifests).training

    return (post for post in labelled(session, since) if may(post.channel))


def _with_posts(since: datetime | None) -> Select[Any]:
    post = (_mention.brand, _mention.channel, _mention.text, _mention.posted_at, _mention.details)
    tables = (
        table(CorrectionRow)
        .join(table(MentionRow), _mention.id == _correction.mention_id)
        .outerjoin(table(AssessmentRow), _assessment.mention_id == _correction.mention_id)
    )
    query = select(table(CorrectionRow), *post, _assessment.body).select_from(tables).where(_mention.kept)
    if since is not None:
        query = query.where(_correction.at >= since)
    return query.order_by(_mention.posted_at, _mention.id, _correction.id)


def _post(rows: list[Any]) -> CorrectedPost:
    row = rows[-1]
    body: dict[str, Any] = row.body or {}
    labels, needed = _last_words(rows)
    return CorrectedPost(
        mention_id=row.mention_id,
        brand=row.brand,
        channel=row.channel,
        lang=body.get("lang") or row.details.get("lang") or "",
        text=row.text,
        posted_at=row.posted_at,
        labels=labels,
        p={Head(head): dict(finding["p"]) for head, finding in body.get("findings", {}).items()},
        needed=needed,
    )


def _last_words(rows: Iterable[Any]) -> tuple[dict[Head, str], bool | None]:
    """The last label of each head and the last verdict, of rows that are in the order in which they were made."""
    labels: dict[Head, str] = {}
    needed: bool | None = None
    for row in rows:
        labels |= {Head(head): label for head, label in row.labels.items()}
        needed = needed if row.needed is None else row.needed
    return labels, needed
