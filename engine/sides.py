"""One configuration's side of a replay: what became of a stored mention then, and what would become of it now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from classifiers.language import detect
from engine.plugins import channel_of
from insights.flips import Fate, Team
from listeners.screen import Screen
from models.assessment import Assessment
from models.case import new_code
from models.decision import Reason, Route
from models.past import Past
from models.settings import Loaded, Settings
from models.settings.sections import ListenerSettings, Target
from models.store.history import Decided
from models.store.verdicts import ALERTS
from responders.gravity import graver
from responders.policy import choose, decide
from responders.rules import Rules, rules_from
from responders.templates import Templates

OF_THE_DAY = frozenset(
    {
        *(Reason.SAME_CASE, Reason.ESCALATED, Reason.OPTED_OUT, Reason.REPLIES_OFF, Reason.NOT_ELIGIBLE),
        *(Reason.OPEN_CASE, Reason.ALREADY_REPLIED, Reason.AUTHOR_COOLDOWN, Reason.HOURLY_CAP, Reason.DAILY_CAP),
        *(Reason.THANKS_CAP, Reason.NO_TEMPLATE, Reason.COULD_NOT_DECIDE, Reason.SAME_WORDS),
        *(Reason.QUOTED_CODE, Reason.QUOTED_BY_OTHER, Reason.CODE_OVER, Reason.CODE_OF_ANOTHER),
        *(Reason.TURNED, Reason.PEOPLE_ONLY, Reason.HELD_OUT),
    }
)
"""Reasons that follow from the author's past or the day's counts, not from the post: they are not compared."""


class Side:
    """A configuration, put together once. Raises SettingsError where its templates cannot be used."""

    def __init__(self, loaded: Loaded) -> None:
        self.path: Path = loaded.path
        self.settings = loaded.settings
        self._screen = Screen(self.settings, self.settings.brands, language=detect)
        self._rules_for = rules_from(self.settings, Templates.load(self.settings.replies.templates), loaded.manifests)
        self._fresh = Past(fresh_id="", fresh_code=new_code())
        self._lacking = cache(lambda *source: lacking(self.settings, *source))

    def rules(self, past: Decided) -> Rules:
        """The rules for a mention."""
        return self._rules_for(past.mention.brand, past.mention.channel)

    def lacks(self, past: Decided) -> str:
        """What of a mention's source is not in this configuration; empty where it would be heard."""
        return self._lacking(past.mention.brand, past.mention.channel, past.listener)

    def words(self, brand: str) -> Sequence[object]:
        """What finds a brand's posts."""
        own = self.settings.brands.get(brand)
        return (own.terms, own.aliases, own.exclude, own.languages, own.channels, own.handles) if own else ()

    def about(self, past: Decided) -> bool:
        """Whether the brand's words find the post, or its own account is spoken to."""
        views = self._screen(past.mention.seen_by(""), past.heard_at)
        return any(view.mention.brand == past.mention.brand for view in views)

    def screened(self, past: Decided, old: Side | None) -> Reason | None:
        """Why the post would not reach the model, as things stood when it was heard; None where it would.

        Words that are as they were are not tried: a line of a file may have named the brand, whatever its text.
        """
        brand = past.mention.brand
        changed = old is None or old.words(brand) != self.words(brand)
        if changed and not self.about(past) and (old is None or old.about(past)):
            return Reason.NOT_ABOUT_US
        (view,) = self._screen(past.mention, past.heard_at)
        # The team's own rules are no part of a configuration: what they muted stays so.
        return view.reason or (Reason.MUTED if Reason.MUTED in past.reasons else None)

    def then(self, past: Decided) -> Fate:
        """What was decided, by the targets of this configuration."""
        reasons = {reason for reason in past.reasons if reason not in OF_THE_DAY}
        audited = Reason.AUDIT in reasons
        route = Route.IGNORE if audited else past.route
        if route != Route.IGNORE:
            reasons.discard(Reason.TOO_OLD)  # here it held back a reply only
        return _fate(route, reasons, audited, past.carded, self.rules(past))

    def now(self, past: Decided, assessment: Assessment) -> Fate:
        """What this configuration decides, of an author of whom nothing is known."""
        rules = self.rules(past)
        choice = choose(past.mention, assessment, rules)
        reasons = {reason.value for reason in choice.why}
        if choice.reading.unsure and choice.route is not Route.IGNORE:
            reasons.add(Reason.UNSURE)
        if choice.audited:
            reasons.add(Reason.AUDIT)
        carded = choice.route is Route.ANSWER and self._carded(past, assessment, rules)
        return _fate(_as_then(choice.route, past), reasons, choice.audited, carded, rules)

    def _carded(self, past: Decided, assessment: Assessment, rules: Rules) -> bool:
        """Whether a person is asked to send the answer."""
        decision = decide(past.mention, assessment, self._fresh, rules, past.decided_at)
        return (decision.shadow or decision).case is not None


def _as_then(route: Route, past: Decided) -> Route:
    """With what followed from the author's past, which no configuration changes (``responders.known``)."""
    if Reason.TURNED in past.reasons:
        return graver(route, Route.CALL)
    lot = Reason.HELD_OUT in past.reasons and route is Route.WINBACK
    code = Reason.QUOTED_CODE in past.reasons and route in (Route.IGNORE, Route.THANK)
    return Route(past.route) if lot or code else route


def left_out(reason: Reason) -> Fate:
    """What becomes of a post that screening leaves out."""
    return Fate(Route.IGNORE, frozenset({reason.value}))


def lacking(settings: Settings, brand: str, channel: str, listener: str) -> str:
    """The brand or the channel that nobody listens for any more, in words; empty where somebody does."""
    if brand not in settings.brands:
        return f"brand {brand}"

    def hears(name: str, own: ListenerSettings) -> bool:
        speaks = channel_of(settings, "listeners", name)
        may = name == listener or speaks is None or speaks.name == channel
        return may and (not own.brands or brand in own.brands)

    if any(hears(name, own) for name, own in settings.listeners.items()):
        return ""
    return f"channel {channel} for {brand}"


def _fate(route: str, reasons: set[str], audited: bool, carded: bool, rules: Rules) -> Fate:
    alert = route in ALERTS or (route == Route.ANSWER and carded)
    told = Reason.WIDE_REACH in reasons
    return Fate(
        route=str(route),
        reasons=frozenset(map(str, reasons)),
        team=_team(rules.target(Route(route))) if alert else None,
        audit=_team(rules.target(Route.REVIEW)) if audited else None,
        communications=_team(rules.targets["communications"]) if told else None,
    )


def _team(target: Target | None) -> Team | None:
    return (target.sink, target.to) if target else None
