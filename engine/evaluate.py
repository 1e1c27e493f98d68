"""`evaluate`: how good the configured classifiers are on labelled posts. Nothing is stored or sent."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.labelled import Labelled
from engine.labelled import given, judged, thresholds_for
from engine.thinking import Thinking
from models.settings import Settings

if TYPE_CHECKING:
    from classifiers.evaluation.report import Report

WORDS = 140
"""Characters of a post that are shown."""


def evaluate(settings: Settings, file: Path, out: Path | None, as_json: bool) -> int:
    """Print the report, and write it and its picture to ``out``; the exit code."""
    if out:
        out.mkdir(parents=True, exist_ok=True)
    found = given(file, settings)
    if found.exit_code:
        return found.exit_code
    posts, version = judged(found.posts, Thinking().panel(settings), settings.classifier.batch)
    print(f"Working out {len(posts)} posts …", file=sys.stderr)
    from classifiers.evaluation.arrays import Judged
    from classifiers.evaluation.report import report

    thresholds = cache(lambda brand, channel: thresholds_for(settings, brand, channel))
    result = report(Judged.of(posts), lambda post: thresholds(post.brand, post.channel), version, found.bad_lines)
    if out:
        _write(result, posts, out)
    if as_json:
        print(json.dumps(result.as_json(), indent=1))
    else:
        _show(result, posts, settings, file)
    return 0


def _show(result: Report, posts: Sequence[Labelled], settings: Settings, file: Path) -> None:
    from classifiers.evaluation.report_sheets import sheets
    from classifiers.evaluation.sheet import Sheet, show

    first = Sheet(f"{len(posts)} posts of {file}, judged by {result.version or 'nobody'}")
    show([first, *sheets(result, _masked(result, posts, settings))])


def _masked(result: Report, posts: Sequence[Labelled], settings: Settings) -> Mapping[int, str]:
    """The words of the posts that the mistakes name, on a line each, without private data and control signs."""
    from classifiers.pii import find_pii
    from models.mask import mask
    from responders.escape import line

    regions = {name: brand.phone_region or None for name, brand in settings.brands.items()}
    named = {mistake.at: posts[mistake.at] for mistakes in result.worst.values() for mistake in mistakes}
    return {
        at: line(mask(post.text, find_pii(post.text, regions.get(post.brand))), WORDS) for at, post in named.items()
    }


def _write(result: Report, posts: Sequence[Labelled], out: Path) -> None:
    from classifiers.evaluation.pictures import reliability

    errors = {head: one.ece.value or 0.0 for head, one in result.whole.heads.items()}
    reliability(result.reliability, errors, out / "reliability.svg")
    (out / "report.json").write_text(json.dumps(result.as_json(), indent=1) + "\n", "utf-8")
    with (out / "predictions.jsonl").open("w", encoding="utf-8") as file:
        for post in posts:
            p = {
                head.value: {label: round(one, 4) for label, one in found.items()}
                for head, found in (post.p or {}).items()
            }
            where = {"id": post.id, "brand": post.brand, "channel": post.channel, "lang": post.lang}
            file.write(
                json.dumps(where | {"truth": {head.value: label for head, label in post.truth.items()}, "p": p}) + "\n"
            )
    print(f"Written to {out}: reliability.svg, report.json, predictions.jsonl", file=sys.stderr)
