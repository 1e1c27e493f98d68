"""Start a server as a process on 127.0.0.1 and end it. It must hold no pytest code and know no server."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.counterparts import install

START_SECONDS = 120  # generous: two cores, many workers
STOP_SECONDS = 15
LOCAL = "127.0.0.1"


class StartError(RuntimeError):
    """A counterpart ended or stayed silent; the message carries the end of its log."""


def free_port() -> int:
    """A port that nobody listens on now. Another process may take it first: `started` then tries the next."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def speaks_http(port: int) -> bool:
    """Whether anything, a 404 too, answers HTTP on the port."""
    connection = http.client.HTTPConnection(LOCAL, port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@contextmanager
def started(
    command: Callable[[int], Sequence[str]],
    *,
    log: Path,
    env: Callable[[int], Mapping[str, str]] = lambda port: {},
    ready: Callable[[int], bool] = speaks_http,
    stop: signal.Signals = signal.SIGTERM,
    **popen: Any,
) -> Iterator[int]:
    """Run a server and yield its port once it answers; at exit its whole process group is gone.

    Raises StartError when it ends early or does not answer within START_SECONDS.
    """
    for attempt in itertools.count(1):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(port),
                env={**os.environ, **env(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **popen,
            )
        try:
            if wait_until(ready, port, process, log):
                yield port
                return
        finally:
            end(process, stop)
        if attempt == 3 or "in use" not in tail(log):
            raise StartError(f"{log.stem} ended with status {process.returncode}:\n{tail(log)}")


def wait_until(ready: Callable[[int], bool], port: int, process: subprocess.Popen[bytes], log: Path) -> bool:
    """True once the server answers, False if its process ended first; StartError at the deadline."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # Waiting for its end is the pause between two questions: a server that dies is seen at once.
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
            return False
        if ready(port):
            return True
    raise StartError(f"{log.stem} did not answer within {START_SECONDS} s:\n{tail(log)}")


def end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Ask the process group to stop, then kill what is left of it."""
    for sent in (stop, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)


def tail(log: Path) -> str:
    """The last words of a server."""
    return log.read_text(errors="replace")[-2000:]


def post(url: str, body: Mapping[str, Any], **headers: str) -> Any:
    """POST JSON to a counterpart and return the JSON answer."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"} | headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@contextmanager
def node(script: Sequence[str], log: Path) -> Iterator[int]:
    """Run a Node program with the installed counterparts on its path; it reads PORT or is given `{port}`."""
    modules = install.ensure()
    with started(
        lambda port: [str(install.node()), *(part.replace("{port}", str(port)) for part in script)],
        log=log,
        env=lambda port: {"PORT": str(port), "NODE_PATH": str(modules), "NODE_OPTIONS": "", "NODE_ENV": "test"},
    ) as port:
        yield port
