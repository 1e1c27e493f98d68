"""The card of a version that ``python bot.py train`` made: what it is from, what it can do, and what it may not do.

It holds numbers and names, never a post.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evaluation.intervals import Figure
from classifiers.training.compare import Row
from classifiers.training.loop import Recipe
from classifiers.training.verdict import RULE
from models.assessment import LABELS

if TYPE_CHECKING:
    from classifiers.training.retrain import Outcome

FILE, BASE, FIGURES = "README.md", "BASE.md", "figures.json"

LICENCES = f"""What the base was trained on binds this version too: `{BASE}` names its sets, some of them
non-commercial. What your own posts may be used for depends on where they were posted. Whoever is forgotten with
`python bot.py forget` is not forgotten by weights that were trained before: train again, and delete the version."""


def write(folder: Path, base: Path, outcome: Outcome, recipe: Recipe, command: str, left_out: Sequence[str]) -> None:
    """Writes the card, the figures, and the card of what everything began from."""
    first = next((path for path in (base / BASE, base / FILE) if path.exists()), None)
    if first:
        shutil.copyfile(first, folder / BASE)
    (folder / FILE).write_text("\n".join(_lines(outcome, recipe, command, left_out)) + "\n", "utf-8")
    (folder / FIGURES).write_text(json.dumps(_figures(outcome, recipe), indent=1) + "\n", "utf-8")


def change(figure: Figure) -> str:
    """Such as ``+1.2 (-0.4 to +2.9)``, in points."""
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value * 100:+.1f}"
    return f"{figure.value * 100:+.1f} ({figure.low * 100:+.1f} to {figure.high * 100:+.1f})"


def parts_of(outcome: Outcome) -> str:
    """How many posts were for what, and how they were parted."""
    parts = outcome.parted
    how = f"the brands {', '.join(parts.brands)}" if parts.by == "brand" else "chosen by their text"
    corrections = len(parts.kept) - len(parts.measured)
    more = f", {corrections} corrections among them that are not measured" if corrections else ""
    return f"{len(parts.train)} posts trained, {len(parts.kept)} kept apart ({how}){more}"


def _lines(outcome: Outcome, recipe: Recipe, command: str, left_out: Sequence[str]) -> Iterator[str]:
    yield f"# {outcome.new.version}: a triage model trained on its user's own posts\n"
    yield f"Made from `{outcome.base.version}` by `{command}` (seed {recipe.seed}, {recipe.epochs} epochs).\n"
    yield f"- {parts_of(outcome)}"
    yield from (f"- {one}" for one in left_out)
    for head in LABELS:
        counts = Counter(one.post.truth[head] for one in outcome.parted.train if head in one.post.truth)
        shares = ", ".join(f"{label} {counts[label]}" for label in LABELS[head] if counts[label]) or "no label"
        why = f"; **not trained**: {outcome.untaught[head]}" if head in outcome.untaught else ""
        yield f"- {head}: {shares}{why}"
    fitted = ", ".join(outcome.fitted)
    yield f"- temperatures fitted on the kept posts: {fitted or 'none, those of the base hold'}"
    yield f"\n## Compared with `{outcome.old.version}` on the kept posts\n"
    yield "| of | figure | posts | where it holds | old | new | change, 95 % interval |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    yield from (_row(row) for row in outcome.rows)
    yield f"\n{RULE}\n"
    yield "**May be adopted.**" if not outcome.faults else "**Refused:** " + "; ".join(outcome.faults) + "."
    yield f"\n## What follows\n\n{LICENCES}"


def _row(row: Row) -> str:
    cells = (row.of, row.figure, f"{row.posts}", f"{row.positives}", f"{row.old * 100:.1f}", f"{row.new * 100:.1f}")
    return f"| {' | '.join((*cells, change(row.change)))} |"


def _figures(outcome: Outcome, recipe: Recipe) -> dict[str, object]:
    parts = outcome.parted
    return {
        "base": outcome.base.version,
        "old": outcome.old.version,
        "recipe": asdict(recipe),
        "posts": {"trained": len(parts.train), "kept": len(parts.kept), "measured": len(parts.measured)},
        "kept": {"by": parts.by, "share": parts.share, "brands": parts.brands, "fair": parts.fair},
        "rows": [asdict(row) for row in outcome.rows],
        "remembered": dict(zip(("old", "new"), map(asdict, outcome.remembered), strict=True)),
        "faults": list(outcome.faults),
    }
