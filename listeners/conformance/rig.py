"""The rig of a listener: how a test publishes posts on a channel, takes them back and breaks the channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from listeners.base import Listener
from models.rig import FAULTS, PAGE, Rig
from models.settings.sections import Brand

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A moment for platforms that take any."""
STRANGER, OWN, BOT = "stranger", "own", "bot"
"""Who writes: somebody, the brand's own account, or an account that the platform knows as a bot's."""

CHECKS = {
    "past": "there are posts before the first poll",
    "more": "posts come in pages, and a full page says more",
    "late": "a post can be shown after a later one was heard",
    "order": "the posts of a page can stand in another order than that of their moments",
    "delete": "an author can delete a post that was not heard yet",
    "told": "the platform tells of a deletion (Batch.gone)",
    "gone": "the listener can ask whether posts are still there (Rechecks)",
    "fetch": "the listener can fetch one post (Fetches)",
    "edit": "a post can be edited, and is heard again",
    "forget": "the platform can forget the place of a cursor",
    "own": "the brand has an account there that writes",
    "bot": "the platform knows which accounts are bots",
    "once": "without a crash, no post is handed over twice",
    "clock": "our clock can differ from the platform's",
    "hold": "a poll can hang",
    "secret": "there is a secret",
} | {fault: f"the fault {fault} of models.rig" for fault in FAULTS}
"""What a rig may name in ``cannot``."""


class ListenerRig(Rig):
    """One channel with one listener.

    ``listener`` is the plug-in's class. ``page`` is how many posts a page of the listener holds. ``late`` is by how
    much a post may come late and must still be heard. ``quiet`` is after how many empty polls in a row a test stops:
    more than 1 for a stream, which may need a moment to bring what was published. ``own_faults`` are faults besides
    ``models.rig.FAULTS`` that ``fault`` can play, such as a file that is missing; each must end in Unavailable or in
    what ``errors`` says.
    """

    listener: ClassVar[type[Any]]
    page: ClassVar[int] = PAGE
    late: ClassVar[timedelta] = timedelta(seconds=2)
    quiet: ClassVar[int] = 1
    own_faults: ClassVar[tuple[str, ...]] = ()

    @property
    def now(self) -> datetime:
        """The platform's clock, in UTC; our polls are made at this moment."""
        return START

    @property
    def brands(self) -> Mapping[str, Brand]:
        """What the listener is made for: the brand Kestrelo, whose own account is kestrelo_official everywhere."""
        channel = self.listener.manifest.name if self.listener.manifest else self.kind
        return {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"], handles={channel: ["kestrelo_official"]})}

    def make(self, **own: Any) -> Listener:
        """A fresh listener with its own settings ``own`` changed, as after a restart; by ``from_settings``."""
        raise NotImplementedError

    async def publish(self, *texts: str, by: str = STRANGER, late: timedelta = timedelta()) -> list[str]:
        """Post each text, and let pass the time until it can be heard; returns the posts' ids on the platform.

        The ids are those that ``Mention.external_id`` must hold, in the order of the texts. All texts name Kestrelo.
        ``by`` is who writes. With ``late``, the post's moment is that much before now, though it is shown only now.
        """
        raise NotImplementedError

    async def publish_out_of_order(self, *texts: str) -> None:
        """Post all texts so that the platform does not show them in the order of their moments."""
        await self.publish(*texts[::2])
        await self.publish(*texts[1::2], late=self.late)

    async def delete(self, external_id: str) -> None:
        """The author deletes a post, and time passes until it shows."""
        raise NotImplementedError

    async def edit(self, external_id: str, text: str) -> None:
        """The author changes a post's text, and time passes until it shows."""
        raise NotImplementedError

    async def forget(self) -> None:
        """The platform forgets the place of every cursor that it has given out, and all posts but the newest page."""
        raise NotImplementedError
