"""An evaluation as tables for a lead: figures, parts, confusions, and the worst mistakes with their masked words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifiers.evaluation.figures import Figures
from classifiers.evaluation.report import LEAST, Mistake, Report
from classifiers.evaluation.sheet import Sheet
from models.assessment import LABELS, Head

SHOWN = 12
"""So many parts of a kind are printed; ``report.json`` has all."""
WIDTH = 16
"""Signs of a part's name."""
GRAVE = ("urgent", "critical", "private", "churn")
WORDS = {"channel": "channel", "brand": "brand", "lang": "language"}


def sheets(report: Report, texts: Mapping[int, str]) -> Iterator[Sheet]:
    """In the order of reading; ``texts`` has the masked words of the posts that the report's mistakes name."""
    yield _heads(report.whole)
    yield _questions(report.whole)
    for key, parts in report.parts.items():
        if parts:
            yield _parts_by_head(WORDS[key], parts)
            yield _parts_by_question(WORDS[key], parts)
    for head, counts in report.confusion.items():
        yield _confusion(head, counts)
    for head, mistakes in report.worst.items():
        if mistakes:
            yield _worst(head, mistakes, texts)


def _heads(whole: Figures) -> Sheet:
    rows = [
        (
            name, f"{one.posts}", one.macro_f1.percent(1), one.accuracy.percent(1), one.ece.percent(1),
            f"{one.ece_by_chance:.1%}".rstrip("%"),
        )
        for name, one in whole.heads.items()
    ]  # fmt: skip
    return Sheet(
        "How good the labels are, in percent",
        ("head", "posts", "macro-F1", "accuracy", "calibration error", "by chance"),
        rows,
        (
            "In brackets: where the figure lies for 95 % of 1,000 resamples of the posts.",
            "Calibration error: how far the stated probabilities are off on average (15 bins of the top label).",
            "By chance: what a model without any such error would show on so few posts.",
        ),
    )


def _questions(whole: Figures) -> Sheet:
    rows = [
        (
            name, f"{one.positives}", one.auc.percent(1), one.f1.percent(), one.precision.percent(),
            one.recall.percent(), f"{one.in_doubt * 100:.0f}",
            "–" if one.recall_with_doubt is None else f"{one.recall_with_doubt * 100:.0f}",
        )
        for name, one in whole.questions.items()
    ]  # fmt: skip
    return Sheet(
        "What the thresholds in force find, in percent",
        ("threshold", "true", "AUC", "F1", "precision", "recall", "doubt", "+doubt"),
        rows,
        (
            "true: how many posts it is true of. doubt: the share of all posts that lies in the doubt band.",
            "+doubt: the recall if people read the band. Each post has the thresholds of its brand and channel.",
        ),
    )


def _parts_by_head(kind: str, parts: Mapping[str, Figures]) -> Sheet:
    heads = [head.value for head in LABELS if any(head.value in part.heads for part in parts.values())]
    rows = [
        (
            _short(name), f"{part.posts}",
            *(part.heads[head].macro_f1.percent() if head in part.heads else "–" for head in heads),
        )
        for name, part in list(parts.items())[:SHOWN]
    ]  # fmt: skip
    return Sheet(f"Macro-F1 by {kind}, in percent", (kind, "posts", *heads), rows)


def _parts_by_question(kind: str, parts: Mapping[str, Figures]) -> Sheet:
    names = [name for name in GRAVE if any(name in part.questions for part in parts.values())]
    rows = [(_short(part), *_cells(one, names)) for part, one in list(parts.items())[:SHOWN]]
    columns = (kind, *(column for name in names for column in ("true", name)))
    return Sheet(f"F1 at the thresholds in force by {kind}, in percent", columns, rows, (_left_out(len(parts), kind),))


def _short(name: str) -> str:
    return name if len(name) <= WIDTH else f"{name[: WIDTH - 1]}…"


def _cells(part: Figures, names: Sequence[str]) -> Iterator[str]:
    """How many are true, and the F1 where any is."""
    for name in names:
        found = part.questions.get(name)
        yield f"{found.positives}" if found else "–"
        yield found.f1.percent() if found and found.positives else "–"


def _left_out(count: int, kind: str) -> str:
    more = f"; {count - SHOWN} more are in report.json (--out)" if count > SHOWN else ""
    return f"Where there are {LEAST} posts or more. Accuracy and calibration by {kind}: --json{more}."


def _confusion(head: str, counts: Sequence[Sequence[int]]) -> Sheet:
    labels = LABELS[Head(head)]
    rows = [
        (label, *(f"{count}" if count else "·" for count in row), f"{sum(row)}")
        for label, row in zip(labels, counts, strict=True)
    ]
    return Sheet(f"Confusion of {head}: the truth down, the guess across", ("", *labels, "all"), rows)


def _worst(head: str, mistakes: Sequence[Mistake], texts: Mapping[int, str]) -> Sheet:
    rows = [(_short(one.id), one.truth, one.guess, f"{one.p:.2f}", texts.get(one.at, "")) for one in mistakes]
    return Sheet(
        f"Worst mistakes of {head}: wrong, and sure of it",
        ("id", "truth", "guess", "p", "text"),
        rows,
        left=frozenset({0, 1, 2, 4}),
    )
