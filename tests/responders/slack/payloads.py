"""What Slack delivers, written down by hand: one payload of each kind, after Slack's own reference."""

from __future__ import annotations

import json
from typing import Any

USER = {"id": "U0MARA1", "username": "mara", "name": "mara", "team_id": "T0KESTRELO"}
CARRIED = json.dumps({"case": "c-1", "mention": "m-1"})
METADATA = json.dumps({"case": "c-1", "mention": "m-1", "seen": 3, "kept": {"draft": "d"}, "place": "C0TRIAGE:17.01"})


def button(action_id: str = "claim", **more: Any) -> dict[str, Any]:
    """A button was pressed on a card."""
    return {
        "type": "block_actions",
        "user": USER,
        "container": {"type": "message", "message_ts": "17.01", "channel_id": "C0TRIAGE", "is_ephemeral": False},
        "trigger_id": "1.2.abc",
        "channel": {"id": "C0TRIAGE", "name": "triage"},
        "message": {"ts": "17.01", "text": "A card"},
        "response_url": "https://hooks.slack.example/actions/1",
        "actions": [
            {"type": "button", "action_id": action_id, "block_id": "b", "value": CARRIED, "action_ts": "18.5"},
        ],
        **more,
    }


def choice(verb: str = "snooze") -> dict[str, Any]:
    """An entry of the overflow menu was chosen."""
    value = json.dumps({"verb": verb, "case": "c-1", "mention": "m-1"})
    action = {"type": "overflow", "action_id": "more", "action_ts": "18.6", "selected_option": {"value": value}}
    return button(actions=[action])


def form(callback_id: str = "hand_over.submit", **more: Any) -> dict[str, Any]:
    """A form was filled in."""
    values = {
        "to": {"to:1": {"type": "users_select", "selected_user": "U0TOMAS"}},
        "note": {"note:1": {"type": "plain_text_input", "value": "She is on the train."}},
        "empty": {"empty:1": {"type": "plain_text_input", "value": None}},
    }
    view = {
        "id": "V0FORM",
        "hash": "156.abc",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": METADATA,
        "state": {"values": values},
        "blocks": [],
    }
    return {"type": "view_submission", "user": USER, "trigger_id": "1.3.abc", "view": view, **more}


def command(text: str = "mine") -> dict[str, Any]:
    """The slash command was typed."""
    return {
        "command": "/overheard",
        "text": text,
        "user_id": "U0MARA1",
        "user_name": "mara",
        "channel_id": "C0ANY",
        "trigger_id": "1.4.abc",
        "response_url": "https://hooks.slack.example/commands/1",
    }


def shortcut(text: str = "") -> dict[str, Any]:
    """A shortcut was used: on a message, if there is a text, or anywhere."""
    anywhere = {"type": "shortcut", "callback_id": "add", "user": USER, "trigger_id": "1.5.abc", "action_ts": "19.1"}
    if not text:
        return anywhere
    message = {"type": "message", "ts": "12.3", "text": text, "user": "U0TOMAS"}
    return anywhere | {
        "type": "message_action",
        "message_ts": "12.3",
        "message": message,
        "channel": {"id": "C0ANY", "name": "any"},
        "response_url": "https://hooks.slack.example/actions/2",
    }


def home(tab: str = "home") -> dict[str, Any]:
    """The Home of the app was opened."""
    event = {"type": "app_home_opened", "user": "U0MARA1", "channel": "D0HOME", "tab": tab, "event_ts": "20.1"}
    return {"type": "event_callback", "event_id": "Ev1", "event": event}
