"""What `channels` prints: each platform's rules, and what is switched on."""

from __future__ import annotations

from collections.abc import Iterator

from models.channel import MANIFESTS, ReplyRule
from models.settings import Settings

WHO = {
    ReplyRule.ADMITTED: "the bot may answer",
    ReplyRule.SUMMONED: "the bot may answer who called it",
    ReplyRule.PERSON: "people answer by hand",
    ReplyRule.NEVER: "nobody can answer",
}


def table(settings: Settings) -> Iterator[str]:
    """One line a channel."""
    listening = {listener.kind for listener in settings.listeners.values()}
    yield f"{'channel':<10} {'hears':<6} {'replies by':<12} {'length':>7}  who may answer, and why"
    for name in sorted({*MANIFESTS, *settings.channels}):
        manifest = MANIFESTS.get(name)
        hears = "on" if name in listening else "off"
        by = settings.channel(name).reply_with or "people"
        if manifest:
            yield f"{name:<10} {hears:<6} {by:<12} {manifest.max_length:>7}  {WHO[manifest.reply]}: {manifest.why}"
        else:
            yield f"{name:<10} {hears:<6} {by:<12} {'?':>7}  people answer by hand: nothing is known of its rules"
