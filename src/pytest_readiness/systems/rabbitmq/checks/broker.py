"""RabbitMQ: the broker itself, its version, its nodes and what they have left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_readiness import recorder
from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.api import grant
from pytest_readiness.systems.rabbitmq.declared import running, watched
from pytest_readiness.systems.rabbitmq.facts import ANSWERING
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


@readiness.blocker(
    remedy="Check address, listener and firewall, and the user's password and vhost: "
    "rabbitmqctl authenticate_user USER, rabbitmqctl list_permissions -p VHOST."
)
def reachable(rabbitmq_probe: RabbitProbe) -> None:
    """Does the broker let the application in within its deadline?"""
    common.reach(rabbitmq_probe)


@readiness.high(
    remedy="rabbitmq-plugins enable rabbitmq_management, open its port to whoever monitors, and "
    "declare management_url or monitor_url.",
    # Whether it is meant to be watched: on a laptop, and on a staging box, it need not be.
    demand="monitoring",
)
def management_reachable(rabbitmq_probe: RabbitProbe) -> None:
    """Does the management API answer, so that the broker can be watched?"""
    api = rabbitmq_probe.facts.management
    if api.state != ANSWERING:
        recorder.note(recorder.Comparison("management API", "silent", None, "==", ANSWERING, False))
        pytest.fail(f"management API: {api.state}", pytrace=False)
    assert measure(f"management API at {api.address}", api.state) == ANSWERING
    if not api.tags:
        blocked(
            f"it shows nothing to {api.user}: give monitor_url, or {grant(api.user, 'monitoring')}"
        )


@readiness.medium(
    remedy="Upgrade to a series in community support, one minor version at a time; or declare who "
    'mends this one: vendor = "debian".',
    managed=True,
)
def version_supported(rabbitmq_probe: RabbitProbe) -> None:
    """Is the version in community support?"""
    facts = rabbitmq_probe.facts
    common.supported(facts.product.lower(), facts.version, rabbitmq_probe.vendor, grace_days=0)


@readiness.high(
    remedy="Upgrade: its makers have mended nothing in this series for more than a year; or "
    'declare who does: vendor = "debian".',
    managed=True,
)
def version_abandoned(rabbitmq_probe: RabbitProbe) -> None:
    """Has the version been out of support for no more than a year?"""
    facts = rabbitmq_probe.facts
    common.supported(facts.product.lower(), facts.version, rabbitmq_probe.vendor, grace_days=365)


@readiness.high(remedy="Upgrade the broker, or lower minimum_version.")
def version_minimum(rabbitmq_probe: RabbitProbe) -> None:
    """Is the version one that the team accepts?"""
    common.at_least_version(rabbitmq_probe.facts.version, rabbitmq_probe.minimum_version)


@readiness.blocker(remedy="Drain queues, or add memory or disk: publishers are blocked now.")
def no_alarms(rabbitmq_probe: RabbitProbe) -> None:
    """Is the cluster free of memory and disk alarms?"""
    alarms = ", ".join(f"{a.resource} on {a.node}" for a in rabbitmq_probe.facts.alarms)
    assert measure("alarms", alarms or "none") == "none"


@readiness.blocker(
    remedy="Start the node, or take it out for good: rabbitmqctl forget_cluster_node NODE.",
    demand="monitoring",
)
def nodes_running(rabbitmq_probe: RabbitProbe) -> None:
    """Does every node the cluster knows run?"""
    down = ", ".join(node.name for node in rabbitmq_probe.facts.nodes if not node.running)
    assert measure("nodes that do not run", down or "none") == "none"


@readiness.blocker(
    remedy="Mend the network, restart the smaller side, and choose pause_minority for the future: "
    "cluster_partition_handling = pause_minority.",
    demand="monitoring",
)
def no_partitions(rabbitmq_probe: RabbitProbe) -> None:
    """Do all nodes see each other?"""
    if common.numbers(rabbitmq_probe.facts.version) >= (4, 3):
        not_applicable("from RabbitMQ 4.3 on a node that is cut off is one that does not run")
    for node in running(rabbitmq_probe):
        lost = ", ".join(node.partitions)
        assert measure(f"nodes that {node.name} has lost sight of", lost or "none") == "none"


@readiness.high(
    remedy="Add memory, or shorten the queues: at the watermark publishers are blocked.",
    thresholds=[at_most("used", 90, unit="%", source="awesome-prometheus-alerts")],
)
def memory_headroom(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is there memory left below the watermark on every node?"""
    for node in watched(rabbitmq_probe):
        used = 100 * node.mem_used / max(node.mem_limit, 1)
        assert measure(f"memory of {node.name} used", used, unit="%") <= limits.used


@readiness.high(
    remedy="Free or extend the data volume: below disk_free_limit publishers are blocked.",
    thresholds=[at_least("times", 2, unit="times disk_free_limit", source="nagios-plugins")],
)
def disk_headroom(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is there disk space left above the limit on every node?"""
    for node in watched(rabbitmq_probe):
        free = node.disk_free / max(node.disk_free_limit, 1)
        name = f"free disk space of {node.name}"
        assert measure(name, free, unit="times disk_free_limit") >= limits.times


@readiness.high(
    remedy="Run three or five nodes in separate failure domains, or declare single_node = true.",
    demand="topology",
    thresholds=[at_least("nodes", 3, unit="nodes", source="rabbitmq.com, production checklist")],
)
def cluster_size(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Does the cluster survive the loss of a node, with an odd number of them?"""
    count = len(list(running(rabbitmq_probe)))
    assert measure("cluster", count, unit="running nodes") >= limits.nodes
    parity = "even" if count % 2 == 0 else "odd"
    assert measure(f"number of running nodes ({count})", parity) == "odd"
