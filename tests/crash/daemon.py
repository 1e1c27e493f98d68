"""Starts real daemons to be killed: imports the house once, then forks a fresh process for each start.

Reads one JSON object a line: ``{"start": config, "env": {…}, "log": path}`` answers ``{"pid": …}`` and
``{"wait": pid, "seconds": …}`` answers ``{"status": …}``: a signal's number below zero, an exit code, or null while it
lives. The times of the house are cut short, nothing else is changed, unless ``MUTANT`` names a defect to be built in.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import engine.calendar
import engine.serve
import engine.sweep
import listeners.poller
import models.store.folds
import responders.sender
from engine.plugins import ROOMS, schema_of
from models.errors import StoreError
from models.settings import load_settings
from tests.crash import mutants, plugins

LAZY = ("alembic.command", "alembic.config", "apscheduler.schedulers.asyncio", "psycopg")
"""What the house imports when it needs it; here before the fork, so that a start takes milliseconds."""


def compose() -> None:
    """Put the fakes in, and shorten the pauses."""
    for module in LAZY:
        import_module(module)
    ROOMS["listeners"] = ROOMS["listeners"] | plugins.LISTENERS
    ROOMS["responders"] = ROOMS["responders"] | plugins.RESPONDERS
    engine.serve.Thinking = plugins.FakeThinking  # type: ignore[misc, assignment]
    engine.calendar.EVERY["sweep"] = 1
    engine.sweep.STALE = timedelta(seconds=1)
    models.store.folds.EVERY = timedelta(seconds=0.1)
    listeners.poller.FIRST_PAUSE, listeners.poller.LONGEST_PAUSE = 0.02, 0.1
    responders.sender.FIRST_PAUSE, responders.sender.LONGEST_PAUSE = 0.02, 0.1


def run(config: Path) -> int:
    """One daemon's life; its exit code."""
    mutants.build_in(os.environ.get("MUTANT", ""))
    try:
        asyncio.run(engine.serve.serve(load_settings(config, schema_of)))
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def start(order: dict[str, object]) -> int:
    """Fork; the child never comes back."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(order["env"])  # type: ignore[arg-type]
        code = run(Path(str(order["start"])))
    except Exception:  # noqa: BLE001 - the child must end here, whatever happened to it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def wait(pid: int, seconds: float) -> int | None:
    """How it ended, or None if it still lives."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def main() -> None:
    """Obey until the end of input."""
    compose()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = {"pid": start(order)} if "start" in order else {"status": wait(order["wait"], order["seconds"])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
