"""What an event of a Matrix room says as a mention: who, to whom, in which conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.matrix.event import MISSHAPEN, mention_of, redacted
from models.mention import Mention

ME = "@kestrelo:localhost"
ROOM = "!room:localhost"


def event(body: str = "it is slow", **content: Any) -> dict[str, Any]:
    """A message of Mara."""
    said = {"msgtype": "m.text", "body": body} | content
    return {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": "@Mara:localhost",
        "origin_server_ts": 1_772_452_800_000,
        "content": said,
    }


def heard(body: str = "it is slow", private: bool = False, **content: Any) -> Mention | None:
    """The message as a mention."""
    return mention_of(ROOM, event(body, **content), ME, frozenset({"kestrelo_brand:localhost"}), private)


def test_a_message_is_whole() -> None:
    """Its id holds the room, without which the event could not be asked for."""
    found = heard()
    assert found is not None
    assert (found.external_id, found.conversation_id) == ("!room:localhost/$1", "!room:localhost/$1")
    assert (found.author.id, found.author.handle) == ("@Mara:localhost", "Mara:localhost")
    assert found.posted_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert (found.addressees, found.author.bot) == (frozenset(), False)


@pytest.mark.parametrize(
    ("body", "private", "content"),
    [
        ("hi @kestrelo:localhost", False, {}),
        ("hi", True, {}),
        ("hi", False, {"m.mentions": {"user_ids": [ME]}}),
    ],
)
def test_who_speaks_to_the_bot_addresses_the_brand(body: str, private: bool, content: dict[str, Any]) -> None:
    """By the platform's own mention, by name, or alone with it: so that a wish to stop is heard."""
    found = heard(body, private, **content)
    assert found is not None
    assert {"kestrelo_brand:localhost", "kestrelo:localhost"} <= found.addressees


def test_a_notice_is_of_a_bot() -> None:
    """By convention only programs send notices."""
    found = heard(msgtype="m.notice")
    assert found is not None
    assert found.author.bot


def test_an_answer_knows_what_it_answers() -> None:
    """The quote that old clients put in front is not the author's."""
    found = heard("> <@ada:localhost> is it on?\n\nno", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}})
    assert found is not None
    assert (found.text, found.in_reply_to, found.conversation_id) == ("no", "!room:localhost/$0", "!room:localhost/$0")


def test_a_thread_is_one_conversation() -> None:
    """Its messages answer nobody in particular, whatever the fallback for old clients says."""
    relation = {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$9"},
    }
    found = heard(**{"m.relates_to": relation})
    assert found is not None
    assert (found.conversation_id, found.in_reply_to) == ("!room:localhost/$root", None)


def test_an_edit_has_the_id_of_what_it_edits() -> None:
    """Its words are the new ones."""
    relation = {"rel_type": "m.replace", "event_id": "$0"}
    found = heard("* new", **{"m.new_content": {"msgtype": "m.text", "body": "new"}, "m.relates_to": relation})
    assert found is not None
    assert (found.external_id, found.text, found.edited_at) == ("!room:localhost/$0", "new", found.posted_at)


@pytest.mark.parametrize("content", [{"msgtype": "m.location"}, {"body": ""}, {"msgtype": None}])
def test_what_holds_no_words_is_no_mention(content: dict[str, Any]) -> None:
    """Nor is what was redacted."""
    assert heard(**content) is None
    assert mention_of(ROOM, event() | {"content": {}}, ME, frozenset(), private=False) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"content": None},
        {"content": 5},
        {"sender": 7},
        {"sender": "mara"},
        {"origin_server_ts": "now"},
        {"origin_server_ts": 10**30},
        {"content": {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.replace"}}},
    ],
)
def test_a_broken_event_raises_what_the_listener_knows(broken: dict[str, Any]) -> None:
    """Any other error would end the poll."""
    with pytest.raises(MISSHAPEN):
        mention_of(ROOM, event() | broken, ME, frozenset(), private=False)


@pytest.mark.parametrize("told", [{"content": {"redacts": "$1"}}, {"content": {}, "redacts": "$1"}])
def test_a_redaction_names_what_it_takes_back(told: dict[str, Any]) -> None:
    """In rooms of all versions."""
    assert redacted(told) == "$1"
