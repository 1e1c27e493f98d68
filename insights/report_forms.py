"""The report as it is written: tables for the terminal, JSON, CSV with one number a line, or a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from insights.report import Report, as_dict
from insights.report_sheets import Sheet, sheets
from insights.report_words import took
from insights.terms import BY_KEY


def written(made: Report, form: str, zone: tzinfo) -> str:
    """The report as ``table``, ``json``, ``csv`` or ``html``, with a line's end at its end."""
    if form == "json":
        return json.dumps(as_dict(made), indent=2, ensure_ascii=False) + "\n"
    if form == "csv":
        return _csv(made)
    if form == "html":
        from insights.report_page import page

        return page(made, zone)
    return "\n".join(_lines(made, zone)) + "\n"


def title(made: Report, zone: tzinfo) -> str:
    """What it is a report of."""
    since, until = (f"{at.astimezone(zone):%a %d %b %Y %H:%M}" for at in (made.since, made.until))
    only = [f"brand {made.brand}"] if made.brand else []
    only += [f"channel {made.channel}"] if made.channel else []
    return f"{since} to {until} ({zone}){', ' if only else ''}{', '.join(only)}"


def _lines(made: Report, zone: tzinfo) -> Iterator[str]:
    yield f"Report: {title(made, zone)}"
    if not made.channels:
        yield "Nothing was heard and nothing was open in this time."
    for sheet in sheets(made):
        yield ""
        yield from _table(sheet)
    yield ""
    yield f"A switch or a resolution failed if the customer wrote again within {took(made.failed_within)}."
    yield "docs/measures.md says what each number means; `--format html` draws them."


def _table(sheet: Sheet) -> Iterator[str]:
    yield f"{sheet.title.upper()}{f'  ({sheet.note})' if sheet.note else ''}"
    table = (sheet.columns, *sheet.rows)
    widths = [max(len(row[place]) for row in table) for place in range(len(sheet.columns))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _csv(made: Report) -> str:
    """A line for each number: what it is of, its place there, and the number."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("section", "of", "measure", "value"))
    for section, of, part in _parts(as_dict(made)):
        writer.writerows((section, of, measure, value) for measure, value in _numbers(part) if value is not None)
    return file.getvalue()


def _parts(body: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    head = {key: value for key, value in body.items() if not isinstance(value, dict | list | tuple)}
    yield "report", "", head
    total = dict(body["total"])
    yield "switches", "all", total.pop("switches")
    yield "all", "", total
    for section in ("channels", "together"):
        yield from ((section, " + ".join(one["channels"]), _without(one, "channels", "aims")) for one in body[section])
    for one in body["pairs"]:
        yield "switches", f"{one['from_channel']} → {one['to_channel']}", one
    for one in body["said"]:
        yield "surveys", one["path"], _without(one, "path")
    for one in body["compared"]:
        yield "compared", f"{one['path']} − {one['against']}", _without(one, "path", "against")
    for one in body["winback"]["arms"]:
        yield "winback", one["arm"], _without(one, "arm")
    yield "winback", "lift", {key: body["winback"][key] for key in ("lift", "lift_at_least")}


def _without(one: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in names}


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number with its path; a stage of the ladder is named, not numbered."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in ("stage", "from_channel", "to_channel", "path"):
                yield from _numbers(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            name = one["stage"] if isinstance(one, dict) and "stage" in one else str(number)
            yield from _numbers(one, f"{path}.{name}")
    else:
        yield path, value


def explained(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """What the measures of a table mean."""
    yield from ((BY_KEY[key].name, BY_KEY[key].says) for key in sheet.terms)
