"""`replay`: what would be decided about the mentions of a file. Nothing is stored and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from classifiers.language import detect
from classifiers.panel import Panel
from listeners.jsonl import BOM
from listeners.mention_line import mention_of
from listeners.screen import Screen
from models.assessment import Assessment, Head
from models.case import new_code
from models.decision import Decision
from models.past import Past, Screened
from models.settings import Loaded
from responders.policy import decide
from responders.rules import RulesFor, rules_from
from responders.templates import Templates


def replay(loaded: Loaded, file: Path, panel: Panel, now: datetime) -> Iterator[dict[str, object]]:
    """One object a mention and brand: its route, reasons and labels; or the fault of its line."""
    settings = loaded.settings
    screen = Screen(settings, settings.brands, language=detect)
    rules_for = rules_from(settings, Templates.load(settings.replies.templates), loaded.manifests)
    for number, line in enumerate(file.read_bytes().removeprefix(BOM).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            post = mention_of(line.strip(), number, frozenset(settings.brands), now)
        except ValueError as error:
            yield {"line": number, "error": str(error)}
            continue
        views = screen(post, now)
        if not views:
            yield {"line": number, "id": post.external_id, "route": "ignore", "reasons": ["not_about_us"]}
        for view in views:
            yield {"line": number, "id": post.external_id} | _outcome(view, panel, rules_for, now)


def _outcome(view: Screened, panel: Panel, rules_for: RulesFor, now: datetime) -> dict[str, object]:
    mention = view.mention
    if view.reason:
        return {"brand": mention.brand, "route": "ignore", "reasons": [view.reason.value]}
    assessment = panel.assess([mention])[0]
    rules = rules_for(mention.brand, mention.channel)
    decision = decide(mention, assessment, Past(fresh_id="", fresh_code=new_code()), rules, now)
    return {"brand": mention.brand} | _row(decision, assessment)


def _row(decision: Decision, assessment: Assessment) -> dict[str, object]:
    labels = {head.value: assessment.label(head) for head in Head}
    return {"route": decision.route.value, "reasons": [reason.value for reason in decision.reasons], **labels}
