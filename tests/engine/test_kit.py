"""`channels new` writes a package that works at once."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bot
from engine.kit import write
from models.errors import SettingsError

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LINES = range(60, 200)
"""How long the one file of a channel may be."""


@pytest.mark.parametrize("replies", [False, True], ids=["hears", "answers"])
def test_the_new_package_passes_the_suite_at_once(tmp_path: Path, replies: bool) -> None:
    """Whatever was written passes its own tests, which are the whole conformance suite, in a process of its own."""
    folder = tmp_path / "overheard-my-board"
    write("my_board", folder, replies, NOW)
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    passed = int(done.stdout.rpartition(" passed")[0].rpartition("\n")[2].rpartition(" ")[2])
    assert passed > (100 if replies else 60)


def test_the_new_package_is_whole(tmp_path: Path) -> None:
    """It has one short file, entry points for what is in it, and a clock that begins now; no placeholder is left."""
    files = {path.name: path.read_text("utf-8") for path in write("my_board", tmp_path / "new", True, NOW)}
    assert len(files["overheard_my_board.py"].splitlines()) in LINES
    assert 'begun=datetime.fromisoformat("2026-11-22T10:00:00+00:00")' in files["overheard_my_board.py"]
    points = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"]
    assert points == {
        "overheard.listeners": {"my_board": "overheard_my_board:MyBoardListener"},
        "overheard.responders": {"my_board": "overheard_my_board:MyBoardResponder"},
    }
    assert [name for name, text in files.items() if "@@" in text] == []


def test_a_package_that_only_hears_has_no_word_of_answers(tmp_path: Path) -> None:
    """Without --replies there is no responder, no entry point of one, and the manifest lets nobody send."""
    files = {path.name: path.read_text("utf-8") for path in write("my_board", tmp_path / "new", False, NOW)}
    assert "test_responder.py" not in files
    assert "overheard.responders" not in files["pyproject.toml"]
    assert "ReplyRule.PERSON" in files["overheard_my_board.py"]
    assert "Responder" not in files["overheard_my_board.py"]


@pytest.mark.parametrize("name", ["x", "My", "my-board", "1st", "", "a" * 41, "../up"])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    """A built-in channel's name and one that no module can have are refused before anything is written."""
    with pytest.raises(SettingsError):
        write(name, tmp_path / "new", False, NOW)
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that is there already is left as it is."""
    with pytest.raises(SettingsError, match="is there already"):
        write("my_board", tmp_path, False, NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    """`channels new` needs no configuration, lists its files, and says what to do next."""
    told = CliRunner().invoke(bot.cli, ["channels", "new", "my_board", "--folder", str(tmp_path / "new")])
    assert told.exit_code == 0, told.output
    assert "overheard_my_board.py" in told.output
    assert "python -m pytest" in told.output
