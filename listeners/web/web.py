"""HTTP for listeners: one GET with limits on time, size and redirects, whose failures are the errors of the house."""

from __future__ import annotations

import asyncio
import json
import logging
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from listeners.web.guard import Guard
from models.errors import AuthFailed, RateLimited, Unavailable

AGENT = "Overheard (customer care; reads public posts)"
MOST_REDIRECTS = 5
MOST_ADDRESSES = 3
"""Of a host that are tried, where the first cannot be connected to."""
NOT_SECRET = frozenset({"accept", "accept-language", "if-modified-since", "if-none-match", "user-agent"})
"""What another host may be sent when it is redirected to."""

Params = Mapping[str, str | int | float] | list[tuple[str, str | int | float | bool | None]]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``headers`` ignore case; ``body`` is unpacked; ``url`` is where it was found in the end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(default="", repr=False)


class Web:
    """One other side, by the name ``who`` that errors give it.

    ``timeout`` (s) holds for a whole answer, its redirects included; ``most`` is how many bytes of body are taken,
    unpacked. ``headers`` go with each request, but never to another host. With a ``guard`` each address is checked
    before it is connected to, and redirects may lead anywhere that it allows; without one they must stay on the host.
    A proxy of the environment is used only without a guard: behind one nobody knows which address is read.
    """

    def __init__(
        self,
        who: str,
        *,
        timeout: float = 20.0,
        most: int = 10_000_000,
        headers: Mapping[str, str] | None = None,
        guard: Guard | None = None,
    ) -> None:
        quiet()
        self.who = who
        self._timeout, self._most, self._guard = timeout, most, guard
        self._headers = {"User-Agent": AGENT, **(headers or {})}
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=timeout / 2),
            trust_env=guard is None,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Certificates of the operator's own (SSL_CERT_FILE) hold in both cases.
            verify=httpx.create_ssl_context(),
            # Two hosts may share an address: a kept connection would be used for both, with one's certificate.
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=0 if guard else 5),
        )

    async def get(
        self,
        url: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        also: Collection[int] = (),
    ) -> Page:
        """The page at ``url``, or a 304 without one.

        Raises AuthFailed (401, 403), RateLimited (429) and Unavailable (all else, and what is too long, too late or
        broken). A status in ``also`` is handed back instead, for platforms that say more in the body.
        """
        try:
            async with asyncio.timeout(self._timeout):
                first = httpx.URL(url)
                first = first.copy_merge_params(params) if params else first
                page = await self._follow(first, self._headers | dict(headers or {}))
        except (TimeoutError, httpx.TimeoutException):
            raise Unavailable(f"{self.who} did not answer in time") from None
        except httpx.InvalidURL:
            raise Unavailable(f"{self.who}: the address is none: correct it") from None
        # Never with its cause, which holds the whole URL.
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise Unavailable(f"{self.who} cannot be read ({type(error).__name__})") from None
        if page.status not in also:
            self._refuse(page)
        return page

    async def json(self, url: str, params: Params | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """What the page says in JSON; raises as ``get`` does, and Unavailable for anything that is not JSON."""
        return self.parse(await self.get(url, params, {"Accept": "application/json"} | dict(headers or {})))

    def parse(self, page: Page) -> Any:
        """A page's JSON; raises Unavailable for anything else."""
        try:
            return json.loads(page.body)
        except (ValueError, RecursionError):
            raise Unavailable(f"{self.who} answered with something that is not JSON (status {page.status})") from None

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _follow(self, first: httpx.URL, headers: dict[str, str]) -> Page:
        url = first
        for _ in range(MOST_REDIRECTS + 1):
            page = await self._once(url, headers, named=url.host == first.host)
            if page.status not in (301, 302, 303, 307, 308) or "location" not in page.headers:
                return page
            target = url.join(page.headers["location"])
            if not _same_side(url, target):
                if self._guard is None:
                    raise Unavailable(f"{self.who} sends us to another host ({target.host}): correct the address")
                headers = {name: value for name, value in headers.items() if name.lower() in NOT_SECRET}
            url = target
        raise Unavailable(f"{self.who} sends us on more than {MOST_REDIRECTS} times")

    async def _once(self, url: httpx.URL, headers: Mapping[str, str], named: bool) -> Page:
        if url.scheme not in ("http", "https") or not url.host:
            raise Unavailable(f"{self.who} leads to an address that is not of the web ({url.scheme or 'no scheme'})")
        if self._guard is None:
            return await self._read(url, url, headers)
        port = url.port or (443 if url.scheme == "https" else 80)
        found = (await self._guard.addresses(url.host, port, named=named))[:MOST_ADDRESSES]
        for address in found[:-1]:
            try:
                return await self._read(url, url.copy_with(host=address), headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._read(url, url.copy_with(host=found[-1]), headers)

    async def _read(self, url: httpx.URL, at: httpx.URL, headers: Mapping[str, str]) -> Page:
        """Ask for ``url`` at the address ``at``; the name is still what the certificate is checked for."""
        own = {**headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": "gzip"}
        name = {"sni_hostname": url.raw_host.decode("ascii")}
        request = self._client.build_request("GET", at, headers=own, extensions={"timeout": self._limits(), **name})
        answer = await self._client.send(request, stream=True)
        try:
            body = b"" if answer.is_redirect else await self._body(answer)
        finally:
            await answer.aclose()
        return Page(answer.status_code, answer.headers, body, str(url))

    def _limits(self) -> dict[str, float | None]:
        return self._client.timeout.as_dict()

    async def _body(self, answer: httpx.Response) -> bytes:
        """The body, unpacked by hand: a few bytes may stand for gigabytes, and httpx would make them all."""
        declared = answer.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self._most:
            raise self._too_long()
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise Unavailable(f"{self.who} packs its answer in a way that we did not ask for")
        gzip = _Gzip() if coding != "identity" else None
        body = bytearray()
        async for raw in answer.aiter_raw():
            body += gzip.unpack(raw, self._most + 1 - len(body)) if gzip else raw
            if len(body) > self._most:
                raise self._too_long()
        if gzip and not gzip.whole:
            raise Unavailable(f"{self.who} broke off its answer")
        return bytes(body)

    def _too_long(self) -> Unavailable:
        return Unavailable(f"{self.who} sends more than {self._most} bytes, which is not taken")

    def _refuse(self, page: Page) -> None:
        status = page.status
        if status in (401, 403):
            raise AuthFailed(
                f"{self.who} does not let us in (status {status}): check the credential and its permissions"
            )
        if status in (404, 410):
            raise Unavailable(f"{self.who}: the page is not there (status {status}): check its address and name")
        if status == 429:
            raise RateLimited(f"{self.who} asks us to slow down", retry_after(page.headers))
        if status != 304 and not 200 <= status < 300:
            raise Unavailable(f"{self.who} answered with status {status}")


class _Gzip:
    """Unpacks gzip, of one member or several, never further than it is told."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether it has ended where it should; nothing at all is a whole too."""
        return self._member.eof or not self._begun

    def unpack(self, raw: bytes, room: int) -> bytes:
        """At most ``room`` bytes, which must be above 0; raises ValueError where it is not gzip."""
        out = bytearray()
        try:
            while raw and len(out) < room:
                if self._member.eof:
                    if not raw.startswith(b"\x1f\x8b"):
                        break  # some servers fill up with zeros
                    self._member = zlib.decompressobj(31)
                self._begun = True
                out += self._member.decompress(raw, room - len(out))
                raw = self._member.unused_data
        except zlib.error:
            raise ValueError("not gzip") from None
        return bytes(out)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds the other side asks us to wait (RFC 9110, 10.2.3); None where it does not say.

    A date is counted from the other side's own clock, which may be wrong.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, since = _moment(value), _moment(headers.get("date", "")) or datetime.now(UTC)
    return max((until - since).total_seconds(), 0.0) if until else None


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same_side(url: httpx.URL, target: httpx.URL) -> bool:
    """The same host, and not from a closed line to an open one."""
    return url.host == target.host and url.port == target.port and (url.scheme, target.scheme) != ("https", "http")


def quiet() -> None:
    """Keep httpx from logging URLs, which may hold keys and what is searched for."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
