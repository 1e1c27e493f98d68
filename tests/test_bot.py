"""The command line, as a person runs it: each command a process of its own, with the real model where one is needed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.assessment import Head
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.store import Store, corrections, hearing
from models.tables import DecisionRow, EffectRow, MentionRow
from responders.audit import sampled
from tests.build import NOW
from tests.test_architecture import HEAVY

ROOT = Path(__file__).parents[1]
LIMIT = 120.0
"""Seconds; loading the model on a busy machine is most of it."""

LIGHT = (
    "--help",
    "status",
    "channels",
    "config",
    "pause",
    "resume",
    "forget x nobody",
    "export x nobody",
    "correct CCCCCCC --needed",
)
CALL = "Kestrelo took the money for my contract twice and my account is locked, I need my money back today"


@dataclass
class Place:
    """A folder with a configuration, a feed and a database."""

    folder: Path

    @property
    def feed(self) -> Path:
        """What the listener reads."""
        return self.folder / "feed.jsonl"

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config.toml"

    @property
    def store(self) -> Store:
        """The database, beside whoever else uses it."""
        return Store.open(f"sqlite:///{self.folder}/bot.db")

    def write(self, more: str = "") -> Path:
        """The configuration, with more tables."""
        self.config.write_text(
            f"""
            store.url = "sqlite:///{self.folder}/bot.db"
            log.level = "info"
            classifier.threads = 1
            brands.k = {{ name = "Kestrelo", terms = ["kestrelo"] }}
            listeners.feed = {{ kind = "jsonl", path = "{self.feed}", from_start = true, every = "0.1s" }}
            responders.console = {{ kind = "console", plain = true }}
            {more}
            """
        )
        return self.config

    def post(self, number: int, text: str = CALL, **more: Any) -> None:
        """Append a post by an author of its own to the feed."""
        line = {"id": str(number), "text": text, "channel": "forum", "author": {"id": f"a{number}"}}
        with self.feed.open("a") as feed:
            feed.write(json.dumps(line | {"url": f"https://forum.example/{number}"} | more) + "\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One with an empty feed."""
    found = Place(tmp_path)
    found.feed.touch()
    found.write()
    return found


def command(place: Place, words: str) -> list[str]:
    """The command line; the configuration goes last."""
    options = [] if "--help" in words else ["--config", str(place.config)]
    return [sys.executable, "bot.py", *words.split(), *options]


def bot(
    place: Place, words: str, given: str | bytes = b"", env: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    data = given.encode() if isinstance(given, str) else given
    done = subprocess.run(
        command(place, words),
        cwd=ROOT,
        input=data,
        capture_output=True,
        timeout=LIMIT,
        env={**os.environ, **env},
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass
class Daemon:
    """A running bot; ``shown`` is its standard output so far."""

    process: subprocess.Popen[str]
    shown: list[str]

    def shows(self, words: str) -> bool:
        """Whether a line has it."""
        return any(words in line for line in self.shown)

    def until(self, held: Callable[[], bool], seconds: float = LIMIT) -> None:
        """Come back once it holds."""
        deadline = time.monotonic() + seconds
        while not held():
            assert self.process.poll() is None, "the daemon ended"
            assert time.monotonic() < deadline, self.shown
            time.sleep(0.02)


@contextmanager
def daemon(place: Place) -> Iterator[Daemon]:
    """Started, listening, and ended with the block."""
    with (place.folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(command(place, "run"), cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
    running = Daemon(process, [])

    def read() -> None:
        assert process.stdout
        running.shown.extend(process.stdout)  # a line at a time, as it comes

    reader = threading.Thread(target=read)
    reader.start()
    try:
        running.until(lambda: running.shows("Overheard listens for Kestrelo"))
        yield running
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout
        process.stdout.close()


def test_help_names_every_command(place: Place) -> None:
    """The first thing that a newcomer types says what there is."""
    said = bot(place, "--help")
    assert said.returncode == 0
    for name in (
        "run",
        "check",
        "classify",
        "status",
        "replay",
        "channels",
        "forget",
        "export",
        "keys",
        "report",
        "correct",
        "config",
        "pause",
        "resume",
    ):
        assert f"\n  {name} " in said.stdout


@pytest.mark.parametrize("words", LIGHT)
def test_a_light_command_imports_nothing_heavy(place: Place, words: str) -> None:
    """What needs no model starts without torch, transformers or any vendor's SDK, though all channels are set up."""
    place.write(
        """
        listeners.x = { kind = "x", token = { env = "T_X" } }
        listeners.telegram = { kind = "telegram", token = { env = "T_TELEGRAM" } }
        responders.slack = { kind = "slack", token = { env = "T_SLACK" } }
        """
    )
    place.store.close()  # makes the tables, for which alembic is needed once
    program = (
        "import json, runpy, sys\n"
        "try: runpy.run_path('bot.py', run_name='__main__')\n"
        f"except SystemExit: print('LOADED', json.dumps(sorted(set(sys.modules) & set({HEAVY!r}))))"
    )
    line = command(place, words)
    done = subprocess.run([line[0], "-c", program, *line[2:]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rpartition("LOADED ")[2].strip() == "[]"


def test_status_of_a_new_house(place: Place) -> None:
    """Before the first run, status says that nothing has run."""
    said = bot(place, "status")
    assert said.returncode == 0
    assert "none has run yet" in said.stdout


def test_config_shows_defaults_and_no_secret(place: Place) -> None:
    """Every setting in force is printed; a secret only by the name of the place where it stands."""
    place.write('responders.slack = { kind = "slack", token = { env = "T_SLACK" } }')
    said = bot(place, "config", env={"T_SLACK": "xoxb-canary-0123456789"})
    assert said.returncode == 0
    assert "per_hour = 20" in said.stdout
    assert "T_SLACK" in said.stdout
    assert "canary" not in said.stdout + said.stderr


def test_channels_are_listed(place: Place) -> None:
    """Each platform is a line, and a page of its own; one that is not there is a readable error."""
    said = bot(place, "channels")
    assert said.returncode == 0
    assert {"x", "telegram", "mastodon"} <= {line.split()[0] for line in said.stdout.splitlines()}
    page = bot(place, "channels show hackernews")
    assert (page.returncode, page.stdout.splitlines()[0]) == (0, "hackernews: off")
    assert "Hacker News has no way for programs to write" in page.stdout
    missing = bot(place, "channels show nowhere")
    assert missing.returncode == 2
    assert 'there is no channel "nowhere"' in missing.stderr


def test_a_responder_where_people_answer_is_a_readable_error(place: Place) -> None:
    """The line of the file, and why the channel takes none."""
    place.write('[channels.hackernews]\nreply_with = "console"')
    for words in ("check", "run --once", "channels"):
        said = bot(place, words)
        assert said.returncode == 2
        assert "channels.hackernews.reply_with: takes no responder: only people answer there" in said.stderr
        assert "Traceback" not in said.stderr


def test_shadow_from_beginning_to_end(place: Place) -> None:
    """The real model decides and nothing is shown; it is counted and listed; after it nothing of the past is sent."""
    place.write("channels.forum.shadow = true")
    place.post(1)
    said = bot(place, "run --once")
    assert said.returncode == 0, said.stderr
    assert "forum.example/1" not in said.stdout
    assert "forum: 1 card (of 1 post)" in bot(place, "status").stdout
    line = next(line for line in bot(place, "channels").stdout.splitlines() if line.startswith("forum"))
    assert "shadow" in line
    assert "1 heard; would have: 1 card" in line
    assert "https://forum.example/1" in bot(place, "channels show forum").stdout
    place.write()
    place.post(2)
    said = bot(place, "run --once")
    assert "forum.example/2" in said.stdout
    assert "forum.example/1" not in said.stdout


@pytest.mark.parametrize("words", ["run", "status", "config", "check", "replay bot.py"])
def test_a_bad_configuration_is_one_readable_error(place: Place, words: str) -> None:
    """Exit code 2 and a line that names the key, never a traceback."""
    place.write("replies.per_hour = -1")
    said = bot(place, words)
    assert said.returncode == 2
    assert "replies.per_hour" in said.stderr
    assert "Traceback" not in said.stderr


def test_check_says_each_fault_and_its_fix(place: Place) -> None:
    """All well is exit code 0; a missing feed is 1, with what to do."""
    assert bot(place, "check").returncode == 0
    place.feed.unlink()
    said = bot(place, "check")
    assert said.returncode == 1
    assert "FAULT" in said.stdout
    assert "fix:" in said.stdout


def test_pause_and_resume_are_seen_by_status(place: Place) -> None:
    """The pause stands in the database, ends by itself where asked to, and resume takes it away."""
    assert bot(place, "pause --replies-only --minutes 5").returncode == 0
    assert "PAUSED: public replies are held until" in bot(place, "status").stdout
    assert "Sending goes on." in bot(place, "resume").stdout
    assert "PAUSED" not in bot(place, "status").stdout
    assert "Nothing was held." in bot(place, "resume").stdout


@pytest.mark.parametrize("minutes", ["-1", "525601", "9" * 30])
def test_a_pause_lasts_a_year_at_most(place: Place, minutes: str) -> None:
    """A number of minutes that no clock can take is refused in words, with exit code 2."""
    said = bot(place, f"pause --minutes {minutes}")
    assert said.returncode == 2
    assert "--minutes" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(("words", "given"), [("status", b""), ("classify --threads 1", b"Kestrelo is down\n" * 3)])
def test_who_reads_only_the_beginning_gets_no_error(place: Place, words: str, given: bytes) -> None:
    """When the reader of a pipe is gone, as with `head`, the command ends with exit code 0 and without a word."""
    place.store.close()
    process = subprocess.Popen(
        command(place, words), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()
    _, stderr = process.communicate(given, LIMIT)
    assert (process.returncode, stderr) == (0, b"")


def test_forget_erases_and_says_how_much(place: Place) -> None:
    """A known person is erased with exit code 0; an unknown one is exit code 1."""
    store, now = place.store, datetime.now(UTC)
    post = Mention("x", "1", Author("7", "wren"), "Kestrelo, a canary sings", now, brand="k")
    store.do(hearing.hear, "feed", Batch(), [Screened(post)], "v", now)
    store.close()
    said = bot(place, "forget x @Wren")
    assert (said.returncode, said.stdout.split(";")[0]) == (0, "Erased 1 mentions")
    assert bot(place, "forget x @Wren").returncode == 1
    files = list(place.folder.glob("bot.db*"))
    assert files
    assert not [file for file in files if b"a canary sings" in file.read_bytes()]


def a_case(place: Place, text: str = CALL) -> tuple[str, str]:
    """Run over one post; the code on its card and its id."""
    place.post(1, text)
    said = bot(place, "run --once")
    assert said.returncode == 0, said.stderr
    with closing(place.store) as store:
        ids = [one.mention_id for one in store.do(lambda session: session.exec(select(DecisionRow)).all())]
    code = re.search(r"case ([2-9A-Z]{7})", said.stdout)
    assert code
    return code[1], ids[0]


def test_correct_keeps_what_people_say(place: Place) -> None:
    """By the code on the card or by the post's id, a word is kept, and a verdict is what `status` then counts."""
    code, identifier = a_case(place)
    said = bot(place, f"correct {code} --urgency normal --not-needed --by ana")
    assert (said.returncode, said.stdout) == (0, f"Kept for {identifier}: urgency normal, not needed.\n"), said.stderr
    assert bot(place, f"correct {identifier} --churn yes").returncode == 0
    with closing(place.store) as store:
        (post,) = store.do(lambda session: list(corrections.labelled(session)))
    assert (post.labels, post.needed) == ({Head.URGENCY: "normal", Head.CHURN: "yes"}, False)
    assert (post.text, post.channel, len(post.p)) == (CALL, "forum", 5)
    assert "precision 0% (0% to 79%); 1 of 1 alerts and 0 of 0 audit cards judged" in bot(place, "status").stdout
    for words, fault in (
        (f"{code} --urgency soon", 'urgency: "soon" is not a label; allowed: low, normal, high, critical'),
        (code, "nothing is corrected: give a label, or say whether a person needed to see it"),
        ("CCCCCCD --needed", '"CCCCCCD" is no case code or mention id that is known here'),
        (f"{'0' * 32} --needed", "is no case code or mention id that is known here"),
    ):
        refused = bot(place, f"correct {words}")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("error: ")
        assert fault in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_audit_card_is_answered_with_the_command_that_it_shows(place: Place) -> None:
    """A post of the sample is shown as such, and its card has the command for the verdict, ready to use."""
    advert = "Kestrelo is hiring engineers in Lisbon, apply now https://jobs.example/k #jobs"
    place.write("audit.share = 0.2\nthresholds.ignore = { at = 0.0 }")
    number = next(n for n in range(1000) if sampled(Mention("forum", str(n), Author(), "", NOW, brand="k").id, 0.2))
    place.post(number, advert)
    said = bot(place, "run --once")
    assert "A check on the bot: it would have left this alone" in said.stdout
    with closing(place.store) as store:
        (row,) = store.do(lambda session: session.exec(select(EffectRow).where(EffectRow.purpose == "audit")).all())
    command = re.search(r"`python bot.py (correct \w{32} --needed)`", row.body["recommendation"])
    assert command
    assert bot(place, command[1]).returncode == 0
    assert "0 of 0 alerts and 1 of 1 audit cards judged" in bot(place, "status").stdout


def test_config_shows_the_threshold_that_follows_from_costs(place: Place) -> None:
    """Who writes costs sees the number that they come to."""
    place.write("thresholds.urgent = { missed = 20, needless = 1 }")
    said = bot(place, "config")
    assert "at = 0.047619" in said.stdout
    assert "missed" not in said.stdout


def test_classify_answers_every_line_in_order(place: Place) -> None:
    """JSON and plain lines are labelled in order with their ids; a bad line is answered by its number and its fault."""
    lines = [
        b"\xef\xbb\xbfKestrelo charged my card twice",
        b'{"id": "mine", "text": "Kestrelo support was lovely, thank you"}',
        b"",
        b'{"text": 3}',
        b'{"text": "broken',
        b"\xff\xfe",
        b'{"id": 7, "text": "is Kestrelo down?", "lang": "en"}',
    ]
    said = bot(place, "classify --threads 1 --batch 2", b"\n".join(lines))
    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert [row.get("id") or f"line {row['line']}" for row in rows] == [1, "mine", "line 4", "line 5", "line 6", 7]
    for row in rows:
        assert ("error" in row) != ("intent" in row)
    assert rows[1]["sentiment"] == "positive"


def test_replay_tells_and_stores_nothing(place: Place) -> None:
    """Each line of the file gets its route and reasons; no database comes to be."""
    place.post(1)
    place.post(2, "nothing about anybody")
    with place.feed.open("a") as feed:
        feed.write("{}\n")
    said = bot(place, f"replay {place.feed}")
    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert rows[0]["route"] == "call"
    assert rows[0]["reasons"]
    assert rows[1]["reasons"] == ["not_about_us"]
    assert "error" in rows[2]
    assert not list(place.folder.glob("bot.db*"))


def test_run_once_shows_cards_and_stops(place: Place) -> None:
    """All there is gets done, and the process ends by itself."""
    place.post(1)
    place.post(2, "Kestrelo is hiring engineers in Lisbon, apply now https://jobs.example/k #jobs")
    said = bot(place, "run --once")
    assert said.returncode == 0, said.stderr
    assert "forum.example/1" in said.stdout
    assert "to be judged 0, to be decided 0" in bot(place, "status").stdout


def test_replay_reads_what_the_listener_reads(place: Place) -> None:
    """A byte order mark, blank lines, Windows line ends and the last day of the calendar are no faults."""
    late = json.dumps({"id": "late", "channel": "forum", "text": CALL, "posted_at": "9999-12-31T23:59:59Z"}).encode()
    first = json.dumps({"id": "first", "channel": "forum", "text": CALL}).encode()
    place.feed.write_bytes(b"\xef\xbb\xbf" + first + b"\r\n\r\n  \n" + late)
    place.write('replies.mode = "on"\nreplies.routes = ["call"]\nchannels.forum.reply_with = "console"')
    said = bot(place, f"replay {place.feed}")
    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(row["line"], row.get("id"), row.get("route")) for row in rows] == [
        (1, "first", "call"),
        (4, "late", "call"),
    ]


def test_run_once_says_what_it_could_not_hear(place: Place) -> None:
    """A source that fails is named on stderr with the reason, and the exit code is 1."""
    place.feed.unlink()
    said = bot(place, "run --once")
    assert said.returncode == 1
    assert f"feed was not heard: cannot read {place.feed}: No such file or directory" in said.stderr.splitlines()
    assert "Traceback" not in said.stderr


def test_a_day_in_the_life(place: Place) -> None:
    """A new post is triaged in seconds; a pause holds at once and keeps what waits; SIGTERM ends in order."""
    with daemon(place) as running:
        place.post(1)
        running.until(lambda: running.shows("forum.example/1"), 30)
        second = bot(place, "run")
        assert second.returncode == 2
        assert "another Overheard daemon" in second.stderr
        bot(place, "pause")
        place.post(2)
        store = place.store
        running.until(lambda: _decided(store, "2"), 30)
        time.sleep(1.5)  # nothing must happen, and only time can show it
        assert not running.shows("forum.example/2")
        bot(place, "resume")
        running.until(lambda: running.shows("forum.example/2"), 30)
        place.post(3)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(10) == 0
        store.close()
    stderr = (place.folder / "stderr").read_text()
    assert "stopped" in stderr
    assert "Traceback" not in stderr
    assert CALL not in stderr
    assert "forum.example/3" in "".join(running.shown) + bot(place, "run --once").stdout


def _decided(store: Store, external_id: str) -> bool:
    query = select(MentionRow.state).where(MentionRow.external_id == external_id)
    return store.do(lambda session: session.exec(query).first()) == "decided"
