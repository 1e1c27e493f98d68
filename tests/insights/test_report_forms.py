"""The report as people and programs read it: tables, JSON, CSV and a page, all with the same numbers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from insights import report_words as words
from insights.report import Report, as_dict, report
from insights.report_forms import written
from insights.report_sheets import sheets
from insights.report_svg import STEPS, Bar, Range, bars, counts_up_to, ranges, times
from insights.spans import Spread
from insights.terms import TERMS
from models.store.report import Answers, Leaver, Material, Span
from tests.build import NOW
from tests.build import settings as build_settings
from tests.insights import month
from tests.insights.cases import UNTIL, event, history, post, switch

BERLIN = ZoneInfo("Europe/Berlin")
MEASURES = Path(__file__).parents[2] / "docs/measures.md"
HOSTILE = '<script>alert("1")</script>&'
FORMS = ("table", "json", "csv", "html")


def made(channel: str = "x", cases: int = 12, to: str = "voice") -> Report:
    """A small report of everything: each case goes up the ladder and is resolved, every third comes back."""
    stages = ("recommended", "offered", "opened", "accepted", "attempted", "connected", "resolved")
    climbed = [switch(stage, 10 + 10 * place) for place, stage in enumerate(stages)]
    climbed = [replace(one, channel=channel, meta={**one.meta, "to": to}) for one in climbed]
    work = [event("alert_sent", 1, "bot"), event("claimed", 5), event("brief_opened", 6), *climbed]
    done = [*work, event("resolved", 75, reason="called")]
    lives = [[*done, post(900)] if number % 3 == 0 else done for number in range(cases)]
    histories = [history(*life, id=f"case-{number}", channel=channel) for number, life in enumerate(lives)]
    answers = [Answers(f"case-{number}", channel, to, True, 5, 9, number % 4 == 0) for number in range(cases)]
    leavers = [Leaver(f"case-{number}", ("offered", "held_out")[number % 2], "retained") for number in range(cases)]
    lags = {channel: [30.0, 60.0, 90.0], "forum": [5.0]}
    span = Span(NOW - timedelta(days=1), UNTIL)
    material = Material(span, lags, (*histories, history(id="open", channel=channel)), tuple(answers), tuple(leavers))
    targets = {"channels": {channel: {"targets": {"claim": "30m", "first_response": "2h", "resolve": "1d"}}}}
    return report(material, build_settings(**targets))


@cache
def small() -> Report:
    """The same for every test."""
    return made()


def empty() -> Report:
    """Of a time in which nothing was heard."""
    return report(Material(Span(NOW, UNTIL), {}, ()), build_settings())


class Page(HTMLParser):
    """What stands in a page: its tags with their attributes, its cells and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it, and that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One that is closed at once."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Every tag closes the one that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """The text of cells."""
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def test_the_tables_say_it_in_words() -> None:
    """Each channel has its counts, clocks, promises and outcome, and the pair its ladder and score."""
    text = written(small(), "table", BERLIN)
    assert text.startswith("Report: Sun 01 Mar 2026 13:00 to Wed 01 Apr 2026 14:00 (Europe/Berlin)\n")
    for line in (
        r"x +3 +13 +12 +0 +1 +0 +60 s / 90 s",
        r"x: time to claim +30 min +12 +1 +0 +92 % \(67–99\), 12 of 13; reaches 90 %",
        r"x → voice +12 +12 +12 +12 +12 +12 +12 +0",
        r"x → voice +67 % \(39–86\), 8 of 12 +33 % .*4 of 12 +100 % .*12 of 12 +25 % .*3 of 12 +40 min / 40 min +76",
    ):
        assert re.search(line, text), line


def test_the_json_is_whole() -> None:
    """It is JSON, holds the span in UTC, and every measure that is defined."""
    body = json.loads(written(small(), "json", BERLIN))
    assert (body["version"], body["since"], body["until"]) == (
        1,
        "2026-03-01T12:00:00+00:00",
        "2026-04-01T12:00:00+00:00",
    )

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for one in value.values() for key in keys(one)}
        return {key for one in value for key in keys(one)} if isinstance(value, list) else set()

    assert {term.key for term in TERMS} - keys(body) == set()


def test_each_line_of_the_csv_is_a_number_of_the_json() -> None:
    """One number a line, none twice, none left out but what is not known."""
    rows = list(csv.DictReader(io.StringIO(written(small(), "csv", BERLIN))))
    assert max(Counter((row["section"], row["of"], row["measure"]) for row in rows).values()) == 1
    found = {(row["section"], row["of"], row["measure"]): row["value"] for row in rows}
    body = as_dict(small())
    assert (
        float(found["channels", "x", "speed.claim.always.p50"])
        == body["channels"][1]["speed"]["claim"]["always"]["p50"]
    )
    assert found["switches", "x → voice", "rungs.opened.reached"] == "12"
    assert found["winback", "offered", "retained"] == "6"

    def numbers(value: Any) -> int:
        if isinstance(value, dict):
            return sum(map(numbers, value.values()))
        if isinstance(value, list | tuple):
            return sum(map(numbers, value))
        return value is not None and not isinstance(value, str)

    in_aims = sum(numbers(one["aims"]) for one in (*body["channels"], *body["together"]))
    counted = sum(re.fullmatch(r"-?[\d.]+(e-?\d+)?|True|False", row["value"]) is not None for row in rows)
    assert counted == numbers(body) - in_aims


def test_the_page_is_one_file_and_whole() -> None:
    """Tags are closed, ids are used once, nothing is loaded or run from it, and each diagram has a table beside it."""
    text = written(small(), "html", BERLIN)
    page = Page(text.removeprefix("<!doctype html>"))
    assert page.open == []
    ids = Counter(attrs["id"] for _, attrs in page.tags if "id" in attrs)
    assert max(ids.values()) == 1
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?://|url\(|@import|\son\w+=", text)
    sections = text.split("<section>")[1:]
    assert all("<table>" in section for section in sections)
    assert sum("<svg" in section for section in sections) >= 8


def test_the_page_has_every_word_of_the_tables() -> None:
    """What the terminal shows stands on the page too, so that nobody has to read it from a diagram."""
    page = Page(written(small(), "html", BERLIN).removeprefix("<!doctype html>"))
    shown = [cell for sheet in sheets(small()) for row in (sheet.columns, *sheet.rows) for cell in row]
    assert page.cells == shown


def test_each_diagram_says_its_numbers() -> None:
    """Every diagram is an image with a title and, for who cannot see it, its rows in words."""
    drawn = re.findall(r"<svg.*?</svg>", written(small(), "html", BERLIN))
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        named = {node.get("id"): node.text for node in root if node.tag in ("title", "desc")}
        assert set(str(root.get("aria-labelledby")).split()) == set(named)
        assert all(named.values())


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_a_report_too(form: str) -> None:
    """A time without anything is told as one, in each form."""
    text = written(empty(), form, BERLIN)
    assert form in ("json", "csv") or "Nothing was heard" in text
    assert text.endswith("\n")


def test_a_strangers_words_do_nothing() -> None:
    """Names of channels may come from a plug-in: on the page they are words, whatever they say."""
    text = written(made(channel=HOSTILE, cases=2, to=HOSTILE), "html", BERLIN)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert Page(text.removeprefix("<!doctype html>")).open == []


def test_the_page_can_be_printed() -> None:
    """On paper it is dark on white, its colours are kept, and no diagram is cut."""
    style = re.findall(r"@media print \{(.*)\n\}", written(small(), "html", BERLIN), re.S)[0]
    assert all(
        rule in style for rule in ("@page", "--ground: #fff", "print-color-adjust: exact", "break-inside: avoid")
    )


def test_the_docs_say_what_the_code_says() -> None:
    """docs/measures.md has each measure with its name, its key and the very sentence."""
    text = MEASURES.read_text("utf-8")
    assert [term.key for term in TERMS if f"| {term.name} | `{term.key}` | {term.says} |" not in text] == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (9000, "2.5 h")),
        *((35900, "10 h"), (172800, "2 d"), (9e6, "104 d"), (None, "–")),
    ],
)
def test_times_are_said_in_one_unit(seconds: float | None, said: str) -> None:
    """Seconds, minutes, hours, days."""
    assert words.took(seconds) == said


def test_what_has_not_ended_is_said() -> None:
    """Neither a blank nor a nought."""
    assert words.both(Spread(1, 9, 60.0, None)) == "60 s / not yet"
    assert words.both(Spread(0, 0, None, None)) == "–"


def test_axes_hold_what_is_drawn() -> None:
    """Counts end at a round number above the most; times lie between steps that people know."""
    assert [counts_up_to(most).most for most in (0, 1, 4, 5, 80, 456, 900)] == [4, 4, 4, 8, 80, 800, 2000]
    for seconds in ([0.0], [30.0], [60.0], [90.0, 1e5], [1e9]):
        axis = times(seconds)
        assert axis.least in STEPS
        assert axis.least < axis.most
        assert all(axis.x(axis.least) <= axis.x(one) <= axis.x(axis.most) for one in seconds)


def test_an_open_end_is_an_arrow() -> None:
    """Where nine in ten are not known yet, the line goes on to the edge."""
    known, unknown = (Range("x", None, 60.0, high, "") for high in (90.0, None))
    assert "<path" in ranges("r", "t", [unknown], times([60.0]))
    assert "<path" not in ranges("r", "t", [known], times([60.0, 90.0]))
    assert "<rect" not in bars("b", "t", [Bar("x", (0.0, 0.0), "0 · 0")], counts_up_to(0))


def test_the_times_of_the_head_are_the_teams() -> None:
    """The span is told on the clock that the days begin by."""
    assert "12:00" in written(small(), "table", UTC).splitlines()[0]
    assert month.SINCE.astimezone(BERLIN).day == 1
