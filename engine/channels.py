"""Which channels a configuration sets up, what the database remembers of them, and the lines of `channels`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from engine.plugins import channel_of
from insights.channels import Standing
from models.channel import Manifests
from models.errors import SettingsError
from models.manifests import manifest_of
from models.settings import Loaded, Settings
from models.store import Store, channels, shadow, sources
from models.tables import ListenerRow

DAYS = 30
"""The counters are of so many days."""


def listened_to(settings: Settings) -> dict[str, list[str]]:
    """The listeners of each channel; those whose posts name their own channel are left out."""
    found: dict[str, list[str]] = {}
    for name in settings.listeners:
        if manifest := channel_of(settings, "listeners", name):
            found.setdefault(manifest.name, []).append(name)
    return found


def shadowed(settings: Settings) -> list[str]:
    """The channels that are set to shadow."""
    return [name for name, own in settings.channels.items() if own.shadow]


def remember(session: Session, loaded: Loaded, now: datetime) -> Manifests:
    """At a start: keep what is set up, stop what waits for a channel in shadow; returns every channel's rules.

    Cards that were decided on before are still posted: they are lost to nobody. Replies are not.
    """
    settings = loaded.settings
    shadow.withdraw(session, shadowed(settings), now)
    up = {*listened_to(settings), *settings.channels}
    return channels.keep(session, loaded.manifests, up, shadowed(settings), now)


def standings(store: Store, loaded: Loaded, now: datetime) -> dict[str, Standing]:
    """How every channel stands that is built in, set up, or was ever heard."""
    since = now - timedelta(days=DAYS)
    kept = store.do(channels.known)
    lives, counts, would = store.do(channels.lives), store.do(channels.counts, since), store.do(shadow.counts, since)
    rows = {row.name: row for row in store.do(sources.every)}
    listeners, manifests = listened_to(loaded.settings), {**kept, **loaded.manifests}
    handing = {*loaded.settings.listeners} - {one for some in listeners.values() for one in some}
    return {
        name: Standing(
            manifest=manifest_of(name, manifests),
            listeners=tuple(listeners.get(name, ())),
            reply_with=_reply_with(loaded, name),
            handed=name in counts and not handing.isdisjoint(counts[name].by),
            shadow=loaded.settings.channel(name).shadow,
            counts=counts.get(name, channels.Counts()),
            would=would.get(name, shadow.Would()),
            first_at=lives[name].first_at if name in lives else None,
            live_at=_live_at(lives.get(name), [rows[one] for one in _heard_by(name, listeners, counts) if one in rows]),
        )
        for name in sorted({*manifests, *loaded.settings.channels, *lives, *counts})
    }


def one_of(found: dict[str, Standing], name: str) -> Standing:
    """The channel with this name; raises SettingsError that lists what there is."""
    if name not in found:
        raise SettingsError([f'there is no channel "{name}"; there are: {", ".join(sorted(found))}'])
    return found[name]


def _reply_with(loaded: Loaded, name: str) -> str:
    """The responder that really answers there."""
    may = manifest_of(name, loaded.manifests).may_send
    return loaded.settings.channel(name).reply_with if may else ""


def _heard_by(name: str, listeners: Mapping[str, list[str]], counts: Mapping[str, channels.Counts]) -> frozenset[str]:
    """The listeners of a channel, those of any channel that have heard it among them."""
    by = counts[name].by if name in counts else frozenset()
    return by | frozenset(listeners.get(name, ()))


def _live_at(life: channels.Life | None, rows: Sequence[ListenerRow]) -> datetime | None:
    """When the first poll went well with shadow on; None before that."""
    if life is None or life.shadow_at is None:
        return None
    polled = [row.first_ok_at for row in rows if row.first_ok_at]
    return max(life.shadow_at, min(polled)) if polled else None
