"""Pauses that a test can wait for, on a machine that is busy with something else."""

from __future__ import annotations

import pytest

from responders.slack import socket_mode
from responders.slack.socket_mode import SlackSocket


def line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the line to Slack."""
    pauses = {"LINGER": 0.05, "PULSE": 0.05, "FIRST_PAUSE": 0.01, "LONGEST_PAUSE": 0.05, "CONNECT": 60.0}
    for name, seconds in pauses.items():
        monkeypatch.setattr(SlackSocket, name, seconds)
    monkeypatch.setattr(socket_mode, "PING", 60.0)
