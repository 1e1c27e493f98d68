"""What the desk answers to a press: words, a form to fill in, what is wrong with a filled-in form, or a page.

Forms are data; a sink draws them. All text in them is for people, masked, and not yet escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.press import Verb


class Style(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    """One line."""
    LONG = "long"
    """Several lines."""
    CHOICE = "choice"
    """One of ``choices``."""
    PERSON = "person"
    """A member of the team; the value is their id."""
    PLACE = "place"
    """A channel of the sink; the value is its id."""
    MOMENT = "moment"
    """A date with a time; the value is ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in; its value comes back in ``Press.fields[name]``, and is missing where nothing was said."""

    name: str
    label: str
    style: Style
    value: str = ""
    """What stands there at first."""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, what people read), at most 100."""
    hint: str = ""
    optional: bool = False
    longest: int = 0
    """Signs at most; 0 is the sink's own limit."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is shown to the person who pressed, and to nobody else.

    ``submit`` is the verb of the press that comes back; a form without it can only be read. ``intro`` are paragraphs
    above the fields, ``quote`` the words of a stranger or the exact text that would be sent, never read as markup.
    ``seen`` is the case's ``version`` when the form was made: a case that moved on meanwhile is told, not overwritten.
    ``replaces`` says that it takes the place of the form that was submitted.
    ``kept`` comes back unchanged in ``Press.fields`` beside what was filled in.
    ``facts`` are (name, words) below the intro. ``links`` are (what people read, address) below those: on the web, or
    ``tel:`` and ``mailto:``, for this one person's eyes. ``buttons`` ask for something else than ``submit`` while the
    form is open.
    """

    title: str
    submit: Verb | None
    fields: tuple[Field, ...] = ()
    button: str = "Save"
    intro: tuple[str, ...] = ()
    quote: str = ""
    case_id: str = ""
    mention_id: str = ""
    seen: int = 0
    replaces: bool = False
    kept: Mapping[str, str] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[Verb, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """Words to the person who pressed alone: what was done, or why not, by whom, and what to do."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A filled-in form that cannot be taken: by field, what is wrong and how to mend it. The form stays open."""

    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list: its headline, what is next, and by when."""

    case_id: str
    code: str
    headline: str
    state: str
    answer_by: str = ""
    """ISO 8601, UTC; empty where nothing is due."""
    holder: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with rows of cases, or lines of plain text, below it; ``empty`` is said where there is neither."""

    heading: str
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    empty: str = ""
    more: int = 0
    """So many rows more are not shown."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page for one person: the answer to ``status``, ``mine``, ``find``, ``report``, ``help``, or the App Home."""

    title: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """The card of a case, shown again to the person who asked."""

    body: Mapping[str, object]
    """As ``models.card.Card.to_body`` makes it."""


Answer = Said | Form | Wrong | Page | Shown | None
"""None: nothing more to say, the card itself shows it."""
