"""The log: one line a record, and nothing in it that a stranger may forge or nobody may read."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from engine.log import QUIET, Redact, configure
from engine.secrets import revealed
from models.settings import load_settings
from models.settings.types import Secret, Table
from models.store import Store
from models.vault import new_key

CANARY = "canary-s3cret-0123456789"
SHAPES = (
    "xoxb-1234567890-abcdefghij",
    "xapp-1-A012345-678901-abcdef",
    "1234567890:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
    "Bearer AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid",
)
FORGED = "harmless\n12:00:00 INFO    sent action=send\r\x1b[2K\u2028\x85\u202e"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is put back after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def fails(words: str) -> None:
    """Log an exception that says these words."""
    try:
        raise ValueError(words)
    except ValueError:
        logging.getLogger("overheard.test").exception("failed", extra={"action": "test"})


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("secret", [CANARY, 'quo"te\\s3cret', "sécret-ß-0123", *SHAPES])
def test_no_secret_in_any_part(capsys: pytest.CaptureFixture[str], as_json: bool, secret: str) -> None:
    """A secret is taken out of the message, its arguments, the facts beside it and a traceback, at DEBUG too."""
    configure("debug", as_json, () if secret in SHAPES else {secret})
    logging.getLogger("overheard.test").debug("with %s", secret, extra={"why": f"it is {secret}!", "list": [secret]})
    logging.getLogger("some.sdk").warning(f"GET https://x.example/{secret}/me")  # noqa: G004 - as an SDK does it
    fails(f"refused for {secret}")
    written = capsys.readouterr().err
    assert written.count("***") >= 5
    assert secret not in written
    assert json.dumps(secret)[1:-1] not in written


def test_a_long_secret_hides_before_a_short_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Where one secret is part of another, nothing of either is left."""
    configure("info", False, {"secret-1", "secret-1-and-more"})
    logging.getLogger("overheard.test").info("secret-1-and-more")
    assert "more" not in capsys.readouterr().err


def test_nobody_can_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks and control signs are written as escapes; a traceback is indented, so no line looks like ours."""
    configure("info", False)
    logging.getLogger("overheard.test").info(FORGED, extra={"why": FORGED})
    fails(FORGED)
    lines = capsys.readouterr().err.rstrip("\n").split("\n")
    assert [line for line in lines if not line.startswith("    ")] == [lines[0], lines[1]]
    assert all(sign.isprintable() for line in lines for sign in line)


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each record is one line of JSON with its time, level, message and facts, whatever the facts are."""
    configure("info", True)
    logging.getLogger("overheard.test").warning(FORGED, extra={"action": "send", "path": Path("x"), "why": FORGED})
    fails("broken")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert first["message"] == FORGED
    assert (first["level"], first["action"], first["path"]) == ("warning", "send", "x")
    assert "ValueError: broken" in second["error"]


def test_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines below the level are not written, and a second call replaces the first."""
    configure("info", False)
    configure("warning", False)
    logging.getLogger("overheard.test").info("quiet")
    logging.getLogger("overheard.test").warning("loud")
    assert capsys.readouterr().err.count("loud") == 1
    assert "quiet" not in capsys.readouterr().err


def test_sdks_that_print_tokens_are_kept_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """At DEBUG, an SDK's own debugging stays off: its lines hold URLs and headers."""
    configure("debug", False)
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/botTOKEN/getMe")
    logging.getLogger("tweepy.client").debug("headers {'Authorization': …}")
    assert capsys.readouterr().err == ""


def test_a_database_error_does_not_repeat_the_words(store: Store) -> None:
    """What the database says of a statement that failed holds none of the values that it was given."""
    with pytest.raises(SQLAlchemyError) as failed:
        store.do(lambda session: session.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": CANARY}))
    assert CANARY not in str(failed.value)


def test_secrets_are_found_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret of every plug-in is known to the log, those in deeper tables too; a missing one is passed over."""

    class Inner(Table):
        key: Secret

    class Own(Table):
        token: Secret
        inner: Inner
        gone: Secret

    monkeypatch.setenv("T_ONE", "one-secret")
    (tmp_path / "two").write_text("two-secret\n")
    path = tmp_path / "config.toml"
    path.write_text(
        """
        brands.k = { name = "Kestrelo", terms = ["kestrelo"] }
        listeners.feed = { kind = "any", token = { env = "T_ONE" }, gone = { env = "T_NONE" } }
        responders.console = { kind = "any", token = { env = "T_ONE" }, gone = { env = "T_NONE" } }
        """.replace("gone", f'inner = {{ key = {{ file = "{tmp_path / "two"}" }} }}, gone')
    )
    assert revealed(load_settings(path, lambda room, kind: Own)) == {"one-secret", "two-secret"}


def test_each_key_of_a_secret_is_taken_out(tmp_path: Path) -> None:
    """The secret that seals numbers holds several keys, a remark beside one: no line shows any of them."""
    keys = [new_key(), new_key()]
    (tmp_path / "keys").write_text(f"{keys[0]}  # since May\n{keys[1]}\n")
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
        callback.key = {{ file = "{tmp_path / "keys"}" }}
        brands.k = {{ name = "Kestrelo", terms = ["kestrelo"] }}
        listeners.feed = {{ kind = "any" }}
        responders.console = {{ kind = "any" }}
        """
    )
    redact = Redact(revealed(load_settings(path)))
    line = redact.clean(f"failed with {keys[1]} and {keys[0]!r}, since May")
    assert not [key for key in keys if key in line]
    assert "since May" in line
