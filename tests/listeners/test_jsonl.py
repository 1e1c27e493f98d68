"""The JSONL listener reads whole lines once, in order, and survives whatever stands in them."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from listeners.base import Spend
from listeners.jsonl import JsonlListener
from models.errors import Unavailable
from models.mention import Author, Batch, Mention, Reach
from models.settings.sections import Brand

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mentions.jsonl"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file."""
    file = tmp_path / "mentions.jsonl"
    file.touch()
    return file


def listener_of(path: Path, **settings: Any) -> JsonlListener:
    """A listener that plays the file from its start, for the brand "kestrelo"."""
    chosen = JsonlListener.Settings.model_validate({"path": path, "from_start": True} | settings)
    return JsonlListener.from_settings("file", chosen, {"kestrelo": Brand(name="Kestrelo", terms=["kestrelo"])})


def append(path: Path, *lines: Any, end: bytes = b"\n") -> None:
    """Add lines: objects as JSON, bytes as they are."""
    with path.open("ab") as file:
        for line in lines:
            file.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + end)


async def heard(path: Path, cursor: str | None = None, **settings: Any) -> Batch:
    """One poll of a fresh listener: nothing may live between polls."""
    return await listener_of(path, **settings).poll(cursor, Spend(), NOW)


async def only(path: Path, line: Any) -> Mention:
    """The one mention of a line."""
    append(path, line)
    (mention,) = (await heard(path)).mentions
    return mention


async def test_every_field_arrives(path: Path) -> None:
    """Each documented field has its place in the mention."""
    line = {
        "channel": "forum", "id": 88301, "text": "Kestrelo fibre?", "posted_at": "2026-03-02T12:04:00+01:00",
        "author": {"id": "u-1", "handle": "len", "name": "Len", "followers": 12, "bot": True},
        "url": "https://forum.example/p-88301", "conversation_id": "th-1", "in_reply_to": "p-1", "lang": "en",
        "addressees": ["@Kestrelo_Help"], "quotes": "@Mara", "repost": True, "brand": "kestrelo",
        "reach": {"likes": 1, "reposts": 2, "replies": 3},
    }  # fmt: skip
    assert await only(path, line) == Mention(
        "forum", "88301", Author("u-1", "len", "Len", 12, bot=True), "Kestrelo fibre?",
        datetime(2026, 3, 2, 11, 4, tzinfo=UTC), "kestrelo", "https://forum.example/p-88301", "th-1", "p-1", "en",
        Reach(1, 2, 3), frozenset({"kestrelo_help"}), "mara", repost=True,
    )  # fmt: skip


async def test_text_alone_is_enough(path: Path) -> None:
    """A line with nothing but text is a post of an anonymous author, heard now, about a brand still to be found."""
    mention = await only(path, {"text": "Kestrelo is down"})
    assert (mention.channel, mention.author, mention.posted_at, mention.brand) == ("jsonl", Author(), NOW, "")


async def test_equal_lines_are_two_posts_and_rereading_makes_none(path: Path) -> None:
    """The id of a line without one holds its place: twice the same words are two posts, twice the same line is one."""
    append(path, {"text": "same"}, {"text": "same"})
    once, again = await heard(path), await heard(path)
    assert len({mention.id for mention in once.mentions + again.mentions}) == 2


async def test_only_what_is_appended_is_heard(path: Path) -> None:
    """Without from_start the first poll begins at the end, before a line that is being written."""
    append(path, {"text": "old"})
    append(path, b'{"text": "hal', end=b"")
    first = await heard(path, from_start=False)
    append(path, b'f"}')
    then = await heard(path, first.cursor, from_start=False)
    assert [mention.text for mention in first.mentions + then.mentions] == ["half"]


async def test_pages_lose_and_repeat_nothing(path: Path) -> None:
    """Following the cursor gives every line once, and `more` says whether another whole line waits."""
    append(path, *({"text": str(number)} for number in range(5)))
    append(path, b'{"text": "unfinished"}', end=b"")
    texts, more, cursor = [], [], None
    for _ in range(4):
        batch = await heard(path, cursor, page=2)
        cursor = batch.cursor
        texts += [mention.text for mention in batch.mentions]
        more.append(batch.more)
    assert (texts, more) == (["0", "1", "2", "3", "4"], [True, True, False, False])


@pytest.mark.parametrize("fresh", ["replaced", "shorter", "same inode"])
async def test_a_new_file_is_read_from_its_start(path: Path, fresh: str) -> None:
    """A file that was replaced, cut short or rewritten in place is heard from its first line."""
    append(path, {"text": "a line of the old file"})
    cursor = (await heard(path)).cursor
    if fresh == "replaced":
        path.rename(path.with_suffix(".1"))
        path.touch()
    else:
        os.truncate(path, 0)
    append(path, {"text": "new"}, *([{"text": "long" * 99}] if fresh == "same inode" else []))
    assert (await heard(path, cursor)).mentions[0].text == "new"


async def test_a_bom_crlf_and_empty_lines_are_fine(path: Path) -> None:
    """What Windows programs write is read as it was meant."""
    path.write_bytes(b'\xef\xbb\xbf{"text": "one"}\r\n\r\n{"text": "two"}\r\n')
    batch = await heard(path)
    assert ([mention.text for mention in batch.mentions], batch.spoiled) == (["one", "two"], ())


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"text": "canary', "Invalid JSON: EOF"),
        (b'\xff{"text": "canary"}', "Invalid JSON"),
        (b'{"text": "canary \\ud83d"}', "Invalid JSON"),
        (b'{"text": "canary \\u0000"}', "text: Value error, may not hold the character NUL"),
        (b"[" * 100_000, "Invalid JSON: recursion limit"),
        (b'["canary"]', "Input should be an object"),
        ({"id": "canary"}, "text: Field required"),
        ({"text": "canary", "colour": "canary"}, "'colour': Extra inputs are not permitted"),
        ({"text": "canary", "author": {"followers": "canary"}}, "author.followers: Input should be a valid integer"),
        ({"text": "canary", "posted_at": "2026-03-02T12:00:00"}, "posted_at: Input should have timezone info"),
        ({"text": "canary", "posted_at": "0001-01-01T00:00:00+05:00"}, "posted_at: Value error, is out of range"),
        ({"text": "canary", "brand": "brambel"}, "brand: must be one of kestrelo"),
        ({"text": "canary" * 200_000}, "longer than 1000000 bytes"),
    ],
)
async def test_a_bad_line_is_spoiled_and_the_rest_goes_on(path: Path, line: Any, fault: str) -> None:
    """A line that cannot be read is named by its number and its fault, without its words, and stops nothing."""
    append(path, {"text": "before"}, line, {"text": "after"})
    batch = await heard(path)
    assert [mention.text for mention in batch.mentions] == ["before", "after"]
    ((_, said),) = batch.spoiled
    assert said.startswith(f"line 2: {fault}")
    assert "canary" not in said


async def test_line_numbers_go_on_over_pages_and_restarts(path: Path) -> None:
    """The number in a fault is the line's number in the file, wherever reading began."""
    append(path, {"text": "one"}, {"text": "two"})
    cursor = (await heard(path, from_start=False)).cursor
    append(path, {"text": "three"}, b"broken")
    second = await heard(path, cursor, from_start=False)
    append(path, b"broken too")
    third = await heard(path, second.cursor, from_start=False)
    assert [fault.split(":")[0] for _, fault in second.spoiled + third.spoiled] == ["line 4", "line 5"]


async def test_a_long_text_is_read(path: Path) -> None:
    """A text of 100 kB is a post like any other."""
    assert len((await only(path, {"text": "k" * 100_000})).text) == 100_000


async def test_a_page_of_huge_lines_ends_early(path: Path) -> None:
    """A page ends after some megabytes, so that a page of huge lines cannot fill the memory."""
    append(path, *({"text": "k" * 900_000} for _ in range(12)))
    batch = await heard(path)
    assert (len(batch.mentions), batch.more) == (9, True)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
async def test_what_is_no_file_is_unavailable(tmp_path: Path, kind: str) -> None:
    """A file that is missing, or is none, is named; `check` says what to do."""
    target = tmp_path / "mentions.jsonl"
    {"missing": lambda _: None, "folder": os.mkdir, "pipe": os.mkfifo}[kind](target)
    with pytest.raises(Unavailable, match=r"mentions\.jsonl"):
        await heard(target)
    (fault,) = await listener_of(target).check()
    assert "correct the listener's path" in fault.fix


async def test_a_file_that_appears_later_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Where nothing is at the first poll, all that comes is new: the operator is told, and no first post is lost."""
    path = tmp_path / "mentions.jsonl"
    first = await heard(path, from_start=False)
    assert (first.mentions, first.warning) == ((), f"{path} does not exist yet")
    with pytest.raises(Unavailable, match=r"mentions\.jsonl: No such file"):
        await heard(path, first.cursor, from_start=False)
    assert len(await listener_of(path, from_start=False).check()) == 1
    append(path, {"text": "one"})
    then = await heard(path, first.cursor, from_start=False)
    append(path, {"text": "two"})
    later = await heard(path, then.cursor, from_start=False)
    assert [mention.text for mention in then.mentions + later.mentions] == ["one", "two"]


async def test_a_cursor_of_another_kind_begins_anew(path: Path) -> None:
    """A name that had another kind of listener before does not stop this one."""
    append(path, {"text": "one"})
    assert len((await heard(path, "not-a-place")).mentions) == 1


async def test_the_log_never_holds_the_words(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No level of the log shows what a post says."""
    caplog.set_level(logging.DEBUG)
    append(path, {"text": "canary"}, b'{"text": "canary')
    await heard(path, "1:2:3")
    assert "canary" not in caplog.text


async def test_the_examples_are_in_the_documented_form() -> None:
    """Every line that ships as an example is read without a fault, and `check` finds nothing."""
    listener = listener_of(EXAMPLES, page=1000)
    batch = await listener.poll(None, Spend(), NOW)
    assert batch.mentions
    assert (batch.spoiled, await listener.check()) == ((), [])
