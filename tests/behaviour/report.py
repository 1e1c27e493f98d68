"""``python -m tests.behaviour.report``: the checklist of the shipped model as Markdown, for the model's card.

``--calibrate`` writes what it measured, and the limits that follow, into ``limits.toml``; ``--failures`` prints each.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from tests.behaviour import limits
from tests.behaviour.asking import Result, encoder, results
from tests.behaviour.languages import figures

LONGEST = 90


def main() -> None:
    """Ask, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true", help="write limits.toml")
    parser.add_argument("--failures", action="store_true", help="print every failure")
    options = parser.parse_args()
    print("\n".join(table(results())))
    print("\n".join(["", *language_table(figures())]))
    if options.failures:
        print("\n".join(failures(results())))
    if options.calibrate:
        limits.calibrate(results(), figures())


def table(rows: tuple[Result, ...]) -> Iterator[str]:
    """A line a capability."""
    total = sum(row.cases for row in rows)
    yield f"{total} cases, {encoder().version}"
    yield ""
    yield "| capability | kind | cases | fails | an example |"
    yield "|---|---|---:|---:|---|"
    for row in rows:
        example = _short(*_said(row, 0)) if row.failed else ""
        yield f"| {row.capability.name} | {row.capability.kind} | {row.cases} | {row.rate:.1%} | {example} |"


def language_table(rows: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line a language."""
    names = list(next(iter(rows.values())))
    yield "| language | sentiment macro-F1 | " + " | ".join(f"{name} AUC" for name in names[1:]) + " |"
    yield "|---|" + "---:|" * len(names)
    for lang, values in rows.items():
        yield f"| {lang} | " + " | ".join(f"{values[name]:.3f}" for name in names) + " |"


def failures(rows: tuple[Result, ...]) -> Iterator[str]:
    """Every failure, under its capability."""
    for row in rows:
        yield f"\n{row.capability.name}"
        yield from (f"  {text} ({fault})" for text, fault in (_said(row, at) for at in range(len(row.failed))))


def _said(row: Result, at: int) -> tuple[str, str]:
    case, fault = row.failed[at]
    return " ".join(case.post.text.split()), fault


def _short(text: str, fault: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 3]} … {text[-LONGEST * 2 // 3 :]}"
    return f"“{text}”: {fault}".replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
