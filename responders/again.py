"""Deciding anew what was edited. Pure: what was decided before, and what the new words would lead to.

Graver words are acted on like any others. Calmer ones hide nothing: the case stays where it is, its card shows them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from models.assessment import Assessment
from models.decision import Decision, Kind, Reason, Route
from models.mask import mask
from models.mention import Mention
from models.store.rewrites import Before
from responders import words
from responders.gravity import GRAVITY
from responders.reading import read, reasons
from responders.rules import Rules

GRAVE = frozenset({Reason.DANGER, Reason.CRITICAL})
"""Reasons that make a post graver whatever its route."""

WORSE = GRAVE | {Reason.TURNED}
"""Reasons that new words may give although the route stays the same."""


def stands(decision: Decision, before: Before) -> bool:
    """Whether what was decided of the post before stands: people have it in a case, and the new words are no graver."""
    if not before.case_id:
        return False
    if before.closed and (decision.route in (Route.PAGE, Route.CALL) or not GRAVE.isdisjoint(decision.reasons)):
        # Nobody looks there any more, so new words that are grave are looked at for themselves.
        return False
    worse = {reason for reason in decision.reasons if reason in WORSE and reason not in before.reasons}
    return not worse and GRAVITY.index(decision.route) <= GRAVITY.index(before.route)


def without_reply(decision: Decision) -> Decision:
    """The decision without words in public: people have the case, and choose what is said to changed words."""
    return replace(decision, messages=tuple(one for one in decision.messages if one.kind is not Kind.REPLY))


def changes(mention: Mention, assessment: Assessment, rules: Rules) -> dict[str, Any]:
    """What the new words change on a card that shows the old ones; its route, title and reasons stay."""
    reading = read(assessment, rules.thresholds)
    return {
        "text": mask(mention.text, assessment.pii),
        "edited": mention.edited_at.isoformat(timespec="seconds") if mention.edited_at else "",
        "reach": words.reach(mention),
        "scores": [list(one) for one in words.scores(reading, reasons(assessment, reading))],
    }
