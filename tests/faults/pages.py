"""Answers over HTTP that are none, for a service over HTTP and for what speaks HTTP below."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tests.faults.cases import LONG, Case, within
from tests.faults.proxy import Dial, Fault, Wire

_SILENT = re.compile(
    "silent|stalled|dripping|late|frozen|trickling|beyond|tiny|hints|garbage in an answer"
)
_MOST = 65536

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"
LOGIN = b"<html><form action=/login><input type=password name=pw></form></html>"
DEEP = b"[" * 200_000


def prompt(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases, with much time for those that need none: no busy machine may make them late."""
    for case in cases:
        if case.name.endswith("in a check") or _SILENT.search(case.name):
            yield case
        else:
            yield replace(case, settings=within(LONG, case.settings))


def page(body: bytes, *more: str, status: int = 200, head: str = "HTTP/1.1") -> bytes:
    """A whole answer.

    Args:
        body: as it is sent.
        more: lines of the head.
        status: its status.
        head: the protocol it claims to be.
    """
    lines = [f"{head} {status} Status", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def bomb() -> bytes:
    """A page of a megabyte that inflates to one of a gigabyte."""
    packed = gzip.compress(bytes(1 << 24))
    # Members of a stream that follow each other are one.
    return page(packed * 64, "Content-Encoding: gzip", "Content-Type: application/json")


def answering(words: bytes) -> Fault:
    """Answer the first question with these bytes, and hang up."""

    async def answered(client: Wire, dial: Dial) -> None:
        if not await client.reader.read(_MOST):
            return
        client.writer.write(words)
        await client.writer.drain()

    return answered


def trickling(head: bytes) -> Fault:
    """Answer with a head, and then a byte each 50 ms for ever."""

    async def trickled(client: Wire, dial: Dial) -> None:
        if not await client.reader.read(_MOST):
            return
        client.writer.write(head)
        while True:
            client.writer.write(b"x")
            await client.writer.drain()
            await asyncio.sleep(0.05)

    return trickled


def by_path(answers: Mapping[str, bytes], otherwise: bytes) -> Fault:
    """Answer each question by the beginning of its path."""

    async def answered(client: Wire, dial: Dial) -> None:
        while head := await _head(client):
            path = head.split(b" ")[1].decode()
            found = next((said for start, said in answers.items() if path.startswith(start)), None)
            client.writer.write(otherwise if found is None else found)
            await client.writer.drain()

    return answered


async def _head(client: Wire) -> bytes:
    with contextlib.suppress(asyncio.IncompleteReadError):
        head = await client.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await client.reader.readexactly(int(length[1]) if length else 0)
        return head
    return b""
