"""A small TCP proxy before a real server: adds latency, and counts what a conversation costs."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import weakref
from collections.abc import Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any

_HOST = "127.0.0.1"


@dataclass
class Conversation:
    """One connection that a client opened through the proxy."""

    turns: int = 0
    """Times the server spoke after the client had: round trips, if none were pipelined."""
    sent: int = 0
    """Bytes from the client."""
    received: int = 0
    """Bytes from the server."""
    asked: bool = False
    """Whether the client spoke last."""


class Proxy:
    """Relays connections to a port of this machine until the context ends.

    Args:
        upstream: the server's port; may be set later, for a server that must know the proxy's.
        latency: seconds that every answer takes longer.
        tls: speaks TLS to the clients and plain text to the server.
        ports: on how many ports it listens; they all lead to the same server.
    """

    def __init__(
        self,
        upstream: int = 0,
        latency: float = 0.0,
        tls: ssl.SSLContext | None = None,
        ports: int = 1,
    ) -> None:
        self.upstream = upstream
        self.latency = latency
        self.conversations: list[Conversation] = []
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: weakref.WeakSet[asyncio.StreamWriter] = weakref.WeakSet()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = [
            self._run(asyncio.start_server(self._accepted, _HOST, 0, ssl=tls)) for _ in range(ports)
        ]
        self.ports: list[int] = [s.sockets[0].getsockname()[1] for s in self._servers]
        self.port = self.ports[0]

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._run(self._stopped())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def turns(self) -> int:
        """Round trips of all connections together."""
        return sum(talk.turns for talk in self.conversations)

    def forget(self) -> None:
        """Start counting anew."""
        self.conversations = []

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _stopped(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            # Closed alone, one whose client reads no more would wait for ever to be emptied.
            writer.transport.abort()
        await asyncio.sleep(0.01)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = Conversation()
        self.conversations.append(talk)
        far_reader, far_writer = await asyncio.open_connection(_HOST, self.upstream)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, talk, asking=True),
                self._pump(far_reader, writer, talk, asking=False),
            )
        finally:
            far_writer.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        talk: Conversation,
        *,
        asking: bool,
    ) -> None:
        """Pass on what comes, in its order; what is on its way at once is late only once."""
        lane: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        late = 0.0 if asking else self.latency
        sending = asyncio.ensure_future(_deliver(lane, writer))
        try:
            while data := await reader.read(65536):
                _count(talk, len(data), asking)
                lane.put_nowait((self._loop.time() + late, data))
            lane.put_nowait((self._loop.time() + late, b""))
            await sending
        finally:
            sending.cancel()


async def _deliver(lane: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        when, data = await lane.get()
        await asyncio.sleep(max(0.0, when - loop.time()))
        if not data:
            with contextlib.suppress(OSError):
                writer.write_eof()
            return
        writer.write(data)
        await writer.drain()


def _count(talk: Conversation, size: int, asking: bool) -> None:
    if asking:
        talk.sent += size
    else:
        talk.received += size
        talk.turns += talk.asked
    talk.asked = asking
