"""Two people with one matter, or two matters that only look alike: joined and parted by a command."""

from __future__ import annotations

from collections.abc import Callable

from models.case import Case, read_code
from models.form import Answer, Said
from models.store import board, joining
from models.store.casework import Outcome
from responders.desk import words
from responders.desk.asked import Asked, Undone

HOW_TO_JOIN = "Write “join”, the code of the case that says the same, and the code of the one that says it first."
HOW_TO_PART = "Write “part” and the code of a case that is joined, looks like another, or has others counted on it."


def join(asked: Asked, rest: str) -> Answer:
    """Count the first case on the card of the second."""
    codes = rest.replace(" to ", " ").split()
    if len(codes) != 2:
        return Said(HOW_TO_JOIN)
    own, other = (_case(asked, code) for code in codes)

    def move() -> Outcome:
        return joining.join(asked.session, own.id, other.id, asked.by, asked.now)

    return _done(asked, move, f"Case {own.code} is closed and counted on the card of case {other.code}.")


def part(asked: Asked, rest: str) -> Answer:
    """Give each its own card again."""
    if not rest:
        return Said(HOW_TO_PART)
    own = _case(asked, rest)

    def move() -> Outcome:
        return joining.part(asked.session, own.id, asked.by, asked.now)

    return _done(asked, move, f"Case {own.code} stands for itself. Who was counted with it gets a card in a moment.")


def _done(asked: Asked, move: Callable[[], Outcome], said: str) -> Answer:
    if not asked.once():
        return None
    outcome = move()
    if outcome.done:
        return Said(said)
    # Not as carried out, so that it can be written again once the reason is gone.
    raise Undone(Said(words.sentence(outcome.said(asked.zone, asked.now))))


def _case(asked: Asked, said: str) -> Case:
    code = read_code(said)
    page = board.case_page(asked.session, said, asked.now) if code else None
    if page is None:
        raise Undone(Said(f"No case has the code “{said[:20]}”. A code has 7 signs and stands on the card."))
    return page.case
