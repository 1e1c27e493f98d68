"""Turns the configuration's tables into listeners and responders, built in or from other packages.

What a plug-in may do follows from its channel's manifest. It is checked when a configuration is read, and again when
the plug-in is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import listeners
import responders
from models import plugins
from models.channel import UNKNOWN, Manifest, Manifests
from models.decision import Kind
from models.errors import SettingsError
from models.manifests import MANIFESTS, manifest_of
from models.settings import Loaded, Settings, load_settings
from models.settings.sections import own_part
from responders.shadow import barred_from

Fault = tuple[tuple[str, ...], str]
"""Where something is wrong, and what."""

ROOMS = {"listeners": listeners.BUILTIN, "responders": responders.BUILTIN}


def load(path: Path) -> Loaded:
    """Read and check a configuration with its plug-ins and the rules that they bring; raises SettingsError."""
    loaded = load_settings(path, schema_of, broken_rules)
    return replace(loaded, manifests=manifests_of(loaded.settings))


def kind_of(room: str, kind: str) -> Any:
    """The class of a listener or responder."""
    return plugins.find(kind, ROOMS[room], f"overheard.{room}")


def schema_of(room: str, kind: str) -> type[BaseModel]:
    """Its own settings."""
    schema: type[BaseModel] = kind_of(room, kind).Settings
    return schema


def channel_of(settings: Settings, room: str, name: str) -> Manifest | None:
    """The rules of the channel that a listener or responder of the configuration speaks to; None for no one channel.

    A kind that serves any channel names it by its own settings, with a class method ``manifest_for``.
    """
    table = getattr(settings, room)[name]
    kind = kind_of(room, table.kind)
    if hasattr(kind, "manifest_for"):
        own: Manifest | None = kind.manifest_for(kind.Settings.model_validate(own_part(table)))
        return own
    return getattr(kind, "manifest", None)


def manifests_of(settings: Settings) -> Manifests:
    """The rules of every channel: the built-in ones, and those that configured plug-ins bring. Raises SettingsError."""
    found = dict(MANIFESTS)
    for _, manifest in _brought(settings):
        found.setdefault(manifest.name, manifest)
    return found


def broken_rules(settings: Settings) -> Iterator[Fault]:
    """Everything in a configuration that a channel's rules forbid, with its place."""
    first = dict(MANIFESTS)
    for (room, name), manifest in _brought(settings):
        if first.setdefault(manifest.name, manifest) != manifest:
            whose = "are built in" if manifest.name in MANIFESTS else "another plug-in gives otherwise"
            yield (room, name, "kind"), f'gives rules for the channel "{manifest.name}", which {whose}'
    for name in settings.responders:
        if fault := _may_not_reply(settings, name):
            yield ("responders", name, "kind"), fault
    for channel, own in settings.channels.items():
        if own.reply_with and (fault := _wrong_responder(settings, channel, own.reply_with, first)):
            yield ("channels", channel, "reply_with"), fault
    yield from _surveys(settings)
    if settings.callback.dial and settings.callback.key is None:
        yield ("callback", "dial"), "needs callback.key: without it there is no number to dial"
    if (dial := settings.callback.dial) and Kind.DIAL not in _kinds(settings, dial.sink):
        yield ("callback", "dial", "sink"), f'"{dial.sink}" does not dial: name a responder of kind dial_webhook'


def _surveys(settings: Settings) -> Iterator[Fault]:
    """The channels in which customers should be asked with buttons, and cannot be."""
    for channel in settings.surveys.channels if settings.surveys.on else ():
        sink = settings.channel(channel).reply_with
        if not sink:
            yield ("surveys", "channels"), f"nobody can ask on {channel}: set channels.{channel}.reply_with"
        elif Kind.SURVEY not in _kinds(settings, sink):
            yield ("surveys", "channels"), f'"{sink}" cannot ask on {channel}: it has no buttons; take it out'
        elif channel not in {known.name for name in settings.listeners if (known := _heard(settings, name))}:
            yield ("surveys", "channels"), f"nobody hears the answers on {channel}: add a listener for it"


def _heard(settings: Settings, listener: str) -> Manifest | None:
    return channel_of(settings, "listeners", listener)


def _kinds(settings: Settings, sink: str) -> frozenset[Kind]:
    """What a configured responder can send; everything where another check says that there is none."""
    known = settings.responders.get(sink)
    return frozenset(kind_of("responders", known.kind).kinds) if known else frozenset(Kind)


def make_listener(loaded: Loaded, name: str) -> Any:
    """A listener by its name in the configuration."""
    settings = loaded.settings
    kind = kind_of("listeners", settings.listeners[name].kind)
    own = loaded.plugins["listeners"][name]
    return _made(f"listeners.{name}", lambda: kind.from_settings(name, own, settings.brands_of(name)))


def make_responder(loaded: Loaded, name: str) -> Any:
    """A responder by its name in the configuration. One that may not do what it can do is not made."""
    if fault := _may_not_reply(loaded.settings, name):
        raise SettingsError([f"responders.{name}: {fault}"])
    kind = kind_of("responders", loaded.settings.responders[name].kind)
    return _made(f"responders.{name}", lambda: kind.from_settings(name, loaded.plugins["responders"][name]))


def _brought(settings: Settings) -> Iterator[tuple[tuple[str, str], Manifest]]:
    """The rules that plug-ins bring, each with its room and name."""
    for room in ROOMS:
        for name in getattr(settings, room):
            manifest = channel_of(settings, room, name)
            if isinstance(manifest, Manifest):
                if replace(manifest, name=UNKNOWN.name) != UNKNOWN:
                    yield (room, name), manifest
            elif manifest is not None:
                raise SettingsError([f"{room}.{name}: its manifest is no models.channel.Manifest"])


def _may_not_reply(settings: Settings, name: str) -> str:
    """That a responder says words in public where no program may; empty where it does not."""
    manifest = channel_of(settings, "responders", name)
    kinds = kind_of("responders", settings.responders[name].kind).kinds
    why = barred_from(manifest) if manifest and Kind.REPLY in kinds else ""
    return f"it can send replies on {manifest.name}, and it may not: {why}" if manifest and why else ""


def _wrong_responder(settings: Settings, channel: str, sink: str, manifests: Manifests) -> str:
    """Why a responder cannot answer on a channel; empty where it can."""
    if why := barred_from(manifest_of(channel, manifests)):
        return f"takes no responder: {why}. Take it out: the card carries a link, so that a person can answer"
    if sink not in settings.responders:
        return ""
    if Kind.REPLY not in kind_of("responders", settings.responders[sink].kind).kinds:
        return f'"{sink}" cannot send replies'
    speaks = channel_of(settings, "responders", sink)
    return f'"{sink}" answers on {speaks.name}, not on {channel}' if speaks and speaks.name != channel else ""


def _made(place: str, make: Any) -> Any:
    try:
        return make()
    except ValueError as error:
        raise SettingsError([f"{place}: {error}"]) from error
