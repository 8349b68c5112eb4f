"""RabbitMQ: whether it answers, and which version it is."""

from __future__ import annotations

import pytest

from pytest_readiness import recorder
from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.api import grant
from pytest_readiness.systems.rabbitmq.declared import watchable
from pytest_readiness.systems.rabbitmq.facts import ANSWERING
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


@readiness.blocker(
    category="reachability",
    effort="minutes",
    source="RabbitMQ monitoring guide, health checks",
    remedy="Check address, listener and firewall, and the user's password and vhost: "
    "rabbitmqctl authenticate_user USER, rabbitmqctl list_permissions -p VHOST.",
)
def reachable(rabbitmq_probe: RabbitProbe) -> None:
    """Does the broker let the application in within its deadline?"""
    common.reach(rabbitmq_probe)


@readiness.high(
    category="operations",
    effort="minutes",
    source="RabbitMQ monitoring guide",
    privilege="monitoring tag",
    remedy="Refused: mend the password, or rabbitmqctl set_user_tags USER monitoring. Not there: "
    "rabbitmq-plugins enable rabbitmq_management, open its port, and declare monitor_url.",
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


@readiness.low(
    category="operations",
    effort="minutes",
    source="RabbitMQ production checklist, monitoring",
    privilege="monitoring tag",
    remedy="rabbitmq-plugins enable rabbitmq_prometheus, scrape port 15692, and close that port to "
    "others: it asks for no password.",
    managed=True,
    # A team may as well export them with an agent of its own.
    optional=True,
)
def metrics_exported(rabbitmq_probe: RabbitProbe) -> None:
    """Does every node export its metrics to Prometheus?"""
    watchable(rabbitmq_probe)
    facts = rabbitmq_probe.facts
    # One with TLS is named https/prometheus.
    exporting = {one.node for one in facts.listeners if one.protocol.endswith("/prometheus")}
    silent = sorted({one.node for one in facts.listeners} - exporting)
    assert measure("nodes without a metrics port", ", ".join(silent) or "none") == "none"


@readiness.medium(
    category="operations",
    effort="days",
    source="rabbitmq.com, release information",
    remedy="Upgrade to a series in community support, one minor version at a time; or declare who "
    'mends this one: vendor = "debian".',
    managed=True,
)
def version_supported(rabbitmq_probe: RabbitProbe) -> None:
    """Is the version in community support?"""
    facts = rabbitmq_probe.facts
    common.supported(facts.product.lower(), facts.version, rabbitmq_probe.vendor, grace_days=0)


@readiness.high(
    category="security",
    effort="days",
    source="rabbitmq.com, release information",
    remedy="Upgrade: its makers have mended nothing in this series for more than a year; or "
    'declare who does: vendor = "debian".',
    managed=True,
)
def version_abandoned(rabbitmq_probe: RabbitProbe) -> None:
    """Has the version been out of support for no more than a year?"""
    facts = rabbitmq_probe.facts
    common.supported(facts.product.lower(), facts.version, rabbitmq_probe.vendor, grace_days=365)


@readiness.high(
    category="operations",
    effort="days",
    source="the team's own minimum_version",
    remedy="Upgrade the broker, or lower minimum_version.",
)
def version_minimum(rabbitmq_probe: RabbitProbe) -> None:
    """Is the version one that the team accepts?"""
    common.at_least_version(rabbitmq_probe.facts.version, rabbitmq_probe.minimum_version)


@readiness.low(
    category="operations",
    effort="minutes",
    since="4.0",
    source="RabbitMQ upgrade guide, feature flags",
    privilege="monitoring tag",
    remedy="rabbitmqctl enable_feature_flag all: the next upgrade refuses to start without them.",
    managed=True,
)
def feature_flags_enabled(rabbitmq_probe: RabbitProbe) -> None:
    """Are all stable feature flags enabled, so that the next upgrade starts?"""
    watchable(rabbitmq_probe)
    off = ", ".join(rabbitmq_probe.facts.flags_disabled)
    assert measure("stable feature flags that are not enabled", off or "none") == "none"


@readiness.low(
    category="operations",
    effort="days",
    since="3.13",
    source="RabbitMQ deprecated features guide",
    privilege="monitoring tag",
    remedy="rabbitmqctl list_deprecated_features --used; replace transient non-exclusive queues by "
    "durable or exclusive ones, and global QoS by a prefetch of each consumer.",
)
def no_deprecated_features(rabbitmq_probe: RabbitProbe) -> None:
    """Is the broker used without features that a later version drops?"""
    watchable(rabbitmq_probe)
    used = ", ".join(rabbitmq_probe.facts.deprecated)
    assert measure("deprecated features in use", used or "none") == "none"


@readiness.medium(
    category="durability",
    effort="days",
    source="RabbitMQ 4.0 release notes",
    privilege="monitoring tag, and access to the vhost",
    remedy="Move to quorum queues, then: rabbitmqctl clear_policy NAME.",
)
def no_mirroring(rabbitmq_probe: RabbitProbe) -> None:
    """Is no queue mirrored the old way, which RabbitMQ 4 has dropped?"""
    watchable(rabbitmq_probe)
    if common.numbers(rabbitmq_probe.facts.version) >= (4,):
        not_applicable("RabbitMQ 4 mirrors no classic queues, whatever a policy says")
    mirroring = ", ".join(rabbitmq_probe.facts.mirroring)
    assert measure("policies that mirror classic queues", mirroring or "none") == "none"
