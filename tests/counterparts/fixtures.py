"""The counterparts as pytest fixtures. A missing Node package is installed; only a missing X schema skips a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.counterparts import platforms, postgres
from tests.counterparts.platforms import Prism, Slack, Telegram
from tests.counterparts.slack_socket import Bridge, socket_bridge


@pytest.fixture(scope="session")
def counterpart_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the counterparts write their logs."""
    return tmp_path_factory.mktemp("counterparts")


@pytest.fixture(scope="session")
def postgres_url(counterpart_folder: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh PostgreSQL server."""
    with postgres.postgres(counterpart_folder / "postgres.log") as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh, empty database."""
    with postgres.database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def telegram_server(counterpart_folder: Path) -> Iterator[Telegram]:
    """A Telegram shared by the whole run."""
    with platforms.telegram(counterpart_folder) as server:
        yield server


@pytest.fixture
def telegram_bot(telegram_server: Telegram) -> Telegram:
    """The shared Telegram, seen by a bot of this test's own."""
    return telegram_server.another_bot()


@pytest.fixture(scope="session")
def slack_server(counterpart_folder: Path) -> Iterator[Slack]:
    """A Slack workspace shared by the whole run."""
    with platforms.slack(counterpart_folder) as server:
        yield server


@pytest.fixture
async def slack_socket(slack_server: Slack) -> AsyncIterator[Bridge]:
    """The shared workspace, empty, behind a Socket Mode of this test's own."""
    slack_server.reset()
    async with socket_bridge(slack_server) as bridge:
        yield bridge
    slack_server.reset()


@pytest.fixture(scope="session")
def prism_x(counterpart_folder: Path) -> Iterator[Callable[[str], Prism]]:
    """Serves X's schema by version, e.g. `prism_x("2026-08")`; each version is started once."""
    with ExitStack() as running:

        @cache
        def serve(version: str) -> Prism:
            spec = platforms.x_spec(version)
            if not spec.is_file():
                pytest.skip(f"no {spec.name}: set OVERHEARD_SPECS to the folder that holds X's OpenAPI files")
            return running.enter_context(platforms.prism(spec, counterpart_folder))

        yield serve
