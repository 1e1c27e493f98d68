"""`check`: tries every credential, permission and place that the configuration names, and says each fault's fix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from engine.callback import page_faults
from engine.channels import listened_to
from engine.plugins import make_listener, make_responder
from engine.thinking import load_classifiers
from models.check import Fault
from models.errors import EdgeError, SettingsError
from models.settings import Loaded, Settings
from models.settings.sections import ResponderSettings, Target, own_part
from models.vault import Vault
from responders import BUILTIN

TIME_LIMIT = 45.0


async def check(loaded: Loaded) -> AsyncIterator[tuple[str, list[Fault]]]:
    """The model, each listener and responder with its faults; an empty list means that all is well."""
    settings = loaded.settings
    yield "classifier", await _model_faults(settings)
    if settings.callback.key:
        yield "callback", [*key_faults(settings), *page_faults(settings), *unseen(settings)]
    for name in settings.listeners:
        yield f"listeners.{name}", await _faults(loaded, "listeners", name)
    for name in settings.channels:
        if faults := [*spoken_to_the_wall(settings, name), *_unheard(loaded, name)]:
            yield f"channels.{name}", faults
    places = targets(settings)
    for name in settings.responders:
        yield f"responders.{name}", await _faults(loaded, "responders", name, places.get(name, ()))


async def _model_faults(settings: Settings) -> list[Fault]:
    """Loads the weights and the heads' other models, as the start would."""
    try:
        await asyncio.to_thread(load_classifiers, settings.classifier)
    except SettingsError as error:
        return [Fault(fault, "do what it says, then try again") for fault in error.faults]
    return []


def key_faults(settings: Settings) -> list[Fault]:
    """Reads the keys that seal numbers, as the start would."""
    try:
        Vault.from_settings(settings.callback)
    except SettingsError as error:
        return [Fault(fault, "correct the file or the variable that callback.key names") for fault in error.faults]
    return []


def unseen(settings: Settings) -> list[Fault]:
    """A page on which customers leave numbers that nobody can be shown: only Slack's forms show them."""
    if not settings.callback.url or any(_shows_numbers(one) for one in settings.responders.values()):
        return []
    return [
        Fault(
            "customers can leave a number here, and nobody can see it: numbers are shown in Slack only",
            "add a responder of kind slack with an app_token (docs/slack.md), or empty callback.url",
        )
    ]


def _shows_numbers(responder: ResponderSettings) -> bool:
    """Slack with buttons does; what another package offers may."""
    return responder.kind not in BUILTIN or (responder.kind == "slack" and bool(own_part(responder).get("app_token")))


async def _faults(loaded: Loaded, room: str, name: str, places: tuple[str, ...] = ()) -> list[Fault]:
    try:
        plugin = make_listener(loaded, name) if room == "listeners" else make_responder(loaded, name)
    except SettingsError as error:
        return [Fault(fault, "set the secret or correct the setting that is named") for fault in error.faults]
    try:
        return await asyncio.wait_for(plugin.check(places) if room == "responders" else plugin.check(), TIME_LIMIT)
    except TimeoutError:
        return [Fault("it did not answer in time", "look at the network, then try again")]
    except EdgeError as error:
        return [Fault(str(error), "look at the credential and the network, then try again")]
    finally:
        await plugin.aclose()


def spoken_to_the_wall(settings: Settings, channel: str) -> list[Fault]:
    """A channel that is really heard, but whose replies would only be printed on a terminal."""
    sink = settings.channel(channel).reply_with
    heard = channel in listened_to(settings)
    if not (heard and sink and settings.responders[sink].kind == "console"):
        return []
    return [
        Fault(
            "its replies go to a terminal, so customers never see them",
            f"set channels.{channel}.reply_with to a {channel} responder, or take it out",
        )
    ]


def _unheard(loaded: Loaded, channel: str) -> list[Fault]:
    """A name without known rules that nothing hears, such as a misspelt one: what is set there holds nowhere."""
    heard = listened_to(loaded.settings)
    any_channel = len(loaded.settings.listeners) > sum(map(len, heard.values()))
    if channel in heard or channel in loaded.manifests or any_channel:
        return []
    return [
        Fault(
            "no listener hears a channel of this name", f"name one of those that are heard: {', '.join(sorted(heard))}"
        )
    ]


def targets(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """The places that each responder must be able to post to."""
    routes = ("page", "call", "winback", "review", "communications")
    found: dict[str, set[str]] = {}
    wanted = [settings.target(brand, route) for brand in settings.brands for route in routes]
    steps = [step for escalation in settings.escalations.values() for step in escalation.steps]
    wanted += [Target(sink=step.notify.sink, to=step.notify.to) for step in steps if step.notify and step.notify.sink]
    for target in wanted:
        if target and target.to:
            found.setdefault(target.sink, set()).add(target.to)
    if settings.operations.notify and settings.operations.notify_to:
        found.setdefault(settings.operations.notify, set()).add(settings.operations.notify_to)
    return {sink: tuple(sorted(places)) for sink, places in found.items()}
