"""`replay` of the stored history, as a person runs it: beside a running daemon, which must not notice."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.past import Screened
from models.store import judging
from tests.build import assessment, mention
from tests.models.store.steps import listen, redecide
from tests.test_architecture import HEAVY
from tests.test_bot import CALL, LIMIT, ROOT, Place, command, daemon

NEW = "thresholds.urgent = { at = 1.0 }\nthresholds.private = { at = 1.0 }"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One with an empty feed."""
    found = Place(tmp_path)
    found.feed.touch()
    found.write()
    return found


def other(place: Place, more: str = NEW) -> str:
    """Another configuration beside the one in force, and the words that name both."""
    place.write(more)
    new = place.config.rename(place.folder / "new.toml")
    place.write()
    return f"--config {new} --in-force {place.config}"


def replay(place: Place, words: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    line = [sys.executable, "bot.py", "replay", *words.split()]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_a_running_daemon_does_not_notice(place: Place) -> None:
    """While the bot runs, its history is replayed; the bot keeps its lock and goes on, without a word in its log."""
    both = other(place)
    with daemon(place) as running:
        place.post(1)
        running.until(lambda: running.shows("forum.example/1"))
        lock = (place.folder / "bot.db.lock").read_text()
        said = replay(place, f"{both} --json")
        assert (place.folder / "bot.db.lock").read_text() == lock
        place.post(2)
        running.until(lambda: running.shows("forum.example/2"))
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["mentions"], found["reasons"]["urgent"]) == (1, {"then": 1, "now": 0})
    assert not re.search(r"\b(WARNING|ERROR)\b", (place.folder / "stderr").read_text())


def lived(place: Place) -> None:
    """A history of one urgent call, without the model."""
    store, now = place.store, datetime.now(UTC)
    post = mention(brand="k", channel="forum", text=CALL, posted_at=now)
    listen(store, Screened(post), now=now, name="feed")
    store.do(judging.save, [(post, assessment())], now)
    redecide(store, post, now=now)
    store.close()


def test_a_replay_says_what_changes(place: Place) -> None:
    """The tables tell the post that goes elsewhere, and the database needs nothing but reading."""
    both = other(place)
    lived(place)
    database = (place.folder / "bot.db").read_bytes()
    said = replay(place, f"{both} --days 3 --examples 1")
    assert said.returncode == 0, said.stderr
    assert re.search(r"^all alerts +1\.00 +1\.00 +0\.00$", said.stdout, re.M)
    assert re.search(r"^call +1\.00 +0\.00 +-1\.00$", said.stdout, re.M)
    assert f"In force: {place.config}" in said.stdout
    assert (place.folder / "bot.db").read_bytes() == database
    alone = replay(place, f"--config {place.folder / 'new.toml'}")
    assert "What is in force is not known; name it with --in-force." in alone.stdout


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("--days 0", "--days"),
        ("--days -3", "--days"),
        ("--examples -1", "--examples"),
        ("--in-force nowhere.toml", "nowhere.toml: no such file"),
        ("", "there is no history yet; `python bot.py run` makes one"),
    ],
)
def test_what_cannot_be_replayed_is_one_readable_error(place: Place, words: str, fault: str) -> None:
    """Exit code 2 and what to do, never a traceback, and no database comes to be."""
    said = replay(place, f"--config {place.config} {words}")
    assert said.returncode == 2
    assert fault in said.stderr
    assert "Traceback" not in said.stderr
    assert not list(place.folder.glob("bot.db*"))


def test_a_database_without_decisions_is_no_history(place: Place) -> None:
    """Tables alone are not enough, and it says so."""
    place.store.close()
    said = replay(place, f"--config {place.config}")
    assert (said.returncode, said.stdout) == (2, "")
    assert "error: nothing was decided in the last 30 days whose text is kept." in said.stderr


def test_missing_weights_are_named(place: Place) -> None:
    """A new configuration that could not run is refused."""
    lived(place)
    said = replay(place, other(place, f'classifier.weights = "{place.folder}/none"'))
    assert said.returncode == 2
    assert "error: classifier: no weights at" in said.stderr


def test_the_history_is_replayed_without_torch(place: Place) -> None:
    """What the model said is stored, so it need not be loaded."""
    lived(place)
    program = (
        "import json, runpy, sys\n"
        "try: runpy.run_path('bot.py', run_name='__main__')\n"
        "except SystemExit: print('LOADED', json.dumps(sorted(sys.modules)))"
    )
    line = command(place, "replay")
    done = subprocess.run([line[0], "-c", program, *line[2:]], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.rpartition("LOADED ")[2]))
    assert loaded & {*HEAVY} <= {"rich", "alembic"}
