"""Instagram: answers comments on the brand's own posts, as the account. It never tries twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import Field

from models.channel import Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.manifests import MANIFESTS
from models.settings.types import Duration, Secret, Table
from responders.graph import API, Graph

MANIFEST = MANIFESTS["instagram"]


class InstagramResponder:
    """Posts below comments; ``target`` is the id of what is answered."""

    class Settings(Table):
        """Whose account answers on Instagram."""

        account_id: str = Field(
            pattern=r"^\d{5,20}$", description="The account that answers, by its id at the Graph API."
        )
        token: Secret = Field(description="A page token with the permission to write comments, of a reviewed app.")
        handle: str = Field("", description="The account's name, for people to read.")
        base_url: str = Field(API, pattern=r"^https?://\S+$", description="Where the Graph API is, with its version.")
        timeout: Duration = Field("20s", validate_default=True, description="How long one request may take.")

    manifest: ClassVar[Manifest | None] = MANIFEST
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing token."""
        token, timeout = settings.token.reveal(), settings.timeout.total_seconds()
        return cls(Graph("Instagram", token, settings.base_url, timeout, settings.account_id))

    async def send(self, message: Message) -> Receipt:
        """Post it once. After a lost answer it is ``Unconfirmed``: Meta has no key to repeat a comment safely."""
        return await self._graph.comment(message, "replies", MANIFEST)

    async def find(self, message: Message) -> Receipt | None:
        """Our comment with these words, below what it answers."""
        return await self._graph.find(message, "replies", "id,text,username,from", MANIFEST)

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether the token is good and the account is there."""
        return await self._graph.check()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._graph.aclose()
