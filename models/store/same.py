"""The same post through two sources is one mention: the first one heard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal_column, select
from sqlmodel import Session

from models import identity
from models.decision import Reason
from models.fold import fold
from models.past import Screened
from models.store import shadow, sources
from models.store.dialect import table
from models.tables import AssessmentRow, MentionRow

_mention, _assessment = table(MentionRow).c, table(AssessmentRow).c

ALIKE = 0.7
"""Of the shorter text's words, so many stand in the longer one: a feed often gives the first lines only."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Heard:
    """A post that was heard. ``kept``: its text is; ``out``: it was screened out, so that nobody judged it."""

    mention_id: str
    channel: str
    text: str
    kept: bool
    out: bool


def without_known(
    session: Session, screened: Sequence[Screened], now: datetime, shadowed: Collection[str] = ()
) -> list[Screened]:
    """Those that no other source has brought before; the others are counted.

    What was heard in shadow nobody sees, so it stands in for no other.
    """
    known_by = {one.mention.id: name for one in screened if (name := identity.canonical(one.mention))}
    if not known_by:
        return list(screened)
    heard = _heard(session, set(known_by.values()))
    kept: list[Screened] = []
    left: Counter[tuple[str, str, Reason]] = Counter()
    for one in screened:
        post, name = one.mention, known_by.get(one.mention.id, "")
        others = heard.setdefault((post.brand, name), []) if name else []
        if any(_is(one, name, other) for other in others if other.channel not in shadowed):
            left[post.brand, post.channel, Reason.SAME_POST] += 1
            continue
        kept.append(one)
        others.append(_Heard(post.id, post.channel, post.text, True, one.reason is not None))
    sources.tally(session, left, now)
    return kept


def _heard(session: Session, names: set[str]) -> dict[tuple[str, str], list[_Heard]]:
    judged = select(_assessment.mention_id).where(_assessment.mention_id == _mention.id).exists()
    columns = (_mention.brand, _mention.canonical, _mention.id, _mention.channel, _mention.text, _mention.kept)
    more = (_mention.state, judged.label("judged"))
    found: dict[tuple[str, str], list[_Heard]] = {}
    # The second condition is that of the index, for SQLite.
    there = (_mention.canonical.in_(names), _mention.canonical != literal_column("''"))
    seen = shadow.not_in_shadow(_mention.id)
    for row in session.execute(select(*columns, *more).where(*there, seen)).all():
        out = row.kept and row.state == "decided" and not row.judged
        heard = _Heard(row.id, row.channel, row.text, row.kept, out)
        found.setdefault((row.brand, row.canonical), []).append(heard)
    return found


def _is(one: Screened, name: str, other: _Heard) -> bool:
    """Whether another row is this very post. Its own row is not another: hearing that twice is nothing new."""
    post = one.mention
    if other.mention_id == post.id or not (identity.carries(post.channel) or identity.carries(other.channel)):
        return False
    if other.kept and ((other.out and one.reason is None) or _adds(one, other.text)):
        return False
    # Where the words decide and were erased, the post is heard once more rather than lost.
    return identity.surely(name) or (other.kept and agree(post.text, other.text))


def _adds(one: Screened, other: str) -> bool:
    """Whether a copy says what the other has left out: words of danger, or the whole where that was the beginning."""
    words, others = _words(one.mention.text), _words(other)
    new = len(words - others)
    return new > (0 if one.danger else len(others) / 2)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text)))


def agree(text: str, other: str) -> bool:
    """Whether two texts at one address are one post, as far as words tell: comments under an article are not."""
    words, others = _words(text), _words(other)
    shorter = min(len(words), len(others))
    return shorter > 0 and len(words & others) >= ALIKE * shorter
