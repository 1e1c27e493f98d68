"""One account on its PDS, by the atproto SDK, which signs in and keeps the session fresh. Its errors are ours."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed

if TYPE_CHECKING:
    from atproto import AsyncClient

MISSHAPEN = (AttributeError, LookupError, TypeError, ValueError)
"""What the SDK raises for an answer that is not in the shape of its method."""
ASK_BLUESKY = (
    "make an app password (Settings, Privacy and security, App passwords) and store it where the settings look"
)
NEEDED = "Bluesky needs an extra: pip install 'overheard[bluesky]'"
DEAD_SESSION = ("ExpiredToken", "InvalidToken", "AccountTakedown", "AccountDeactivated", "AccountSuspended")


class Pds:
    """Asks and writes as the account. Signs in when it is first needed, which a day allows 300 times."""

    def __init__(self, url: str, account: str, password: str, timeout: float) -> None:
        quiet()
        self._account, self._password = account, password
        try:
            from atproto import AsyncClient, AsyncRequest
        except ImportError:
            raise ValueError(NEEDED) from None
        self._client: AsyncClient = AsyncClient(url, request=AsyncRequest(timeout=timeout))
        self.did = ""

    async def sign_in(self) -> None:
        """Make sure that there is a session; raises Unavailable, RateLimited or AuthFailed."""
        if self.did:
            return
        try:
            await self._client.login(self._account, self._password, fetch_bsky_profile=False)
            self.did = str(self._client._session.did)
        except Exception as error:  # noqa: BLE001 - all that the SDK and httpx raise, told apart just below
            raise self._certain(error) from None

    async def ask(self, method: str, **parameters: str) -> Mapping[str, Any]:
        """A question; raises LookupError where there is no such thing, else as ``sign_in``."""
        await self.sign_in()
        try:
            answer = await self._client.invoke_query(method, params=_given(parameters))
            return _object(answer.content)
        except Exception as error:  # noqa: BLE001 - as above
            if not isinstance(error, MISSHAPEN) and _status(error) in (400, 404) and _code(error) not in DEAD_SESSION:
                raise LookupError(_code(error)) from None
            raise self._certain(error) from None

    async def write(self, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """An order; raises FileExistsError where it says that it was carried out before, else the five errors."""
        await self.sign_in()
        try:
            content = json.dumps(body).encode()
            answer = await self._client.invoke_procedure(method, content=content, input_encoding="application/json")
            return _object(answer.content)
        except Exception as error:  # noqa: BLE001 - as above
            if _code(error) == "InvalidSwap":
                raise FileExistsError from None
            raise self._written(error) from None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.request.close()

    def _certain(self, error: Exception) -> EdgeError:
        """Where nothing was to be written."""
        edge = self._known(error)
        return edge or Unavailable(f"Bluesky is not available ({_words(error)})")

    def _written(self, error: Exception) -> EdgeError:
        """Where something may have been written."""
        import httpx

        if edge := self._known(error):
            return edge
        if _status(error) in (400, 404, 413):
            return Refused(f"Bluesky refuses it ({_words(error)})")
        if isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
            return Unavailable("Bluesky could not be reached")
        return Unconfirmed(f"Bluesky gave no clear answer ({_words(error)})")

    def _known(self, error: Exception) -> EdgeError | None:
        if _status(error) == 429:
            return RateLimited("Bluesky asks us to slow down", _pause(error))
        if _status(error) in (401, 403) or _code(error) in DEAD_SESSION or type(error).__name__ == "LoginRequiredError":
            # The next try signs in anew, with whatever password there is then.
            self.did = ""
            return AuthFailed(f"Bluesky does not let {self._account} in ({_words(error)}): {ASK_BLUESKY}")
        return None


def quiet() -> None:
    """Keep httpx from logging addresses, which name what is asked for."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _given(parameters: Mapping[str, str]) -> Any:
    """Parameters as the SDK takes them: something with the manner of its models."""
    from atproto_client.models.dot_dict import DotDict

    return DotDict(dict(parameters))


def _object(content: object) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise TypeError("no object")
    return content


def _status(error: Exception) -> int:
    return getattr(getattr(error, "response", None), "status_code", 0)


def _code(error: Exception) -> str:
    """The error's name as the PDS gives it, such as InvalidRequest; never its message, which may hold our words."""
    content = getattr(getattr(error, "response", None), "content", None)
    code = getattr(content, "error", "")
    return code if isinstance(code, str) and re.fullmatch(r"\w{1,40}", code) else ""


def _words(error: Exception) -> str:
    return " ".join(filter(None, (str(_status(error) or ""), _code(error)))) or type(error).__name__


def _pause(error: Any) -> float | None:
    """Seconds to wait, as the answer says: by Retry-After, or until the window's end."""
    if error.retry_after is not None or error.reset_at is None:
        return None if error.retry_after is None else float(error.retry_after)
    return max(float((error.reset_at - datetime.now(UTC)).total_seconds()), 1.0)
