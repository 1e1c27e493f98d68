"""All that we hold on a person, as plain JSON: for who asks what that is. Reads only.

Numbers and addresses stay sealed: it says that there is one and until when. Members of the team are not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, SQLModel

from models.channel_tables import ShadowRow
from models.conversation_tables import AlikeRow, ParentRow
from models.decision import PUBLIC
from models.desk_tables import MuteRow
from models.house_tables import OptOutRow, TombstoneRow
from models.store import privacy
from models.store.consents import by_digests
from models.store.dialect import table
from models.switch_tables import ConsentRow, ContactRow, SurveyRow, SwitchRow, WinbackRow
from models.tables import AssessmentRow, CaseEventRow, CaseRow, CorrectionRow, DecisionRow, EffectRow, MentionRow

Held = dict[str, Any]
"""Plain JSON."""

TEAM = frozenset({"name", "to_name", "by", "by_name", "author", "to", "holder", "holder_name", "actor_id"})
"""What names a member of the team; ``to`` of a switch is a channel, and is said with the switch."""

OURS = frozenset({"author_key", "thread_key", "shard", "state", "priority", "lease_until", "attempts", "canonical"})
"""Columns by which the bot works, that say nothing of a person."""

CARDS = "repeats the posts above for the team"


def held(session: Session, channel: str, who: str, brands: Sequence[str] = ()) -> Held:
    """What is held on a person, by handle or id on a channel, for every brand."""
    authors = sorted(privacy.authors_of(session, channel, who, brands))
    mentions = _all(session, MentionRow, _of(MentionRow, "author_key", authors))
    ids = [row.id for row in mentions]
    cases = _all(session, CaseRow, _of(CaseRow, "author_key", authors))
    rules = _of(MuteRow, "value", [*authors, who, who.removeprefix("@"), who.removeprefix("@").lower()])
    return {
        "posts": [_post(session, row) for row in mentions],
        "cases": [_case(session, row) for row in cases],
        "quoted_above_answers": _plain(session, ParentRow, _of(ParentRow, "author_key", authors), "mention_id"),
        "said_the_same": _plain(session, AlikeRow, _of(AlikeRow, "mention_id", ids), "mention_id"),
        "not_sent_while_in_shadow": _plain(session, ShadowRow, _of(ShadowRow, "author_key", authors)),
        "messages_without_a_case": _messages(session, authors),
        "rules_about_them": _plain(session, MuteRow, rules, "id"),
        "asked_the_bot_to_stop": _plain(session, OptOutRow, _of(OptOutRow, "author_key", authors)),
        "forgotten_before": _plain(session, TombstoneRow, _of(TombstoneRow, "author_key", authors)),
    }


def held_of_number(session: Session, digests: tuple[str, ...]) -> Held:
    """What is held for a number or address: by its keyed hashes, as in the records of consent."""
    consents = by_digests(session, digests)
    contacts = _of(ContactRow, "id", sorted({row.contact_id for row in consents}))
    return {
        "consents": [_row(row, "id", "digest", "contact_id") for row in consents],
        "contacts": [_contact(row) for row in _all(session, ContactRow, contacts)],
    }


def _post(session: Session, row: Any) -> Held:
    here = [row.id]
    return _row(row, "listener") | {
        "author": dict(row.author),
        "labels": _plain(session, AssessmentRow, _of(AssessmentRow, "mention_id", here), "mention_id"),
        "decision": _plain(session, DecisionRow, _of(DecisionRow, "mention_id", here), "mention_id"),
        "corrections": _plain(session, CorrectionRow, _of(CorrectionRow, "mention_id", here), "mention_id", "id"),
    }


def _case(session: Session, row: Any) -> Held:
    here = [row.id]
    events = sorted(_all(session, CaseEventRow, _of(CaseEventRow, "case_id", here)), key=lambda event: event.seq)
    told = _row(row, "draft", "sink", "target", "card", "version", "step", "step_at")
    return told | {
        "state": row.state,
        "draft": (row.draft or {}).get("text", ""),
        "history": [_row(event, "case_id", "seq") for event in events],
        "changes_of_channel": _plain(session, SwitchRow, _of(SwitchRow, "case_id", here), "id", "case_id"),
        "contacts": [_contact(one) for one in _all(session, ContactRow, _of(ContactRow, "case_id", here))],
        "consents": _plain(session, ConsentRow, _of(ConsentRow, "case_id", here), "id", "case_id", "digest"),
        "survey": _plain(session, SurveyRow, _of(SurveyRow, "case_id", here), "case_id"),
        "winback": _plain(session, WinbackRow, _of(WinbackRow, "case_id", here), "case_id"),
        "messages": [_message(one) for one in _all(session, EffectRow, _of(EffectRow, "case_id", here))],
    }


def _messages(session: Session, authors: Sequence[str]) -> list[Held]:
    alone = table(EffectRow).c.case_id.is_(None)
    return [_message(row) for row in _all(session, EffectRow, _of(EffectRow, "author_key", authors), alone)]


def _message(row: Any) -> Held:
    """What was or will be sent: words to the customer in full; what the team saw, by its kind."""
    said = {"text": row.body.get("text", "")} if row.kind in PUBLIC else {"content": CARDS if row.body else ""}
    kept = ("kind", "purpose", "channel", "state", "queued_at", "settled_at", "url")
    return {name: _json(getattr(row, name)) for name in kept} | said


def _contact(row: Any) -> Held:
    """That there is a number, and until when; never the number."""
    address = f"sealed; held until {row.erase_at.isoformat()}" if row.sealed else "not held"
    told = _row(row, "sealed", "receipt", "case_id", "id", "by", "erase_at")
    return told | {"address": address, "written_down_by": "an agent" if row.by else "the customer"}


def _of(row: type[SQLModel], column: str, values: Iterable[str]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = table(row).c[column].in_(list(values))
    return found


def _all(session: Session, row: type[SQLModel], *where: ColumnElement[bool]) -> list[Any]:
    """Rows in the order of their keys, so that the same question has the same answer."""
    columns = table(row)
    return list(session.execute(select(columns).where(*where).order_by(*columns.primary_key.columns)))


def _plain(session: Session, row: type[SQLModel], where: ColumnElement[bool], *without: str) -> list[Held]:
    return [_row(found, *without) for found in _all(session, row, where)]


def _row(row: Any, *without: str) -> Held:
    """A row as plain JSON: without the team, our own keys, and what is empty."""
    hidden = {*TEAM, *OURS, *without}
    return {
        name: _json(value) for name, value in row._mapping.items() if name not in hidden and value not in ("", None)
    }


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _json(part) for key, part in value.items() if key not in TEAM}
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    return value
