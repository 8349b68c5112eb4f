"""RabbitMQ behind faults."""

from __future__ import annotations

import struct
from typing import Any

from tests.faults import proxy
from tests.faults.cases import Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer

SYSTEM = "rabbitmq"


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> RabbitServer:
    """A broker with a queue."""
    definitions = {"queues": [{"name": "orders", "durable": True}]}
    return (box.fresh if fresh else box.start)("rabbitmq", definitions=definitions)


def route(
    box: Sandbox,
    server: RabbitServer,
    port: int,
    *,
    tls: bool = False,
    login: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The application's way in, and the management API beside it."""
    login = login or f"app:{server.passwords['app']}"
    own = {"ca_file": str(box.ca)} if tls else {}
    url = f"amqp{'s' * tls}://{login}@127.0.0.1:{port}/"
    return {"url": url, "management_url": server.management_url, **own, **more}


def wrong_password(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.server.port, login="app:wrong-secret", timeout=2.0)


def frame(kind: int, length: int) -> bytes:
    """The head of a frame of the protocol."""
    return struct.pack("!BHI", kind, 0, length)


CASES = [
    *anywhere(handshake=20, answer=500),
    *certificates(),
    *servers(answer=500),
    Case("wrong password", wrong_password, "refuses the password|password"),
    wired("endless frame", proxy.endless(frame(1, 2**32 - 1), b"x"), "."),
    wired("endless frames", proxy.endless(b"", frame(8, 0) + b"\xce"), "."),
]


class TestRabbitmq(Proof):
    """RabbitMQ behind faults."""
