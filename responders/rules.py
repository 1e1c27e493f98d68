"""The rules that hold for one brand on one channel, put together from the configuration once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from models.channel import Manifest, Manifests
from models.decision import Route
from models.links import Links
from models.manifests import MANIFESTS, manifest_of
from models.settings import Settings
from models.settings.callback import WinbackSettings
from models.settings.sections import Brand, Channel, Faq, ReachSettings, RepliesSettings, Target, Thresholds, own_part
from models.settings.types import Band
from responders.deadlines import Limits, limits_of
from responders.templates import Templates

RulesFor = Callable[[str, str], "Rules"]
"""Brand and channel → the rules there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that ``decide`` may look up.

    ``handles`` are the brand's own accounts on the channel, lower case; ``audit`` is the share of ignored posts that
    people are shown; ``limits`` are the deadlines and escalations there; ``account`` answers there, by its handle.
    ``links`` make the address of the call-back page; None where there is no page. ``code_lasts`` is how long a code
    opens a case that was closed.
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
    winback: WinbackSettings
    code_lasts: timedelta
    links: Links | None = None
    calling: str = ""
    """When customers are called, on their own clock."""
    relevance: Band | None = None
    """From which likelihood on a post counts as being about the brand; None where the brand does not say what it is."""

    def ways(self, code: str) -> tuple[str, ...]:
        """The private ways that a public line may name, the best first: the page of a case, then the brand's own."""
        page = self.links.of(code) if self.links else ""
        return tuple(way for way in (page, self.private_way) if way)

    def target(self, route: Route) -> Target:
        """Who gets the card of a route."""
        wanted = route if route in self.targets else Route.REVIEW
        target = self.targets[wanted]
        assert target, "every route but communications has a target"
        return target


def rules_from(
    settings: Settings, templates: Templates, manifests: Manifests = MANIFESTS, links: Links | None = None
) -> RulesFor:
    """The rules for each brand and channel, made on first use; ``manifests`` are those of all channels there are.

    Without ``links`` no line names the call-back page, as where nothing is sent.
    """

    @cache
    def rules_for(brand: str, channel: str) -> Rules:
        if brand not in settings.brands:
            return rules_from(_with_former(settings, brand), templates, manifests, links)(brand, channel)
        own, manifest = settings.brands[brand], manifest_of(channel, manifests)
        answering = _channel(settings, channel, manifest)
        return Rules(
            brand=brand,
            name=own.name,
            handles=frozenset(handle.lower().lstrip("@") for handle in own.handles.get(channel, [])),
            private_way=own.private_way,
            faq=tuple(own.faq),
            thresholds=settings.thresholds_for(brand, channel),
            replies=settings.replies,
            reach=settings.reach,
            channel=answering,
            manifest=manifest,
            targets={
                name: settings.target(brand, name) for name in ("page", "call", "winback", "review", "communications")
            },
            templates=templates,
            audit=settings.audit.share,
            limits=limits_of(settings, channel, manifest.answer_within),
            account=_account(settings, answering.reply_with),
            winback=settings.winback,
            code_lasts=settings.callback.code_lasts,
            links=links,
            calling=f"{settings.callback.earliest}-{settings.callback.latest}",
            relevance=own.relevance if own.context else None,
        )

    return rules_for


def _channel(settings: Settings, name: str, manifest: Manifest) -> Channel:
    """What is set for a channel; where no program may write, it has no responder, whatever is set."""
    own = settings.channel(name)
    return own if manifest.may_send else own.model_copy(update={"reply_with": ""})


def _account(settings: Settings, name: str) -> str:
    """The handle of the account of a responder, else the responder's name; empty where people answer."""
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
