"""Slack, as the real client meets it: cards arrive, are found again and are blanked, and a set-up is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from models.decision import Kind, Message
from models.errors import AuthFailed, Refused, Unconfirmed
from responders.slack.check import missing
from responders.slack.errors import Gone
from responders.slack.manifest import SCOPES
from responders.slack.outbox import SlackResponder
from responders.slack.pace import Pace
from tests.counterparts.platforms import Slack
from tests.counterparts.slack_socket import Bridge
from tests.responders.cards import CARD, message


@pytest.fixture
def workspace(slack_socket: Bridge) -> Slack:
    """An empty workspace."""
    return slack_socket.slack


def bot(bridge: Bridge, token: str = "", app_token: str | None = None) -> SlackResponder:
    """A bot in that workspace, in no need to wait."""
    app_token = bridge.app_token if app_token is None else app_token
    return SlackResponder("team", token or bridge.slack.token, bridge.base_url, 60, app_token, pace=0)


@pytest.fixture
async def responder(slack_socket: Bridge) -> AsyncIterator[SlackResponder]:
    """The bot as it should be."""
    made = bot(slack_socket)
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


async def test_check_names_a_missing_scope(slack_socket: Bridge) -> None:
    """A token that may not write is told apart from a good one before the first card is lost."""
    responder = bot(slack_socket, slack_socket.slack.token_without_scope)
    [fault] = await responder.check()
    assert "chat:write" in fault.what
    assert "install the app again" in fault.fix
    with pytest.raises(AuthFailed, match="chat:write"):
        await responder.send(message())
    await responder.aclose()


@pytest.mark.parametrize("scope", SCOPES)
def test_check_names_each_scope_of_the_manifest(scope: str) -> None:
    """Whichever is missing is named, with what it is for and the way to add it; where Slack tells none, none is."""
    [fault] = missing(",".join(one for one in SCOPES if one != scope))
    assert scope in fault.what
    assert SCOPES[scope] in fault.what
    assert "slack-manifest.yaml" in fault.fix
    assert missing(",".join([*SCOPES, "one:more"])) == []
    assert missing(None) == []


async def test_check_knows_a_wrong_token(slack_socket: Bridge) -> None:
    """A token that Slack does not know is one fault, with the place to make another; so is one of the wrong kind."""
    for token, what in (("xoxb-nobody", "does not know the token"), ("xapp-1", "app-level")):
        responder = bot(slack_socket, token)
        [fault] = await responder.check(["social-triage"])
        assert what in fault.what
        assert "OAuth & Permissions" in fault.fix
        await responder.aclose()


@pytest.mark.parametrize(
    ("app_token", "what"), [("", "no app_token"), ("xoxb-kestrelo", "not an app-level token"), (None, "")]
)
async def test_check_tries_the_socket(slack_socket: Bridge, app_token: str | None, what: str) -> None:
    """Without the right app token buttons would be dead; the fix says how to make one. No line is opened."""
    responder = bot(slack_socket, app_token=app_token)
    faults = await responder.check(["social-triage"])
    assert [what in fault.what and "connections:write" in fault.fix for fault in faults] == [True] * bool(what)
    assert slack_socket.lines == {}
    await responder.aclose()


@pytest.mark.parametrize(
    ("error", "fix"),
    [("invalid_auth", "xapp-"), ("missing_scope", "connections:write"), ("forbidden_team", "Socket Mode")],
)
async def test_check_says_why_slack_opens_no_socket(
    slack_socket: Bridge, responder: SlackResponder, error: str, fix: str
) -> None:
    """Each refusal has a fix about the app token, not about the bot's."""
    slack_socket.refusals = [(200, {"ok": False, "error": error}, {})]
    [fault] = await responder.check()
    assert error in fault.what
    assert fix in fault.fix


async def test_check_knows_people(slack_socket: Bridge, responder: SlackResponder) -> None:
    """A person may be a target: one who is there is no fault, one whom Slack does not know is."""
    mara = slack_socket.slack.user("mara")
    [fault] = await responder.check([f"@{mara}", "@U0NOBODY"])
    assert "no person @U0NOBODY" in fault.what


def moved(card: str, version: int, **changes: Any) -> Message:
    """The card of a case that has moved on."""
    body = replace(CARD, case_id="case-1", version=version, **changes).to_body()
    return message(Kind.EDIT, body, thread=card, key=f"edit-{version}")


async def test_a_card_is_drawn_anew_in_its_place(workspace: Slack, responder: SlackResponder) -> None:
    """The message is edited and stays the only one; its key is still found."""
    card = (await responder.send(message())).external_id
    edit = moved(card, 2, state="claimed", holder="Ana", holder_id="U0ANA01")
    assert (await responder.send(edit)).external_id == card
    [left] = history(workspace)
    assert "Ana" in str(left["blocks"]) or "U0ANA01" in str(left["blocks"])
    assert (left["metadata"]["event_payload"], left["ts"]) == ({"key": "key-alert"}, card.split(":")[1])
    assert await responder.find(edit) is None


async def test_an_older_drawing_never_replaces_a_newer_one(slack_socket: Bridge, responder: SlackResponder) -> None:
    """An edit that was in doubt and is sent again after the next one changes nothing."""
    card = (await responder.send(message())).external_id
    await responder.send(moved(card, 3, outcome="Resolved by Ana", state="resolved"))
    assert (await responder.send(moved(card, 2))).external_id == card
    assert len(slack_socket.calls_of("chat.update")) == 1


async def test_nothing_is_drawn_over_an_erased_card(slack_socket: Bridge, responder: SlackResponder) -> None:
    """What was blanked for its author stays blank, whatever was still on its way."""
    card = (await responder.send(message())).external_id
    await responder.send(message(Kind.ERASE, thread=card))
    await responder.send(moved(card, 9))
    [left] = history(slack_socket.slack)
    assert left["text"] == "[erased at the author's request]"


async def test_a_card_that_people_deleted_cannot_be_drawn(workspace: Slack, responder: SlackResponder) -> None:
    """The sender hears that it is gone; no second card is posted behind the team's back."""
    gone = f"{workspace.channel('social-triage')}:1795269720.000100"
    with pytest.raises(Gone, match="gone"):
        await responder.send(moved(gone, 2))
    with pytest.raises(Refused, match="no reference"):
        await responder.send(moved("", 2))
    assert history(workspace) == []


async def test_refused_blocks_of_a_drawing_go_as_words(workspace: Slack, responder: SlackResponder) -> None:
    """The card keeps its place and says in words what it should show; no old button stays on it."""
    card = (await responder.send(message())).external_id
    workspace.fail("chat.update", "invalid_blocks")
    await responder.send(moved(card, 2))
    [left] = history(workspace)
    assert not left.get("blocks")
    assert "Anybody??" in left["text"]


async def test_a_renamed_channel_is_still_the_same(workspace: Slack, responder: SlackResponder) -> None:
    """Once a card arrived, the next one follows the channel to its new name."""
    channel = workspace.channel("comms")
    await responder.send(message(target="comms"))
    workspace.call("conversations.rename", channel=channel, name="public-relations")
    receipt = await responder.send(message(target="comms", key="second"))
    assert receipt.external_id.startswith(f"{channel}:")


async def test_an_archived_channel_is_refused(workspace: Slack, responder: SlackResponder) -> None:
    """Nothing waits for a channel that takes nothing; the sender finds another place."""
    workspace.call("conversations.archive", channel=workspace.channel("winback"))
    with pytest.raises(Refused, match="is archived; unarchive it"):
        await responder.send(message(target=workspace.channel("winback")))


async def test_people_and_groups_are_called_by_name(slack_socket: Bridge, responder: SlackResponder) -> None:
    """Ids from the configuration become mentions, on a note and on a notice; anything else stays unread."""
    called = ["U0LEAD01", "@U0LEAD02", "S0GROUP1", "<!channel>", "everybody"]
    card = (await responder.send(message())).external_id
    for kind in (Kind.NOTE, Kind.NOTICE):
        thread = card if kind is Kind.NOTE else None
        await responder.send(message(kind, {"text": "Nobody has it <!here>", "mention": called}, thread=thread))
        blocks = slack_socket.calls_of("chat.postMessage")[-1]["blocks"]
        elements = blocks[0]["elements"][0]["elements"]
        assert [one.get("user_id") or one.get("usergroup_id") for one in elements if one["type"] != "text"] == [
            "U0LEAD01",
            "U0LEAD02",
            "S0GROUP1",
        ]
        assert "everybody" not in str(elements)


async def test_a_person_gets_a_message_of_their_own(slack_socket: Bridge, responder: SlackResponder) -> None:
    """An escalation to @U… goes to that person."""
    mara = slack_socket.slack.user("mara")
    receipt = await responder.send(message(Kind.NOTICE, target=f"@{mara}"))
    assert slack_socket.calls_of("chat.postMessage")[-1]["channel"] == mara
    assert receipt.external_id


async def test_messages_to_one_channel_keep_their_distance(slack_socket: Bridge) -> None:
    """At most one a second goes to a channel; another channel does not wait for it."""
    responder = bot(slack_socket)
    turns: list[str] = []

    class Counting(Pace):
        async def turn(self, key: str) -> None:
            turns.append(key)

    responder._posts = Counting(1.0)
    first = (await responder.send(message())).external_id
    await responder.send(message(Kind.NOTE, thread=first))
    await responder.send(message(target="support"))
    channel = first.split(":")[0]
    assert turns == ["social-triage", channel, "support"]
    await responder.aclose()
