"""Sets up logging: ids and facts, never a post's text, never a secret. SDKs that would print a token are kept quiet."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

QUIET = {
    "httpx": logging.WARNING,  # prints each URL at INFO, and Telegram's holds the token
    "httpcore": logging.WARNING,
    "telegram": logging.WARNING,
    "tweepy": logging.INFO,  # prints the bearer token at DEBUG
    "slack_sdk": logging.INFO,
    "oauthlib": logging.INFO,
    "requests_oauthlib": logging.INFO,
    "aiohttp.access": logging.WARNING,
    "apscheduler": logging.WARNING,
    "urllib3": logging.INFO,
    "asyncio": logging.WARNING,
}
SECRET_SHAPES = re.compile(r"xox[abposr]-[\w-]+|xapp-[\w-]+|\b\d{6,}:[\w-]{30,}|(?i:bearer)\s+[\w%.~+/-]{8,}")
"""What tokens of the platforms that we speak to look like."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redact(logging.Filter):
    """Takes secrets out of every line, whoever wrote it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        long = {secret for secret in secrets if len(secret) >= 6}
        # JSON and repr write some signs of a secret otherwise.
        written = {write(secret)[1:-1] for secret in long for write in (json.dumps, repr)}
        self._secrets = sorted(long | written, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return SECRET_SHAPES.sub("***", text)


class Lines(logging.Formatter):
    """One line a record: JSON, or text with key=value. Control characters cannot forge a line."""

    def __init__(self, as_json: bool, redact: Redact) -> None:
        super().__init__()
        self._json = as_json
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        facts = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        message = record.getMessage()
        if record.exc_info:
            facts["error"] = self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC)
        if self._json:
            line = {"at": at.isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
            return self._redact.clean(json.dumps(line | {"message": message} | facts, default=str))
        error = facts.pop("error", "")
        pairs = " ".join(f"{key}={_printable(str(value))}" for key, value in facts.items())
        text = f"{at:%H:%M:%S} {record.levelname:<7} {_printable(message)} {pairs}".rstrip()
        # Each line of a traceback is indented: its message may be a stranger's, and no line may look like a record.
        trace = "".join(f"\n    {_printable(line)}" for line in error.split("\n") if line)
        return self._redact.clean(text + trace)


def configure(level: str, as_json: bool, secrets: Iterable[str] = ()) -> None:
    """Write to stderr from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(as_json, Redact(secrets)))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level.upper())))


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
