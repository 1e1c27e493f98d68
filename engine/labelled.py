"""Labelled posts for `evaluate` and `tune`: read from a file, bad lines told on stderr, and judged by the panel."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.labelled import BadLine, Labelled, read
from models.mention import Author, Mention
from models.settings import Settings
from models.settings.sections import Thresholds

if TYPE_CHECKING:
    from classifiers.panel import Panel

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GZIP = b"\x1f\x8b"
TOLD = 20
"""So many bad lines are told one by one."""
NONE_USABLE, NO_TRUTH = 1, 2
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a file holds; ``exit_code`` is 0 where that is enough to work with."""

    posts: Sequence[Labelled]
    bad_lines: Sequence[BadLine]
    exit_code: int = 0


def given(file: Path, settings: Settings) -> Given:
    """The file's posts, gzipped or not, ``-`` for standard input; tells what is wrong with it."""
    found = list(read(_lines(file)))
    bad = [one for one in found if isinstance(one, BadLine)]
    posts = [_at_home(one, settings) for one in found if isinstance(one, Labelled)]
    for one in bad[:TOLD]:
        print(f"line {one.line}: {one.fault}", file=sys.stderr)
    if bad:
        more = f" (the first {TOLD} are above)" if len(bad) > TOLD else ""
        print(f"{len(bad)} of {len(found)} lines cannot be used{more}; the rest is.", file=sys.stderr)
    if not posts:
        print(f'error: no line of {file} can be used: write one {{"text": "…"}} a line', file=sys.stderr)
        return Given(posts, bad, NONE_USABLE)
    return Given(posts, bad, 0 if truth_in(posts, str(file)) else NO_TRUTH)


def truth_in(posts: Sequence[Labelled], source: str) -> bool:
    """Whether anybody labelled anything; tells if not."""
    if any(post.truth for post in posts):
        return True
    say = 'add what is right to each line, such as "intent": "problem" or "urgency": "high" (docs/labels.md)'
    print(f"error: {source} has no label at all: {say}", file=sys.stderr)
    return False


def judged(posts: Sequence[Labelled], panel: Panel, batch: int) -> tuple[list[Labelled], str]:
    """The posts with their probabilities and languages, and the model's version. Those that have some keep them."""
    from classifiers.stream import progress

    versions: set[str] = set()
    return list(progress(_judged(posts, panel, batch, versions), len(posts))), " ".join(sorted(versions))


def thresholds_for(settings: Settings, brand: str, channel: str) -> Thresholds:
    """Those in force there; of a brand that is not configured, the channel's."""
    if brand in settings.brands:
        return settings.thresholds_for(brand, channel)
    return settings.channel(channel).thresholds.over(settings.thresholds)


def _judged(posts: Sequence[Labelled], panel: Panel, batch: int, versions: set[str]) -> Iterator[Labelled]:
    rest = iter(posts)
    while chunk := list(islice(rest, batch)):
        found = iter(panel.assess([_mention(post) for post in chunk if post.p is None]))
        for post in chunk:
            if post.p is not None:
                yield post
                continue
            assessment = next(found)
            versions.add(assessment.version)
            p = {head: finding.p for head, finding in assessment.findings.items()}
            called = {head: assessment.label(head) for head in assessment.findings}
            yield replace(post, p=p, called=called, lang=assessment.lang)


def _mention(post: Labelled) -> Mention:
    lang = post.lang or None
    return Mention(post.channel, post.id, Author(), post.text, post.at or EPOCH, brand=post.brand, lang=lang)


def _at_home(post: Labelled, settings: Settings) -> Labelled:
    """With the configuration's own word for the brand, where the file has its name as customers write it."""
    for key, brand in settings.brands.items():
        if post.brand.casefold() in (key.casefold(), brand.name.casefold()):
            return replace(post, brand=key)
    return post


def _lines(file: Path) -> Iterator[bytes]:
    """Raises OSError where it cannot be read to its end."""
    try:
        with open(sys.stdin.fileno() if str(file) == "-" else file, "rb") as opened:
            yield from _unpacked(opened)
    except (EOFError, zlib.error) as error:
        raise OSError(f"{file} is a damaged gzip file ({error}): pack it again") from error


def _unpacked(source: BufferedReader) -> Iterable[bytes]:
    return gzip.GzipFile(fileobj=source) if source.peek(2).startswith(GZIP) else source
