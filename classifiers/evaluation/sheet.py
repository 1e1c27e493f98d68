"""Tables for people, printed with rich: with colours on a terminal, without them elsewhere, never wider than a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDEST = 100


@dataclass(frozen=True, slots=True)
class Sheet:
    """``left`` are the columns of words, of which the last may wrap. ``strong`` are rows that the eye should find."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    left: frozenset[int] = frozenset({0})
    strong: frozenset[int] = frozenset()


def show(sheets: Iterable[Sheet]) -> None:
    """Print them to standard output."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDEST) if console.is_terminal else WIDEST
    for sheet in sheets:
        console.print(f"\n{sheet.title}", style="bold")
        if sheet.rows:
            console.print(_table(sheet))
        for note in sheet.notes:
            console.print(note, soft_wrap=note.startswith(" "))


def _table(sheet: Sheet) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="")
    last = len(sheet.columns) - 1
    for number, name in enumerate(sheet.columns):
        words = number in sheet.left
        table.add_column(
            Text(name), justify="left" if words else "right", no_wrap=not (words and number == last), overflow="fold"
        )
    for number, row in enumerate(sheet.rows):
        # Text, so that what strangers write is never taken for markup.
        table.add_row(*(Text(cell) for cell in row), style="bold" if number in sheet.strong else None)
    return table
