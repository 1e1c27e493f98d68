"""Who may do what at the desk. Everybody who can see a card may work on it; a few things are for leads."""

from __future__ import annotations

from collections.abc import Collection

from models.case import Case
from models.press import Person
from models.settings.desk import DeskSettings


def is_lead(desk: DeskSettings, person: Person) -> bool:
    """Whether a person may do what only leads may; everybody, where no lead is named."""
    return _among(desk.leads, person)


def may_approve(desk: DeskSettings, person: Person) -> bool:
    """Whether a person may approve what another wrote; everybody, where nobody is named."""
    return _among(desk.approvers, person)


def may_answer(desk: DeskSettings, case: Case, person: Person) -> bool:
    """Whether a person may write to the customer: who holds the case, anybody while nobody does, or a named lead.

    Where no lead is named this does not make everybody one: two people must not answer past each other.
    """
    holds = case.holder is None or case.holder.id == person.id
    return holds or (bool(desk.leads) and is_lead(desk, person))


def _among(named: Collection[str], person: Person) -> bool:
    return not named or person.id in {name.lstrip("@") for name in named}
