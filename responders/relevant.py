"""Whether a post may be about something else of the brand's name, by what the model compared it with."""

from __future__ import annotations

from models.assessment import Assessment
from models.decision import Reason
from models.mention import Mention
from responders.rules import Rules


def doubt_about(mention: Mention, assessment: Assessment, rules: Rules) -> Reason | None:
    """``NOT_RELEVANT``, or ``MAYBE_NOT_RELEVANT`` where people must look; None where nothing speaks against it.

    What a person handed in, or what speaks to the brand's own account, is about the brand. In a language on which the
    model was never trained its word is not enough to leave a post alone.
    """
    score, band = assessment.relevance, rules.relevance
    meant = mention.added or bool(rules.handles & {*mention.addressees, mention.quotes or ""})
    if score is None or band is None or meant or band.holds(score):
        return None
    if band.doubts(score) or "language" in assessment.unsure:
        return Reason.MAYBE_NOT_RELEVANT
    return Reason.NOT_RELEVANT
