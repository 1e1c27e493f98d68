"""A line to a real IMAP server that can be cut, and that plays the faults that the server cannot play by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from models.rig import HTML

REFUSALS = {
    "401": "[AUTHENTICATIONFAILED] words-canary", "403": "[AUTHORIZATIONFAILED] words-canary",
    "429": "[LIMIT] words-canary", "500": "[SERVERBUG] words-canary", "503": "[UNAVAILABLE] words-canary",
}  # fmt: skip


class Line:
    """``play`` names what the next connection meets; those that stand are cut."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self.port = 0
        self.name = ""
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.met = asyncio.Event()

    def play(self, name: str) -> None:
        """A fault of models.rig, or "hold"."""
        self.name = name
        self.met.clear()
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                name, self.name = self.name, ""
                await (self._fault(name, reader, writer) if name else self._relay(reader, writer))
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open.add(ours)
        try:
            _, left = await asyncio.wait(
                [asyncio.ensure_future(_pump(reader, ours)), asyncio.ensure_future(_pump(theirs, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for pump in left:
                pump.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        finally:
            self._open.discard(ours)
            ours.transport.abort()

    async def _fault(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met.set()
        if name in ("silent", "hold"):
            await reader.read()
        if name.startswith("html"):
            writer.write(f"HTTP/1.1 400 Bad Request\r\n\r\n{HTML}\r\n".encode())
            await reader.read()
        if name == "garbled":
            writer.write(b"* OK ready\r\n* CAPABILITY words-can")
            await writer.drain()
        if name not in REFUSALS and name != "404":
            return
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode():
            tag, command = line.split()[:2]
            if command == "CAPABILITY":
                writer.write(f"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".encode())
            elif name == "404" and command == "LOGIN":
                writer.write(f"{tag} OK done\r\n".encode())
            else:
                writer.write(f"{tag} NO {REFUSALS.get(name, '[NONEXISTENT] words-canary')}\r\n".encode())

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Line]:
        """Stand on a free port for as long as the block lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
