"""The platforms that our counterparts play: how a test reaches one and speaks to it as the people on it do."""

from __future__ import annotations

import gzip
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.counterparts import install
from tests.counterparts.servers import LOCAL, node, post

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Telegram:
    """A Telegram with one bot. Any token `<digits>:kestrelo…` is a bot of its own; every other one is refused."""

    url: str
    token: str = "1001:kestrelo"
    tokens: Iterator[int] = field(default_factory=lambda: itertools.count(1002), repr=False)

    @property
    def bot_url(self) -> str:
        """The `base_url` of python-telegram-bot."""
        return f"{self.url}/bot"

    def another_bot(self) -> Telegram:
        """The same server seen by a fresh bot, which nobody has written to yet."""
        return replace(self, token=f"{next(self.tokens)}:kestrelo")

    def say(self, chat_id: int, text: str, *, kind: str = "message", **fields: Any) -> int:
        """A person writes in a chat (negative id: a group) that the bot sees; returns the message_id.

        `fields` go into the Bot API message as they are (`sender` stands for `from`); an edit is
        `kind="edited_message"` with the message_id.
        """
        sender = {"id": 7, "is_bot": False, "first_name": "Ines", "username": "ines"} | fields.pop("sender", {})
        group = {"type": "supergroup", "title": "Neighbours"}
        chat = {"id": chat_id} | (group if chat_id < 0 else {"type": "private", "first_name": "Ines"})
        message = {"from": sender, "chat": chat, "date": int(time.time()), "text": text} | fields
        answer = post(f"{self.url}/say", {"token": self.token, "kind": kind, "message": message})
        return int(answer["message_id"])

    def tap(self, chat_id: int, message_id: int, data: str, by: int = 7) -> None:
        """A person taps on a button below a message of the bot's."""
        sender = {"id": by, "is_bot": False, "first_name": "Ines"}
        group = {"id": chat_id, "type": "supergroup", "title": "Neighbours"}
        # A date, because a message without one cannot be read: https://core.telegram.org/bots/api#message
        message = {"message_id": message_id, "chat": group, "date": int(time.time()), "text": "?"}
        post(f"{self.url}/sendCallback", {"botToken": self.token, "from": sender, "message": message, "data": data})

    def sent(self, chat_id: int) -> list[dict[str, Any]]:
        """What this bot has sent to a chat, oldest first, as the parameters of sendMessage and a message_id."""
        history = post(f"{self.url}/getUpdatesHistory", {"token": self.token})["result"]
        return [
            {**entry["message"], "message_id": entry["messageId"]}
            for entry in history
            if str(entry.get("message", {}).get("chat_id")) == str(chat_id)
        ]

    def fail(
        self, method: str, status: int, description: str, *, retry_after: int | None = None, times: int = 1
    ) -> None:
        """Refuse this bot's next calls of a method."""
        body = {"status": status, "description": description, "retry_after": retry_after}
        post(f"{self.url}/fail", {"token": self.token, "method": method, "times": times, **body})

    def lose_answer(self, method: str, *, times: int = 1) -> None:
        """Carry out this bot's next calls of a method, but drop the connection before the answer."""
        post(f"{self.url}/fail", {"token": self.token, "method": method, "times": times, "lose": True})


@dataclass(frozen=True, slots=True)
class Slack:
    """A Slack workspace (slack.yaml). `token` may write, `token_without_scope` may only read."""

    host: str
    token: str = "xoxb-kestrelo"
    token_without_scope: str = "xoxb-noscope"
    admin_token: str = "xoxp-admin"

    @property
    def url(self) -> str:
        """The `base_url` of AsyncWebClient."""
        return f"{self.host}/api/"

    def channel(self, name: str) -> str:
        """The id of a channel, which changes with every start and reset."""
        listed = self.call("conversations.list", types="public_channel,private_channel", limit=200)["channels"]
        return str(next(entry["id"] for entry in listed if entry["name"] == name))

    def user(self, name: str) -> str:
        """The id of a person, which changes with every start and reset."""
        return str(next(entry["id"] for entry in self.call("users.list")["members"] if entry["name"] == name))

    def call(self, method: str, **fields: Any) -> Any:
        """Call a Web API method as the workspace's administrator; RuntimeError when Slack refuses it."""
        answer = post(self.url + method, fields, Authorization=f"Bearer {self.admin_token}")
        if not answer["ok"]:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer

    def fail(self, method: str, error: str, *, status: int = 200, retry_after: int | None = None) -> None:
        """Refuse the next call of a method, e.g. `("chat.postMessage", "ratelimited", status=429, retry_after=3)`."""
        body = {"error": error, "status": status, "retry_after": retry_after}
        post(f"{self.host}/fail", {"token": self.token, "method": method, "times": 1, **body})

    def lose_answer(self, method: str, *, times: int = 1) -> None:
        """Carry out the next calls of a method, but drop the connection before the answer."""
        post(f"{self.host}/fail", {"token": self.token, "method": method, "times": times, "lose": True})

    def reset(self) -> None:
        """Back to slack.yaml: no messages, no failures to come, new channel ids."""
        post(f"{self.host}/reset", {})


@dataclass(frozen=True, slots=True)
class Prism:
    """X's published schema, answering."""

    url: str


def x_spec(version: str) -> Path:
    """Where X's OpenAPI file of a version should be; the caller checks that it is there."""
    folder = os.environ.get("OVERHEARD_SPECS")
    specs = Path(folder) if folder else REPOSITORY.parent / "shared" / "specs"
    return specs / f"x-openapi-{version}.json.gz"


@contextmanager
def prism(spec: Path, folder: Path) -> Iterator[Prism]:
    """Serve an OpenAPI file; `folder` receives the unpacked file and the log."""
    plain = folder / spec.stem
    plain.write_bytes(gzip.decompress(spec.read_bytes()))
    entry = install.MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
    command = [str(entry), "mock", "--host", LOCAL, "--port", "{port}", str(plain)]
    with node(command, folder / f"prism-{plain.stem}.log") as port:
        yield Prism(f"http://{LOCAL}:{port}")


@contextmanager
def telegram(folder: Path) -> Iterator[Telegram]:
    """Serve Telegram's Bot API; `folder` receives the log."""
    with node([str(HERE / "telegram.js")], folder / "telegram.log") as port:
        yield Telegram(f"http://{LOCAL}:{port}")


@contextmanager
def slack(folder: Path) -> Iterator[Slack]:
    """Serve Slack's Web API; `folder` receives the log."""
    with node([str(HERE / "slack.js")], folder / "slack.log") as port:
        yield Slack(f"http://{LOCAL}:{port}")
