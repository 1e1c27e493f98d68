"""Settings of how a brand's pages look, and of what a channel aims at."""

from __future__ import annotations

from pydantic import Field

from models.settings.types import Pause, Share, Table


class Look(Table):
    """How a brand's pages look and what they say besides."""

    colour: str = Field("#1a5fb4", pattern=r"^#[0-9a-fA-F]{6}$", description="The colour of buttons and links.")
    logo: str = Field("", description="A picture file (PNG, SVG or WebP up to 200 kB) that is served with the page.")
    languages: list[str] = Field(
        ["en", "es", "fr", "de", "pt", "it"], min_length=1, description="Languages of the page; the first if unsure."
    )
    privacy: str = Field("", pattern=r"^(https?://\S+)?$", description="The address of your privacy notice.")
    consent: dict[str, str] = Field(
        default_factory=dict, description="Your own consent text by language; it must name {brand} and {purpose}."
    )
    texts: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Other words by language and name, such as { en = { title = ... } }."
    )


class Targets(Table):
    """What one channel aims at. Nothing is measured against what is not set."""

    first_response: Pause | None = Field(None, description="From the post until the customer hears from us.")
    claim: Pause | None = Field(None, description="From the card until somebody takes it.")
    resolve: Pause | None = Field(None, description="From the post until the case is closed.")
    within: Share = Field(0.9, description="The share of cases that should be in time.")
    hours: str = Field("", description="The name of the hours in which these count; empty means around the clock.")
    same_channel: Share | None = Field(None, description="The share of resolved cases to be answered where they began.")
    held: Share | None = Field(None, description="The share of offered switches that should hold.")
