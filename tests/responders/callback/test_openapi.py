"""schemathesis against the page: whatever is sent to what the description names, it stays within the description."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    status_code_conformance,
    unsupported_method,
)

from models.contact import ContactKind, Given, NewConsent, NewContact
from models.store import Store, casework, contacts
from models.vault import Vault
from responders.callback.app import HEADERS, callback_app
from responders.callback.front import Front
from responders.callback.server import bound, server_of
from responders.callback.visitors import Visits
from tests.fakes.clock import FakeClock
from tests.responders.callback.bench import CASE, MANY, complaint, with_page
from tests.responders.callback.test_path import ANA

KEY = Fernet.generate_key().decode()
PORT: list[int] = []


def described() -> dict[str, Any]:
    """The description."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text("utf-8"))
    return found


schema = schemathesis.openapi.from_dict(described())
LINKS: dict[str, list[str]] = {}
"""Links that are good, so that not all that is tried ends at a 404."""


@pytest.fixture(scope="module", autouse=True)
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Served by a thread of its own, because schemathesis waits for its answers."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('page')}/page.db")
    complaint(store)
    os.environ["PAGE_KEYS"] = KEY
    clock, values = FakeClock(), with_page("PAGE_KEYS")
    vault = Vault.from_settings(values.callback)
    assert vault
    front = Front(values, store, vault, clock, Visits(MANY))
    new, consent = NewContact(ContactKind.PRIVATE), NewConsent("private", "yes", "en", "page")
    given = store.do(contacts.give, CASE.id, new, consent, values.callback, vault, clock())
    assert isinstance(given, Given)
    base = values.callback.url
    LINKS["part"] = [front.links.of(CASE.code).removeprefix(f"{base}/c/"), front.links.survey(CASE.code)[-18:]]
    LINKS["token"] = [given.receipt_token]
    server, ready = server_of(callback_app(front)), threading.Event()

    async def serve() -> None:
        with await bound("127.0.0.1:0") as place:
            PORT[:] = [place.getsockname()[1]]
            ready.set()
            await server.serve(sockets=[place])

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    yield
    server.should_exit = True
    thread.join()
    store.do(casework.claim, CASE.id, ANA, clock())
    store.close()


def careful(ctx: CheckContext, response: Response, case: Any) -> None:
    """Every answer has the headers, and nothing that was sent comes back as markup."""
    for name, value in HEADERS.items():
        assert response.headers.get(name) == [value], name
    assert b"<script" not in response.content.lower()


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_page_stays_within_its_description(case: schemathesis.Case) -> None:
    """No failure of ours, no status, header or kind of content that is not described, and no method that is not."""
    for name, good in LINKS.items():
        given = str((case.path_parameters or {}).get(name, ""))
        if given and len(given) % 2:
            case.path_parameters[name] = good[len(given) // 2 % len(good)]
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance]
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{PORT[0]}", checks=[*checks, unsupported_method, careful], timeout=10
    )
