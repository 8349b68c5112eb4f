"""Kafka behind faults."""

from __future__ import annotations

import struct
from typing import Any

from tests.faults import proxy
from tests.faults.cases import anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer

SYSTEM = "kafka"


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> KafkaServer:
    """A broker with a topic."""
    told: dict[str, Any] = {"topics": {"orders": {"partitions": 1}}}
    if port is not None:
        told = {"properties": {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}"}}
    return (box.fresh if fresh else box.start)("kafka", **told)


def route(
    box: Sandbox, server: KafkaServer, port: int, *, tls: bool = False, **more: Any
) -> dict[str, Any]:
    """The application's way in."""
    own = {"security_protocol": "SSL", "ca_file": str(box.ca)} if tls else {}
    return {"url": f"127.0.0.1:{port}", **own, **more}


def size(length: int) -> bytes:
    """The head of an answer of the protocol."""
    return struct.pack("!i", length)


CASES = [
    *anywhere(handshake=10, answer=500),
    *certificates(),
    *servers(answer=500),
    wired("endless answer", proxy.endless(size(2**31 - 1), b"x"), "."),
    wired("endless answers", proxy.endless(b"", size(4) + b"abcd"), "."),
    wired("negative length", proxy.saying(size(-5)), "."),
]


class TestKafka(Proof):
    """Kafka behind faults."""
