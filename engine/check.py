"""`check`: tries every credential, permission and place that the configuration names, and says each fault's fix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from engine.plugins import make_listener, make_responder
from engine.thinking import load_classifiers
from models.check import Fault
from models.errors import EdgeError, SettingsError
from models.settings import Loaded, Settings
from models.settings.sections import Target

TIME_LIMIT = 45.0


async def check(loaded: Loaded) -> AsyncIterator[tuple[str, list[Fault]]]:
    """The model, each listener and responder with its faults; an empty list means that all is well."""
    settings = loaded.settings
    yield "classifier", await _model_faults(settings)
    for name in settings.listeners:
        yield f"listeners.{name}", await _faults(loaded, "listeners", name)
    for name in settings.channels:
        if faults := spoken_to_the_wall(settings, name):
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
    heard = any(listener.kind == channel for listener in settings.listeners.values())
    if not (heard and sink and settings.responders[sink].kind == "console"):
        return []
    return [
        Fault(
            "its replies go to a terminal, so customers never see them",
            f"set channels.{channel}.reply_with to a {channel} responder, or take it out",
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
