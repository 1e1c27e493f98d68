"""uvicorn as we want it: quiet, bounded, on a socket that we give, and without a hand on the process's signals."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

MOST_AT_ONCE = 200
"""Connections; more are told to come again, so that a flood costs no more memory than that."""
IDLE = 5
"""Seconds that a connection without a request is kept."""
STOPPING = 5
"""Seconds in which answers that are under way may end."""
LONGEST_HEAD = 16_384
"""Bytes of a request's head."""


class Server(uvicorn.Server):
    """One server; ``should_exit`` ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The daemon listens for signals, and tells us to end."""
        yield


def server_of(app: ASGIApp) -> Server:
    """Not yet serving."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http="h11",
        ws="none",
        lifespan="off",
        # Addresses are read from behind our own proxies only (visitors.address_of), and never logged.
        proxy_headers=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=STOPPING,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    return Server(config)


async def bound(listen: str) -> socket.socket:
    """A socket at ``host:port``; raises OSError where it cannot be had."""
    host, _, port = listen.rpartition(":")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(errno.EINVAL, f"{host} is no host") from None
    family, kind, protocol, _, address = found[0]
    place = socket.socket(family, kind, protocol)
    try:
        # A port that our last process has just left is free.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(address)
        place.listen(128)
    except OSError:
        place.close()
        raise
    place.setblocking(False)
    return place
