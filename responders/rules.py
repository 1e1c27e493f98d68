"""The rules that hold for one brand on one channel, put together from the configuration once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from models.channel import Manifest, manifest_of
from models.decision import Route
from models.settings import Settings
from models.settings.sections import Brand, Channel, Faq, ReachSettings, RepliesSettings, Target, Thresholds, own_part
from responders.deadlines import Limits, limits_of
from responders.templates import Templates

RulesFor = Callable[[str, str], "Rules"]
"""Brand and channel → the rules there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that ``decide`` may look up.

    ``handles`` are the brand's own accounts on the channel, lower case; ``audit`` is the share of ignored posts that
    people are shown; ``limits`` are the deadlines and escalations there; ``account`` answers there, by its handle.
    """

    brand: str
    name: str
    handles: frozenset[str]
    private_way: str
    faq: tuple[Faq, ...]
    thresholds: Thresholds
    replies: RepliesSettings
    reach: ReachSettings
    channel: Channel
    manifest: Manifest
    targets: Mapping[str, Target | None]
    templates: Templates
    audit: float
    limits: Limits
    account: str

    def target(self, route: Route) -> Target:
        """Who gets the card of a route."""
        wanted = route if route in self.targets else Route.REVIEW
        target = self.targets[wanted]
        assert target, "every route but communications has a target"
        return target


def rules_from(settings: Settings, templates: Templates) -> RulesFor:
    """The rules for each brand and channel, made on first use."""

    @cache
    def rules_for(brand: str, channel: str) -> Rules:
        if brand not in settings.brands:
            return rules_from(_with_former(settings, brand), templates)(brand, channel)
        own = settings.brands[brand]
        return Rules(
            brand=brand,
            name=own.name,
            handles=frozenset(handle.lower().lstrip("@") for handle in own.handles.get(channel, [])),
            private_way=own.private_way,
            faq=tuple(own.faq),
            thresholds=settings.thresholds_for(brand, channel),
            replies=settings.replies,
            reach=settings.reach,
            channel=settings.channel(channel),
            manifest=manifest_of(channel),
            targets={
                name: settings.target(brand, name) for name in ("page", "call", "winback", "review", "communications")
            },
            templates=templates,
            audit=settings.audit.share,
            limits=limits_of(settings, channel),
            account=_account(settings, channel),
        )

    return rules_for


def _account(settings: Settings, channel: str) -> str:
    """The handle of the account that answers on a channel, else its responder's name; empty where people answer."""
    name = settings.channel(channel).reply_with
    responder = settings.responders.get(name)
    handle = str(own_part(responder).get("handle") or "") if responder else ""
    return f"@{handle.lstrip('@')}" if handle else name


def _with_former(settings: Settings, brand: str) -> Settings:
    """With a brand that was taken out: what is under way still goes to people, by the global routes; nothing is said.

    Without it, one waiting mention or open case of that brand would stop the work on all others.
    """
    former = Brand(name=brand or "a former brand", terms=[brand or "former"])
    silent = settings.replies.model_copy(update={"mode": "off"})
    return settings.model_copy(update={"brands": {**settings.brands, brand: former}, "replies": silent})
