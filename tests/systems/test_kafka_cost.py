"""Kafka: what an observation costs, each connection and round trip named and counted at a proxy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import kafka

from pytest_readiness.redact import Redactor
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from tests.proxy import Proxy
from tests.sandbox import Sandbox
from tests.sandbox.kafka import KafkaServer
from tests.sandbox.scripted_kafka import Script, ScriptedKafka
from tests.systems.kafka_clusters import consumed, way

ANONYMOUS = [
    "who it is (ApiVersions), and the brokers and topics (Metadata), in a version most take",
    "all that takes their names: settings, disks, groups, ACLs, features, quorum, moves",
]
LOGGED_IN = [
    "who it is (ApiVersions), and the mechanism (SaslHandshake)",
    "the proof (SaslAuthenticate), and the brokers and topics (Metadata) behind it",
    *ANONYMOUS[1:],
]
STRANGER = ["who it is (ApiVersions), and whether it tells a stranger (Metadata)"]
DECLARED = [
    "members and offsets of the declared groups, of which the broker that lists them knows",
    "where the partitions end that these groups have read",
]


def cost(proxies: list[Proxy], **settings: Any) -> list[list[int]]:
    """Round trips of each connection of one observation, by the port it went to."""
    system = registry()["kafka"]
    for proxy in proxies:
        proxy.forget()
    seen = observe(system, system.settings(timeout=20.0, **settings), Redactor([]))
    assert seen.failure is None, seen.failure
    return [sorted(talk.turns for talk in proxy.conversations) for proxy in proxies]


@contextlib.contextmanager
def proxied(box: Sandbox, protocol: str, **more: Any) -> Iterator[tuple[Proxy, KafkaServer, str]]:
    """A broker that tells clients the address of a proxy, the proxy, and its address."""
    with Proxy() as proxy:
        at = f"127.0.0.1:{proxy.port}"
        told = {"advertised.listeners": f"{protocol}://{at}"}
        server: KafkaServer = box.fresh("kafka", properties=told, **more)
        proxy.upstream = server.port
        yield proxy, server, at
        server.stop()


def test_a_plaintext_broker(box: Sandbox) -> None:
    with proxied(box, "PLAINTEXT") as (proxy, server, at):
        admin = kafka.KafkaAdminClient(**server.client_options())
        admin.create_topics({"orders": {"num_partitions": 1, "replication_factor": 1}})
        admin.close()
        assert cost([proxy], url=at) == [[len(ANONYMOUS)]]
        consumed(server, "orders", 1)
        # A topic's records are counted in the flight for all.
        topic = {"orders": TopicIntent(max_records=10)}
        assert cost([proxy], url=at, topics=topic) == [[len(ANONYMOUS)]]
        groups = {"billing": GroupIntent()}
        assert cost([proxy], url=at, groups=groups) == [[len(ANONYMOUS + DECLARED)]]


def test_a_login(box: Sandbox) -> None:
    with proxied(box, "SASL_PLAINTEXT", sasl=True) as (proxy, server, at):
        # A stranger cannot come in by a connection that has logged in, or will.
        expected = sorted([len(STRANGER), len(LOGGED_IN)])
        assert cost([proxy], **{**way(server), "url": at}) == [expected]
    # SCRAM's proof has two parts, of which the first holds no secret and goes with the mechanism.
    with proxied(box, "SASL_PLAINTEXT", sasl="SCRAM-SHA-256") as (proxy, server, at):
        assert cost([proxy], **{**way(server), "url": at}) == [expected]
    # TLS has round trips of its own, and nothing goes along with the first question.
    with proxied(box, "SASL_SSL", sasl="SCRAM-SHA-256", tls=True) as (proxy, server, at):
        assert len(cost([proxy], **{**way(server), "url": at})[0]) == 2


def test_certificates(box: Sandbox) -> None:
    with proxied(box, "SSL", tls=True) as (proxy, server, at):
        assert server.certificate is not None
        file, key, ca = (str(path) for path in vars(server.certificate).values())
        common = {"url": f"SSL://{at}", "ca_file": ca}
        # Its dates are those of the certificate that our own connection was shown.
        assert len(cost([proxy], **common)[0]) == 1
        # What one without our certificate may do, only such a one can tell.
        assert len(cost([proxy], **common, cert_file=file, key_file=key)[0]) == 2


def test_one_connection_a_broker() -> None:
    with Proxy() as first, Proxy() as second, Proxy() as third:
        ports = {number: ("127.0.0.1", p.port) for number, p in enumerate((first, second, third))}
        with ScriptedKafka(Script(brokers=dict(ports))) as broker:
            proxies = [first, second, third]
            for proxy in proxies:
                proxy.upstream = broker.port
            # Another broker is asked along with the question who it is.
            url = f"127.0.0.1:{first.port}"
            assert cost(proxies, url=url) == [[len(ANONYMOUS)], [1], [1]]
            # A bootstrap server that is known by no broker's name is one more.
            assert cost(proxies, url=f"localhost:{first.port}") == [[1, len(ANONYMOUS)], [1], [1]]


def test_a_version_that_was_guessed_wrong() -> None:
    with Proxy() as proxy:
        script = Script(brokers={1: ("127.0.0.1", proxy.port)}, highest={"Metadata": 5})
        with ScriptedKafka(script) as broker:
            proxy.upstream = broker.port
            # It comes again, and waits for the versions before it asks.
            again = len(["who it is", "the brokers and topics", "all that takes their names"])
            assert cost([proxy], url=f"127.0.0.1:{proxy.port}") == [[1, again]]
