"""`channels new NAME`: writes the package of a new channel, which hears an invented platform and passes its tests.

The templates are in ``engine/channel_kit``. A line that begins with ``@@REPLY@@`` is for packages that also answer, one
with ``@@HEAR@@`` for those that do not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from models.errors import SettingsError
from models.manifests import MANIFESTS

TEMPLATES = Path(__file__).parent / "channel_kit"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 40


def write(name: str, folder: Path, replies: bool, now: datetime) -> list[Path]:
    """Write the package of the channel ``name`` into ``folder``, which must not be there yet; returns its files.

    With ``replies`` it also answers. ``now`` is when its clock begins. Raises SettingsError for a name that cannot be
    or is taken, and where something stands in the folder's place.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise SettingsError([f'"{name}" cannot be a channel: small letters, digits and _, such as my_board'])
    if name in MANIFESTS:
        raise SettingsError(
            [f'the channel "{name}" is built in: `python bot.py channels show {name}` says what it does']
        )
    if folder.exists():
        raise SettingsError([f"{folder} is there already: choose another name, or --folder"])
    words = {
        "NAME": name,
        "DIST": name.replace("_", "-"),
        "ENV": name.upper(),
        "CLASS": "".join(part.capitalize() for part in name.split("_")),
        "TITLE": " ".join(part.capitalize() for part in name.split("_")),
        "NOW": now.isoformat(timespec="seconds"),
        "DATE": f"{now:%Y-%m-%d %H:%M} UTC",
    }
    written = []
    for path, parts in _files(name, replies).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(_filled(part, words, replies) for part in parts), "utf-8")
        written.append(target)
    return written


def _files(name: str, replies: bool) -> Mapping[str, tuple[str, ...]]:
    """Each file of a package, and the templates that it is made of, in their order."""
    both = {"responder": ("responder",), "rig": ("reply_rig",)} if replies else {"responder": (), "rig": ()}
    files = {
        f"overheard_{name}.py": ("listener", *both["responder"]),
        "tests/recorded.json": ("recorded",),
        f"tests/{name}_rig.py": ("rig", *both["rig"]),
        "tests/test_listener.py": ("test_listener",),
        "pyproject.toml": ("pyproject",),
        "README.md": ("readme",),
    }
    return files | ({"tests/test_responder.py": ("test_responder",)} if replies else {})


def _filled(template: str, words: Mapping[str, str], replies: bool) -> str:
    """A template with the channel's words, without the lines that are for the other sort of package."""
    keep, drop = ("@@REPLY@@", "@@HEAR@@") if replies else ("@@HEAR@@", "@@REPLY@@")
    lines = (TEMPLATES / f"{template}.txt").read_text("utf-8").splitlines(keepends=True)
    text = "".join(line.removeprefix(keep) for line in lines if not line.startswith(drop))
    return re.sub("@@([A-Z]+)@@", lambda found: words[found[1]], text)
