"""One account on its PDS that reads, by the atproto SDK, which signs in and keeps the session fresh."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable

MISSHAPEN = (AttributeError, LookupError, TypeError, ValueError)
"""What the SDK raises for an answer that is not in the shape of its method."""
ASK_BLUESKY = (
    "make an app password (Settings, Privacy and security, App passwords) and store it where the settings look"
)
NEEDED = "Bluesky needs an extra: pip install 'overheard[bluesky]'"
DEAD_SESSION = ("ExpiredToken", "InvalidToken", "AccountTakedown", "AccountDeactivated", "AccountSuspended")


class Reader:
    """Asks as the account. Signs in when it is first needed, which a day allows 300 times."""

    def __init__(self, url: str, account: str, password: str, timeout: float) -> None:
        quiet()
        try:
            from atproto import AsyncClient, AsyncRequest
        except ImportError:
            raise ValueError(NEEDED) from None
        self._account, self._password = account, password
        self._client = AsyncClient(url, request=AsyncRequest(timeout=timeout))
        self._is_in = False

    async def ask(self, method: str, **parameters: str | int | Sequence[str]) -> Mapping[str, Any]:
        """A question; raises LookupError where it is refused, else Unavailable, RateLimited or AuthFailed."""
        from atproto_client.models.dot_dict import DotDict

        try:
            if not self._is_in:
                await self._client.login(self._account, self._password, fetch_bsky_profile=False)
                self._is_in = True
            answer = await self._client.invoke_query(method, params=DotDict(dict(parameters)))
            if not isinstance(answer.content, dict):
                raise TypeError("no object")
            return answer.content
        except Exception as error:  # noqa: BLE001 - all that the SDK and httpx raise, told apart just below
            if self._is_in and not isinstance(error, MISSHAPEN) and _status(error) == 400 and not _is_dead(error):
                raise LookupError(_code(error)) from None
            raise self._edge(error) from None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.request.close()

    def _edge(self, error: Any) -> EdgeError:
        words = " ".join(filter(None, (str(_status(error) or ""), _code(error)))) or type(error).__name__
        if _status(error) == 429:
            return RateLimited("Bluesky asks us to slow down", _pause(error))
        if _status(error) in (401, 403) or _is_dead(error):
            # The next poll signs in anew, with whatever password there is then.
            self._is_in = False
            return AuthFailed(f"Bluesky does not let {self._account} in ({words}): {ASK_BLUESKY}")
        return Unavailable(f"Bluesky is not available ({words})")


def quiet() -> None:
    """Keep httpx from logging addresses, which name what is searched for."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_dead(error: Exception) -> bool:
    return _code(error) in DEAD_SESSION or type(error).__name__ == "LoginRequiredError"


def _status(error: Exception) -> int:
    return getattr(getattr(error, "response", None), "status_code", 0)


def _code(error: Exception) -> str:
    """The error's name as the PDS gives it, such as InvalidRequest; never its message, which may hold words."""
    content = getattr(getattr(error, "response", None), "content", None)
    code = getattr(content, "error", "")
    return code if isinstance(code, str) and re.fullmatch(r"\w{1,40}", code) else ""


def _pause(error: Any) -> float | None:
    """Seconds to wait, as the answer says: by Retry-After, or until the window's end."""
    if error.retry_after is not None or error.reset_at is None:
        return None if error.retry_after is None else float(error.retry_after)
    return max(float((error.reset_at - datetime.now(UTC)).total_seconds()), 1.0)
