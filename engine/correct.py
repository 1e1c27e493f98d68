"""`correct`: keeps a person's word on a mention, found by its id or by the code of its case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from models.assessment import Head
from models.correction import Correction
from models.errors import CorrectionError
from models.store import corrections


def correct(
    session: Session, said: str, answers: Sequence[str | None], needed: bool | None, by: str, now: datetime
) -> str:
    """Keep an answer for each head, None where it stands, and a verdict; returns in words what was kept.

    Raises CorrectionError where there is no such mention or label.
    """
    mention_id = corrections.find(session, said)
    if mention_id is None:
        raise CorrectionError(
            f'"{said}" is no case code or mention id that is known here: a code has 7 signs and stands on the card, '
            "an id has 32 and stands in the log and on the cards of the audit sample"
        )
    labels = {head: label for head, label in zip(Head, answers, strict=True) if label is not None}
    if not corrections.add(session, Correction(mention_id, now, by, labels, needed)):
        raise CorrectionError(f"the text of {mention_id} was erased, so nothing can be said of it any more")
    verdict = [] if needed is None else ["needed" if needed else "not needed"]
    return f"Kept for {mention_id}: {', '.join([*(f'{head} {label}' for head, label in labels.items()), *verdict])}."
