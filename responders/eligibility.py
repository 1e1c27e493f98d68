"""Who may answer a mention in public: what the platform allows, capped by what the configuration allows."""

from __future__ import annotations

from models.channel import Manifest, ReplyRule
from models.decision import Eligibility
from models.mention import Mention

ORDER = (Eligibility.AUTO, Eligibility.DRAFT, Eligibility.LINK, Eligibility.NONE)
"""From most to least automatic."""


def eligibility(
    mention: Mention, manifest: Manifest, handles: frozenset[str], most: Eligibility, mode: str, has_responder: bool
) -> tuple[Eligibility, str]:
    """The verdict and its reason, in words for the card."""
    verdict, why = _platform(mention, manifest, handles)
    if not has_responder and verdict in (Eligibility.AUTO, Eligibility.DRAFT):
        verdict, why = Eligibility.LINK, f"no responder is set up to answer on {mention.channel}"
    ours = {"off": Eligibility.LINK, "draft": Eligibility.DRAFT, "on": Eligibility.AUTO}[mode]
    for cap, reason in ((most, f"the configuration allows {most} at most here"), (ours, f"replies are set to {mode}")):
        if ORDER.index(cap) > ORDER.index(verdict):
            verdict, why = cap, reason
    return verdict, why


def summoned(mention: Mention, handles: frozenset[str]) -> bool:
    """Whether the author called the brand's account: mentioned it, answered it or quoted it."""
    return bool(handles & mention.addressees) or (mention.quotes or "") in handles


def _platform(mention: Mention, manifest: Manifest, handles: frozenset[str]) -> tuple[Eligibility, str]:
    match manifest.reply:
        case ReplyRule.ADMITTED:
            return Eligibility.AUTO, manifest.why
        case ReplyRule.SUMMONED if summoned(mention, handles):
            return Eligibility.AUTO, "the author mentioned or quoted the account"
        case ReplyRule.SUMMONED | ReplyRule.PERSON:
            return Eligibility.LINK, manifest.why
        case ReplyRule.NEVER:
            return Eligibility.NONE, manifest.why
