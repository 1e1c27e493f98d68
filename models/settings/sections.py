"""The tables of the configuration file. Each field's description is the sentence in ``config.example.toml``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_serializer, field_validator

from models.settings.desk import DeadlineName, DeadlineOverrides
from models.settings.page import Look, Targets
from models.settings.thresholds import ThresholdOverrides, Thresholds
from models.settings.types import Band, Duration, Entry, Pause, Table
from models.settings.words import Language, Sentences, TermEntry, Words

__all__ = ["ThresholdOverrides", "Thresholds", "Words"]


class StoreSettings(Table):
    """Where everything is kept."""

    url: str = Field(
        "sqlite:///overheard.db", repr=False, description="SQLite file, or a PostgreSQL URL (postgresql+psycopg://…)."
    )
    keep_mentions: Duration = Field(
        "30d", validate_default=True, description="How long the text of a mention without a case is kept."
    )
    keep_cases: Duration = Field(
        "180d",
        validate_default=True,
        description="How long the texts of a case are kept after it was closed, or after its last mention.",
    )

    @field_serializer("url")
    def _without_password(self, url: str) -> str:
        """What is printed, compared and logged never holds the password."""
        return re.sub(r"(?<=:)[^:/@]+(?=@)|(?<=[?&]password=)[^&]*", "***", url)


class LogSettings(Table):
    """What is written to stderr: ids, never texts."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least grave line that is written: debug, info, warning or error."
    )
    format: Literal["text", "json"] = Field(
        "text", description='One JSON object a line ("json"), or text for a terminal ("text").'
    )


class OperationsSettings(Table):
    """The operator's view."""

    listen: str = Field("", description="host:port for /healthz and /metrics; empty means off.")
    notify: str = Field("", description="The responder that tells the operator of trouble; empty means the log only.")
    notify_to: str = Field("", description="Where that responder posts it, such as a Slack channel.")
    stalled_after: Duration = Field(
        "60s", validate_default=True, description="/healthz fails when work waits this long without progress."
    )
    drain: Duration = Field(
        "20s",
        validate_default=True,
        description="How long a graceful stop may take before work in hand is left to the next start.",
    )

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isascii() and port.isdigit() and int(port) < 65536):
            raise ValueError('must be "host:port", such as "127.0.0.1:9464", or empty')
        return value


class RepliesSettings(Table):
    """What the bot may say in public by itself."""

    mode: Literal["off", "draft", "on"] = Field(
        "draft",
        description="off: nothing is drafted; draft: people send; on: the bot sends where the platform allows it.",
    )
    routes: list[Literal["answer", "thank", "call", "winback", "review"]] = Field(
        ["answer"], description="With mode on, the routes that the bot may answer alone."
    )
    max_age: Duration = Field(
        "15m", validate_default=True, description="A post older than this is never answered by the bot."
    )
    author_cooldown: Duration = Field(
        "24h", validate_default=True, description="One automatic reply to an author in this time."
    )
    per_hour: int = Field(20, ge=0, description="Automatic replies an hour, a brand and channel.")
    per_day: int = Field(100, ge=0, description="Automatic replies a day, a brand and channel.")
    thanks_per_day: int = Field(5, ge=0, description="Automatic thank-yous a day, a brand and channel.")
    languages: list[str] = Field(
        ["en", "es", "fr", "de", "pt", "it"], description="Languages with reviewed templates that may be used."
    )
    templates: Path | None = Field(
        None, description="A folder with your own reviewed templates; the shipped ones by default."
    )
    opt_out: list[str] = Field(
        ["stop", "unsubscribe", "no bots", "leave me alone"],
        description="Words to the bot that end all automation for their author for good.",
    )


class Target(Table):
    """A responder and the place where it posts."""

    sink: str = Field(description="The name of a responder.")
    to: str = Field("", description="Its address there, such as a Slack channel.")


class RoutesSettings(Table):
    """Who is told."""

    page: Target | None = Field(None, description="Danger to somebody; call's target if missing.")
    call: Target = Field(Target(sink="console"), description="Cards that recommend a call.")
    winback: Target | None = Field(None, description="People who are leaving; call's target if missing.")
    review: Target | None = Field(None, description="Posts on which a person must look; call's target if missing.")
    communications: Target | None = Field(
        None, description="A second card for what may become public and large; off if missing."
    )


class ReachSettings(Table):
    """When communications is told: an unhappy post that many may see."""

    followers: int = Field(50_000, ge=0, description="The author's followers.")
    reposts: int = Field(50, ge=0, description="Reposts of the post.")


class CalendarSettings(Table):
    """What happens by the clock."""

    timezone: str = Field("UTC", description="The time zone of the times below.")
    purge_at: str = Field(
        "03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When texts past their time are erased, every day."
    )
    digest_at: str = Field(
        "08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When the day's figures are told, every day."
    )
    nudge_after: Duration = Field(
        "30m",
        validate_default=True,
        description="An open card that nobody claimed is told again after this, where its deadline names "
        "no escalation; 0s means never.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError('must be a time zone such as "Europe/Paris"') from error
        return value


class Faq(Table):
    """One question that may be answered in public."""

    questions: list[str] = Field(min_length=1, description="The question in several wordings, in one language.")
    answer: str = Field(min_length=1, max_length=1000, description="The reviewed answer.")
    lang: str = Field("en", description="The language of both.")


class Brand(Table):
    """One brand; nothing of it is ever seen by another."""

    name: str = Field(min_length=1, description="The brand's name as customers write it.")
    terms: list[TermEntry] = Field(
        min_length=1, description="Words and phrases that name the brand; docs/matching.md has all that they can say."
    )
    aliases: list[TermEntry] = Field([], description="Other names that people use for it, written like terms.")
    exclude: list[TermEntry] = Field([], description="Words that show that something else is meant.")
    languages: dict[Language, Words] = Field(
        default_factory=dict, description="More terms and exclude for posts in one language."
    )
    channels: dict[str, Words] = Field(default_factory=dict, description="More terms and exclude on one channel.")
    context: Sentences = Field(
        [], description="What the brand is, in a sentence: posts about something else of that name are left out."
    )
    not_context: Sentences = Field([], description="What else its name may mean, a sentence for each.")
    relevance: Band = Field(
        Band(at=0.5, doubt=0.35),
        description="With context: how likely a post must be about the brand; less than that is left out.",
    )
    handles: dict[str, list[Entry]] = Field(
        default_factory=dict, description="The brand's own accounts, a list for each channel."
    )
    blocked_authors: list[Entry] = Field([], description="Handles whose posts are never looked at.")
    private_way: str = Field("", description="A link to a private way to reach the brand, for replies.")
    phone_region: str = Field(
        "", pattern=r"^([A-Z]{2})?$", description="Country whose national phone numbers are recognised, such as GB."
    )
    thresholds: ThresholdOverrides = Field(ThresholdOverrides(), description="Thresholds that differ for this brand.")
    routes: dict[Literal["page", "call", "winback", "review", "communications"], Target] = Field(
        default_factory=dict, description="Other targets for this brand."
    )
    faq: list[Faq] = Field([], description="Questions that may be answered in public.")
    page: Look = Field(Look(), description="How its call-back page looks.")


class Channel(Table):
    """What differs on one channel."""

    reply_with: str = Field(
        "", description="The responder that posts replies on this channel; empty means that people do."
    )
    addressed: Literal["ignore", "triage"] = Field(
        "ignore",
        description='Posts addressed to the brand: "ignore" leaves them to its own inbox, "triage" takes them too.',
    )
    most: Literal["auto", "draft", "link", "none"] = Field(
        "auto",
        description="The most that the bot may do here, whatever the platform allows: auto, draft, link or none.",
    )
    max_age: Duration = Field("24h", validate_default=True, description="Older posts are counted and not acted on.")
    shadow: bool = Field(
        False,
        description="Everything is judged and decided here, and nothing leaves: no card, no reply. For a trial.",
    )
    thresholds: ThresholdOverrides = Field(ThresholdOverrides(), description="Thresholds that differ on this channel.")
    deadlines: dict[DeadlineName, DeadlineOverrides] = Field(
        default_factory=dict, description="Deadlines that differ on this channel, by route."
    )
    targets: Targets = Field(Targets(), description="What `report` measures this channel against.")


class ListenerSettings(Table):
    """What every listener has; its own settings stand beside these."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    kind: str = Field(description="Which listener: x, telegram, jsonl, or one that a package offers.")
    brands: list[str] = Field([], description="The brands it listens for; all if empty.")
    every: Pause = Field("60s", validate_default=True, description="The pause between two polls.")
    expect_every: Duration | None = Field(
        None, description="Silence longer than this raises an alarm; never if missing."
    )


class ResponderSettings(Table):
    """What every responder has; its own settings stand beside these."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    kind: str = Field(description="Which responder: console, slack, x, telegram, or one that a package offers.")


def own_part(settings: ListenerSettings | ResponderSettings) -> dict[str, Any]:
    """The settings that belong to the plug-in itself."""
    return dict(settings.__pydantic_extra__ or {})
