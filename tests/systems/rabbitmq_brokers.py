"""The real brokers that the tests of RabbitMQ share, and how to look at them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pika

from pytest_readiness.systems.base import Observation, Probe
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe
from tests.judging import Judged, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer

DEADLINE = 1.0
OFTEN = {"collect_statistics_interval": "1000"}
"""Figures every second: tests wait for them."""
ORDERS = {
    "orders": QueueIntent(dead_letter="orders.dlq", max_ready=2, min_consumers=1, type="quorum"),
    "orders.dlq": QueueIntent(dead_letter=None, max_ready=0),
}


def queue(name: str, durable: bool = True, **arguments: Any) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in arguments.items()}
    base = {"name": name, "vhost": "/", "auto_delete": not durable, "durable": durable}
    return {**base, "arguments": named}


def _binding(source: str, destination: str, key: str, kind: str = "queue") -> dict[str, Any]:
    base = {"source": source, "destination": destination, "destination_type": kind}
    return {**base, "vhost": "/", "routing_key": key, "arguments": {}}


def _exchange(name: str, kind: str) -> dict[str, Any]:
    base = {"name": name, "type": kind, "vhost": "/", "durable": True}
    return {**base, "auto_delete": False, "internal": False, "arguments": {}}


GOOD = {
    "queues": [
        queue("orders", x_queue_type="quorum"),
        queue("orders.dlq"),
        queue("by-key", x_dead_letter_exchange="", x_dead_letter_routing_key="orders.dlq"),
        queue("by-topic", x_dead_letter_exchange="hop", x_dead_letter_routing_key="a.b.c"),
        queue("astray", x_dead_letter_exchange="hop", x_dead_letter_routing_key="b"),
        queue("nowhere", x_dead_letter_exchange="missing"),
        queue("careless"),
        queue("busy"),
    ],
    "exchanges": [_exchange("orders.dlx", "fanout"), _exchange("hop", "topic")],
    "bindings": [
        _binding("orders.dlx", "orders.dlq", ""),
        _binding("hop", "orders.dlx", "a.#", "exchange"),
    ],
    "policies": [
        {
            "name": "dead",
            "vhost": "/",
            "pattern": "^orders$",
            "apply-to": "queues",
            "priority": 0,
            "definition": {"dead-letter-exchange": "orders.dlx"},
        }
    ],
}
BAD = {"queues": [queue("orders", durable=False)]}


@contextlib.contextmanager
def good_order(box: Sandbox) -> Iterator[RabbitServer]:
    """A broker in good order, with a consumer on its queue; the same one for all who ask."""
    server = box.start("rabbitmq", tls=True, definitions=GOOD, conf=OFTEN)
    parameters = pika.URLParameters(f"{server.plain_url}?heartbeat=0")
    with contextlib.closing(pika.BlockingConnection(parameters)) as connection:
        connection.channel().basic_consume("orders", lambda *_: None)
        wait_for_figures(server, "orders")
        yield server


def bad_order(box: Sandbox) -> RabbitServer:
    """A broker out of memory and out of disk space, where guest is let in."""
    conf = {
        **OFTEN,
        "vm_memory_high_watermark.absolute": "20MB",
        "disk_free_limit.absolute": "900000000000000",
    }
    server = box.start("rabbitmq", keep_guest=True, definitions=BAD, conf=conf)
    wait_for_figures(server)
    return server


def wait_for_figures(server: RabbitServer, *consumed: str) -> None:
    """Wait until the API tells of all nodes and queues, and of who consumes these."""
    with httpx.Client(base_url=server.management_url, trust_env=False) as client:
        ends = time.monotonic() + 15
        while time.monotonic() < ends:
            # An API that has not come up yet answers without a word.
            with contextlib.suppress(ValueError):
                rows = client.get("/api/queues").json()
                nodes = client.get("/api/nodes").json()
                known = all("policy" in r for r in rows) and all("mem_used" in n for n in nodes)
                told = {row["queue"]["name"] for row in client.get("/api/consumers").json()}
                if known and told.issuperset(consumed):
                    return
            time.sleep(0.2)
    raise AssertionError("no statistics after 15 s")


def well(server: RabbitServer, **more: Any) -> RabbitProbe:
    """A target that is told all: the application, an administrator who monitors, the queues."""
    settings = {"url": server.url, "monitor_url": server.management_admin_url, "queues": ORDERS}
    probe = probe_of("rabbitmq", **{**settings, "ca_file": str(ca_of(server)), **more})
    assert isinstance(probe, RabbitProbe)
    return probe


def ca_of(server: RabbitServer) -> object:
    """The authority that signed the certificate of a server with TLS."""
    assert server.certificate is not None
    return server.certificate.ca


def doctored(probe: Probe[Any, Any], **changes: Any) -> RabbitProbe:
    """The probe with some facts changed, for states that one healthy broker cannot show."""
    facts = msgspec.structs.replace(probe.facts, **changes)
    seen = Observation(facts=msgspec.to_builtins(facts), elapsed_ms=1)
    return RabbitProbe("main", probe._settings, seen)


def outcomes(judged: dict[str, Judged], outcome: str) -> set[str]:
    """Names of the checks with an outcome."""
    return {name for name, said in judged.items() if said.outcome == outcome}


def port_of(url: str) -> int:
    """The port of a URL that has one."""
    port = urlsplit(url).port
    assert port is not None
    return port


def address_of(url: str) -> str:
    """A management API's address without credentials."""
    return f"http://127.0.0.1:{port_of(url)}"


def public(link: Link) -> Link:
    """The link, as if it led to an address of the open internet."""
    return msgspec.structs.replace(link, host="8.8.8.8")
