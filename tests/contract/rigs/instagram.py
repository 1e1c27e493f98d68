"""The rigs of Instagram: the brand's account, on a fake of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from listeners.base import Listener
from listeners.conformance.rig import OWN, STRANGER
from listeners.meta.instagram import InstagramListener
from responders.base import Responder
from responders.instagram import InstagramResponder
from tests.contract.rigs.facebook import FacebookReplyRig, FacebookRig
from tests.fakes.graph_server import ACCOUNT_ID, GraphServer


class InstagramRig(FacebookRig):
    """Posts that tag the account."""

    kind = "instagram"
    listener = InstagramListener

    def make(self, **own: Any) -> Listener:
        """A fresh listener."""
        told = self.told() | {"account_id": ACCOUNT_ID, "page": self.page, "watched": 0} | own
        return InstagramListener.from_settings("i", InstagramListener.Settings.model_validate(told), self.brands)

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Posts with a tag."""
        writer = "kestrelo_official" if by == OWN else "mara.k"
        return [self.server.tag(text, by=writer, late=late) for text in texts]


class InstagramReplyRig(FacebookReplyRig):
    """The account answers a comment."""

    kind = "instagram"
    responder = InstagramResponder

    def __init__(self, server: GraphServer) -> None:
        self.server = server
        self.target = server.comment(server.media(), "kestrelo is down")

    def make(self, **own: Any) -> Responder:
        told = {"account_id": ACCOUNT_ID, "token": {"env": "RIG_GRAPH"}, "base_url": self.server.url} | own
        settings = InstagramResponder.Settings.model_validate({"timeout": self.timeout} | told)
        return InstagramResponder.from_settings("i", settings)


LISTENER = InstagramRig
RESPONDER = InstagramReplyRig
