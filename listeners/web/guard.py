"""Keeps strangers' addresses from reaching what only we can reach: our own machine, its network, a cloud's metadata."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from models.errors import Unavailable

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""Where a network without IPv4 shows the hosts of IPv4 (RFC 6052)."""
_CLOSED = tuple(map(ip_network, ("192.88.99.0/24", "192.0.0.0/24", "168.63.129.16/32", "fec0::/10")))
"""Relays of 6to4 (out of use since RFC 7526), protocols' own, Azure's host, and sites' own; ``ipaddress``, or some
versions of it, call them global."""


class Guard:
    """Says at which addresses a host may be spoken to.

    ``private`` names hosts in the operator's own network, or "host port" for one port alone. They are let through only
    where the settings themselves name them, never where a redirect leads to them.
    """

    def __init__(self, private: Iterable[str] = ()) -> None:
        self._private = frozenset(host.lower().strip("[]") for host in private)

    async def addresses(self, host: str, port: int, *, named: bool) -> list[str]:
        """The addresses of ``host`` that may be connected to, best first; raises Unavailable where there is none.

        ``named`` says that the host stands in the settings. The caller connects to the address itself: a name that is
        looked up a second time may have another.
        """
        found = await _resolve(host, port)
        bare = host.lower().strip("[]")
        if named and not self._private.isdisjoint((bare, f"{bare} {port}")):
            return found
        public = [address for address in found if is_public(address)]
        if not public:
            raise Unavailable(f"{host} is at a private or reserved address, which is not read for a stranger")
        return public


def is_public(address: str) -> bool:
    """Whether it is a host's of the open internet; an IPv4 address inside an IPv6 one is judged too."""
    ip = ip_address(address)
    return all(_is_open(part) for part in (ip, *_inside(ip)))


def _is_open(ip: IPv4Address | IPv6Address) -> bool:
    closed = ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_loopback or ip.is_unspecified
    # A mapped or translated address is closed as such, and judged by the one inside.
    wrapped = isinstance(ip, IPv6Address) and (ip.ipv4_mapped is not None or ip in _TRANSLATED)
    return wrapped or (ip.is_global and not closed and not any(ip in network for network in _CLOSED))


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a packet to this IPv6 address may end at."""
    if isinstance(ip, IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _TRANSLATED:
        found.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


async def _resolve(host: str, port: int) -> list[str]:
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable(f"{host} cannot be found: look at its spelling and at the network") from None
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
