"""Which channels may be spoken to at all, and what becomes of a decision on one that is in shadow."""

from __future__ import annotations

from collections.abc import Callable

from models.channel import Manifest, Manifests, ReplyRule
from models.decision import Decision
from models.manifests import MANIFESTS, manifest_of
from models.settings import Settings

Barred = Callable[[str], str]
"""Channel → why no program of ours may say anything there; empty where one may."""

IN_SHADOW = "the channel is in shadow, so nothing is written there"


def shadowed(decision: Decision) -> Decision:
    """The decision without anything that could be seen: no case, no message, no promise. The whole stands beside it."""
    return Decision(
        decision.route, decision.reasons, decision.eligibility, decision.eligibility_reason, shadow=decision
    )


def barred_from(manifest: Manifest) -> str:
    """Why no program may write on a channel, in the words of its rules; empty where one may."""
    if manifest.may_send:
        return ""
    who = "nobody answers" if manifest.reply is ReplyRule.NEVER else "only people answer"
    return f"{who} there: {manifest.why}"


def barred_by(manifests: Manifests = MANIFESTS, settings: Settings | None = None) -> Barred:
    """The last word on every public reply, asked when it is sent: a channel's rules, and whether it is in shadow."""

    def barred(channel: str) -> str:
        if why := barred_from(manifest_of(channel, manifests)):
            return why
        return IN_SHADOW if settings and settings.channel(channel).shadow else ""

    return barred
