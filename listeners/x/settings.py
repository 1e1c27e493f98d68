"""What the X listener may be told, and how much of the day's budget is left. Asks nobody."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydantic import Field, field_validator

from listeners.base import Spend
from models.settings.types import Duration, Secret, Table

_SAVE_FROM = 0.8


@dataclass(frozen=True, slots=True)
class Allowance:
    """Posts that may still be read today; ``saving`` from four fifths of the budget on."""

    posts: int
    saving: bool


class XSettings(Table):
    """How to search X, and for how much a day."""

    token: Secret = Field(description="The bearer token of an app in X's developer console.")
    base_url: str = Field("https://api.twitter.com", description="Where X's API is; another one for tests or a proxy.")
    query_extra: str = Field("", description="More conditions for every query in X's own words, such as lang:en.")
    addressed: bool = Field(False, description="Also hear posts that mention or answer the brand's own account.")
    own_ids: list[str] = Field([], description="Account ids of the brand, so that answers to it are known as such.")
    users: bool = Field(False, description="Ask for the authors' handles and followers, which X bills for each user.")
    max_results: int = Field(100, ge=10, le=100, description="Posts a page at most.")
    max_query_length: int = Field(512, ge=64, le=4096, description="Characters a query; 4096 on an enterprise plan.")
    posts_per_day: int = Field(2000, ge=0, description="Posts read a day (UTC) at most.")
    dollars_per_day: float = Field(10.0, ge=0, description="Dollars spent on reading a day (UTC) at most.")
    dollars_per_post: float = Field(0.005, ge=0, description="What X bills for a post that is read.")
    dollars_per_user: float = Field(0.010, ge=0, description="What X bills for a user that is read.")
    timeout: Duration = Field("30s", validate_default=True, description="How long one request may take.")

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError('must be an address such as "https://api.twitter.com"')
        return value.rstrip("/")

    @field_validator("own_ids")
    @classmethod
    def _numbers(cls, value: list[str]) -> list[str]:
        if not all(identifier.isascii() and identifier.isdigit() for identifier in value):
            raise ValueError('must be numbers in quotes such as ["2244994945"]; handles belong to the brand')
        return value

    def budget(self) -> str:
        """The day's budget in words."""
        return f"{self.posts_per_day} posts or ${self.dollars_per_day:.2f}"

    def cost(self, posts: int, users: int) -> float:
        """Dollars that a page has cost."""
        return posts * self.dollars_per_post + users * self.dollars_per_user

    def affordable(self, spent: Spend, share: float) -> int:
        """Posts that may still be looked up one by one, if this was spent of this share of the budget."""
        left = self.posts_per_day * share - spent.posts
        if self.dollars_per_post:
            left = min(left, (self.dollars_per_day * share - spent.dollars + 1e-6) / self.dollars_per_post)
        return max(0, math.floor(left))

    def allow(self, spent: Spend) -> Allowance:
        """What may still be read today; every post may bring a user along."""
        each = self.dollars_per_post + self.dollars_per_user * self.users
        left = float(self.posts_per_day - spent.posts)
        if each:
            # The cent of a cent forgives binary fractions: 10 - 9.95 is less than ten times 0.005.
            left = min(left, (self.dollars_per_day - spent.dollars + 1e-6) / each)
        dear = each > 0 and spent.dollars >= _SAVE_FROM * self.dollars_per_day
        saving = dear or spent.posts >= _SAVE_FROM * self.posts_per_day
        return Allowance(max(0, math.floor(left)), saving)
