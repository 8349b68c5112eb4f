"""Who is let in, and what they may do then."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.kafka.judged import each_broker, kept_back, named
from pytest_readiness.systems.kafka.probe import KafkaProbe

SECURITY = "https://kafka.apache.org/documentation/#security"

_GRAVE = ("All", "Alter", "AlterConfigs", "ClusterAction")
"""Operations on the cluster by which a client becomes its master."""


@readiness.high(
    category="security",
    effort="hours",
    source="Kafka security guide, authentication using SASL",
    remedy="Have clients log in: a SASL_SSL listener (listener.security.protocol.map, "
    "sasl.enabled.mechanisms), or ssl.client.auth=required; then close the listener without.",
    demand="authentication",
    ref=SECURITY,
)
def authentication_required(kafka_probe: KafkaProbe) -> None:
    """Is a client without credentials refused?"""
    assert measure("client without credentials", kafka_probe.facts.anonymous) == "refused"


@readiness.medium(
    category="security",
    effort="hours",
    source="Kafka security guide, securing the KRaft controllers' listener",
    remedy="Give the listener a protocol with a login or certificates: "
    "listener.security.protocol.map=CONTROLLER:SSL,… with "
    "listener.name.controller.ssl.client.auth=required; or close it.",
    privilege="DescribeConfigs on the cluster",
    demand="hardening",
    managed=True,
)
def plaintext_listeners(kafka_probe: KafkaProbe) -> None:
    """Is there no listener left, not even of the controllers, that knows neither TLS nor login?"""
    bad: list[str] = []
    total = 0
    for broker in each_broker(kafka_probe, "configs"):
        protocols = dict(
            entry.strip().upper().split(":", 1)
            for entry in broker.config("listener.security.protocol.map").split(",")
        )
        for listener in broker.config("listeners").split(","):
            name = listener.partition("://")[0].strip().upper()
            total += 1
            if protocols.get(name, name) == "PLAINTEXT":
                bad.append(f"broker {broker.id}: {listener.strip()}")
    assert measure(named("listeners of PLAINTEXT", bad), len(bad), unit=f"of {total}") == 0
    _ = [broker.configs for broker in kafka_probe.facts.brokers]


@readiness.high(
    category="security",
    effort="hours",
    source="Kafka security guide, authorization and ACLs",
    remedy="Set authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer and "
    "super.users on every node, and grant what each service needs with kafka-acls.",
    demand="hardening",
    ref=SECURITY,
)
def authorizer_on(kafka_probe: KafkaProbe) -> None:
    """Do ACLs decide what a client may do?"""
    in_force = "in force" if kafka_probe.facts.authorizer else "off"
    assert measure("authorizer", in_force) == "in force"


@readiness.high(
    category="security",
    effort="minutes",
    source="Kafka security guide, authorization and ACLs",
    remedy="kafka-acls --remove --allow-principal 'User:*' --operation … --topic …",
    privilege="Describe on the cluster",
    demand="hardening",
)
def open_acls(kafka_probe: KafkaProbe) -> None:
    """Is there no ACL that lets every user write or change something?"""
    if not kafka_probe.facts.authorizer:
        not_applicable("no authorizer is configured, which authorizer_on judges")
    if not kafka_probe.facts.sees("open_acls"):
        kept_back(kafka_probe, kafka_probe.facts.why("open_acls"))
    bad = kafka_probe.facts.open_acls
    assert measure(named("ACLs that let User:* change something", bad), len(bad)) == 0


@readiness.medium(
    category="security",
    effort="hours",
    source="Kafka security guide, authorization and ACLs",
    remedy="Take the application's user out of super.users, and give it ACLs on its topics and "
    "groups only: kafka-acls --add --allow-principal User:… --operation … --topic …",
    demand="hardening",
)
def app_rights_limited(kafka_probe: KafkaProbe) -> None:
    """Is the application's user no master of the cluster?"""
    facts = kafka_probe.facts
    if facts.sees("authorizer") and not facts.authorizer:
        not_applicable("no authorizer is configured, which authorizer_on judges")
    bad = [name for name in facts.app_operations if name in _GRAVE]
    what = "operations on the cluster that the application's user may do"
    assert measure(named(what, bad), len(bad)) == 0


@readiness.low(
    category="security",
    effort="minutes",
    source="RFC 5802; kafka-configs takes 8192 by default",
    remedy="Set the password anew: kafka-configs --alter --entity-type users --entity-name … "
    "--add-config 'SCRAM-SHA-512=[iterations=8192,password=…]'",
    since="2.7",
    privilege="Describe on the cluster",
    thresholds=[
        at_least("iterations", 8192, unit="iterations", source="kafka-configs' own default")
    ],
    demand="hardening",
    managed=True,
    optional=True,
)
def scram_iterations(kafka_probe: KafkaProbe, limits: SimpleNamespace) -> None:
    """Are the passwords of SCRAM users hashed often enough to be costly to guess?"""
    credentials = kafka_probe.facts.credentials
    if not credentials:
        not_applicable("clients do not log in by SCRAM")
    lowest = min(credentials, key=lambda c: c.iterations)
    what = f"iterations of {lowest.mechanism} of user {lowest.user} (lowest of {len(credentials)})"
    assert measure(what, lowest.iterations) >= limits.iterations
