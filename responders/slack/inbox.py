"""Reads what Slack delivers: a payload becomes a press and the ways to answer it. It raises nothing and asks nobody.

Payloads: https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.press import Person, Press, Verb
from responders.slack import carried

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A press, and the ways in which whoever pressed can be answered; each is empty where there is none."""

    press: Press
    trigger: str = ""
    """Opens a form, for three seconds."""
    response_url: str = ""
    channel: str = ""
    """Where the person can be shown something."""
    thread: str = ""
    view: str = ""
    """The open form that it came from."""
    submitted: bool = False
    """It is that form, filled in."""
    home: bool = False
    """It was asked in the App Home."""
    form: Payload | None = None
    people: tuple[str, ...] = ()
    """The fields whose values are people's ids."""


def read(kind: str, payload: Payload, sink: str, now: datetime) -> Asked | None:
    """The press in an envelope; None for anything that is none of ours, however malformed."""
    try:
        name = str(payload.get("type") or kind) if kind == "interactive" else kind
        reader = READERS.get(name)
        return reader(payload, sink, now) if reader else None
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, OSError):
        return None


def _pressed(payload: Payload, sink: str, now: datetime) -> Asked | None:
    """A button, or a choice of a menu."""
    action = payload["actions"][0]
    said = carried.pressed(action)
    if said.verb is None:
        return None
    container, message = payload.get("container") or {}, payload.get("message") or {}
    channel = str(container.get("channel_id") or (payload.get("channel") or {}).get("id") or "")
    ts, view = str(container.get("message_ts") or ""), payload.get("view") or {}
    lasting = channel and ts and not container.get("is_ephemeral")
    moment = action.get("action_ts") or payload["trigger_id"]
    mark = (ts or view.get("id"), action.get("action_id"), moment, said.verb, said.case_id)
    home = view.get("type") == "home"
    return Asked(
        Press(
            id=_id("press", _person(payload).id, *mark),
            verb=said.verb,
            by=_person(payload),
            at=now,
            sink=sink,
            case_id=said.case_id,
            mention_id=said.mention_id,
            place=f"{channel}:{ts}" if lasting else str(carried.submitted(view).place),
            fields=dict(said.kept),
        ),
        trigger=str(payload.get("trigger_id") or ""),
        response_url=str(payload.get("response_url") or ""),
        channel=channel or _channel_of(carried.submitted(view).place),
        thread=str(message.get("thread_ts") or ""),
        view="" if home else str(view.get("id") or ""),
        home=home,
    )


def _submitted(payload: Payload, sink: str, now: datetime) -> Asked | None:
    """A form, filled in."""
    view = payload["view"]
    said = carried.submitted(view)
    if said.verb is None:
        return None
    by = _person(payload)
    # After a fault the same view is submitted again, with the same hash: only the trigger tells the two apart.
    mark = (view["id"], view.get("hash"), payload.get("trigger_id"))
    return Asked(
        Press(
            id=_id("submit", by.id, *mark),
            verb=said.verb,
            by=by,
            at=now,
            sink=sink,
            case_id=said.case_id,
            mention_id=said.mention_id,
            place=said.place,
            fields={**said.kept, **carried.filled(view)},
        ),
        trigger=str(payload.get("trigger_id") or ""),
        channel=_channel_of(said.place),
        view=str(view["id"]),
        submitted=True,
        form=view,
        people=tuple(_people(view)),
    )


def _command(payload: Payload, sink: str, now: datetime) -> Asked | None:
    """A slash command; whatever its name is, only our own arrive."""
    by = Person(_required(payload["user_id"]), str(payload.get("user_name") or ""))
    channel, trigger = str(payload.get("channel_id") or ""), _required(payload["trigger_id"])
    words = {"text": str(payload.get("text") or "").strip()}
    return Asked(
        Press(_id("command", by.id, trigger), Verb.COMMAND, by, now, sink, place=channel, fields=words),
        trigger=trigger,
        response_url=str(payload.get("response_url") or ""),
        channel=channel,
    )


def _shortcut(payload: Payload, sink: str, now: datetime) -> Asked | None:
    """A shortcut: on a message, whose words come along, or anywhere."""
    if payload.get("callback_id") != Verb.ADD:
        return None
    by, message = _person(payload), payload.get("message") or {}
    channel = str((payload.get("channel") or {}).get("id") or "")
    ts = str(payload.get("message_ts") or message.get("ts") or "")
    text = unmarked(str(message.get("text") or ""))
    mark = (payload.get("action_ts"), ts) if payload.get("action_ts") else (payload["trigger_id"],)
    return Asked(
        Press(
            id=_id("shortcut", by.id, *mark),
            verb=Verb.ADD,
            by=by,
            at=now,
            sink=sink,
            place=f"{channel}:{ts}" if channel and ts else "",
            fields={"text": text} if text else {},
        ),
        trigger=str(payload.get("trigger_id") or ""),
        response_url=str(payload.get("response_url") or ""),
        channel=channel,
    )


def _event(payload: Payload, sink: str, now: datetime) -> Asked | None:
    """Somebody opened the Home; every other event is none of ours."""
    event = payload["event"]
    if event.get("type") != "app_home_opened" or event.get("tab", "home") != "home":
        return None
    by = Person(_required(event["user"]))
    number = payload.get("event_id") or event["event_ts"]
    return Asked(Press(_id("home", by.id, number), Verb.HOME, by, now, sink), home=True)


READERS: Mapping[str, Callable[[Payload, str, datetime], Asked | None]] = {
    "block_actions": _pressed,
    "view_submission": _submitted,
    "slash_commands": _command,
    "shortcut": _shortcut,
    "message_action": _shortcut,
    "events_api": _event,
}


def unmarked(text: str) -> str:
    """The words of a message without Slack's markup: links bare, people and channels by their names."""
    shown = re.sub(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>", r"\1", text)
    shown = re.sub(r"<[@#!][^|>]*\|([^>]*)>", r"\1", shown)
    shown = re.sub(r"<[@#!][^>]*>", "", shown)
    return html.unescape(shown).strip()


def _person(payload: Payload) -> Person:
    user = payload["user"]
    return Person(_required(user["id"]), str(user.get("name") or user.get("username") or ""))


def _people(view: Payload) -> Iterator[str]:
    for name, inputs in ((view.get("state") or {}).get("values") or {}).items():
        if any(element.get("selected_user") for element in inputs.values()):
            yield str(name)


def _channel_of(place: str) -> str:
    return place.partition(":")[0]


def _required(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a field that must be there is empty")
    return value


def _id(*parts: object) -> str:
    """The same however often Slack delivers it; nothing of it can be read back."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:40]
