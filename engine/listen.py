"""`listen`: a first look. What people say of any name right now, where no account is needed, judged by the real model.

There is no configuration and nothing is kept: the database is thrown away at the end, and nothing is ever sent.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.app import App
from engine.log import configure
from engine.plugins import make_listener, schema_of
from engine.thinking import Thinking
from models.assessment import Head
from models.decision import REASON_WORDS, Reason
from models.errors import EdgeError, SettingsError
from models.settings import Loaded, load_settings
from models.store import Store, history
from models.store.history import Decided

SOURCES: Mapping[str, Mapping[str, Any]] = {
    "jetstream": {"kind": "jetstream"},
    "hackernews": {"kind": "hackernews", "every": "60s"},
    "mastodon": {"kind": "mastodon", "every": "30s"},
    # 300 requests a day without a key.
    "stackexchange": {"kind": "stackexchange", "every": "10m"},
}
"""What can be heard without an account, and how. Feeds come with their addresses."""
PLACES = {
    "jetstream": "Bluesky, the whole network",
    "hackernews": "Hacker News",
    "mastodon": "Mastodon, the hashtag on mastodon.social",
    "stackexchange": "Stack Overflow",
    "feeds": "the feeds",
}
OFFLINE = (
    "nothing can be heard: none of the sources can be reached. Is this machine online, or behind a proxy "
    "(HTTPS_PROXY)? `python bot.py run` plays a sample without any network"
)
PATIENCE = 20.0
"""Seconds in which a source must answer at the start."""
LOOK_EVERY = 1.0
WIDTH = 160


def configuration(brand: str, aliases: Sequence[str], sources: Iterable[str], feeds: Sequence[str]) -> dict[str, Any]:
    """The configuration that a newcomer has not written yet; raises SettingsError for a source that is not known."""
    listeners: dict[str, Any] = {}
    for name in sources:
        if name not in SOURCES:
            raise SettingsError([f"--sources: there is no {name!r} without an account: use {', '.join(SOURCES)}"])
        listeners[name] = dict(SOURCES[name])
    if feeds:
        listeners["feeds"] = {"kind": "feed", "urls": list(feeds), "every": "60s"}
    if not listeners:
        raise SettingsError(["--sources: name at least one, or a --feed"])
    return {
        "brands": {"own": {"name": brand, "terms": [brand, *aliases]}},
        "listeners": listeners,
        "responders": {"console": {"kind": "console"}},
        "replies": {"mode": "off"},
    }


async def listen(settings: Mapping[str, Any], seconds: float | None, say: Callable[[str], None] = print) -> int:
    """Hear and judge until Ctrl-C, or for so long; how many posts were judged.

    Raises SettingsError where no source can be reached at all.
    """
    with TemporaryDirectory(prefix="overheard-") as folder:
        loaded = await _reachable(_load(settings, Path(folder)), say)
        configure("warning", False, ())
        say("Loading the model …")
        store = Store.open(loaded.settings.store.url, exclusive=True)
        try:
            async with App.open(loaded, store, Thinking()) as app:
                return await _run(app, store, seconds, say)
        finally:
            store.close()


def _load(settings: Mapping[str, Any], folder: Path) -> Loaded:
    import tomli_w

    path = folder / "listen.toml"
    path.write_text(tomli_w.dumps({"store": {"url": f"sqlite:///{folder / 'listen.db'}"}, **settings}), "utf-8")
    return load_settings(path, schema_of)


async def _reachable(loaded: Loaded, say: Callable[[str], None]) -> Loaded:
    """The configuration with those sources that answer; what does not is said."""
    names = list(loaded.settings.listeners)
    faults = await asyncio.gather(*(_fault(loaded, name) for name in names))
    for name, fault in zip(names, faults, strict=True):
        say(f"  {'no ' if fault else 'yes'} {PLACES.get(name, name)}{f': {fault}' if fault else ''}")
    answering = {name for name, fault in zip(names, faults, strict=True) if not fault}
    if not answering:
        raise SettingsError([OFFLINE])
    kept = {name: own for name, own in loaded.settings.listeners.items() if name in answering}
    settings = loaded.settings.model_copy(update={"listeners": kept})
    return replace(loaded, settings=settings)


async def _fault(loaded: Loaded, name: str) -> str:
    """Why a source cannot be heard; empty where it can."""
    listener = make_listener(loaded, name)
    try:
        found = await asyncio.wait_for(listener.check(), PATIENCE)
        return str(found[0].what) if found else ""
    except (EdgeError, TimeoutError) as error:
        return str(error) or "it did not answer in time"
    finally:
        await listener.aclose()


async def _run(app: App, store: Store, seconds: float | None, say: Callable[[str], None]) -> int:
    loop, began = asyncio.get_running_loop(), datetime.now(UTC)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, app.stopping.set)
    brand = next(iter(app.loaded.settings.brands.values())).name
    until = f"for {seconds:g} s" if seconds else "until Ctrl-C"
    say(f"Listening for {brand} {until}. Posts that need somebody come as cards, all others as a line.\n")
    work = asyncio.create_task(app.run(), name="app")
    shown: set[str] = set()
    ends = loop.time() + seconds if seconds else None
    try:
        while not (app.stopping.is_set() or work.done() or (ends and loop.time() >= ends)):
            wait = LOOK_EVERY if ends is None else min(LOOK_EVERY, max(0.01, ends - loop.time()))
            await asyncio.wait({work}, timeout=wait)
            await _show(store, began, shown, say)
        app.stopping.set()
        await work
        await _show(store, began, shown, say)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    say(f"\n{len(shown)} posts about {brand} were judged; nothing was kept and nothing was sent.")
    say("To go on from here: cp config.example.toml config.toml, and README.md, 'Use it for your brand'.")
    return len(shown)


async def _show(store: Store, began: datetime, shown: set[str], say: Callable[[str], None]) -> None:
    """A line for each post that was decided since the last look and is on no card."""
    place = (began, "")
    while portion := await store.run(history.portion, place, datetime.now(UTC)):
        for decided in portion:
            if decided.id not in shown and not decided.carded:
                say(line(decided))
            shown.add(decided.id)
        place = portion[-1].place


def line(decided: Decided) -> str:
    """A post and what became of it, on one line."""
    mention, assessment = decided.mention, decided.assessment
    labels = [assessment.label(head) for head in (Head.INTENT, Head.SENTIMENT)] if assessment else []
    reasons = [REASON_WORDS[Reason(reason)] for reason in decided.reasons if reason in set(Reason)]
    author = _shown(mention.author.handle or mention.author.name) or "somebody"
    said = f"· {_shown(mention.channel)} · {author}: {_shown(mention.text)}"
    return f"{said}\n    {', '.join([*labels, decided.route])}: {'; '.join(reasons)}"


def _shown(text: str) -> str:
    """Of a stranger's words only what a terminal shows, never what it obeys, and no more than a line."""
    text = " ".join(text.split())
    text = text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
    return "".join(sign for sign in text if sign.isprintable())
