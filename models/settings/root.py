"""The whole configuration, and the checks that need more than one table."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from models.settings.callback import CallbackSettings, SurveySettings, WinbackSettings
from models.settings.classifier import ClassifierSettings
from models.settings.conversation import ConversationSettings
from models.settings.desk import (
    Deadline,
    DeadlineName,
    DeadlineOverrides,
    DeadlinesSettings,
    DeskSettings,
    Escalation,
    HoursSettings,
)
from models.settings.learning import AuditSettings, CorrectionsSettings
from models.settings.sections import (
    Brand,
    CalendarSettings,
    Channel,
    ListenerSettings,
    LogSettings,
    OperationsSettings,
    ReachSettings,
    RepliesSettings,
    ResponderSettings,
    RoutesSettings,
    StoreSettings,
    Target,
    Thresholds,
)
from models.settings.types import Table

Fault = tuple[tuple[str, ...], str]
"""Where something is wrong, and what."""


class Settings(Table):
    """Everything that can be set."""

    store: StoreSettings = StoreSettings()
    log: LogSettings = LogSettings()
    operations: OperationsSettings = OperationsSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    thresholds: Thresholds = Thresholds()
    audit: AuditSettings = AuditSettings()
    corrections: CorrectionsSettings = CorrectionsSettings()
    replies: RepliesSettings = RepliesSettings()
    routes: RoutesSettings = RoutesSettings()
    reach: ReachSettings = ReachSettings()
    calendar: CalendarSettings = CalendarSettings()
    conversation: ConversationSettings = ConversationSettings()
    desk: DeskSettings = DeskSettings()
    callback: CallbackSettings = CallbackSettings()
    surveys: SurveySettings = SurveySettings()
    winback: WinbackSettings = WinbackSettings()
    hours: dict[str, HoursSettings] = Field(default_factory=dict)
    deadlines: DeadlinesSettings = DeadlinesSettings()
    escalations: dict[str, Escalation] = Field(default_factory=dict)
    brands: dict[str, Brand] = Field(min_length=1)
    channels: dict[str, Channel] = Field(default_factory=dict)
    listeners: dict[str, ListenerSettings] = Field(min_length=1)
    responders: dict[str, ResponderSettings] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> Settings:
        faults = [*self._unknown_brands(), *self._unknown_sinks(), *self._unknown_hours_and_escalations()]
        if faults:
            # With the places, so that whoever reads the file can give the lines.
            text = "; ".join(f"{'.'.join(place)}: {fault}" for place, fault in faults)
            raise PydanticCustomError("unknown_names", "{text}", {"text": text, "faults": faults})
        return self

    def _unknown_brands(self) -> list[Fault]:
        known = ", ".join(self.brands)
        return [
            (("listeners", name, "brands"), f'"{brand}" is not a brand here (brands: {known})')
            for name, listener in self.listeners.items()
            for brand in listener.brands
            if brand not in self.brands
        ]

    def _unknown_sinks(self) -> list[Fault]:
        known = ", ".join(self.responders)
        used: dict[tuple[str, ...], str] = {
            ("routes", name, "sink"): target.sink for name, target in self.routes if target is not None
        }
        used |= {("channels", name, "reply_with"): channel.reply_with for name, channel in self.channels.items()}
        used |= {
            ("brands", name, "routes", route, "sink"): target.sink
            for name, brand in self.brands.items()
            for route, target in brand.routes.items()
        }
        used["operations", "notify"] = self.operations.notify
        used["callback", "dial", "sink"] = self.callback.dial.sink if self.callback.dial else ""
        used |= {
            ("escalations", name, "steps", str(number), "notify", "sink"): step.notify.sink
            for name, escalation in self.escalations.items()
            for number, step in enumerate(escalation.steps)
            if step.notify
        }
        return [
            (place, f'"{sink}" is not a responder here (responders: {known})')
            for place, sink in used.items()
            if sink and sink not in self.responders
        ]

    def _unknown_hours_and_escalations(self) -> list[Fault]:
        deadlines: dict[tuple[str, ...], Deadline | DeadlineOverrides] = {
            ("deadlines", name): deadline for name, deadline in self.deadlines
        }
        deadlines |= {
            ("channels", channel, "deadlines", name): deadline
            for channel, own in self.channels.items()
            for name, deadline in own.deadlines.items()
        }
        faults: list[Fault] = [
            (("channels", name, "targets", "hours"), f'"{own.targets.hours}" {_none_of("hours", self.hours)}')
            for name, own in self.channels.items()
            if own.targets.hours and own.targets.hours not in self.hours
        ]
        for place, deadline in deadlines.items():
            if deadline.hours and deadline.hours not in self.hours:
                faults.append(((*place, "hours"), f'"{deadline.hours}" {_none_of("hours", self.hours)}'))
            if deadline.escalate and deadline.escalate not in self.escalations:
                fault = f'"{deadline.escalate}" {_none_of("escalations", self.escalations)}'
                faults.append(((*place, "escalate"), fault))
        return faults

    def channel(self, name: str) -> Channel:
        """What is set for a channel, or the defaults."""
        return self.channels.get(name) or Channel()

    def brands_of(self, listener: str) -> dict[str, Brand]:
        """The brands that a listener listens for."""
        wanted = self.listeners[listener].brands or list(self.brands)
        return {name: self.brands[name] for name in wanted}

    def thresholds_for(self, brand: str, channel: str) -> Thresholds:
        """The global thresholds, overridden by the channel's and then by the brand's."""
        return self.brands[brand].thresholds.over(self.channel(channel).thresholds.over(self.thresholds))

    def target(self, brand: str, route: str) -> Target | None:
        """Who is told of a route; ``communications`` may be nobody."""
        own = self.brands[brand].routes.get(route)  # type: ignore[call-overload]
        target: Target | None = own or getattr(self.routes, route)
        return (
            target if target or route == "communications" else self.brands[brand].routes.get("call") or self.routes.call
        )

    def deadline(self, channel: str, name: DeadlineName, usual: timedelta | None = None) -> Deadline:
        """By when people act on a route, or on what spreads, where the case began on a channel.

        ``usual`` is the channel's own target for the first answer, which holds where nothing is set.
        """
        base: Deadline = self.deadlines.usual(name, usual) if usual else getattr(self.deadlines, name)
        own = self.channel(channel).deadlines.get(name)
        return own.over(base) if own else base

    @property
    def version(self) -> str:
        """Changes with every setting; stored with every decision."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def _none_of(table: str, names: Collection[str]) -> str:
    """What is said of a name that is not among those that stand in a table."""
    known = f"{table}: {', '.join(names)}" if names else f"there is no [{table}.NAME]"
    return f"is not among the {table} here ({known})"
