"""Settings of the change of channel: the call-back page, what is kept of a number, surveys, and the win-back lane."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from models.settings.sections import Target
from models.settings.types import Duration, Pause, Secret, Share, Table

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class CallbackSettings(Table):
    """The page on which a customer leaves a number, and what becomes of it. Without ``url`` agents do it by hand."""

    url: str = Field("", description='Where customers reach the page, such as "https://care.example.com"; empty: none.')
    listen: str = Field("127.0.0.1:8088", description="The address that the page is served on; a proxy adds TLS.")
    proxies: int = Field(1, ge=0, le=5, description="Proxies in front of the page that add the visitor's address.")
    key: Secret | None = Field(
        None, description="Keys that seal numbers, one a line, the newest first; `keys new` makes one."
    )
    code_lasts: Pause = Field("30d", validate_default=True, description="A code ends so long after its case closed.")
    keep_number: Pause = Field(
        "7d", validate_default=True, description="A number is erased after this, even if its case is still open."
    )
    keep_consent: Pause = Field(
        "1095d", validate_default=True, description="The record of a consent is kept so long, without the number."
    )
    countries: list[str] = Field([], description='Countries that you call, such as ["DE", "AT"]; all if empty.')
    earliest: Clock = Field("09:00", description="Before this, on the customer's clock, agents are warned not to call.")
    latest: Clock = Field("20:00", description="After this, on the customer's clock, agents are warned not to call.")
    attempts: int = Field(3, ge=1, le=20, description="So often a call is tried before the switch is given up.")
    failed_within: Pause = Field(
        "7d", validate_default=True, description="Who posts again in public so soon after a switch: it has failed."
    )
    dial: Target | None = Field(
        None, description="A responder of kind dial_webhook that asks a contact centre to dial; none if missing."
    )

    @field_validator("url")
    @classmethod
    def _public(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local))):
            raise ValueError('must begin with "https://", because customers send their number there')
        if parts.query or parts.fragment or parts.username:
            raise ValueError("must be a plain address, without a query, a fragment or a name")
        return value.rstrip("/")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not (host and port.isascii() and port.isdigit() and int(port) < 65536):
            raise ValueError('must be "host:port", such as "127.0.0.1:8088"')
        return value

    @field_validator("countries")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        if value:
            # What reads numbers is loaded only where it is needed.
            from models.phone import known_country

            if unknown := [country for country in value if not known_country(country)]:
                raise ValueError(f"{', '.join(unknown)}: no such country; write its two letters, such as GB")
        return value

    @model_validator(mode="after")
    def _whole(self) -> CallbackSettings:
        if self.url and self.key is None:
            raise ValueError("url needs key: without one a number cannot be sealed; `python bot.py keys new` makes one")
        if self.earliest >= self.latest:
            raise ValueError("earliest must lie before latest")
        return self


class SurveySettings(Table):
    """What customers are asked once their case is over."""

    on: bool = Field(True, description="Ask on the call-back page, and in the channels below.")
    channels: list[str] = Field([], description='Channels that can ask with buttons, such as ["telegram"].')
    after: Duration = Field("5m", validate_default=True, description="So long after closing it is asked.")
    within: Pause = Field("14d", validate_default=True, description="An answer is taken so long after asking.")
    keep: Pause = Field("1095d", validate_default=True, description="Answers are kept so long; they name nobody.")


class WinbackSettings(Table):
    """The lane for people who are leaving."""

    holdout: Share = Field(0.0, description="This share of them is left to the ordinary way, so that lift is measured.")
    within: Pause = Field("14d", validate_default=True, description="So long after opening it is asked how it ended.")
    usual: Literal["review", "call"] = Field("review", description="The ordinary way of those who are held out.")
