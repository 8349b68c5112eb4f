"""RabbitMQ behind faults of AMQP's port, and users whom it does not let in."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from tests.faults import proxy
from tests.faults.cases import (
    SHORT,
    Case,
    Lab,
    anywhere,
    certificates,
    servers,
    wired,
)
from tests.faults.proof import Proof
from tests.faults.proxy import Dial, Fault, Wire
from tests.faults.shelf import Lent, Shelf
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import wait_for_figures

SYSTEM = "rabbitmq"
SHELF = Shelf()
NOBODY = "http://127.0.0.1:9"
OPTIONS: dict[str, Any] = {
    "definitions": {"queues": [{"name": "orders", "durable": True}]},
    "conf": {"collect_statistics_interval": "1000"},
}


@pytest.fixture(scope="module", autouse=True)
def shelf() -> Iterator[None]:
    """Lets go of the servers that both runs have used."""
    yield
    SHELF.clear()


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> Any:
    """A broker with a queue."""
    if fresh:
        return SHELF.lend(lambda: figured(box.fresh("rabbitmq", **OPTIONS)))
    server = box.start("rabbitmq", **OPTIONS)
    _limit(server.management_admin_url)
    return figured(server)


def figured(server: RabbitServer) -> RabbitServer:
    """A broker that has figures."""
    # What is not known yet in the first run would be in the second.
    wait_for_figures(server)
    return server


@cache
def _limit(admin_url: str) -> None:
    """Users and vhosts that do not let everybody in."""
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    none = {"value": 0}
    with httpx.Client(base_url=admin_url, trust_env=False) as client:
        for path, body in (
            ("users/narrow", {"password": "few-rights", "tags": ""}),
            ("users/capped", {"password": "few-rights", "tags": ""}),
            ("permissions/%2F/capped", rights),
            ("user-limits/capped/max-connections", none),
            ("vhosts/limited", {}),
            ("permissions/limited/app", rights),
            ("vhost-limits/limited/max-connections", none),
        ):
            assert client.put(f"/api/{path}", json=body).is_success, path


def route(
    box: Sandbox,
    server: RabbitServer,
    port: int,
    *,
    tls: bool = False,
    login: str | None = None,
    vhost: str = "",
    **more: Any,
) -> dict[str, Any]:
    """The application's way in, and the management API beside it.

    Where AMQP is cut short there is none, unless a case is about that: two dozen targets that
    all ask one broker's API at once would measure nothing but that.
    """
    login = login or f"app:{server.passwords['app']}"
    own: dict[str, Any] = {"ca_file": str(box.ca)} if tls else {}
    url = f"amqp{'s' * tls}://{login}@127.0.0.1:{port}/{vhost}"
    own["queues.orders.max_ready"] = 10
    asked = isinstance(server, Lent) or more.get("timeout") != SHORT
    own["management_url"] = server.management_url if asked else NOBODY
    return {"url": url, **own, **more}


def user(**more: Any) -> Callable[[Lab], dict[str, Any]]:
    """Settings of a user, or of a vhost, that the broker does not let in."""

    def settings(lab: Lab) -> dict[str, Any]:
        url = lab.server.management_url
        return lab.route(lab.server.port, timeout=SHORT, management_url=url, **more)

    return settings


def frame(kind: int, length: int) -> bytes:
    """The head of a frame of the protocol."""
    return struct.pack("!BHI", kind, 0, length)


def farewell(code: int, words: str) -> bytes:
    """The frame by which a broker says that it closes the connection, and why."""
    text = words.encode()
    body = struct.pack("!HHHB", 10, 50, code, len(text)) + text + bytes(4)
    return frame(1, len(body)) + body + b"\xce"


ALL_ASKED = 3
"""Frames of a broker (start, tune, open-ok) after which an observation has nothing to ask."""


def frames(honest: int, then: Fault, *, edit: tuple[bytes, bytes] = (b"", b"")) -> Fault:
    """Pass so many of the broker's frames on, edited if asked, and then turn to a fault.

    Up to the login each frame answers a question; what follows it was all asked at once.
    """

    async def turning(client: Wire, dial: Dial) -> None:
        server, asked = await dial(), asyncio.Event()

        async def ask() -> None:
            while data := await client.reader.read(65536):
                server.writer.write(data)
                asked.set()

        asking = asyncio.ensure_future(ask())
        try:
            for _ in range(honest):
                head = await server.reader.readexactly(7)
                rest = await server.reader.readexactly(int.from_bytes(head[3:], "big") + 1)
                asked.clear()
                client.writer.write((head + rest).replace(*edit) if edit[0] else head + rest)
                await client.writer.drain()
            if honest < ALL_ASKED:
                await asked.wait()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await then(client, dial)

    return turning


def ending(name: str, honest: int, words: str, cause: str) -> Case:
    """A broker that says why it closes the connection."""
    says = proxy.saying(farewell(320, words), first=True)
    return wired(name, frames(honest, says), cause)


SHUTDOWN = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
DUMB = (b"authentication_failure_close", b"x" * len(b"authentication_failure_close"))
"""Makes a broker one that does not say why it refuses a login."""


CASES = [
    *anywhere(handshake=20, answer=560, slow=("rabbitmq.round_trip",)),
    *certificates(),
    # Once it has tuned, all questions come in one breath: then is the last moment to strike.
    *servers(answer=525),
    wired("closed in the login", frames(1, proxy.closed), "closed.*during the login of user app"),
    wired("reset in the login", frames(1, proxy.reset), "reset.*during the login of user app"),
    wired(
        "hung up in the login by a broker that gives no reasons",
        frames(1, proxy.closed, edit=DUMB),
        "closed.*wrong password",
    ),
    wired("stalled in the login", frames(1, proxy.stalled), "not answer the login of user app"),
    wired("closed at the vhost", frames(2, proxy.closed), "closed.*during the login of user app"),
    ending("shut down in the login", 1, SHUTDOWN, "shutdown"),
    ending("shut down at the vhost", 2, SHUTDOWN, "shutdown"),
    ending("shut down in an answer", 4, SHUTDOWN, "closed.*shutdown"),
    Case("wrong password", user(login="app:wrong-secret"), "refuses user app: wrong password"),
    Case("unknown user", user(login="nobody:wrong-secret"), "refuses user nobody: .*unknown user"),
    Case("no right on the vhost", user(login="narrow:few-rights"), "vhost /.*refused.*narrow"),
    Case("a vhost that does not exist", user(vhost="none"), "vhost none not found"),
    Case("too many connections of a user", user(login="capped:few-rights"), "no more.*limit"),
    Case("too many connections to a vhost", user(vhost="limited"), "no more.*limit"),
    wired("endless frame", proxy.endless(frame(1, 2**32 - 1), b"x"), "does not speak AMQP"),
    wired("endless frames", proxy.endless(b"", frame(8, 0) + b"\xce"), "does not speak AMQP"),
    wired(
        "endless frames in the login",
        frames(1, proxy.endless(b"", frame(8, 0) + b"\xce", first=True)),
        "not answer the login",
    ),
    wired(
        "endless frame in an answer",
        frames(4, proxy.endless(frame(1, 2**32 - 1), b"x", first=True)),
        ".",
    ),
]


class TestRabbitmq(Proof):
    """RabbitMQ behind faults."""
