"""Speaks to Slack's Web API through slack_sdk, one request a call, and tells what went wrong as one of the five errors.

The SDK's own retries are off: they may post twice. Methods: https://docs.slack.dev/reference/methods.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from models.errors import EdgeError, Refused, Unavailable, Unconfirmed
from responders.slack.errors import error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

# The SDK writes whole messages at DEBUG, and cards must not stand in a log.
_log = logging.getLogger("overheard.slack_sdk")
_log.setLevel(logging.INFO)


class SlackWeb:
    """One token's way to Slack; ``timeout`` is seconds for a whole request."""

    def __init__(self, token: str, base_url: str, timeout: float) -> None:
        from slack_sdk.web.async_client import AsyncWebClient

        self.token = token
        self._timeout = timeout
        self._client: AsyncWebClient = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[], logger=_log)
        if proxy_bypass(urlsplit(base_url).hostname or ""):
            self._client.proxy = None  # the SDK honours HTTPS_PROXY but not NO_PROXY

    async def read(self, method: str, target: str = "", **fields: Any) -> AsyncSlackResponse:
        """Ask for something; empty fields are left out. ``target`` is named in the errors."""
        asked = {name: value for name, value in fields.items() if value != ""}
        try:
            return await self._ask(target, method, http_verb="GET", params=asked)
        except Unconfirmed as error:
            raise Unavailable(str(error)) from None  # a question changes nothing, so it may be asked again

    async def write(self, method: str, target: str, **fields: Any) -> AsyncSlackResponse:
        """Change something; fields that are None are left out."""
        said = {name: value for name, value in fields.items() if value is not None}
        return await self._ask(target, method, json=said)

    async def respond(self, url: str, **fields: Any) -> None:
        """Answer at the address that came with a press; Slack takes five answers in half an hour."""
        import aiohttp
        from slack_sdk.webhook.async_client import AsyncWebhookClient

        client = self._connected()
        hook = AsyncWebhookClient(
            url, session=client.session, retry_handlers=[], logger=_log, timeout=int(self._timeout)
        )
        hook.proxy = client.proxy  # NO_PROXY again
        try:
            answer = await hook.send_dict(fields)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"Slack cannot be reached ({type(error).__name__})") from None
        if answer.status_code == 429:
            raise error_of(429, "", retry_after=answer.headers.get("Retry-After"))
        if answer.status_code != 200:
            # A used-up or expired address is text, not JSON: nothing to look up.
            raise Refused(f"Slack took no answer at the press's address (status {answer.status_code})")

    async def upload(self, target: str, **fields: Any) -> AsyncSlackResponse:
        """Post a file with words, in three requests of the SDK's; before the last of them nobody sees anything."""
        from slack_sdk.errors import SlackRequestError

        try:
            return await self._told(target, self._connected().files_upload_v2(**fields))
        except SlackRequestError:
            raise Unavailable("Slack took the file's name but not the file; it is sent again") from None

    async def aclose(self) -> None:
        """Let go of the session."""
        if self._client.session is not None:
            await self._client.session.close()

    async def _ask(self, target: str, method: str, **request: Any) -> AsyncSlackResponse:
        return await self._told(target, self._connected().api_call(method, **request))

    async def _told(self, target: str, request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        import aiohttp
        from slack_sdk.errors import SlackApiError

        try:
            return await request
        except SlackApiError as error:
            # Without the cause: the SDK's message quotes the whole answer.
            raise _translated(error.response, target) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(f"Slack cannot be reached ({type(error).__name__}); check the network") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError, RecursionError) as error:
            # The last three: slack_sdk stumbles over an answer that is not a JSON object.
            raise Unconfirmed(f"Slack gave no clear answer ({type(error).__name__})") from None

    def _connected(self) -> AsyncWebClient:
        import aiohttp

        if self._client.session is None or self._client.session.closed:
            # A kept connection that Slack has meanwhile closed would look like a lost answer.
            self._client.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=self._timeout / 2),
            )
        return self._client


def next_cursor(page: AsyncSlackResponse) -> str:
    """Where the next page begins; empty after the last."""
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


def _translated(response: Any, target: str) -> EdgeError:
    """The error of a refused request; ``response`` is aiohttp's own where the body was no JSON."""
    status = response.status_code if hasattr(response, "status_code") else response.status
    data = getattr(response, "data", None)
    said = data if isinstance(data, dict) else {}
    code, needed = str(said.get("error") or ""), str(said.get("needed") or "")
    return error_of(status, code, retry_after=response.headers.get("Retry-After"), target=target, needed=needed)
