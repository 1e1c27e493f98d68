"""What becomes of a customer's number, consents and change of channel when their case is forgotten or past its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session

from models.settings.callback import CallbackSettings, SurveySettings
from models.store import consents, happened, ladder
from models.store.contact_rows import erase_case
from models.store.dialect import table, update
from models.switch import Drop
from models.switch_tables import ContactRow, SurveyRow, SwitchRow

_contact, _survey, _switch = table(ContactRow).c, table(SurveyRow).c, table(SwitchRow).c

MEASURED: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("switch", "to", "reason", "stage", "outcome", "arm", "via", "route", "how", "kind"), str),
    **dict.fromkeys(("csat", "nps", "step", "round"), int),
    **dict.fromkeys(("again", "back"), bool),
    "skipped": list,
    **dict.fromkeys(("seen_at", "until"), str),
}
"""What stays of an event's meta when its person is forgotten: what the measures need, and what names nobody."""

LONGEST = 40
"""Signs of a word that stays; a longer one is no name of ours."""


def end(session: Session, case_id: str, now: datetime) -> None:
    """Nobody can be reached for a case whose words are gone: its number goes, and its switch is dropped."""
    last = ladder.newest(session, case_id)
    dropped = ladder.drop(session, last, Drop.ERASED, now, None)
    if dropped:
        happened.append(session, case_id, dropped)
    erase_case(session, case_id, "erased", now)


def forget(session: Session, case_ids: Sequence[str], now: datetime) -> None:
    """The same for people who asked to be forgotten. Their consents end and stay; the receipts lead nowhere."""
    for case_id in case_ids:
        end(session, case_id, now)
    consents.withdraw_cases(session, case_ids, now)
    session.execute(delete(table(ContactRow)).where(_contact.case_id.in_(case_ids)))
    session.execute(update(SwitchRow).where(_switch.case_id.in_(case_ids)).values(why=""))


def measured(meta: dict[str, Any]) -> dict[str, Any]:
    """What of an event's meta stays."""
    return {key: value for key, value in meta.items() if key in MEASURED and _plain(value, MEASURED[key])}


def _plain(value: Any, wanted: type | tuple[type, ...]) -> bool:
    words = value if isinstance(value, list) else [value]
    return isinstance(value, wanted) and all(len(word) <= LONGEST for word in words if isinstance(word, str))


def retire(session: Session, callback: CallbackSettings, surveys: SurveySettings, now: datetime) -> None:
    """Drop what is past its own term: consents, the traces of erased contacts with them, and answers to surveys."""
    consents.purge(session, callback.keep_consent, now)
    over = (_contact.erased_at.is_not(None), _contact.given_at <= now - callback.keep_consent)
    session.execute(delete(table(ContactRow)).where(*over))
    session.execute(delete(table(SurveyRow)).where(_survey.asked_at <= now - surveys.keep))
