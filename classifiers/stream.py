"""`classify`: posts as lines in, labels as JSON lines out, in the same order. A bad line is answered, not dropped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from classifiers.panel import Panel
from models.assessment import Assessment
from models.mention import Author, Mention

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of input: a post, or what is wrong with it."""

    number: int
    id: Any = None
    mention: Mention | None = None
    error: str = ""


def classify_lines(lines: Iterable[bytes], panel: Panel, batch: int) -> Iterator[dict[str, Any]]:
    """One object a line that is not blank; ``batch`` lines at a time go through the model."""
    read = (parse(number, raw) for number, raw in enumerate(lines, 1) if raw.strip())
    while chunk := list(islice(read, batch)):
        posts = [line.mention for line in chunk if line.mention]
        assessments = iter(panel.assess(posts))
        for line in chunk:
            yield answer(line, next(assessments)) if line.mention else {"line": line.number, "error": line.error}


def progress(rows: Iterable[T], total: int | None = None, work: str = "classify") -> Iterator[T]:
    """The same rows, with a bar on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(work), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as bar:
        task = bar.add_task(work, total=total)
        for row in rows:
            yield row
            bar.advance(task)


def parse(number: int, raw: bytes) -> Line:
    """A JSON object with ``text`` and optionally ``id``, ``brand``, ``lang``; any other line is the text itself."""
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        return Line(number, error=f"not UTF-8 (byte {error.start} of the line)")
    if not text.startswith("{"):
        return Line(number, mention=_mention(number, text, "", ""))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(number, error=f"not valid JSON: {error}")
    if not isinstance(value.get("text"), str):
        return Line(number, error='needs "text", a string')
    wrong = [key for key in ("brand", "lang") if not isinstance(value.get(key) or "", str)]
    if wrong:
        return Line(number, error=f'"{wrong[0]}" must be a string')
    mention = _mention(number, value["text"], value.get("brand") or "", value.get("lang") or "")
    return Line(number, value.get("id"), mention)


def answer(line: Line, assessment: Assessment) -> dict[str, Any]:
    """The labels and all probabilities of a post. A head that failed is null, and ``unsure`` names it."""
    labels = {head.value: finding.label for head, finding in assessment.findings.items()}
    return {
        "id": line.id if line.id is not None else line.number,
        **{head: labels.get(head) for head in ("intent", "sentiment", "urgency", "sensitive", "churn")},
        "p": {
            head.value: {label: round(p, 4) for label, p in finding.p.items()}
            for head, finding in assessment.findings.items()
        },
        "pii": [{"kind": pii.kind, "start": pii.start, "end": pii.end} for pii in assessment.pii],
        "danger": [danger.category for danger in assessment.danger],
        "lang": assessment.lang,
        "unsure": list(assessment.unsure),
        "version": assessment.version,
    }


def _mention(number: int, text: str, brand: str, lang: str) -> Mention:
    return Mention("stdin", str(number), Author(), text, EPOCH, brand=brand, lang=lang or None)
