"""The command of the support lead: every measure of a span, per channel and per pair of channels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.commands.common import Config, load, now_utc, open_store, readers_choice

Format = Literal["table", "json", "csv", "html"]


def report(
    config: Config = None,
    since: Annotated[str, typer.Option(help='From when: a span such as "30d" or "12h", or a day.')] = "30d",
    until: Annotated[str, typer.Option(help="The last day of it, such as 2026-11-30; now if missing.")] = "",
    channel: Annotated[str, typer.Option(help="Only cases that began on this channel.")] = "",
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = "table",
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="A file for it, instead of the terminal.")] = None,
) -> None:
    """Say how fast and how well help came: per channel, and for the change from one channel to another."""
    from zoneinfo import ZoneInfo

    from insights.report import report as compute
    from insights.report_forms import written
    from insights.report_span import known, span
    from models.manifests import MANIFESTS
    from models.store import report as material

    settings, now = load(config).settings, now_utc()
    zone = ZoneInfo(settings.calendar.timezone)
    asked = span(since, until, zone, now, known(brand, "brand", settings.brands), channel)
    with open_store(config, read_only=True) as store:
        made = compute(store.do(material.read, asked), settings)
    known(channel, "channel", {*MANIFESTS, *settings.channels, *made.names})
    text = written(made, form, zone)
    if out:
        out.write_text(text, "utf-8")
        print(out)
        return
    with readers_choice():
        print(text, end="")


COMMANDS = (report,)
