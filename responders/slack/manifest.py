"""What the Slack app must be allowed to do, once: the manifest that makes the app, and the scopes that ``check`` wants.

Its form is https://docs.slack.dev/reference/app-manifest. ``slack-manifest.yaml`` is written from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from models.press import Verb

SCOPES: Mapping[str, str] = {
    "chat:write": "posts and edits the cards",
    "commands": "takes the slash command and the shortcuts",
    "channels:read": "finds a public channel by its name",
    "channels:history": "looks whether a card has arrived in a public channel",
    "groups:read": "finds a private channel that the bot was invited to",
    "groups:history": "looks whether a card has arrived in a private channel",
    "users:read": "names the people who press",
    "files:write": "adds the digest's picture",
}
"""Each scope of the bot token, and what it is for."""

APP_SCOPE = "connections:write"
"""The scope of the app-level token, which the manifest cannot give: it is made by hand."""

EVENTS = ("app_home_opened",)
"""Talk in channels is not among them: it is internal, and the bot does not hear it."""

COMMAND = "/overheard"
HINT = "status | mine | queue | find TEXT | case CODE | report | mute | add | pause | resume | help"

FILE = "slack-manifest.yaml"
_INTRO = """\
# The Slack app. Make it under https://api.slack.com/apps: "Create New App", "From a manifest", then paste this file.
# Then make an app-level token with the scope connections:write under "Basic Information" (it is app_token),
# and install the app; the bot token under "OAuth & Permissions" is token.
# Written by `python -m docs.generate`. Change responders/slack/manifest.py, not this file.
"""


def manifest(command: str = COMMAND) -> dict[str, Any]:
    """The manifest as data; ``command`` as ``desk.command`` says."""
    return {
        "display_information": {
            "name": "Overheard",
            "description": "Hears who needs help in public, and brings them to the people who can give it.",
            "background_color": "#1d3557",
        },
        "features": {
            # Without the messages tab the bot could not write to a person.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "overheard", "always_online": True},
            "shortcuts": [
                _shortcut("Bring to Overheard", "message", "Make a case of the post that this message links to."),
                _shortcut("Add a missed post", "global", "Make a case of a post that was not heard."),
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": "Cases, sources and numbers of Overheard.",
                    "usage_hint": HINT,
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(command: str = COMMAND) -> str:
    """The whole text of ``slack-manifest.yaml``."""
    return _INTRO + "\n".join(_lines(manifest(command), 0)) + "\n"


def _shortcut(name: str, kind: str, description: str) -> dict[str, str]:
    return {"name": name, "type": kind, "callback_id": str(Verb.ADD), "description": description}


def _lines(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, part in value.items():
        start = f"{'  ' * depth}{name}:"
        if isinstance(part, Mapping):
            yield start
            yield from _lines(part, depth + 1)
        elif isinstance(part, list):
            yield start
            for entry in part:
                yield from _entry(entry, depth + 1)
        else:
            yield f"{start} {_plain(part)}"


def _entry(entry: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if not isinstance(entry, Mapping):
        yield f"{indent}- {_plain(entry)}"
        return
    first, *others = _lines(entry, depth + 1)
    yield f"{indent}- {first.lstrip()}"
    yield from others


def _plain(value: Any) -> str:
    """A scalar; JSON's are YAML's too."""
    return json.dumps(value, ensure_ascii=False)
