"""RabbitMQ: a broker in good order, one in bad order, and states of larger clusters."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.facts import Node
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import (
    address_of,
    bad_order,
    doctored,
    good_order,
    public,
    well,
)


@pytest.fixture(scope="module")
def good(box: Sandbox) -> Iterator[RabbitServer]:
    """A broker in good order."""
    with good_order(box) as server:
        yield server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> RabbitServer:
    """A broker in bad order."""
    return bad_order(box)


def test_facts_of_a_broker_in_good_order(good: RabbitServer) -> None:
    facts = well(good).facts
    assert (facts.product, facts.vhost) == ("RabbitMQ", "/")
    assert facts.version.startswith("3.")
    assert facts.link.tls is not None
    assert facts.link.verified
    assert facts.management.tags == ("administrator",)
    assert facts.application_tags == ()
    assert [node.name for node in facts.nodes] == [good.node]
    orders = facts.queues["orders"]
    assert (orders.dead_letter_exchange, orders.policy) == ("orders.dlx", "dead")
    assert orders.dead_letter_queues == ("orders.dlq",)
    assert (orders.consumers, orders.messages_ready, orders.type) == (1, 0, "quorum")


def test_facts_hold_no_secret(good: RabbitServer) -> None:
    text = msgspec.json.encode(well(good).observation.facts).decode()
    assert not [word for word in good.passwords.values() if word in text]
    assert "password" not in text


def test_management_over_tls_and_over_amqp_credentials(good: RabbitServer) -> None:
    over_tls = well(good, monitor_url=good.management_tls_url)
    assert over_tls.facts.management.state == "answering"
    amqp = well(good, monitor_url=good.monitor_url, management_url=address_of(good.management_url))
    assert amqp.facts.management.tags == ("monitoring",)
    assert amqp.facts.management.user == "monitor"


def test_how_a_broker_in_bad_order_reads(bad: RabbitServer) -> None:
    queues = {"orders": QueueIntent(min_consumers=1, type="quorum")}
    probe = probe_of(
        "rabbitmq",
        url=bad.admin_url,
        monitor_url=bad.management_admin_url,
        queues=queues,
        minimum_version="3.12",
        timeout=3,
    )
    judged = judge(probe, "rabbitmq", writes=True)
    assert judged["no_alarms"].message == (
        f"alarms is disk space on {bad.node}, memory on {bad.node}, must be none"
    )
    assert judged["round_trip"].message.endswith("a memory or disk alarm is in effect")
    assert judged["queues_durable"].message == "orders: durable is no, must be yes"


def test_guest_as_the_application_is_accepted_guest(bad: RabbitServer) -> None:
    url = f"amqp://127.0.0.1:{bad.port}"
    probe = probe_of("rabbitmq", url=url, management_url=address_of(bad.management_url))
    assert probe.facts.guest_accepted
    assert probe.facts.management.user == "guest"


def test_a_stopped_node_and_a_partition(good: RabbitServer) -> None:
    probe = well(good)
    (node,) = probe.facts.nodes
    stopped = Node(name="rabbit@b", running=False, unseen={"*": "stopped"})
    judged = judge(doctored(probe, nodes=(node, stopped)), "rabbitmq", nodes=1)
    assert judged["nodes_running"].message == ("nodes that do not run is rabbit@b, must be none")
    assert judged["memory_headroom"].outcome == "passed"
    cut_off = msgspec.structs.replace(node, partitions=("rabbit@b",))
    judged = judge(doctored(probe, nodes=(cut_off, cut_off)), "rabbitmq", nodes=1)
    assert judged["no_partitions"].outcome == "failed"
    assert judged["cluster_size"].message == "number of running nodes (2) is even, must be odd"
    three = doctored(probe, nodes=(node,) * 3, version="4.3.1", link=public(probe.facts.link))
    judged = judge(three, "rabbitmq")
    assert judged["cluster_size"].outcome == "passed"
    assert judged["no_partitions"].outcome == "not_applicable"
    declared = doctored(well(good, nodes=5), nodes=(node,) * 3)
    assert judge(declared, "rabbitmq")["cluster_size"].message.endswith("must be >= 5")


def test_encryption_across_a_public_network(good: RabbitServer) -> None:
    probe = well(good)
    name = "encrypted_across_public_network"
    link = public(probe.facts.link)
    assert judge(doctored(probe, link=link), "rabbitmq")[name].outcome == "passed"
    plain = msgspec.structs.replace(link, tls=None)
    judged = judge(doctored(probe, link=plain), "rabbitmq")
    assert judged[name].outcome == "failed"
    assert judged["certificate_valid"].outcome == "not_applicable"


def test_versions(good: RabbitServer) -> None:
    probe = well(good, minimum_version="3.8")
    judged = judge(doctored(probe, version="4.3.1"), "rabbitmq")
    assert judged["version_abandoned"].outcome == "passed"
    assert judged["version_minimum"].outcome == "passed"
    other = judge(doctored(probe, product="LavinMQ"), "rabbitmq")
    assert other["version_supported"].outcome == "not_applicable"


@pytest.mark.parametrize("kind", ["expiring", "expired"])
def test_certificates(box: Sandbox, good: RabbitServer, kind: str) -> None:
    probe = well(good)
    days = {"expiring": 5, "expired": -1}[kind]
    link = msgspec.structs.replace(probe.facts.link, expires=time.time() + days * 86400)
    assert judge(doctored(probe, link=link), "rabbitmq")["certificate_valid"].outcome == "failed"
