"""The brokers that the states of RabbitMQ are shown on: one as deployed, one neglected."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pika

from pytest_readiness.policy.files import filled, find
from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.rabbitmq import QueueIntent
from tests.judging import probe_of
from tests.recipes import block
from tests.sandbox import Sandbox, process, users
from tests.sandbox.place import password
from tests.sandbox.rabbitmq import SCRIPTS, RabbitServer
from tests.systems.rabbitmq_brokers import OFTEN, ca_of, good_order, port_of, queue

EXAMPLE = Path(__file__).parents[2] / "examples" / "production" / "rabbitmq"
FILES = {name: (EXAMPLE / name).read_text() for name in ("rabbitmq.conf", "enabled_plugins")}
SECRETS = {"SHOP_PASSWORD": password(), "READINESS_PASSWORD": password()}
PATIENCE = 15.0
"""Seconds for an observation: a machine that runs all tests at once is slow."""
DEAD: dict[str, Any] = {"x_dead_letter_exchange": "", "x_dead_letter_routing_key": "letters"}

NEGLECTED = {
    "vhosts": [{"name": "lost"}],
    "queues": [
        queue("orders", **DEAD),
        queue("careful", **DEAD),
        queue("letters"),
        queue("kept", x_max_length=1000),
        queue("jobs", x_queue_type="quorum"),
        queue("local"),
    ],
    "policies": [
        {
            "name": "mirrored",
            "pattern": "^kept$",
            "apply-to": "queues",
            "definition": {"ha-mode": "all"},
        }
    ],
}

_held = contextlib.ExitStack()
_good: dict[Sandbox, RabbitServer] = {}
_ready: dict[RabbitServer, bool] = {}


def cluster(box: Sandbox) -> RabbitServer:
    """Three nodes with the files of the example, and the users and queues of its commands."""
    server = box.start("rabbitmq", files=FILES, nodes=3)
    if server not in _ready:
        _run(server, (EXAMPLE / "setup.sh").read_text())
        _run(server, block("rabbitmq"))
        _ready[server] = True
    return server


def _run(server: RabbitServer, commands: str) -> None:
    copy = server.folder / "definitions.json"
    copy.write_text((EXAMPLE / "definitions.json").read_text())
    users.give(copy, server.user)
    path = f"{SCRIPTS}:/usr/bin:/bin"
    env = {**server.env, **SECRETS, "PATH": path}
    process.run(["sh", "-euc", commands], folder=server.folder, env=env, user=server.user)


def example_settings(server: RabbitServer) -> dict[str, Any]:
    """The target of the example's readiness.toml, its variables filled in."""
    environ = {
        **SECRETS,
        "RABBITMQ_HOST": server.host,
        "RABBITMQ_PORT": str(server.port),
        "RABBITMQ_MANAGEMENT_PORT": str(port_of(str(server.management_tls_url))),
        "RABBITMQ_CA": str(ca_of(server)),
    }
    source = filled(find(EXAMPLE, str(EXAMPLE / "readiness.toml")), environ)
    target = dict(source.table["rabbitmq"]["orders"])
    target["timeout"] = PATIENCE
    target["queues"] = msgspec.convert(target["queues"], dict[str, QueueIntent])
    return target


@contextlib.contextmanager
def consuming(
    server: RabbitServer,
    url: str,
    queue: str,
    prefetch: int = 10,
    channels: int = 1,
    **how: Any,
) -> Iterator[Any]:
    """A client that consumes a queue and acknowledges nothing, as `channel`."""
    parameters = pika.URLParameters(url)
    if server.certificate is not None and url.startswith("amqps"):
        tls = ssl.create_default_context(cafile=str(ca_of(server)))
        parameters.ssl_options = pika.SSLOptions(tls, server.host)
    with contextlib.closing(pika.BlockingConnection(parameters)) as connection:
        opened = [connection.channel() for _ in range(channels)]
        opened[0].basic_qos(prefetch_count=prefetch)
        opened[0].basic_consume(queue, lambda *_: None, **how)
        yield opened[0]


@contextlib.contextmanager
def good(box: Sandbox) -> Iterator[RabbitServer]:
    """`good_order`, with one consumer for all states: each new one is told of seconds later."""
    if box not in _good or not _good[box].alive:
        _good[box] = _held.enter_context(good_order(box))
    yield _good[box]


def let_go() -> None:
    """End the consumer that `good` has left: other tests share the server, and count."""
    _held.close()
    _good.clear()


def neglected(box: Sandbox) -> RabbitServer:
    """A broker that nobody looks after: low limits, guest, an old policy, a certificate's end."""
    return box.start(
        "rabbitmq",
        keep_guest=True,
        tls="expiring",
        open_files=1024,
        processes=1024,
        definitions=NEGLECTED,
        conf=OFTEN,
    )


def seen(server: RabbitServer, **settings: Any) -> Probe[Any, Any]:
    """A target on a server of the sandbox, monitored as the recipe says."""
    base: dict[str, Any] = {"url": server.url, "monitor_url": server.management_url}
    base["timeout"] = PATIENCE
    if server.certificate is not None:
        base["ca_file"] = str(ca_of(server))
    return probe_of("rabbitmq", **{**base, **settings})


def queues(**intents: Mapping[str, Any]) -> dict[str, QueueIntent]:
    """Declared queues, as the settings hold them."""
    return {name: QueueIntent(**intent) for name, intent in intents.items()}


def rows_of(url: str, path: str, ca: object = None) -> Any:
    """What a management API answers."""
    verify = ssl.create_default_context(cafile=str(ca)) if ca else False
    with httpx.Client(base_url=url, trust_env=False, verify=verify) as client:
        return client.get(f"/api/{path}").json()


def until(url: str, path: str, holds: Callable[[Any], bool], ca: object = None) -> None:
    """Wait until a management API says something: its figures are up to 5 s late."""
    ends = time.monotonic() + 30
    while not holds(rows_of(url, path, ca)):
        assert time.monotonic() < ends, f"{path} does not come about"
        time.sleep(0.25)


def publish(channel: Any, queue: str, count: int, lasting: bool = True) -> None:
    """Put messages into a queue, each confirmed."""
    properties = pika.BasicProperties(delivery_mode=2 if lasting else 1)
    for _ in range(count):
        channel.basic_publish("", queue, b"x", properties)
