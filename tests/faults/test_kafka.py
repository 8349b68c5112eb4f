"""Kafka behind faults: at its bootstrap servers, and where its brokers say they are."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from tests.faults import proxy
from tests.faults.cases import (
    CLOSED,
    HTTP,
    LONG,
    SHORT,
    SILENCE,
    Case,
    Lab,
    anywhere,
    certificates,
    servers,
    struck,
    wired,
)
from tests.faults.proof import Proof
from tests.faults.proxy import Dial, Fault, FaultProxy, Wire
from tests.faults.shelf import Shelf
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.ports import free_port

SYSTEM = "kafka"
SHELF = Shelf()
STANDING = ExitStack()
"""The proxies that a broker shared by both runs names as its own addresses."""


@pytest.fixture(scope="module", autouse=True)
def standing() -> Iterator[None]:
    """Lets go of what both runs have used."""
    yield
    SHELF.clear()
    STANDING.close()
    _astray.cache_clear()


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> Any:
    """A broker with a topic."""
    told: dict[str, Any] = {"topics": {"orders": {"partitions": 1}}}
    if port is not None:
        told = {"properties": {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}"}}
        return box.fresh("kafka", **told)
    if fresh:
        return SHELF.lend(lambda: box.fresh("kafka", **told))
    return box.start("kafka", **told)


def route(
    box: Sandbox, server: KafkaServer, port: int, *, tls: bool = False, **more: Any
) -> dict[str, Any]:
    """The application's way in."""
    own = {"security_protocol": "SSL", "ca_file": str(box.ca)} if tls else {}
    return {"url": f"127.0.0.1:{port}", **own, **more}


def size(length: int) -> bytes:
    """The head of an answer of the protocol."""
    return struct.pack("!i", length)


def answer(length: int, number: int) -> bytes:
    """The head of an answer that says which question it answers."""
    return size(length) + struct.pack("!i", number)


def in_session(then: Fault) -> Fault:
    """Let the server say who it is, and turn to a fault where it is asked for its topics.

    That is asked along with the first question, and lies there unread when the fault begins.
    """

    async def turning(client: Wire, dial: Dial) -> None:
        server = await dial()
        server.writer.write(await _frame(client.reader))
        client.writer.write(await _frame(server.reader))
        await client.writer.drain()
        await then(client, dial)

    return turning


async def _frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("!i", head)[0])


FAULTS: dict[str, Fault | None] = {
    "refused": None,
    "closed": proxy.closed,
    "silent": proxy.silent,
    "garbage": proxy.saying(proxy.noise()),
    "HTTP": proxy.saying(HTTP),
}


@cache
def _astray(box: Sandbox) -> dict[str, int]:
    """The port of each listener of one broker, which tells clients an address with a fault."""
    own = {"PLAINTEXT": free_port(), "CONTROLLER": free_port()}
    own |= {f"L{number}": free_port() for number in range(len(FAULTS))}
    told = {"PLAINTEXT": own["PLAINTEXT"]}
    for number, fault in enumerate(FAULTS.values()):
        if fault is None:
            told[f"L{number}"] = free_port()
        else:
            told[f"L{number}"] = STANDING.enter_context(FaultProxy(fault)).port

    def addresses(ports: dict[str, int]) -> str:
        return ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())

    properties = {
        "listeners": addresses(own),
        "advertised.listeners": addresses(told),
        "controller.quorum.voters": f"1@127.0.0.1:{own['CONTROLLER']}",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in own),
    }
    box.start("kafka", properties=properties)
    return {name: own[f"L{number}"] for number, name in enumerate(FAULTS)}


def astray(fault: str, cause: str) -> Case:
    """A bootstrap server that answers, of a broker that cannot be reached where it says it is."""

    def settings(lab: Lab) -> dict[str, Any]:
        # Two connections, one after the other.
        return lab.route(_astray(lab.box)[fault], timeout=2 * SHORT)

    return Case(f"advertised: {fault}", settings, cause, check="advertised_reachable")


def refused(**login: str) -> Callable[[Lab], dict[str, Any]]:
    """Settings of a user whom the broker does not let in."""

    def settings(lab: Lab) -> dict[str, Any]:
        server = lab.box.start("kafka", sasl="SCRAM-SHA-256", tls="expiring")
        own = {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-256", **login}
        trusted = str(lab.box.ca)
        return lab.route(server.port, timeout=2 * SHORT, ca_file=trusted, **own)

    return settings


def dead_and_alive(lab: Lab) -> dict[str, Any]:
    table = lab.route(lab.server.port, timeout=LONG)
    return {**table, "url": f"127.0.0.1:{lab.closed()},{table['url']}"}


CASES = [
    *anywhere(handshake=10, answer=500, slow=("kafka.round_trip",)),
    *certificates(),
    *servers(answer=500),
    Case(
        "shut down in an answer",
        struck("stop", lambda _, passed: passed >= 500),
        f"{CLOSED}|refused|{SILENCE}",
    ),
    *(
        wired(f"{name} in the session", in_session(fault), cause)
        for name, fault, cause in (
            ("closed", proxy.closed, CLOSED),
            ("reset", proxy.reset, CLOSED),
            ("silent", proxy.silent, SILENCE),
            ("stalled", proxy.after(20, proxy.stalled), SILENCE),
            ("garbage", proxy.saying(proxy.noise()), "."),
            ("endless answer", proxy.endless(answer(2**31 - 1, 1), b"x"), "."),
            ("long answer", proxy.endless(answer(10**8, 1), b"x"), "."),
            ("endless answers", proxy.endless(b"", answer(8, 7) + b"abcd"), "."),
        )
    ),
    wired("silent at the TLS handshake", proxy.silent, SILENCE, tls=True),
    Case(
        "wrong password",
        refused(username="app", password="not-the-password"),
        "refused the login of User:app",
    ),
    Case(
        "unknown user",
        refused(username="nobody", password="not-the-password"),
        "refused the login of User:nobody",
    ),
    Case(
        "one bootstrap server dead of two", dead_and_alive, None, moved=("kafka.bootstrap_servers",)
    ),
    wired("endless answer", proxy.endless(size(2**31 - 1), b"x"), "another protocol"),
    wired("endless answers", proxy.endless(b"", size(4) + b"abcd"), "another protocol"),
    wired("negative length", proxy.saying(size(-5) + bytes(4)), "another protocol"),
    astray("refused", "connection refused"),
    astray("closed", CLOSED),
    astray("silent", SILENCE),
    astray("garbage", "another protocol"),
    astray("HTTP", "HTTP"),
]


class TestKafka(Proof):
    """Kafka behind faults."""
