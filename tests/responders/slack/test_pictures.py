"""A digest's picture in Slack: uploaded with its words, found again, and never in the way of other messages."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from models.decision import Kind
from models.errors import EdgeError, Refused, Unavailable
from responders.slack.outbox import SlackResponder
from tests.counterparts.platforms import Slack
from tests.responders.cards import message


def chunk(kind: bytes, data: bytes) -> bytes:
    """A piece of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


DOT = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0))
DOT += chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
BODY = {
    "title": "The last 24 hours",
    "text": "2 calls recommended & <!channel>",
    "alt": "Three diagrams of the numbers",
    "png": DOT,
}


@pytest.fixture
def workspace(slack_server: Slack) -> Iterator[Slack]:
    """An empty workspace."""
    slack_server.reset()
    yield slack_server
    slack_server.reset()


@pytest.fixture
async def bot(workspace: Slack) -> AsyncIterator[SlackResponder]:
    """The bot in it."""
    made = SlackResponder("team", workspace.token, workspace.url)
    yield made
    await made.aclose()


def picture(**fields: Any) -> Any:
    """The message of a digest."""
    return message(Kind.PICTURE, BODY, key="0123456789abcdef-digest", **fields)


def history(workspace: Slack) -> list[dict[str, Any]]:
    """What stands in the channel."""
    return list(workspace.call("conversations.history", channel=workspace.channel("social-triage"))["messages"])


async def test_a_picture_arrives_with_its_words(workspace: Slack, bot: SlackResponder) -> None:
    """One message: the file, its title and the escaped words; it is found again by the file's name."""
    receipt = await bot.send(picture())
    [posted] = history(workspace)
    [file] = posted["files"]
    assert (file["name"], file["title"]) == ("overheard-0123456789abcdef.png", "The last 24 hours")
    assert file["size"] == len(DOT)
    assert posted["text"] == "2 calls recommended &amp; &lt;!channel&gt;"
    assert receipt.external_id == f"file:{file['id']}"
    assert await bot.find(picture()) is not None
    assert await bot.find(message(Kind.PICTURE, BODY, key="another")) is None


@pytest.mark.parametrize(
    ("method", "error", "expected"),
    [
        ("files.getUploadURLExternal", "missing_scope", Refused),
        ("files.completeUploadExternal", "is_archived", Refused),
        ("files.completeUploadExternal", "ratelimited", Unavailable),
    ],
)
async def test_what_refuses_a_picture(
    workspace: Slack, bot: SlackResponder, method: str, error: str, expected: type[EdgeError]
) -> None:
    """A scope that only pictures need must not stop the cards, so its lack is a refusal and no broken token."""
    workspace.fail(method, error)
    with pytest.raises(expected):
        await bot.send(picture())
    assert history(workspace) == []


async def test_a_channel_that_does_not_exist(bot: SlackResponder) -> None:
    """An unknown place is refused with its fix."""
    with pytest.raises(Refused, match="sees no channel nowhere"):
        await bot.send(picture(target="nowhere"))
