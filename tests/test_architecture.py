"""Who may import whom, where an SDK may be spoken to, and how long a file and a function may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("models", "listeners", "classifiers", "responders", "insights", "engine")
MAY_IMPORT = {room: {room, "models"} for room in ROOMS} | {"models": {"models"}, "engine": set(ROOMS)}
LONGEST_FILE, LONGEST_FUNCTION = 300, 50

SPOKEN_TO_IN = {
    "atproto": {"listeners/bluesky/pds.py", "responders/bluesky_pds.py"},
    "atproto_client": {"listeners/bluesky/pds.py", "responders/bluesky.py", "responders/bluesky_pds.py"},
    "tweepy": {
        *("listeners/x/search.py", "listeners/x/http.py", "listeners/x/stream_http.py"),
        *("responders/x.py", "responders/x_http.py"),
    },
    "telegram": {"listeners/telegram/chats.py", "listeners/telegram/message.py", "responders/telegram.py"},
    "feedparser": {"listeners/feed/document.py"},
    "slack_sdk": {f"responders/slack/{name}.py" for name in ("web", "socket_mode")},
    "asyncpraw": {"listeners/reddit/http.py"},
    "asyncprawcore": {"listeners/reddit/http.py"},
    "mastodon": {"responders/mastodon.py"},
    "aioimaplib": {
        "listeners/mail/mailbox.py",
        "listeners/mail/imap.py",
        "responders/mail.py",
        "responders/mail_lookup.py",
    },
    "aiosmtplib": {"responders/mail.py"},
    "nio": {"listeners/matrix/http.py", "responders/matrix.py"},
    "cryptography": {"models/vault.py"},
    "phonenumbers": {"models/phone.py", "classifiers/pii.py"},
    **{name: {"responders/callback"} for name in ("starlette", "uvicorn", "jinja2", "itsdangerous", "limits")},
    "torch": {"classifiers"},
    "transformers": {"classifiers"},
    "safetensors": {"classifiers"},
    "apscheduler": {"engine/calendar.py"},
    "prometheus_client": {"insights/metrics.py"},
    "alembic": {"models/store/schema.py", "models/migrations"},
    "psycopg": {"models/store"},
    "typer": {"bot.py", "engine/commands"},
}
"""An SDK and the files, or the folder, that may import it. A file may share its SDK with the one that it splits."""

WEB_SERVER = {"insights/server.py", "listeners/webhook/webhook.py", "models/rig_site.py"}
HEAVY = ("torch", "transformers", "tweepy", "telegram", "slack_sdk", "apscheduler", "alembic", "rich", "aiohttp")


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of the house, by its path."""
    paths = [ROOT / "bot.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Every module that is imported anywhere in it, and the statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module), node


def top(module: str) -> str:
    """The package that a module belongs to."""
    return module.partition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_they_may(room: str) -> None:
    """models imports no other room, each other room only models and itself, and engine all of them."""
    strays = [
        f"{path} imports {module}"
        for path, tree in trees().items()
        if path.startswith(f"{room}/")
        for module, _ in imports(tree)
        if top(module) in {*ROOMS, "bot", "tests", "benchmarks"} and top(module) not in MAY_IMPORT[room]
    ]
    assert strays == []


def test_only_the_command_line_imports_the_engine() -> None:
    """Nothing but bot.py and the engine itself knows how the house runs."""
    found = {path for path, tree in trees().items() for module, _ in imports(tree) if top(module) == "engine"}
    assert {path for path in found if not path.startswith("engine/")} == {"bot.py"}


@pytest.mark.parametrize("sdk", SPOKEN_TO_IN)
def test_an_sdk_stays_in_its_own_file(sdk: str) -> None:
    """What belongs to a vendor is imported only where it is spoken to."""
    found = {path for path, tree in trees().items() for module, _ in imports(tree) if top(module) == sdk}
    homes = SPOKEN_TO_IN[sdk]
    assert {path for path in found if not any(path == home or path.startswith(f"{home}/") for home in homes)} == set()


def test_the_web_server_stays_in_its_own_file() -> None:
    """aiohttp's server side is imported where a port of ours is; its client may serve wherever a channel needs HTTP."""
    found = {
        path
        for path, tree in trees().items()
        for module, node in imports(tree)
        if module == "aiohttp.web" or (module == "aiohttp" and any(name.name == "web" for name in node.names))  # type: ignore[attr-defined]
    }
    assert found == WEB_SERVER


def test_a_channel_is_one_listener_and_one_responder() -> None:
    """No channel's listener imports another's, and no responder another's: each can be taken out alone."""
    channels = ("x", "telegram", "slack", "jsonl", "console")
    strays = []
    for path, tree in trees().items():
        room, _, name = path.partition("/")
        own = next((channel for channel in channels if re.split(r"[/._]", name)[0] == channel), None)
        if room not in ("listeners", "responders") or own is None:
            continue
        for module, _ in imports(tree):
            other = re.split(r"[._]", module.removeprefix(f"{room}."))[0]
            if module.startswith(f"{room}.") and other in channels and other != own:
                strays.append(f"{path} imports {module}")
    assert strays == []


def test_the_desk_and_slack_do_not_know_each_other() -> None:
    """Presses and answers (models.press, models.form) are all that passes between them, so either may be replaced."""
    pairs = (("responders/desk/", "responders.slack"), ("responders/slack/", "responders.desk"))
    strays = [
        f"{path} imports {module}"
        for room, other in pairs
        for path, tree in trees().items()
        if path.startswith(room)
        for module, _ in imports(tree)
        if module == other or module.startswith(f"{other}.")
    ]
    assert strays == []


def test_heavy_imports_are_lazy_where_every_command_passes() -> None:
    """bot.py, models and the engine's entrances import nothing heavy at their top."""
    entrances = ["bot.py", "engine/plugins.py", "listeners/__init__.py", "responders/__init__.py"]
    light = [*entrances, *(path for path in trees() if path.startswith("models/") and "migrations" not in path)]
    found = [
        f"{path}: {module}"
        for path in light
        for module, node in imports(trees()[path])
        if top(module) in HEAVY and node in trees()[path].body
    ]
    assert found == []


def test_torch_is_imported_inside_functions() -> None:
    """A file that speaks to torch can be imported without it, the network's own definition excepted."""
    found = {
        path
        for path, tree in trees().items()
        for module, node in imports(tree)
        if top(module) in ("torch", "transformers") and node in tree.body
    }
    assert found <= {"classifiers/network.py"} | {path for path in found if path.startswith("classifiers/training/")}


def test_every_file_says_what_it_is_for() -> None:
    """A module begins with its docstring and asks for lazy annotations."""
    for path, tree in trees().items():
        if "migrations/" in path:
            continue
        assert ast.get_docstring(tree), path
        if len(tree.body) == 1:
            continue
        assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body), (
            f"{path}: from __future__ import annotations"
        )


def test_files_and_functions_stay_short() -> None:
    """No file is longer than 300 lines and no function than 50, so that one screen or two hold a thought."""
    long = [
        path
        for path in trees()
        if "migrations/" not in path and len((ROOT / path).read_text().splitlines()) > LONGEST_FILE
    ]
    for path, tree in trees().items():
        if "migrations/" in path:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                long += [f"{path}: {node.name} ({length} lines)"] if length > LONGEST_FUNCTION else []
    assert long == []
