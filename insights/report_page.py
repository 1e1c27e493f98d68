"""The report as one page: a file of its own without scripts or outer parts, for the screen and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from html import escape
from pathlib import Path

from insights import report_words as words
from insights.report import Report
from insights.report_figures import Figure, figures
from insights.report_forms import explained, title
from insights.report_sheets import Sheet, sheets

STYLE = Path(__file__).with_name("report.css")
MOST_BESIDE = 90
"""A table that is wider, in signs, needs the whole width of the page."""
METHODS = (
    "Percentiles count what still goes on as lasting (Kaplan and Meier). Intervals are at 95 %: Wilson's for shares, "
    "Rocks's for NPS, Newcombe's for differences."
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if a name of a channel held markup that slipped through, nothing could be loaded or run."""


def page(made: Report, zone: tzinfo) -> str:
    """The whole page."""
    drawn = figures(made)
    body = "".join(_section(sheet, drawn.get(sheet.key, [])) for sheet in sheets(made))
    nothing = "<p>Nothing was heard and nothing was open in this time.</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>Overheard: report</title><style>{STYLE.read_text('utf-8')}</style></head>\n"
        f"<body><header><h1>How help came</h1><p>{escape(title(made, zone))}</p>{_tiles(made)}</header>\n"
        f"<main>{body or nothing}</main>\n<footer><p>A switch or a resolution failed if the customer wrote again "
        f"within {escape(words.took(made.failed_within))}. {METHODS}</p></footer></body></html>\n"
    )


def _tiles(made: Report) -> str:
    total = made.total
    shown = (
        (str(total.counts.cases), "cases"),
        (str(total.backlog.open), "open at the end"),
        (words.percent(total.outcome.visible_ending.share), "end visibly"),
        (words.percent(total.outcome.came_back.share), "came back"),
        (words.percent(total.switches.held.of.share), "of switches held"),
        (words.score(total.switches.score).split()[0], "switch score"),
    )
    return f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>' for value, name in shown)}</dl>"


def _section(sheet: Sheet, drawn: list[Figure]) -> str:
    plots = f'<div class="plots">{"".join(map(_figure, drawn))}</div>' if drawn else ""
    beside = ' class="beside"' if len(drawn) == 1 and _width(sheet) <= MOST_BESIDE else ""
    return (
        f"<section><h2>{escape(sheet.title)}</h2>"
        f"<div{beside}>{plots}{_table(sheet)}</div>{''.join(_terms(sheet))}</section>\n"
    )


def _width(sheet: Sheet) -> int:
    return sum(max(map(len, column)) + 2 for column in zip(sheet.columns, *sheet.rows, strict=True))


def _figure(figure: Figure) -> str:
    keys = "".join(f'<li><i class="c{number}"></i>{escape(name)}</li>' for number, name in enumerate(figure.legend))
    legend = f'<ul class="legend">{keys}</ul>' if keys else ""
    return f"<figure><figcaption>{escape(figure.caption)}</figcaption>{legend}{figure.svg}</figure>"


def _table(sheet: Sheet) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in sheet.columns)
    rows = "".join(_row(row) for row in sheet.rows)
    note = f'<p class="note">{escape(sheet.note)}</p>' if sheet.note else ""
    return (
        f'<div>{note}<div class="table" tabindex="0" role="region" aria-label="Table: {escape(sheet.title)}">'
        f"<table><caption>{escape(sheet.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _row(row: tuple[str, ...]) -> str:
    name, *cells = row
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'


def _terms(sheet: Sheet) -> Iterator[str]:
    said = "".join(f"<dt>{escape(name)}</dt><dd>{escape(says)}</dd>" for name, says in explained(sheet))
    if said:
        yield f"<details><summary>What these mean</summary><dl>{said}</dl></details>"
