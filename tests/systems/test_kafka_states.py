"""Kafka: states that a small healthy cluster cannot show, by a broker that says what it is told."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from kafka.protocol.admin import DescribeAclsRequest
from kafka.protocol.broker_version_data import BROKER_API_VERSIONS

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.kafka import GroupIntent, TopicIntent
from pytest_readiness.systems.kafka.session import Session
from tests.judging import judge
from tests.sandbox.ports import free_port
from tests.sandbox.scripted_answers import Answers
from tests.sandbox.scripted_kafka import Replicas, Script, ScriptedKafka
from tests.systems.kafka_clusters import outcomes, probe_of, said_of, silent

HEALTHY: list[Replicas] = [(1, (1, 2, 3), (1, 2, 3))]
OLD = {"DescribeLogDirs": 4}
"""Without the requests that tell the later versions apart, this is Kafka 3.3."""


def test_offline_and_lagging_partitions() -> None:
    topics: dict[str, list[Replicas]] = {
        "orders": [*HEALTHY, (1, (1, 2, 3), (1,)), (-1, (1, 2, 3), ())],
        "ok": HEALTHY,
    }
    said = said_of(Script(topics=topics))
    assert said["partitions_online"].message == (
        "partitions without a leader (orders-2) is 1 of 4, must be 0"
    )
    assert said["under_replicated"].message.startswith(
        "partitions that lack replicas in sync (orders-1, orders-2) is 2 of 4"
    )
    assert said["under_min_isr"].outcome == "failed"


def test_a_min_isr_above_the_replicas_stops_writes_before_3_7_only() -> None:
    one: dict[str, list[Replicas]] = {"orders": [(1, (1,), (1,))]}
    said = said_of(Script(topics=one, highest=OLD))["under_min_isr"]
    assert said.message.startswith("partitions below min.insync.replicas (orders-0) is 1 of 1")
    assert said_of(Script(topics=one))["under_min_isr"].outcome == "passed"


def test_disks() -> None:
    dirs = [("/a", 0, 1000, 500), ("/b", 56, -1, -1), ("/c", 0, 1000, 99)]
    said = said_of(Script(log_dirs=dirs))
    assert said["log_dirs_healthy"].message.startswith(
        "log directories offline (broker 1: /b KafkaStorage, "
    )
    assert said["disk_headroom"].message == ("disk free (lowest: broker 1) is 9.9 %, must be >= 10")
    assert (
        said_of(Script(), platform="confluent-cloud")["disk_headroom"].outcome == "not_applicable"
    )
    untold = said_of(Script(highest={"DescribeLogDirs": 3}))["disk_headroom"]
    assert untold.outcome == "blocked"
    assert "from Kafka 3.3 on" in untold.message


def test_advertised_addresses() -> None:
    dead = free_port()
    said = said_of(Script(brokers={1: None, 2: ("127.0.0.1", dead)}))
    assert said["advertised_reachable"].message.startswith(
        f"broker 2 at 127.0.0.1:{dead} is connection refused"
    )
    assert said["brokers_expected"].message == "brokers is 2, must be >= 3"
    # What any broker can tell is told all the same, and what broker 2 could is not made up.
    assert said["partitions_online"].outcome == "passed"
    assert "broker 2 cannot be asked" in said["log_dirs_healthy"].message
    alone = said_of(Script(brokers={7: ("127.0.0.1", dead)}))
    assert alone["reachable"].outcome == alone["partitions_online"].outcome == "passed"
    assert alone["advertised_reachable"].outcome == "failed"
    with silent() as mute:
        start = time.monotonic()
        frozen = Script(brokers={1: None, 2: ("127.0.0.1", int(mute.rpartition(":")[2]))})
        said = said_of(frozen, timeout=2.0)
        assert time.monotonic() - start < 3
    # It accepts connections, which no client is helped by; what it does not say is not seen.
    assert "no answer" in said["advertised_reachable"].message
    assert "broker 2 cannot be asked" in said["log_dirs_healthy"].message
    assert said["partitions_online"].outcome == "passed"


def test_a_local_address_told_to_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: found(
            "127.0.0.1" if host == "kafka.example" else host, *rest, **more
        ),
    )
    with ScriptedKafka(Script(brokers={1: None})) as broker:
        probe = probe_of(url=f"kafka.example:{broker.port}")
        message = judge(probe, "kafka")["advertised_reachable"].message
    assert message.startswith("brokers that tell clients a local address (1: 127.0.0.1) is 1")


def test_nothing_to_see_is_no_pass() -> None:
    topical = {
        "partitions_online",
        "under_replicated",
        "under_min_isr",
        "replication_factor",
        "min_insync_replicas",
        "unclean_election_off",
        "retention_bounded",
        "leaders_balanced",
        "internal_topics_replicated",
    }
    empty = said_of(Script(topics={}))
    assert outcomes(empty, "not_applicable") >= topical
    internal = said_of(Script(topics={"__consumer_offsets": HEALTHY}))
    assert internal["partitions_online"].outcome == "passed"
    assert internal["replication_factor"].outcome == "not_applicable"
    refused = said_of(Script(topics={}, acls=31, cluster=31))
    assert outcomes(refused, "blocked") >= topical
    assert "--operation Describe --topic '*'" in refused["under_replicated"].message
    gone = said_of(Script(), topics={"gone": TopicIntent(partitions=3)})
    assert gone["topics_declared"].outcome == "failed"
    assert gone["replication_factor"].outcome == gone["partition_count"].outcome == "blocked"


def test_an_empty_list_of_disks_is_a_refusal_before_3_1() -> None:
    script = Script(highest={"DescribeLogDirs": 2, "DescribeCluster": 0}, cluster=31)
    said = said_of(script)
    assert "DescribeLogDirs was refused" in said["log_dirs_healthy"].message
    with ScriptedKafka(script) as broker, pytest.raises(Blocked, match=r"from 4\.0 on"):
        _ = probe_of(url=broker.url).facts.fenced
    with ScriptedKafka(Script(fenced=(4,))) as broker:
        assert probe_of(url=broker.url).facts.fenced == (4,)


def test_a_request_that_is_one_too_many_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    knows = Answers.knows
    unknown = DescribeAclsRequest.API_KEY
    # Imitations of Kafka name requests that they hang up at.
    monkeypatch.setattr(
        Answers, "knows", lambda self, key: key != unknown and bool(knows(self, key))
    )
    said = said_of(Script())
    assert said["open_acls"].outcome == said["authorizer_on"].outcome == "blocked"
    passed = {"partitions_online", "min_insync_replicas", "quorum_voters", "log_dirs_healthy"}
    assert outcomes(said, "passed") >= passed


def test_a_large_cluster_is_cut_and_says_so() -> None:
    lagging: list[Replicas] = [(1, (1, 2, 3), (1,))]
    topics: dict[str, list[Replicas]] = {
        **{f"t{i:04}": HEALTHY * 3 for i in range(1200)},
        "z": lagging,
        "zz": HEALTHY,
    }
    script = Script(topics=topics)
    with ScriptedKafka(script) as broker:
        probe = probe_of(url=broker.url)
        said = judge(probe, "kafka")
        assert probe.facts.configs_cut == 202
        # One beyond the limit is asked for when a check wants it.
        assert probe.topic("zz").min_insync_replicas == 2
        probe.close()
    assert said["replication_factor"].outcome == "passed"
    assert said["min_insync_replicas"].outcome == "blocked"
    assert "no more than 1000 topics" in said["min_insync_replicas"].message
    # Topics that lack replicas are among those whose settings are read.
    assert "(z-0)" in said["under_min_isr"].message
    declared = said_of(script, topics={"zz": TopicIntent()})
    assert declared["min_insync_replicas"].outcome == "passed"


def test_a_move_is_no_lack_of_replicas() -> None:
    moving: dict[str, list[Replicas]] = {"orders": [(1, (1, 2), (1,)), (1, (1, 2), (1, 2))]}
    still = said_of(Script(topics=moving))["under_replicated"]
    assert still.message.startswith("partitions that lack replicas in sync (orders-0) is 1 of 2")
    # The script's moves add broker 2.
    said = said_of(Script(topics=moving, reassigning={"orders": [0]}))
    assert said["under_replicated"].outcome == "passed"


def test_round_trips_do_not_grow_with_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    flights: list[int] = []
    ask = Session.ask

    def counted(self: Session, phase: str, questions: Any) -> list[Any]:
        flights.append(len(questions))
        return ask(self, phase, questions)

    monkeypatch.setattr(Session, "ask", counted)
    names = {f"g{number}" for number in range(50)}
    script = Script(groups=dict.fromkeys(names, ("Stable", "classic")))
    topics = {"orders": TopicIntent(max_records=1)}
    with ScriptedKafka(script) as broker:
        probe_of(url=broker.url)
        # The settings of topics, three of each of three brokers, three that any broker answers,
        # two of the controllers.
        assert flights == [15]
        flights.clear()
        probe_of(url=broker.url, topics=topics, groups=dict.fromkeys(names, GroupIntent()))
        # Where one topic begins and ends; then two a group, and the controllers' behind them.
        assert flights == [15, 102]


def test_versions_are_inferred() -> None:
    newest = ".".join(map(str, max(BROKER_API_VERSIONS)))
    cases = [
        (OLD, "3.2", "passed"),
        (OLD, "3.3.0", "passed"),
        (OLD, "3.3.1", "blocked"),
        (OLD, "3.4", "failed"),
        ({}, newest, "passed"),
        # It may be newer than the library can tell.
        ({}, "99", "blocked"),
    ]
    for highest, minimum, outcome in cases:
        said = said_of(Script(highest=highest), minimum_version=minimum)["version_minimum"]
        assert said.outcome == outcome, minimum
