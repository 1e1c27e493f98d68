"""People at work in the Slack counterpart: what they press, type and fill in becomes the payloads that Slack sends."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.counterparts.slack_socket import APP, VIEWS, Acked, Bridge, faulty


@dataclass
class Agent:
    """Somebody at work in Slack: what they press, type and fill in."""

    bridge: Bridge
    id: str
    name: str
    stamps: Any = field(default_factory=lambda: itertools.count(1))

    async def click(self, place: str, verb: str, **more: Any) -> Acked:
        """Press the button, or choose the option of the menu, that asks for ``verb`` on the message ``CHANNEL:TS``."""
        return await self.bridge.deliver("interactive", await self.pressing(place, verb, **more))

    async def pressing(self, place: str, verb: str, *, case: str = "", trigger: str | None = None) -> dict[str, Any]:
        """The payload of that press. ``case`` tells the rows of a list apart."""
        channel, ts = place.split(":")
        slack = self.bridge.slack
        history = await asyncio.to_thread(slack.call, "conversations.replies", channel=channel, ts=ts)
        message = next(entry for entry in history["messages"] if entry["ts"] == ts)
        action = find_action(message.get("blocks") or (), verb, case)
        return {
            "type": "block_actions",
            "user": self._user(),
            "api_app_id": APP,
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "trigger_id": self.bridge.trigger(self.id) if trigger is None else trigger,
            "channel": {"id": channel, "name": "a-channel"},
            "message": message,
            "response_url": self._response_url(),
            "actions": [action | {"action_ts": self._stamp()}],
        }

    async def press_in_view(self, view: Mapping[str, Any], verb: str, *, case: str = "") -> Acked:
        """Press something in an open form or in the Home."""
        payload = {
            "type": "block_actions",
            "user": self._user(),
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.bridge.trigger(self.id, view["id"] if view["type"] == "modal" else ""),
            "view": view,
            "actions": [find_action(view["blocks"], verb, case) | {"action_ts": self._stamp()}],
        }
        return await self.bridge.deliver("interactive", payload)

    async def form(self) -> dict[str, Any]:
        """The form that was opened or changed last."""
        opened = [call for call in self.bridge.calls if call.method in VIEWS - {"views.publish"} and call.answer["ok"]]
        return self.bridge.views[opened[-1].answer["view"]["id"]]

    async def submit(self, view: Mapping[str, Any], **values: Any) -> Acked:
        """Fill in a form by the names of its fields and send it off; what is not named stays as it stood there."""
        acked = await self.bridge.deliver("interactive", await self.submitting(view, **values))
        said = acked.payload or {}
        if said.get("response_action") in ("update", "push"):
            shown = {**said["view"], "hash": self._stamp()}
            update = said["response_action"] == "update"
            shown["id"] = view["id"] if update else f"V0PUSHED{next(self.stamps)}"
            assert not faulty("views.update", {"view": said["view"]}), said["view"]
            self.bridge.views[shown["id"]] = shown
        return acked

    async def submitting(self, view: Mapping[str, Any], **values: Any) -> dict[str, Any]:
        """The payload of that submission."""
        state = {
            block["block_id"]: {block["element"]["action_id"]: filled(block["element"], values.get(block["block_id"]))}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        unknown = set(values) - set(state)
        assert not unknown, f"the form has no {unknown}, only {set(state)}"
        return {
            "type": "view_submission",
            "user": self._user(),
            "trigger_id": self.bridge.trigger(self.id),
            "view": {**view, "state": {"values": state}},
            "response_urls": [],
        }

    async def command(self, text: str, channel: str, command: str = "/overheard") -> Acked:
        """Type the slash command."""
        payload = {
            "command": command,
            "text": text,
            "user_id": self.id,
            "user_name": self.name,
            "channel_id": channel,
            "channel_name": "a-channel",
            "trigger_id": self.bridge.trigger(self.id),
            "response_url": self._response_url(),
            "api_app_id": APP,
        }
        return await self.bridge.deliver("slash_commands", payload)

    async def shortcut(self, callback: str = "add", message: Mapping[str, Any] | None = None) -> Acked:
        """Use a shortcut, on a message ``{"channel": …, "ts": …, "text": …}`` or anywhere."""
        payload: dict[str, Any] = {
            "type": "message_action" if message else "shortcut",
            "callback_id": callback,
            "user": self._user(),
            "trigger_id": self.bridge.trigger(self.id),
            "action_ts": self._stamp(),
        }
        if message:
            payload |= {
                "message_ts": message["ts"],
                "channel": {"id": message["channel"], "name": "a-channel"},
                "message": {"type": "message", "ts": message["ts"], "text": message["text"]},
                "response_url": self._response_url(),
            }
        return await self.bridge.deliver("interactive", payload)

    async def open_home(self, tab: str = "home") -> Acked:
        """Open the App Home."""
        event = {"type": "app_home_opened", "user": self.id, "channel": "D0HOME", "tab": tab, "event_ts": self._stamp()}
        payload = {"type": "event_callback", "event_id": f"Ev{uuid.uuid4().hex[:8]}", "event": event}
        return await self.bridge.deliver("events_api", payload)

    def _user(self) -> dict[str, str]:
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": "T0KESTRELO"}

    def _response_url(self) -> str:
        return f"{self.bridge.url}/respond/{uuid.uuid4().hex}"

    def _stamp(self) -> str:
        return f"{int(time.time())}.{next(self.stamps):06}"


def find_action(blocks: Sequence[Mapping[str, Any]], verb: str, case: str = "") -> dict[str, Any]:
    """The entry of ``actions`` for the button or the choice of a menu that asks for ``verb``."""
    found = [(block, part) for block in blocks for part in _parts(block)]
    for block, element in found:
        base = {"action_id": element["action_id"], "block_id": block.get("block_id", "b"), "type": element["type"]}
        if element["type"] == "button" and element["action_id"].partition(":")[0] == verb and case in element["value"]:
            return base | {"value": element["value"], "text": element["text"]}
        for option in element.get("options", ()):
            if json.loads(option["value"]).get("verb") == verb and case in option["value"]:
                return base | {"selected_option": option}
    raise AssertionError(f"nothing here asks for {verb}, only {[element['action_id'] for _, element in found]}")


def _parts(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = [*block.get("elements", ()), block.get("accessory")]
    return [part for part in parts if part and part.get("action_id")]


def filled(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The state of an input: with ``value`` in it, or as it stood there at first."""
    kind = element["type"]
    if kind in ("radio_buttons", "static_select"):
        options = {option["value"]: option for option in element["options"]}
        chosen = options[value] if value is not None else element.get("initial_option")
        return {"type": kind, "selected_option": chosen}
    names = {
        "plain_text_input": ("value", "initial_value"),
        "users_select": ("selected_user", "initial_user"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
        "datetimepicker": ("selected_date_time", "initial_date_time"),
    }
    name, first = names[kind]
    return {"type": kind, name: value if value is not None else element.get(first)}
