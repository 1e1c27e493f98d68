"""The first screen: what runs, and what a newcomer does next."""

from __future__ import annotations

from models.settings import Loaded

NEXT_STEPS = """
This is the sample: invented posts about an invented brand, judged by the real model.
Append a line to {feed} and watch it being triaged. Ctrl-C stops.

To hear your own brand
  1. cp config.example.toml config.toml   and set [brands]: its name, its words, its own accounts;
     take out [listeners.sample], mode = "on" and both reply_with = "console"
  2. export X_BEARER_TOKEN=…  TELEGRAM_TOKEN=…  SLACK_BOT_TOKEN=…   for the channels that you switch on there
  3. .venv/bin/python bot.py check   says what is missing and how to mend it;   … run   starts it
"""


def welcome(loaded: Loaded, sample: bool) -> str:
    """A few lines; the next steps only for who runs the sample."""
    settings = loaded.settings
    brands = ", ".join(brand.name for brand in settings.brands.values())
    first = f"Overheard listens for {brands} on {', '.join(settings.listeners)}; replies: {settings.replies.mode}."
    feed = next((own.__pydantic_extra__ or {} for own in settings.listeners.values() if own.kind == "jsonl"), {})
    return first + NEXT_STEPS.format(feed=feed.get("path", "the feed")) if sample else first
