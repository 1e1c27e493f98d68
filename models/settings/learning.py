"""Settings of what people's judgement is used for: the audit sample, and the corrections."""

from __future__ import annotations

from pydantic import Field

from models.settings.types import Table


class AuditSettings(Table):
    """A sample of what the bot leaves alone, shown to people, so that misses can be counted."""

    share: float = Field(
        0.01,
        ge=0,
        le=0.2,
        description="The share of posts that the model would leave alone and that people are shown instead; 0 is off.",
    )


class CorrectionsSettings(Table):
    """What people's corrections may be used for: all of them to tune thresholds, most of them to train a model.

    X's developer terms forbid to train a model on its posts, so corrections on the channel x are left out of training.
    """

    also_train_on: list[str] = Field(
        [],
        description="Channels that gave you permission to train a model on their posts though their terms forbid it.",
    )
