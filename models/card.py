"""The card: what an agent must see of a mention in five seconds, as data. Each sink draws it in its own way.

It holds masked text only: private data that the author gave away does not travel further.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on a card is text made for people, except the ids and links.

    ``why`` are the reasons in words; ``scores`` the two or three probabilities that mattered, as (name, share).
    ``reply_link`` opens the platform with ``draft`` filled in.
    """

    title: str
    brand: str
    channel: str
    author: str
    author_link: str
    text: str
    link: str
    posted_at: str
    reach: str
    why: tuple[str, ...]
    scores: tuple[tuple[str, float], ...]
    urgency: str
    private_data: str
    recommendation: str
    eligibility: str
    draft: str
    reply_link: str
    code: str
    route: str
    mentions: int = 1

    def to_body(self) -> dict[str, Any]:
        """Plain JSON for the outbox."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Card:
        """The card that ``to_body`` wrote."""
        values = dict(body) | {"why": tuple(body["why"]), "scores": tuple((name, p) for name, p in body["scores"])}
        return cls(**values)
