"""Cards that were folded into a list while too many came at once: each is shown by itself to whoever wants it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from models.case import CaseState
from models.form import Answer, Page, Part, Row, Said
from models.store import folds, listed
from responders.desk import home
from responders.desk.asked import Asked

NEXT = 20
"""So many cards stand on the page of those that find no room in the list."""

ON_ITS_WAY = "Its card is on its way, right here in the channel of the list."
NO_LIST = "That list is no more: ask for `queue` to see what nobody has taken."


def show_card(asked: Asked) -> Answer:
    """A case in a list gets a card of its own, for all to see; any other card is shown to who asks."""
    press = asked.press
    if folds.take_out(asked.session, press.case_id, press.mention_id, asked.now, press.place):
        return Said(ON_ITS_WAY)
    return home.show_card(asked)


def show_list(asked: Asked) -> Answer:
    """The cards after those that the list itself shows."""
    key = listed.list_at(asked.session, asked.press.place)
    if key is None:
        return Said(NO_LIST)
    rows = tuple(_row(row, asked.now) for row in listed.rows_of(asked.session, key, listed.ROWS, NEXT))
    more = listed.left_in(asked.session, key) - listed.ROWS - len(rows)
    part = Part("Nobody has these", rows, empty="All the others are taken.", more=max(more, 0))
    return Page("The next cards of the list", (part,))


def _row(row: Mapping[str, str], now: datetime) -> Row:
    due = row["answer_by"]
    late = bool(due) and datetime.fromisoformat(due) < now
    headline = f"{row['title']}: {row['author']}"
    return Row(row["case_id"], row["code"], headline, CaseState.OPEN, answer_by=due, late=late)
