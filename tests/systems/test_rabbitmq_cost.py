"""What an observation of RabbitMQ costs the network, counted at proxies before a real broker."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from pytest_readiness.redact import Redactor
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from pytest_readiness.systems.rabbitmq import QueueIntent, guest
from pytest_readiness.systems.rabbitmq.api import CONNECTIONS
from pytest_readiness.systems.rabbitmq.facts import RabbitFacts
from tests.benchmarks.round_trips import moved
from tests.judging import probe_of
from tests.proxy import Proxy
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import ORDERS, address_of, good_order, port_of

HANDSHAKE = 3
"""Header and start, login and tune, vhost and open-ok; counts and farewell go with the last."""
GUEST = 1
"""Header and login in one, and what the broker says to it."""
ALARMS = 1
"""A message to nobody and the farewell, on an open connection."""
FAREWELL = 1
"""Of a connection that stayed open for more."""

BATCH = (
    *("overview", "health/checks/alarms", "nodes", "queues/%2F", "health/checks/virtual-hosts"),
    *("vhosts", "health/checks/node-is-quorum-critical", "policies/%2F", "connections"),
    *("deprecated-features/used", "feature-flags"),
)
"""What is asked of the management API once it is known who asks."""
WHO = ("whoami of the monitor", "whoami of guest", "whoami of the application")


class Cost(NamedTuple):
    """Connections and round trips."""

    amqp: tuple[int, int]
    http: tuple[int, int]


@pytest.fixture(scope="module")
def good(box: Sandbox) -> Iterator[RabbitServer]:
    with good_order(box) as server:
        yield server


def cost(server: RabbitServer, *, api: str = "", **more: Any) -> tuple[Cost, RabbitFacts]:
    """What an observation costs, and what it saw.

    Args:
        server: the broker.
        api: the management API's address, in place of the monitor's; ``none`` for no API.
        more: settings.
    """
    url = api or server.management_url
    with Proxy(port_of(server.plain_url)) as amqp, Proxy(port_of(server.management_url)) as http:
        table = {"url": moved(server.plain_url, amqp.port), **more}
        if api != "none":
            table["management_url"] = moved(url, http.port)
        entry = registry()["rabbitmq"]
        seen = observe(entry, entry.settings(**table), Redactor([]))
        assert seen.failure is None
        found = [(len(proxy.conversations), proxy.turns) for proxy in (amqp, http)]
    return Cost(*found), msgspec.convert(seen.facts, RabbitFacts)


def test_a_broker_in_good_order(good: RabbitServer) -> None:
    found, facts = cost(good)
    assert found.amqp == (1, HANDSHAKE), "guest is refused by the API, which shows the alarms too"
    assert found.http == (CONNECTIONS, len(WHO) + len(BATCH))
    assert facts.guest_accepted is facts.guest_default is False
    assert facts.alarms == ()
    assert facts.link.connect_ms > 0


def test_declared_queues_cost_amqp_no_round_trip(good: RabbitServer) -> None:
    found, facts = cost(good, queues=ORDERS)
    assert found.amqp == (1, HANDSHAKE)
    # Who reads each queue; type and bindings of the exchange of the one with dead letters.
    assert found.http == (CONNECTIONS, len(WHO) + len(BATCH) + len(ORDERS) + 2)
    assert facts.queues["orders"].messages_ready == 0
    assert facts.queues["orders"].dead_letter_queues == ("orders.dlq",)


def test_queues_that_do_not_answer_cost_a_second_connection(good: RabbitServer) -> None:
    names = ("one", "two", "orders", "orders.dlq")
    found, facts = cost(good, queues={name: QueueIntent() for name in names})
    # The first closes the channel after the farewell; the second, one of a connection that stays.
    assert found.amqp == (2, HANDSHAKE + HANDSHAKE + 1 + FAREWELL)
    assert [facts.queues[name].exists for name in names] == [False, False, True, True]


@pytest.mark.parametrize("queues", [(), ("orders",), ("orders", "missing")])
def test_without_a_management_api(good: RabbitServer, queues: tuple[str, ...]) -> None:
    found, facts = cost(good, api="none", queues=dict.fromkeys(queues, QueueIntent()))
    # The alarms on the connection that is open anyway; guest in one round trip on its own.
    assert found.amqp == (2, HANDSHAKE + ALARMS + GUEST)
    assert found.http == (0, 0)
    assert facts.alarms == ()
    assert facts.guest_accepted is False


def test_an_api_that_shows_nothing(good: RabbitServer) -> None:
    found, facts = cost(good, api=address_of(good.management_url))
    # The application, which has no tag there, asks for itself, and so does guest.
    assert found.http == (CONNECTIONS, 2)
    # The alarms need a second login, for farewell was said; guest is tried, as nothing tells
    # that it is the same broker's API.
    assert found.amqp == (3, HANDSHAKE + GUEST + HANDSHAKE)
    assert facts.alarms == ()


def test_an_api_that_may_have_other_users_does_not_speak_for_amqp(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "_APART", 3)
    found, facts = cost(good)
    assert found.amqp == (2, HANDSHAKE + GUEST)
    assert facts.guest_accepted is False


def test_an_observation_imports_no_client(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pika", "httpx"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    settings = {"url": good.plain_url, "management_url": good.management_url}
    assert probe_of("rabbitmq", **settings).observation.failure is None
    assert not {"pika", "httpx"} & set(sys.modules)


def test_no_client_is_needed_to_observe(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pika", None)
    assert probe_of("rabbitmq", url=good.plain_url).observation.failure is None
