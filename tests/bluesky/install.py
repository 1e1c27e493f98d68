"""Installs the real Bluesky server into build/bluesky: 480 MB and, on two cores, four minutes. So it is its own stage.

`make test-bluesky` runs it. It takes Node out of the Python package, as the other counterparts do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.counterparts.install import node, npm, wheel

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("OVERHEARD_BLUESKY", HERE.parents[1] / "build" / "bluesky"))
PINS = ("package.json", "package-lock.json")
SECONDS = 1200


def wanted() -> str:
    """A digest of the pinned versions and of the Node they are compiled for: the stamp of a finished install."""
    pins = b"".join((HERE / name).read_bytes() for name in PINS)
    return hashlib.sha256(str(wheel()).encode() + pins).hexdigest()


def installed() -> bool:
    """Whether an install of exactly these versions was finished."""
    stamp = TARGET / "stamp"
    return stamp.is_file() and stamp.read_text() == wanted()


def install() -> None:
    """Once; raises subprocess errors as they are."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in (*PINS, "pds.mjs"):
        shutil.copy(HERE / name, TARGET / name)
    if installed():
        return
    # One of the packages is compiled, and must be for this Node even where the machine has another with its headers.
    own = {"PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}", "npm_config_nodedir": str(wheel())}
    command = [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    with subprocess.Popen(command, cwd=TARGET, env=os.environ | own, start_new_session=True) as running:
        try:
            status = running.wait(SECONDS)
        except BaseException:
            os.killpg(running.pid, signal.SIGKILL)  # the compiler too
            raise
    if status:
        raise subprocess.CalledProcessError(status, "npm ci")
    (TARGET / "stamp").write_text(wanted())


if __name__ == "__main__":
    try:
        install()
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"the Bluesky server could not be installed: {error}")
