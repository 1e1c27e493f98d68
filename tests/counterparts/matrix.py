"""A real Matrix home server (synapse), and the people on it by its own API."""

from __future__ import annotations

import atexit
import hashlib
import hmac
import itertools
import json
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.counterparts.servers import LOCAL, started

SHARED = "registration-secret"
_COUNT = itertools.count(1)
CONFIG = """
server_name: localhost
pid_file: {folder}/synapse.pid
listeners:
  - port: {port}
    type: http
    bind_addresses: ["127.0.0.1"]
    resources: [{{names: [client]}}]
database: {{name: sqlite3, args: {{database: "{folder}/synapse.db"}}}}
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
log_config: {folder}/log.yaml
registration_shared_secret: {shared}
macaroon_secret_key: macaroon
form_secret: form
trusted_key_servers: []
report_stats: false
presence: {{enabled: false}}
rc_room_creation: {{per_second: 1000, burst_count: 1000}}
rc_registration: {{per_second: 1000, burst_count: 1000}}
rc_admin_redaction: {{per_second: 1000, burst_count: 1000}}
rc_message: {{per_second: 10000, burst_count: 10000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
rc_joins: {{local: {{per_second: 1000, burst_count: 1000}}}}
rc_invites: {{per_user: {{per_second: 1000, burst_count: 1000}}, per_room: {{per_second: 1000, burst_count: 1000}}}}
"""
LOG = "version: 1\nhandlers: {out: {class: logging.StreamHandler}}\nroot: {level: ERROR, handlers: [out]}\n"


class Synapse:
    """A home server with the domain "localhost"."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._people: dict[str, str] = {}

    def token(self, name: str) -> str:
        """A person's access token; the person is made with the first."""
        if name not in self._people:
            nonce = self._ask("GET", "/_synapse/admin/v1/register")["nonce"]
            signed = "\x00".join((nonce, name, "pw", "notadmin"))
            mac = hmac.new(SHARED.encode(), signed.encode(), hashlib.sha1).hexdigest()
            body = {"nonce": nonce, "username": name, "password": "pw", "admin": False, "mac": mac}
            self._people[name] = str(self._ask("POST", "/_synapse/admin/v1/register", body)["access_token"])
        return self._people[name]

    def room(self, *people: str) -> str:
        """A fresh room that the first made and all are in."""
        first, *others = people
        body = {"preset": "public_chat", "room_version": "11"}
        room = str(self.call(first, "POST", "/createRoom", body)["room_id"])
        for name in others:
            self.call(name, "POST", f"/join/{quote(room)}", {})
        return room

    def invite(self, room: str, by: str, name: str) -> None:
        """Somebody asks somebody in."""
        self.call(by, "POST", f"/rooms/{quote(room)}/invite", {"user_id": f"@{name}:localhost"})

    def say(self, room: str, name: str, text: str, **more: Any) -> str:
        """Somebody says something; returns the event's id."""
        body = {"msgtype": "m.text", "body": text} | more
        path = f"/rooms/{quote(room)}/send/m.room.message/{next(_COUNT)}"
        return str(self.call(name, "PUT", path, body)["event_id"])

    def edit(self, room: str, name: str, event: str, text: str) -> None:
        """Somebody changes what they said."""
        new = {"msgtype": "m.text", "body": text}
        self.say(
            room,
            name,
            f"* {text}",
            **{"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event}},
        )

    def redact(self, room: str, name: str, event: str) -> None:
        """Somebody takes back what they said."""
        self.call(name, "PUT", f"/rooms/{quote(room)}/redact/{quote(event)}/{next(_COUNT)}", {})

    def said(self, room: str, name: str) -> list[dict[str, Any]]:
        """The messages of a room, oldest first, as somebody sees them."""
        page = self.call(name, "GET", f"/rooms/{quote(room)}/messages?dir=b&limit=100")
        return [event for event in reversed(page["chunk"]) if event["type"] == "m.room.message"]

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """What a client of somebody asks."""
        return self._ask(method, f"/_matrix/client/v3{path}", body, self.token(name))

    def _ask(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@cache
def synapse() -> Synapse:
    """The server of this run; it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="synapse-"))
    running = ExitStack()
    atexit.register(running.close)
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    (folder / "log.yaml").write_text(LOG)

    def command(port: int) -> list[str]:
        config = folder / "hs.yaml"
        config.write_text(CONFIG.format(folder=folder, port=port, shared=SHARED))
        return [sys.executable, "-m", "synapse.app.homeserver", "-c", str(config), "--generate-keys"]

    def serve(port: int) -> list[str]:
        import subprocess

        subprocess.run(command(port), check=True, capture_output=True, timeout=120)
        return command(port)[:-1]

    port = running.enter_context(started(serve, log=folder / "start.log"))
    return Synapse(f"http://{LOCAL}:{port}")
