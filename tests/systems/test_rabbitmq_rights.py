"""RabbitMQ: what users with few rights cannot see, and who would."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe
from tests.judging import judge
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import (
    address_of,
    good_order,
    outcomes,
    port_of,
    well,
)


@pytest.fixture(scope="module")
def good(box: Sandbox) -> Iterator[RabbitServer]:
    """A broker in good order."""
    with good_order(box) as server:
        yield server


@pytest.fixture(scope="module")
def few(good: RabbitServer) -> Iterator[dict[str, str]]:
    """URLs of users with few rights: a manager without a vhost, and a reader without rights."""
    address = f"127.0.0.1:{port_of(good.management_url)}"
    with httpx.Client(base_url=good.management_admin_url, trust_env=False) as client:
        for name, tags in (("manager", "management"), ("reader", "")):
            made = client.put(f"/api/users/{name}", json={"password": "few-rights", "tags": tags})
            assert made.is_success
        rights = {"configure": "", "write": "", "read": ""}
        assert client.put("/api/permissions/%2F/reader", json=rights).is_success
        yield {
            "manager": f"http://manager:few-rights@{address}",
            "reader": f"amqps://reader:few-rights@127.0.0.1:{good.port}",
        }
        for name in ("manager", "reader"):
            assert client.delete(f"/api/users/{name}").is_success


def test_a_manager_sees_no_nodes_and_no_queues(good: RabbitServer, few: dict[str, str]) -> None:
    judged = judge(well(good, monitor_url=few["manager"], queues={}), "rabbitmq")
    nodes = ("nodes_running", "no_partitions", "memory_headroom", "disk_headroom", "cluster_size")
    for name in nodes:
        assert judged[name].outcome == "blocked"
        assert judged[name].message.endswith("rabbitmqctl set_user_tags manager monitoring")
    for name in ("plain_listener_closed", "clients_encrypted", "heartbeats_on"):
        assert judged[name].message.endswith("rabbitmqctl set_user_tags manager monitoring")
    assert judged["guest_user_absent"].outcome == "passed", "who asks for that needs no right"
    assert judged["no_alarms"].outcome == judged["management_reachable"].outcome == "passed"
    probe = well(good, monitor_url=few["manager"])
    assert isinstance(probe, RabbitProbe)
    # What is declared was counted over AMQP; what it is made of was not seen.
    assert probe.queue("orders").consumers == 1
    with pytest.raises(Blocked, match="rabbitmqctl set_permissions -p / manager '' '' ''"):
        _ = probe.queue("orders").durable
    with pytest.raises(Blocked, match="rabbitmqctl set_permissions"):
        probe.queue("other")


def test_without_any_tag_all_is_blocked_with_the_grant(good: RabbitServer) -> None:
    probe = well(good, monitor_url=None, management_url=address_of(good.management_url), queues={})
    judged = judge(probe, "rabbitmq")
    grant = "rabbitmqctl set_user_tags app monitoring"
    blocked = {"management_reachable", "memory_headroom", "nodes_running"}
    assert blocked <= outcomes(judged, "blocked")
    assert all(judged[name].message.endswith(grant) for name in blocked)
    assert judged["app_not_administrator"].outcome == judged["no_alarms"].outcome == "passed"


def test_round_trip_without_rights_names_them(good: RabbitServer, few: dict[str, str]) -> None:
    said = judge(well(good, url=few["reader"], queues={}), "rabbitmq", writes=True)["round_trip"]
    assert said.outcome == "blocked"
    assert "access to queue 'readiness-" in said.message
    assert "configure, write and read on '^readiness-'" in said.message


def test_only_a_monitor_says_nothing_of_the_application(good: RabbitServer) -> None:
    probe = well(good, url=None, monitor_url=good.management_url, queues={})
    judged = judge(probe, "rabbitmq", writes=True)
    of_the_application = {"guest_refused", "app_not_administrator", "encrypted", "round_trip"}
    assert of_the_application <= outcomes(judged, "blocked")
    assert judged["no_alarms"].outcome == "passed"
