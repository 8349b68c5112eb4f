"""RabbitMQ: declared queues, queues by name, dead letters, the round trip."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pika
import pytest

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems import asking
from pytest_readiness.systems.exchange import Question
from pytest_readiness.systems.rabbitmq import QueueIntent, topology
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.systems.rabbitmq_brokers import (
    GOOD,
    bad_order,
    doctored,
    good_order,
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


def test_where_dead_letters_go(good: RabbitServer) -> None:
    intent = QueueIntent(dead_letter="orders.dlq")
    names = ("by-key", "by-topic", "astray", "nowhere", "careless")
    found = well(good, queues=dict.fromkeys(names, intent)).facts.queues
    reached = {name: found[name].dead_letter_queues for name in names}
    assert reached["by-key"] == reached["by-topic"] == ("orders.dlq",)
    assert reached["astray"] == reached["nowhere"] == reached["careless"] == ()


@pytest.mark.parametrize(
    ("pattern", "key", "matches"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.#", "a", True),
        ("#.c", "a.b.c", True),
        ("*", "", True),
        ("#", "a.b", True),
        ("a", "b", False),
    ],
)
def test_topic(pattern: str, key: str, matches: bool) -> None:
    assert topology.topic(pattern.split("."), key.split(".")) is matches


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("careless", "careless: dead-letter exchange is none, must not be none"),
        ("nowhere", "nowhere: durable queues that dead letters reach is 0, must be >= 1"),
        ("by-key", "by-key: dead letters go to is ['', 'orders.dlq'], must contain elsewhere"),
    ],
)
def test_dead_letters_that_go_astray_fail(good: RabbitServer, name: str, message: str) -> None:
    probe = well(good, queues={name: QueueIntent(dead_letter="elsewhere")})
    said = judge(probe, "rabbitmq")["queues_dead_lettered"]
    assert (said.outcome, said.message) == ("failed", message)


@pytest.mark.parametrize(
    ("intent", "outcome"),
    [("orders.dlq", "passed"), ("orders.dlx", "failed"), ("elsewhere", "failed")],
)
def test_a_shared_exchange_brings_no_letters_of_others(
    good: RabbitServer, intent: str, outcome: str
) -> None:
    probe = well(good, queues={"orders": QueueIntent(dead_letter=intent)})
    queues = dict(probe.facts.queues)
    reached = ("busy", "orders.dlq")
    queues["orders"] = msgspec.structs.replace(queues["orders"], dead_letter_queues=reached)
    queues["busy"] = msgspec.structs.replace(queues["busy"], messages_ready=11)
    said = judge(doctored(probe, queues=queues), "rabbitmq")["dead_letters_few"]
    assert said.outcome == outcome


def test_a_connection_that_breaks_once_hides_nothing(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = asking.exchanged, set[str]()

    def exchanged(sock: socket.socket, way: Url, question: Question, *watches: Watch) -> Any:
        if question.path not in broken:
            broken.add(question.path)
            raise ConnectionResetError
        return real(sock, way, question, *watches)

    monkeypatch.setattr(asking, "exchanged", exchanged)
    probe = well(good)
    assert broken and not [why for why in probe.facts.unseen.values() if "connection" in why]
    assert judge(probe, "rabbitmq")["nodes_running"].outcome == "passed"


def test_backlog_is_counted_as_it_is_now(good: RabbitServer) -> None:
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(good.plain_url))) as own:
        channel = own.channel()
        channel.confirm_delivery()
        for _ in range(3):
            channel.basic_publish("", "busy", b"x")
    probe = well(good, queues={"busy": QueueIntent(max_ready=2)})
    said = judge(probe, "rabbitmq")["queue_backlog"]
    assert said.message == "busy: ready is 3 messages, must be <= 2"
    assert (
        judge(well(good, queues={"busy": QueueIntent()}), "rabbitmq")["queue_backlog"].outcome
        == "passed"
    )
    assert judge(probe, "rabbitmq")["queue_consumers"].outcome == "not_applicable"


def test_a_declared_queue_that_is_missing_is_one_failure(bad: RabbitServer) -> None:
    queues = {"gone": QueueIntent(dead_letter="x", min_consumers=1, type="quorum")}
    probe = probe_of("rabbitmq", url=bad.url, monitor_url=bad.management_url, queues=queues)
    judged = judge(probe, "rabbitmq")
    assert judged["queues_declared"].message == "queue gone is missing, must be present"
    others = {name for name in judged if name.startswith("queue")} - {"queues_declared"}
    assert {judged[name].outcome for name in others} == {"blocked"}


def test_a_queue_that_serves_nobody(good: RabbitServer) -> None:
    probe = well(good)
    queues = dict(probe.facts.queues)
    queues["orders"] = msgspec.structs.replace(queues["orders"], state="minority")
    said = judge(doctored(probe, queues=queues), "rabbitmq")["queues_running"]
    assert said.message == "orders: state is minority, must not be minority"


def test_a_pattern_stands_for_the_queues_it_matches(good: RabbitServer) -> None:
    queues = {"by-*": QueueIntent(dead_letter="orders.dlq"), "by-key": QueueIntent(type="stream")}
    probe = well(good, queues=queues)
    judged = judge(probe, "rabbitmq")
    assert judged["queues_declared"].outcome == judged["queues_dead_lettered"].outcome == "passed"
    assert judged["queues_of_declared_type"].message == "by-key: type is classic, must be stream"
    assert probe.facts.queues["by-topic"].dead_letter_queues == ("orders.dlq",)


def test_of_many_that_match_some_are_looked_at(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "CLOSELY", 1)
    said = judge(well(good, queues={"by-*": QueueIntent()}), "rabbitmq")["consumers_acknowledge"]
    assert said.outcome == "blocked"
    assert said.message == "1 of 2 queues that match were looked at: declare by-topic itself"


def test_queue_by_name(good: RabbitServer) -> None:
    probe = well(good)
    assert isinstance(probe, RabbitProbe)
    assert probe.queue("orders").exists
    missing = probe.queue("gone")
    assert not missing.exists
    with pytest.raises(pytest.fail.Exception, match="queue gone does not exist in vhost /"):
        _ = missing.messages


def test_a_queue_without_statistics_is_not_seen() -> None:
    fresh = topology._queue({"name": "fresh", "durable": True, "arguments": {}}, "/")
    assert fresh.durable
    for name in ("messages", "consumers", "state", "dead_letter_exchange"):
        with pytest.raises(Blocked, match="queue fresh has no statistics yet"):
            getattr(fresh, name)


def test_queues_that_were_not_read_are_not_missing(
    good: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "MOST", 1)
    monkeypatch.setattr(topology, "_PAGE", 1)
    probe = well(good)
    assert isinstance(probe, RabbitProbe)
    assert probe.queue("orders").dead_letter_queues == ("orders.dlq",)
    with pytest.raises(Blocked, match="1 of 8 queues of vhost / were read"):
        probe.queue("nowhere")
    judged = judge(well(good, queues={"by-*": QueueIntent()}), "rabbitmq")
    assert judged["queues_declared"].message.startswith("which queues match by-* was not seen")
    assert judged["queue_backlog"].outcome == "blocked"


def test_round_trip_leaves_nothing_behind(good: RabbitServer) -> None:
    judged = judge(well(good), "rabbitmq", writes=True)["round_trip"]
    assert judged.outcome == "passed"
    with httpx.Client(base_url=good.management_url, trust_env=False) as client:
        names = {row["name"] for row in client.get("/api/queues?columns=name").json()}
        exchanges = {row["name"] for row in client.get("/api/exchanges?columns=name").json()}
    assert names == {row["name"] for row in GOOD["queues"]}
    assert not [name for name in exchanges if name.startswith("readiness")]


def test_client_is_live_and_closed_with_the_check(good: RabbitServer) -> None:
    probe = well(good)
    client = probe.client
    assert client.channel().queue_declare("orders", passive=True).method.consumer_count == 1
    probe.close()
    assert client.is_closed
