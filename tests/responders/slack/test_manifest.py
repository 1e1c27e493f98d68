"""The Slack app's manifest: as the code has it, within Slack's limits, and never asking for more than is used."""

from __future__ import annotations

from pathlib import Path

import yaml

from models.press import Verb
from models.settings.desk import DeskSettings
from responders.slack.manifest import COMMAND, EVENTS, FILE, SCOPES, as_yaml, manifest

ROOT = Path(__file__).parents[3]


def test_the_file_is_what_the_code_says() -> None:
    """Whoever makes the app pastes what the bot needs; if not: python -m docs.generate."""
    assert (ROOT / FILE).read_text("utf-8") == as_yaml(), "run: python -m docs.generate"


def test_the_file_reads_back() -> None:
    """The YAML says exactly what the data say, whatever the command is called."""
    assert yaml.safe_load(as_yaml()) == manifest()
    assert yaml.safe_load(as_yaml("/kestrelo"))["features"]["slash_commands"][0]["command"] == "/kestrelo"


def test_the_command_is_the_one_of_the_settings() -> None:
    """The default of desk.command is the command that the manifest makes."""
    assert DeskSettings().command == COMMAND


def test_slack_takes_the_manifest() -> None:
    """Every text keeps the length of https://docs.slack.dev/reference/app-manifest."""
    made = manifest()
    shown, features = made["display_information"], made["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    for shortcut in features["shortcuts"]:
        assert set(shortcut) == {"name", "type", "callback_id", "description"}
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert shortcut["callback_id"] == Verb.ADD
    assert [shortcut["type"] for shortcut in features["shortcuts"]] == ["message", "global"]
    [command] = features["slash_commands"]
    assert 2 <= len(command["command"]) <= 32


def test_presses_come_by_the_socket_and_talk_does_not_come_at_all() -> None:
    """No public address is named, and of all events only the opening of the Home is heard."""
    made = manifest()
    assert made["settings"]["socket_mode_enabled"]
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert made["settings"]["event_subscriptions"] == {"bot_events": ["app_home_opened"]}
    assert list(EVENTS) == ["app_home_opened"]
    assert "url" not in as_yaml().partition("display_information")[2]


def test_every_scope_says_what_it_is_for() -> None:
    """The app asks for nothing that nobody can explain, and for nothing that posts as somebody else."""
    assert manifest()["oauth_config"]["scopes"] == {"bot": list(SCOPES)}
    assert all(SCOPES.values())
    assert not {"chat:write.customize", "chat:write.public", "users:read.email"} & set(SCOPES)
