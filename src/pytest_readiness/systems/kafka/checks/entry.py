"""The way in: whether the application gets there, and who can listen."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.environments import is_loopback, is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.kafka.judged import named
from pytest_readiness.systems.kafka.probe import KafkaProbe


@readiness.blocker(
    category="reachability",
    effort="minutes",
    source="Kafka security guide, listener configuration",
    remedy="Start the brokers, open the route, or use the listener's own security_protocol.",
)
def reachable(kafka_probe: KafkaProbe) -> None:
    """Does a bootstrap server let the application in within the deadline?"""
    common.reach(kafka_probe)


@readiness.blocker(
    category="reachability",
    effort="minutes",
    source="Kafka broker configuration, advertised.listeners",
    remedy="Set advertised.listeners of each broker to an address that clients can reach, "
    "and open the route to it.",
)
def advertised_reachable(kafka_probe: KafkaProbe) -> None:
    """Can every broker be reached from here at the address it tells its clients?"""
    facts = kafka_probe.facts
    if not any(is_loopback(server.host) for server in facts.bootstrap):
        local = [f"{b.id}: {b.host}" for b in facts.brokers if is_loopback(b.host)]
        assert measure(named("brokers that tell clients a local address", local), len(local)) == 0
    for broker in facts.brokers:
        where = f"broker {broker.id} at {broker.host}:{broker.port}"
        assert measure(where, broker.problem or "reached") == "reached"


@readiness.high(
    category="operations",
    effort="days",
    source="the team's own minimum_version",
    remedy="Upgrade the brokers, then: kafka-features upgrade --release-version …",
)
def version_minimum(kafka_probe: KafkaProbe) -> None:
    """Are the brokers at least of the version the team accepts?"""
    facts, minimum = kafka_probe.facts, kafka_probe.declared.minimum_version
    if minimum is None:
        not_applicable("no minimum_version is set")
    wanted = common.numbers(minimum)
    if wanted[:2] == facts.version and any(wanted[2:]):
        blocked("a broker does not tell its patch level; kafka-broker-api-versions.sh neither")
    if facts.newest and wanted[:2] > facts.version:
        told = ".".join(map(str, facts.version))
        blocked(f"kafka-python tells versions up to {told} only; upgrade it: pip install -U")
    assert measure("version, inferred from the requests it takes", facts.version) >= wanted[:2]


@readiness.high(
    category="security",
    effort="hours",
    source="Kafka security guide, encryption with SSL",
    remedy="Add an SSL or SASL_SSL listener and connect with its security_protocol.",
    demand="encryption",
)
def encrypted(kafka_probe: KafkaProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", kafka_probe.facts.tls or "none") != "none"


@readiness.blocker(
    category="security",
    effort="hours",
    source="Kafka security guide, encryption with SSL",
    remedy="Add an SSL or SASL_SSL listener, or use private addresses.",
)
def encrypted_across_public_network(kafka_probe: KafkaProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = kafka_probe.facts
    hosts = {server.host for server in facts.bootstrap} | {b.host for b in facts.brokers}
    public = sorted(host for host in hosts if is_public(host))
    if not public:
        not_applicable(f"{', '.join(sorted(hosts))}: no address of the open internet")
    assert measure(named("encryption on the way", public), facts.tls or "none") != "none"


@readiness.high(
    category="security",
    effort="minutes",
    source="Kafka security guide, encryption with SSL",
    remedy="Renew the certificate and load it: kafka-configs --alter --entity-type brokers "
    "--entity-name ID --add-config listener.name.….ssl.keystore.location=…",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
)
def certificate_valid(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are the brokers' certificates valid for some time to come?"""
    facts = kafka_probe.facts
    if facts.tls is None:
        not_applicable("the connection is not encrypted")
    if not facts.certificates:
        common.certificate_valid(None, None, limits.days)
    for certificate in facts.certificates:
        common.certificate_valid(certificate.expires, certificate.issued, limits.days)
