"""The fault proxy: stands before a real server and misbehaves in one way."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

from tests.proxy import Proxy


class Wire(NamedTuple):
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Dial = Callable[[], Awaitable[Wire]]
"""Opens a connection to the real server."""

Fault = Callable[[Wire, Dial], Awaitable[None]]
"""What happens to a client's connection; it is closed when this returns."""

_CHUNK = 65536


class FaultProxy(Proxy):
    """A proxy whose connections all meet the same fault.

    Args:
        fault: what happens to each of them.
        upstream: the real server's port.
        tls: speaks TLS to the clients, with the certificate in it.
    """

    def __init__(self, fault: Fault, upstream: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._fault = fault
        super().__init__(upstream, tls=tls)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dialled: list[asyncio.StreamWriter] = []

        async def dial() -> Wire:
            far = Wire(*await asyncio.open_connection("127.0.0.1", self.upstream))
            dialled.append(far.writer)
            return far

        try:
            await self._fault(Wire(reader, writer), dial)
        except asyncio.CancelledError:
            # What nobody reads must not keep the connection open when the proxy ends.
            writer.transport.abort()
            raise
        finally:
            for far_writer in dialled:
                far_writer.close()


async def silent(client: Wire, dial: Dial) -> None:
    """Accept, read, and never answer."""
    while await client.reader.read(_CHUNK):
        pass


async def closed(client: Wire, dial: Dial) -> None:
    """Accept and hang up."""


async def reset(client: Wire, dial: Dial) -> None:
    """Accept and reset."""
    _reset(client)


def _reset(client: Wire) -> None:
    sock: socket.socket = client.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()


def after(passed: int, then: Fault) -> Fault:
    """Be honest for so many bytes of the server's answers, and then turn to a fault."""

    async def turning(client: Wire, dial: Dial) -> None:
        server = await dial()
        asking = asyncio.ensure_future(_copied(client.reader, server.writer))
        left = passed
        try:
            while left and (data := await server.reader.read(left)):
                client.writer.write(data)
                await client.writer.drain()
                left -= len(data)
            # What comes next reads the questions itself.
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await then(client, dial)
        finally:
            asking.cancel()

    return turning


async def stalled(client: Wire, dial: Dial) -> None:
    """Say nothing more, whatever is asked; for the turn of :func:`after`."""
    await asyncio.sleep(3600)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


async def _until_one_ends(*pumps: Coroutine[Any, Any, None]) -> None:
    """Let both directions of a connection flow until one of them has ended."""
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def dripping(every: float) -> Fault:
    """Pass the server's answers on a byte at a time, with so many seconds between them."""

    async def drip(client: Wire, dial: Dial) -> None:
        server = await dial()
        asking = asyncio.ensure_future(_copied(client.reader, server.writer))
        try:
            while byte := await server.reader.read(1):
                client.writer.write(byte)
                await client.writer.drain()
                await asyncio.sleep(every)
        finally:
            asking.cancel()

    return drip


def late(seconds: float) -> Fault:
    """Pass everything on, each answer so many seconds later; what is on its way waits at once."""

    async def delayed(client: Wire, dial: Dial) -> None:
        server = await dial()
        loop = asyncio.get_running_loop()
        lane: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            data = b"?"
            while data:
                data = await server.reader.read(_CHUNK)
                lane.put_nowait((loop.time() + seconds, data))

        async def deliver() -> None:
            while True:
                when, data = await lane.get()
                await asyncio.sleep(max(0.0, when - loop.time()))
                if not data:
                    return
                client.writer.write(data)
                await client.writer.drain()

        tasks = [asyncio.ensure_future(read())]
        tasks.append(asyncio.ensure_future(_copied(client.reader, server.writer)))
        try:
            await deliver()
        finally:
            for task in tasks:
                task.cancel()

    return delayed


def saying(words: bytes, *, first: bool = False) -> Fault:
    """Answer whatever is asked with these bytes; ``first`` says them before being asked."""

    async def said(client: Wire, dial: Dial) -> None:
        if first:
            client.writer.write(words)
        while await client.reader.read(_CHUNK):
            client.writer.write(words)
            await client.writer.drain()

    return said


def endless(head: bytes, more: bytes, *, first: bool = False) -> Fault:
    """Answer with a head, and then with more and more of the same, as fast as it is read."""
    block = more * (_CHUNK // len(more))

    async def poured(client: Wire, dial: Dial) -> None:
        if not first:
            await client.reader.read(_CHUNK)
        client.writer.write(head)
        while True:
            client.writer.write(block)
            await client.writer.drain()

    return poured


def noise(size: int = 4096) -> bytes:
    """Bytes that mean nothing in any protocol, the same in every run."""
    return random.Random(7).randbytes(size)


def relayed(*, upgrade: bool = False) -> Fault:
    """Pass everything on as it comes; the fault, if any, is the certificate that was shown.

    Args:
        upgrade: answer PostgreSQL's request to change to TLS before that.
    """

    async def passed_on(client: Wire, dial: Dial) -> None:
        if upgrade:
            await client.reader.readexactly(8)
            client.writer.write(b"S")
            await client.writer.drain()
        server = await dial()
        await _until_one_ends(
            _copied(client.reader, server.writer), _copied(server.reader, client.writer)
        )

    return passed_on


def struck(due: Callable[[int], bool], strike: Callable[[], object]) -> Fault:
    """Pass everything on, and strike the server once, before the next question reaches it.

    Questions that were asked at once may all have reached it by then: what it answers to the
    others, when it is due, is not passed on either, as if it had been struck a moment before.

    Args:
        due: whether it is time, by the bytes the server has answered on all connections.
        strike: what happens to it.
    """
    state = {"passed": 0, "struck": 0}
    # Those on other connections wait for the blow, or they would be answered meanwhile.
    striking = asyncio.Lock()

    async def in_time() -> bool:
        """Whether the server is still whole; strikes it where it is due."""
        async with striking:
            if not state["struck"] and due(state["passed"]):
                state["struck"] = 1
                await asyncio.get_running_loop().run_in_executor(None, strike)
        return not state["struck"]

    async def watched(client: Wire, dial: Dial) -> None:
        server = await dial()
        awaited = [True]  # whether the next bytes begin an answer

        async def asked() -> None:
            with contextlib.suppress(OSError):
                while data := await client.reader.read(_CHUNK):
                    await in_time()
                    awaited[0] = True
                    server.writer.write(data)
                    await server.writer.drain()

        async def answered() -> None:
            with contextlib.suppress(OSError):
                while data := await server.reader.read(_CHUNK):
                    if awaited[0] and not await in_time():
                        continue
                    awaited[0] = False
                    state["passed"] += len(data)
                    client.writer.write(data)
                    await client.writer.drain()

        await _until_one_ends(asked(), answered())

    return watched
