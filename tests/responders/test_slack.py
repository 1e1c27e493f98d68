"""Slack, as the real client meets it: cards arrive, are found again and are blanked, and a set-up is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from models.decision import Kind
from models.errors import AuthFailed, Unconfirmed
from responders.slack import SlackResponder
from tests.counterparts.platforms import Slack
from tests.responders.cards import message


@pytest.fixture
def workspace(slack_server: Slack) -> Iterator[Slack]:
    """An empty workspace."""
    slack_server.reset()
    yield slack_server
    slack_server.reset()


@pytest.fixture
async def responder(workspace: Slack) -> AsyncIterator[SlackResponder]:
    """The bot in that workspace."""
    made = SlackResponder("team", workspace.token, workspace.url)
    yield made
    await made.aclose()


def history(workspace: Slack, name: str = "social-triage") -> list[dict[str, Any]]:
    """What stands in a channel, newest first."""
    fields = {"channel": workspace.channel(name), "include_all_metadata": True}
    return list(workspace.call("conversations.history", **fields)["messages"])


async def test_a_card_arrives_with_its_key(workspace: Slack, responder: SlackResponder) -> None:
    """The card stands in the channel, its receipt names it, and it carries the message's key."""
    receipt = await responder.send(message())
    [posted] = history(workspace)
    assert receipt.external_id == f"{workspace.channel('social-triage')}:{posted['ts']}"
    assert posted["metadata"] == {"event_type": "overheard", "event_payload": {"key": "key-alert"}}
    assert posted["blocks"][0]["text"]["text"] == "🔴 Call this customer now"
    assert posted["text"].startswith("Call this customer now · Anna Lind")


async def test_a_later_post_goes_under_its_card(workspace: Slack, responder: SlackResponder) -> None:
    """A note is in the thread of the card and found there; one without a card goes to the channel."""
    card = await responder.send(message())
    channel, ts = card.external_id.split(":")
    note = message(Kind.NOTE, thread=card.external_id, target="support")
    receipt = await responder.send(note)
    replies = workspace.call("conversations.replies", channel=channel, ts=ts)["messages"]
    assert [entry["text"] for entry in replies][1:] == ["Another post by Anna Lind (@anna_l)"]
    assert await responder.find(note) == receipt
    await responder.send(message(Kind.NOTE, target="support", key="loose"))
    assert [entry["metadata"]["event_payload"]["key"] for entry in history(workspace, "support")] == ["loose"]


async def test_an_erased_card_keeps_nothing(workspace: Slack, responder: SlackResponder) -> None:
    """Erasing a card takes its text and its blocks away, as often as one likes; a card that is gone is erased."""
    card = await responder.send(message())
    erase = message(Kind.ERASE, thread=card.external_id)
    for _ in range(2):
        assert await responder.send(erase) == card
    [left] = history(workspace)
    assert left["text"] == "[erased at the author's request]"
    assert not left.get("blocks")
    assert await responder.find(erase) is None
    gone = f"{workspace.channel('social-triage')}:1795269720.000100"
    assert (await responder.send(message(Kind.ERASE, thread=gone))).external_id == gone


async def test_a_card_is_found_by_its_key(workspace: Slack, responder: SlackResponder) -> None:
    """After a lost answer the card is found by name and by id of the channel; another key is not."""
    workspace.lose_answer("chat.postMessage")
    with pytest.raises(Unconfirmed):
        await responder.send(message())
    assert len(history(workspace)) == 1
    by_name = await responder.find(message(target="#social-triage"))
    by_id = await responder.find(message(target=workspace.channel("social-triage")))
    assert by_name is not None
    assert by_name == by_id
    assert await responder.find(message(key="another")) is None


async def test_a_good_set_up_has_no_faults(responder: SlackResponder) -> None:
    """The right token and a channel with the bot in it pass."""
    assert await responder.check(["social-triage", "#support"]) == []


@pytest.mark.parametrize(
    ("target", "what", "fix"),
    [
        ("random", "not in random", '"/invite @'),
        ("nowhere", "no channel nowhere", "check the name"),
        ("#board", "no channel #board", "private"),
    ],
)
async def test_check_says_what_keeps_the_bot_from_a_channel(
    responder: SlackResponder, target: str, what: str, fix: str
) -> None:
    """A channel without the bot, an unknown one and a hidden one are faults, each with its fix."""
    [fault] = await responder.check([target])
    assert what in fault.what
    assert fix in fault.fix


async def test_check_sees_an_archived_channel(workspace: Slack, responder: SlackResponder) -> None:
    """A channel that was archived takes no cards."""
    workspace.call("conversations.archive", channel=workspace.channel("comms"))
    [fault] = await responder.check([workspace.channel("comms")])
    assert "archived" in fault.what


async def test_check_names_a_missing_scope(workspace: Slack) -> None:
    """A token that may not write is told apart from a good one before the first card is lost."""
    responder = SlackResponder("team", workspace.token_without_scope, workspace.url)
    [fault] = await responder.check()
    assert "chat:write" in fault.what
    assert "install the app again" in fault.fix
    with pytest.raises(AuthFailed, match="chat:write"):
        await responder.send(message())
    await responder.aclose()


async def test_check_knows_a_wrong_token(workspace: Slack) -> None:
    """A token that Slack does not know is one fault, with the place to make another."""
    responder = SlackResponder("team", "xoxb-nobody", workspace.url)
    [fault] = await responder.check(["social-triage"])
    assert "does not know the token" in fault.what
    assert "OAuth & Permissions" in fault.fix
    await responder.aclose()
