"""Who visits, and how often they may: the address behind the proxies, and the limits of each address and code."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import math
import time
from collections.abc import Mapping
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

log = logging.getLogger(__name__)

CHANGES = "changes of a code"
LIMITS: Mapping[str, str] = {
    "pages": "120 per minute",
    "forged": "30 per 10 minutes",
    "forms": "20 per 10 minutes",
    CHANGES: "30 per hour",
}
"""What one address may ask for; the last, how often what was given for one code may change, by all together."""
MOST_KEYS = 50_000
"""Addresses and codes that are counted at one time: a flood from more than that is a proxy's to stop."""
IPV6_NETWORK = 64
"""One customer's line has so long a prefix at least, and as many addresses as it likes."""


class Busy(Exception):
    """Too many tries; ``seconds`` until the next is welcome."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many tries")
        self.seconds = seconds


class Visits:
    """Counts in memory: a restart begins anew."""

    def __init__(self, limits: Mapping[str, str] = LIMITS) -> None:
        self._storage = MemoryStorage()
        self._windows = FixedWindowRateLimiter(self._storage)
        self._limits: dict[str, RateLimitItem] = {name: parse(text) for name, text in limits.items()}

    def count(self, what: str, key: str) -> None:
        """One more; raises Busy where it is one too many."""
        if len(self._storage.storage) > MOST_KEYS:
            log.warning("too many visitors to count, so counting begins anew", extra={"action": "page"})
            self._storage.reset()
        if not self._windows.hit(self._limits[what], what, key):
            raise self._busy(what, key)

    def note(self, what: str, key: str) -> None:
        """One more, of what was done already."""
        with contextlib.suppress(Busy):
            self.count(what, key)

    def check(self, what: str, key: str) -> None:
        """Raises Busy where there were too many already; counts nothing."""
        if not self._windows.test(self._limits[what], what, key):
            raise self._busy(what, key)

    def _busy(self, what: str, key: str) -> Busy:
        ends = self._windows.get_window_stats(self._limits[what], what, key).reset_time
        return Busy(max(1, math.ceil(ends - time.time())))


def address_of(scope: Mapping[str, Any], proxies: int) -> str:
    """The visitor's address, an IPv6 one as its network; only what our own proxies have added is believed.

    Each proxy adds the address that it saw at the end of X-Forwarded-For, so the visitor's stands so many from there.
    """
    peer = (scope.get("client") or ("",))[0]
    if proxies:
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        chain = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
        if len(chain) >= proxies:
            return network_of(chain[-proxies]) or network_of(peer)
    return network_of(peer)


def network_of(text: str) -> str:
    """What is counted as one visitor; empty for what is no address."""
    text = text.partition("]")[0].removeprefix("[")
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
    return str(address)
