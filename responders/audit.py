"""Which of the posts that the model would leave alone are shown to people instead.

Without such a sample nobody could say what is missed: people see only what they are shown.
"""

from __future__ import annotations

import hashlib

from models.decision import Reason
from models.mention import Mention
from responders.rules import Rules


def is_audited(mention: Mention, why: list[Reason], rules: Rules) -> bool:
    """Whether a post that is left alone for these reasons is in the sample; one that people see anyway is not."""
    told = Reason.WIDE_REACH in why and rules.targets["communications"]
    return Reason.EMPTY not in why and not told and sampled(mention.id, rules.audit)


def sampled(mention_id: str, share: float) -> bool:
    """Whether a mention falls into a share: the same after a crash, on every machine, and within a larger share."""
    drawn = int.from_bytes(hashlib.sha256(mention_id.encode()).digest()[:8], "big")
    return drawn < share * 2**64
