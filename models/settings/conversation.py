"""The table of the configuration that says which posts belong together, and how deletions are looked for."""

from __future__ import annotations

from pydantic import Field, model_validator

from models.settings.types import Duration, Table


class ConversationSettings(Table):
    """One conversation: who says the same, what a post answers, what was deleted."""

    window: Duration = Field(
        "24h",
        validate_default=True,
        description="Posts of several people that say the same share a card for so long after its case began; "
        "0s means never.",
    )
    suggested: float = Field(
        0.65,
        ge=0,
        le=1,
        description="From this likeness on (0 to 1) a card names the case that its post looks like; people join them.",
    )
    confirmed: float = Field(
        0.80,
        ge=0,
        le=1,
        description="From this likeness on a post is counted on the first one's card and has none of its own, unless "
        "it is graver, or its numbers, places or private data differ.",
    )
    least_words: int = Field(
        6, ge=1, description="Shorter posts are never counted on another's card: many people say the same three words."
    )
    parents: bool = Field(
        True, description="Fetch the post that a mention answers, where its platform lets us, and show it on the card."
    )
    recheck_budget: float = Field(
        0.25,
        ge=0,
        le=1,
        description="The share of a listener's daily budget that may go into looking for deleted posts.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> ConversationSettings:
        if self.suggested > self.confirmed:
            raise ValueError("suggested must not be above confirmed")
        return self
