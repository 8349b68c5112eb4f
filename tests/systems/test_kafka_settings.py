"""Kafka: bootstrap servers as people write them, and logins that are not given whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pytest_readiness.systems.kafka import SYSTEM, GroupIntent, KafkaSettings, TopicIntent, intent
from pytest_readiness.systems.kafka.way import addresses

LOGIN = {"username": "app", "password": "secret-1"}


def settings(**given: Any) -> KafkaSettings:
    return KafkaSettings(**{"url": "k1:9092", **given})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("k1:9093,k2", [("k1", 9093), ("k2", 9092)]),
        (" k1:9093 , k2:9094,", [("k1", 9093), ("k2", 9094)]),
        ("kafka://k1:9093,k2:9094", [("k1", 9093), ("k2", 9094)]),
        ("PLAINTEXT://k1:1,PLAINTEXT://k2:2/", [("k1", 1), ("k2", 2)]),
        ("[::1]:9093,[::1]", [("::1", 9093), ("::1", 9092)]),
    ],
)
def test_bootstrap_servers(url: str, found: list[tuple[str, int]]) -> None:
    assert addresses(url) == found
    one = settings(url=url)
    assert one.problem() is None
    assert one.hosts() == found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "names no bootstrap server"),
        ("k1:kafka", "the port of k1 is no number"),
        ("k1:70000", "the port of k1 is no number"),
        ("http://k1:80", "scheme 'http' is none of kafka, plaintext"),
        ("SSL://k1,PLAINTEXT://k2", "different security protocols"),
        ("kafka://app:secret-1@k1", "holds a user"),
        ("::1", "brackets"),
        ("k1:9092/topic", "with a path"),
    ],
)
def test_wrong_urls_do_not_repeat_secrets(url: str, words: str) -> None:
    field, problem = settings(url=url).problem() or ("", "")
    assert field == "url"
    assert words in problem
    assert "secret-1" not in problem


@pytest.mark.parametrize(
    ("given", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"ca_file": "ca.pem"}, "SSL"),
        (LOGIN, "SASL_SSL"),
        ({**LOGIN, "security_protocol": "SASL_PLAINTEXT"}, "SASL_PLAINTEXT"),
        ({**LOGIN, "url": "sasl_plaintext://k1"}, "SASL_PLAINTEXT"),
        ({"url": "SSL://k1"}, "SSL"),
    ],
)
def test_the_protocol(given: dict[str, Any], protocol: str) -> None:
    one = settings(**given)
    assert one.problem() is None
    app, monitor = one.ways()
    assert monitor is None
    assert app is not None
    assert app.protocol == protocol
    assert "secret-1" not in repr(app)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"security_protocol": "SASL_SSL"}, "username"),
        ({"username": "app"}, "password"),
        ({"url": "SSL://k1", **LOGIN}, "username"),
        ({"url": "SSL://k1", "security_protocol": "PLAINTEXT"}, "url"),
        ({"monitor_url": "k1", "monitor_username": "watcher"}, "monitor_password"),
        ({"key_file": "key.pem"}, "key_file"),
        ({"url": None}, "url"),
    ],
)
def test_what_does_not_fit_together(given: dict[str, Any], field: str) -> None:
    problem = settings(**given).problem()
    assert problem is not None
    assert problem[0] == field


def test_both_passwords_are_secrets() -> None:
    monitor = {"monitor_url": "k1", "monitor_username": "m", "monitor_password": "secret-2"}
    one = settings(**LOGIN, **monitor)
    assert one.secrets() == ["secret-1", "secret-2"]
    _, watcher = one.ways()
    assert watcher is not None
    assert watcher.principal == "User:m"


def test_declared_intent() -> None:
    table = {
        "url": "k1",
        "topics": {"orders": {"partitions": 12, "replication_factor": 3}},
        "groups": {"billing": {"max_lag": 0}},
    }
    one = msgspec.convert(table, KafkaSettings)
    assert one.topics == {"orders": TopicIntent(partitions=12, replication_factor=3)}
    assert one.groups == {"billing": GroupIntent(max_lag=0)}
    for wrong in ({"topics": {"orders": {"partition": 1}}}, {"topics": {"o": {"partitions": 0}}}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"url": "k1", **wrong}, KafkaSettings)


def test_names_may_be_patterns() -> None:
    intents = {"orders.*": 1, "orders.eu": 2, "o*": 3, "gone": 4, "nothing-*": 5}
    there = ["orders.eu", "orders.us", "other", "mails"]
    found = {"orders.eu": 2, "gone": 4, "orders.us": 1, "other": 3}
    assert intent.resolved(intents, there) == found
    assert intent.unmatched(intents, there) == ["nothing-*"]
    assert intent.exact(intents) == ["orders.eu", "gone"]


def test_whose_records_are_counted() -> None:
    intents = {
        "orders": TopicIntent(dead_letter="dead", max_records=5),
        "mails": TopicIntent(dead_letter="mails.dead"),
        "mails.dead": TopicIntent(max_records=0),
        "other": TopicIntent(),
    }
    assert intent.limited(intents, intents) == {"dead": 5, "mails.dead": 0}
    # What a pattern says of itself counts by the topics it matches; its dead letters without any.
    assert intent.limited(intents, {}) == {"dead": 5, "mails.dead": None}


@pytest.mark.parametrize(
    ("retention", "ms"),
    [("7d", 604_800_000), (60, 60_000), ("forever", -1), (None, None), ("500ms", 500)],
)
def test_retention(retention: Any, ms: int | None) -> None:
    assert TopicIntent(retention=retention).retention_ms == ms


def test_a_retention_that_is_none() -> None:
    problem = settings(topics={"orders": TopicIntent(retention="a week")}).problem()
    assert problem is not None
    assert problem[0] == "topics.orders.retention"
    assert "30d" in problem[1]


def test_the_variable_people_have() -> None:
    assert SYSTEM.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "k1,k2"}) == {"url": "k1,k2"}
