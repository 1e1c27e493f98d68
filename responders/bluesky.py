"""Bluesky: answers those who tagged the account. A message has one place in our repository, so it is posted once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import Field

from models.channel import Counting, Manifest
from models.check import Fault
from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, Refused, Unconfirmed
from models.length import cut
from models.manifests import MANIFESTS
from models.settings.types import Pause, Secret, Table
from responders.bluesky_pds import ASK_BLUESKY, Pds

POSTS = "app.bsky.feed.post"
MENTION = "app.bsky.richtext.facet#mention"
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The digits of a TID, in their order: https://atproto.com/specs/tid."""
FIRST, SPAN = 1_672_531_200_000_000, 63_000_000_000_000
"""Microseconds since 1970, and how many of them our TIDs are spread over: two years that are past."""
LABEL = (
    "label the account as a bot (Bluesky asks for it): Settings, Account, Automation label; "
    "or put the self-label 'bot' on its profile record"
)


class BlueskyResponder:
    """Replies under the account's name; ``target`` is the at:// URI of the post to answer."""

    class Settings(Table):
        """What a Bluesky responder can be told."""

        account: str = Field(min_length=3, description="The account's handle, without the @, or its DID.")
        password: Secret = Field(description="An app password of the account; never its own password.")
        url: str = Field(
            "https://bsky.social", pattern=r"^https?://\S+$", description="The account's PDS, or its provider."
        )
        timeout: Pause = Field("10s", validate_default=True, description="How long one answer may take.")

    manifest: ClassVar[Manifest | None] = MANIFESTS["bluesky"]
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.REPLY})

    def __init__(self, name: str, pds: Pds) -> None:
        self.name = name
        self._pds = pds

    @classmethod
    def from_settings(cls, name: str, settings: Any) -> Self:
        """Make one; raises ValueError with the fix for a missing password."""
        account = settings.account.strip().removeprefix("@")
        return cls(name, Pds(settings.url, account, settings.password.reveal(), settings.timeout.total_seconds()))

    async def send(self, message: Message) -> Receipt:
        """Post it. Sent again, it meets itself at its own place, and nothing is added."""
        if message.kind is not Kind.REPLY:
            raise Refused(f"a {message.kind} has no place on Bluesky")
        text = _fit(message.body.get("text"))
        reply = await self._reply_to(message.target)
        created = (message.queued_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
        record: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": created.replace("+00:00", "Z")}
        record |= {"reply": reply} | _facets(text)
        place = {"repo": self._pds.did, "collection": POSTS, "rkey": place_of(message.key)}
        try:
            # Without a record to swap: it is made, or it is there already.
            body = place | {"record": record, "swapRecord": None}
            made = await self._pds.write("com.atproto.repo.putRecord", body)
        except FileExistsError:
            return self._receipt(message)
        if made.get("uri") != self._receipt(message).external_id:
            raise Unconfirmed("Bluesky's answer does not name the post")
        return self._receipt(message)

    async def find(self, message: Message) -> Receipt | None:
        """Whether there is a post at the message's place; the PDS knows for certain."""
        await self._pds.sign_in()
        try:
            place = {"repo": self._pds.did, "collection": POSTS, "rkey": place_of(message.key)}
            await self._pds.ask("com.atproto.repo.getRecord", **place)
        except LookupError:
            return None
        return self._receipt(message)

    async def check(self, places: Sequence[str] = ()) -> list[Fault]:
        """Whether the account can sign in and says that it is a bot."""
        try:
            await self._pds.sign_in()
            place = {"repo": self._pds.did, "collection": "app.bsky.actor.profile", "rkey": "self"}
            profile = (await self._pds.ask("com.atproto.repo.getRecord", **place)).get("value") or {}
        except LookupError:
            profile = {}
        except AuthFailed as error:
            return [Fault(str(error), ASK_BLUESKY)]
        except EdgeError as error:
            return [Fault(str(error), "look at the network and at url, then try again")]
        values = [label.get("val") for label in (profile.get("labels") or {}).get("values") or ()]
        return [] if "bot" in values else [Fault("readers cannot see that the account is a bot", LABEL)]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._pds.aclose()

    def _receipt(self, message: Message) -> Receipt:
        rkey = place_of(message.key)
        return Receipt(f"at://{self._pds.did}/{POSTS}/{rkey}", f"https://bsky.app/profile/{self._pds.did}/post/{rkey}")

    async def _reply_to(self, target: str) -> Mapping[str, Any]:
        """The post that is answered and the first of its thread; raises Refused where no answer is welcome."""
        found = re.fullmatch(rf"at://(did:[^/]+)/{re.escape(POSTS)}/([^/]+)", target)
        if not found:
            raise Refused("no reply can go to this target: it takes the at:// URI of a post")
        try:
            place = {"repo": found[1], "collection": POSTS, "rkey": found[2]}
            answered = await self._pds.ask("com.atproto.repo.getRecord", **place)
        except LookupError:
            raise Refused("the post is not there any more") from None
        record, parent = answered.get("value") or {}, {"uri": target, "cid": answered.get("cid")}
        try:
            if self._pds.did not in tagged(record):
                raise Refused("the author did not tag the account, and Bluesky asks bots to answer nobody else")
            return {"root": (record.get("reply") or {}).get("root") or parent, "parent": parent}
        except (AttributeError, TypeError):
            raise Refused("the post is in no shape that could be answered") from None


def place_of(key: str) -> str:
    """The key of the record that a message becomes, always the same: a TID, as posts must have one."""
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16])
    number = (FIRST + digest % SPAN) << 10 | digest >> 64 & 1023
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def tagged(record: Mapping[str, Any]) -> frozenset[str]:
    """The DIDs that a post calls: mentioned, answered or quoted."""
    reply, embed = record.get("reply") or {}, (record.get("embed") or {}).get("record") or {}
    uris = ((reply.get("parent") or {}).get("uri"), (embed.get("record") or embed).get("uri"))
    features = (feature for facet in record.get("facets") or () for feature in facet.get("features") or ())
    mentioned = (str(feature.get("did")) for feature in features if feature.get("$type") == MENTION)
    return frozenset([*mentioned, *(str(uri).removeprefix("at://").partition("/")[0] for uri in uris if uri)])


def _fit(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Refused("the message has no text")
    return cut(text, MANIFESTS["bluesky"].max_length, Counting.GRAPHEMES)


def _facets(text: str) -> dict[str, Any]:
    """Where the links and hashtags are, in bytes: on Bluesky a text alone holds none."""
    from atproto_client.models.utils import get_model_as_dict
    from atproto_client.utils.facet_detection import detect_facets

    found = [get_model_as_dict(facet) for facet in detect_facets(text)]
    return {"facets": found} if found else {}
