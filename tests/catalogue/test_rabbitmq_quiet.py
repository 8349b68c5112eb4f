"""Ordinary brokers where they belong: nothing there fails, and nothing grave is left unjudged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.catalogue import CheckSpec, _checks_of
from pytest_readiness.systems import registry
from tests.catalogue.rabbitmq_servers import consuming, queues, until
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.sandbox.scripted_rabbitmq import in_front_of
from tests.systems.rabbitmq_brokers import OFTEN, address_of, ca_of, good_order, port_of, queue

GRAVE = ("blocker", "high")


def amiss(environment: str, **settings: Any) -> dict[str, str]:
    """What fails of all that an environment asks, and what grave is not judged, with the cause."""
    probe = probe_of("rabbitmq", **settings)
    said = judge(probe, "rabbitmq", writes=True)
    single, platform = settings.get("single_node", False), settings.get("platform")

    def asked(check: CheckSpec) -> bool:
        spared = check.optional or (check.managed and platform is not None)
        return not spared and not_asked(check.demand, environment, single) is None

    asked_checks = [check for check in _checks_of(registry()["rabbitmq"]) if asked(check)]
    found = {}
    for check in asked_checks:
        one = said[check.id.partition(".")[2]]
        unjudged = one.outcome == "blocked" and check.severity.value in GRAVE
        if one.outcome in ("failed", "error") or unjudged:
            found[check.id] = one.message
    return found


@pytest.fixture(scope="module")
def laptop(box: Sandbox) -> RabbitServer:
    """A broker as a container starts it, guest and all."""
    conf, definitions = OFTEN, {"queues": [queue("orders"), queue("log", x_queue_type="stream")]}
    server = box.start("rabbitmq", keep_guest=True, conf=conf, definitions=definitions)
    until(server.management_url, "queues", lambda rows: all("policy" in row for row in rows))
    return server


@pytest.fixture(scope="module")
def staging(box: Sandbox) -> Iterator[RabbitServer]:
    """One node with TLS, without guest."""
    with good_order(box) as server:
        yield server


@pytest.mark.parametrize("intent", [{}, {"orders": {}}, {"ord*": {"max_ready": 10}}])
def test_a_laptop_with_all_defaults(laptop: RabbitServer, intent: dict[str, Any]) -> None:
    url = f"amqp://guest:guest@127.0.0.1:{laptop.port}"
    api = address_of(laptop.management_url)
    settings = {"url": url, "management_url": api, "vendor": "debian", "queues": queues(**intent)}
    assert amiss("development", **settings) == {}


def test_a_laptop_without_the_plugin(laptop: RabbitServer) -> None:
    url = f"amqp://guest:guest@127.0.0.1:{laptop.port}"
    assert amiss("development", url=url, vendor="debian") == {}


def test_a_stream_that_is_read(laptop: RabbitServer) -> None:
    """Over AMQP a stream has no consumers; one of its own protocol does not acknowledge."""

    def other_protocol(row: dict[str, Any]) -> dict[str, Any]:
        rows = row.get("consumer_details", ())
        return {
            **row,
            "consumer_details": [{**r, "ack_required": False, "prefetch_count": 0} for r in rows],
        }

    path, api = "queues/%2F/log", laptop.management_url
    declared = queues(log={"type": "stream", "min_consumers": 1})
    settings = {"url": laptop.url, "queues": declared, "timeout": 15}
    nobody = judge(probe_of("rabbitmq", monitor_url=api, **settings), "rabbitmq")
    assert nobody["queue_consumers"].message == "log: consumers is 0, must be >= 1"
    with consuming(laptop, laptop.url, "log", arguments={"x-stream-offset": "first"}):
        until(api, path, lambda row: row.get("consumers") == 1)
        with in_front_of(api, {f"/api/{path}": other_protocol}) as url:
            said = judge(probe_of("rabbitmq", monitor_url=url, **settings), "rabbitmq")
        unseen = judge(
            probe_of("rabbitmq", management_url="http://127.0.0.1:9", **settings), "rabbitmq"
        )
    assert said["queue_consumers"].outcome == "passed"
    assert said["consumers_acknowledge"].outcome == "not_applicable"
    assert said["consumers_prefetch"].outcome == "not_applicable"
    assert unseen["queue_consumers"].outcome == "blocked"


def test_a_staging_box_of_one_node(staging: RabbitServer) -> None:
    declared = queues(orders={"dead_letter": "orders.dlq", "min_consumers": 1, "type": "quorum"})
    found = amiss(
        "staging",
        url=staging.url,
        monitor_url=staging.management_tls_url,
        ca_file=str(ca_of(staging)),
        vendor="debian",
        single_node=True,
        queues=declared,
    )
    assert found == {}


def test_a_managed_platform_shows_a_customer_little(staging: RabbitServer) -> None:
    staging.rabbitmqctl("add_user", "customer", "a-long-password-of-a-customer")
    try:
        staging.rabbitmqctl("set_user_tags", "customer", "management")
        staging.rabbitmqctl("set_permissions", "customer", ".*", ".*", ".*")
        who = "customer:a-long-password-of-a-customer@127.0.0.1"
        found = amiss(
            "production",
            url=f"amqps://{who}:{staging.port}",
            management_url=f"https://127.0.0.1:{port_of(str(staging.management_tls_url))}",
            ca_file=str(ca_of(staging)),
            platform="cloudamqp",
            queues=queues(**{"orders.dlq": {}}),
        )
        assert found == {}
    finally:
        staging.rabbitmqctl("delete_user", "customer")
