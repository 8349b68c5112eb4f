"""RabbitMQ: its nodes, whether they are whole, and what they have left."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.declared import running, seen_by_provider, watched
from pytest_readiness.systems.rabbitmq.facts import UNCOUNTED
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe

_GIGABYTE = 1e9


@readiness.blocker(
    category="capacity",
    effort="hours",
    source="RabbitMQ monitoring guide, alarms",
    remedy="Drain queues, or add memory or disk: publishers are blocked now.",
)
def no_alarms(rabbitmq_probe: RabbitProbe) -> None:
    """Is the cluster free of memory and disk alarms?"""
    alarms = ", ".join(f"{a.resource} on {a.node}" for a in rabbitmq_probe.facts.alarms)
    assert measure("alarms", alarms or "none") == "none"


@readiness.blocker(
    category="topology",
    effort="hours",
    source="awesome-prometheus-alerts",
    privilege="monitoring tag",
    remedy="Start the node, or take it out for good: rabbitmqctl forget_cluster_node NODE.",
    demand="monitoring",
)
def nodes_running(rabbitmq_probe: RabbitProbe) -> None:
    """Does every node the cluster knows run?"""
    seen_by_provider(rabbitmq_probe)
    down = ", ".join(node.name for node in rabbitmq_probe.facts.nodes if not node.running)
    assert measure("nodes that do not run", down or "none") == "none"


@readiness.blocker(
    category="topology",
    effort="hours",
    source="RabbitMQ production checklist, network partitions",
    privilege="monitoring tag",
    remedy="Mend the network, restart the smaller side, and choose pause_minority for the future: "
    "cluster_partition_handling = pause_minority.",
    demand="monitoring",
)
def no_partitions(rabbitmq_probe: RabbitProbe) -> None:
    """Do all nodes see each other?"""
    if common.numbers(rabbitmq_probe.facts.version) >= (4, 3):
        not_applicable("from RabbitMQ 4.3 on a node that is cut off is one that does not run")
    for node in sorted(running(rabbitmq_probe), key=lambda node: not node.sees("partitions")):
        if not node.sees("partitions") and UNCOUNTED in node.why("partitions"):
            # The nodes it has lost sight of do not run in its eyes, when they are back as well.
            not_applicable(f"{node.why('partitions')}; nodes_running judges whether one is lost")
        lost = ", ".join(node.partitions)
        assert measure(f"nodes that {node.name} has lost sight of", lost or "none") == "none"


@readiness.high(
    category="operations",
    effort="minutes",
    since="4.0",
    source="RabbitMQ upgrade guide, maintenance mode",
    privilege="monitoring tag",
    remedy="rabbitmq-upgrade revive, on the node.",
    demand="monitoring",
    managed=True,
)
def nodes_in_service(rabbitmq_probe: RabbitProbe) -> None:
    """Has no node been left in maintenance mode?"""
    for node in watched(rabbitmq_probe):
        mode = "maintenance" if node.being_drained else "in service"
        assert measure(f"{node.name}", mode) == "in service"


@readiness.high(
    category="operations",
    effort="minutes",
    since="3.8.10",
    source="RabbitMQ monitoring guide, health check stage 5",
    privilege="monitoring tag",
    remedy="rabbitmqctl restart_vhost --vhost NAME, and read the node's log for why it went down.",
    demand="monitoring",
)
def vhosts_running(rabbitmq_probe: RabbitProbe) -> None:
    """Is every virtual host served on every node?"""
    down = ", ".join(rabbitmq_probe.facts.vhosts_down)
    assert measure("virtual hosts that are down", down or "none") == "none"


@readiness.high(
    category="capacity",
    effort="hours",
    privilege="monitoring tag",
    source="awesome-prometheus-alerts",
    remedy="Add memory, or shorten the queues: at the watermark publishers are blocked.",
    thresholds=[at_most("used", 90, unit="%", source="awesome-prometheus-alerts")],
)
def memory_headroom(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is there memory left below the watermark on every node?"""
    for node in watched(rabbitmq_probe):
        used = 100 * node.mem_used / max(node.mem_limit, 1)
        assert measure(f"memory of {node.name} used", used, unit="%") <= limits.used


@readiness.high(
    category="capacity",
    effort="hours",
    privilege="monitoring tag",
    source="nagios-plugins-rabbitmq",
    remedy="Free or extend the data volume: below disk_free_limit publishers are blocked.",
    thresholds=[at_least("times", 2, unit="times disk_free_limit", source="nagios-plugins")],
)
def disk_headroom(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is there disk space left above the limit on every node?"""
    for node in watched(rabbitmq_probe):
        free = node.disk_free / max(node.disk_free_limit, 1)
        name = f"free disk space of {node.name}"
        assert measure(name, free, unit="times disk_free_limit") >= limits.times


@readiness.medium(
    category="configuration",
    effort="minutes",
    privilege="monitoring tag",
    source="RabbitMQ production checklist, free disk space",
    remedy="In rabbitmq.conf: disk_free_limit.absolute = 2GB; the default of 50 MB is gone before "
    "anybody reads the alarm.",
    demand="limits",
    managed=True,
    thresholds=[at_least("gigabytes", 2, unit="GB", source="RabbitMQ production checklist")],
)
def disk_limit_set(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Are publishers stopped while there is still disk space to work with?"""
    for node in watched(rabbitmq_probe):
        limit = node.disk_free_limit / _GIGABYTE
        assert measure(f"disk_free_limit of {node.name}", limit, unit="GB") >= limits.gigabytes


@readiness.medium(
    category="capacity",
    effort="minutes",
    privilege="monitoring tag",
    source="RabbitMQ production checklist, open file handles",
    remedy="LimitNOFILE=65536 in the unit's [Service], or ulimit -n 65536 before the start.",
    demand="limits",
    managed=True,
    thresholds=[
        # The checklist asks for 50,000 of brokers with thousands of connections.
        at_least("total", 10_000, unit="file descriptors", source="well above a default of 1,024"),
        at_most("used", 80, unit="%", source="nagios-plugins-rabbitmq"),
    ],
)
def file_descriptors(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """May every node open as many files and sockets as it will need?"""
    for node in watched(rabbitmq_probe):
        name = f"limit of {node.name}"
        assert measure(name, node.fd_total, unit="file descriptors") >= limits.total
        used = 100 * node.fd_used / max(node.fd_total, 1)
        assert measure(f"file descriptors of {node.name} used", used, unit="%") <= limits.used


@readiness.low(
    category="capacity",
    effort="hours",
    privilege="monitoring tag",
    source="nagios-plugins-rabbitmq",
    remedy="Look for leaking channels: rabbitmqctl list_connections pid user channels; then raise "
    "the limit: RABBITMQ_MAX_NUMBER_OF_PROCESSES.",
    thresholds=[at_most("used", 80, unit="%", source="nagios-plugins-rabbitmq")],
)
def process_headroom(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Are there Erlang processes left for more connections, channels and queues?"""
    for node in watched(rabbitmq_probe):
        used = 100 * node.proc_used / max(node.proc_total, 1)
        assert measure(f"Erlang processes of {node.name} used", used, unit="%") <= limits.used


@readiness.high(
    category="topology",
    effort="days",
    source="RabbitMQ production checklist, cluster size",
    privilege="monitoring tag",
    remedy="Run three or five nodes in separate failure domains, or declare single_node = true.",
    demand="topology",
    thresholds=[at_least("nodes", 3, unit="nodes", source="rabbitmq.com, production checklist")],
)
def cluster_size(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Does the cluster survive the loss of a node, with an odd number of them?"""
    count = len(list(running(rabbitmq_probe)))
    wanted = max(limits.nodes, rabbitmq_probe.nodes)
    assert measure("cluster", count, unit="running nodes") >= wanted
    parity = "even" if count % 2 == 0 else "odd"
    assert measure(f"number of running nodes ({count})", parity) == "odd"


@readiness.medium(
    category="topology",
    effort="hours",
    since="3.8.10",
    source="RabbitMQ upgrade guide, rolling upgrades",
    privilege="monitoring tag",
    remedy="Bring the other replicas back, or add some: rabbitmq-queues grow NODE all.",
    demand="topology",
)
def node_expendable(rabbitmq_probe: RabbitProbe) -> None:
    """Could the node that answers be stopped without a queue losing its majority?"""
    critical = rabbitmq_probe.facts.critical
    if critical is None:
        not_applicable("a node that is alone cannot be spared, see cluster_size")
    lost = ", ".join(critical)
    assert measure("queues that would lose their majority", lost or "none") == "none"
