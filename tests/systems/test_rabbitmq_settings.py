"""RabbitMQ: settings, and what is concluded from them without a server."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.files import EMPTY
from pytest_readiness.policy.typed import typed
from pytest_readiness.redact import basic_credentials
from pytest_readiness.systems.rabbitmq import RabbitSettings


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({}, "url", "missing"),
        ({"url": "redis://x"}, "url", "scheme 'redis' is none of"),
        ({"url": "http://x"}, "url", "is the management API's"),
        ({"url": "amqp://x", "monitor_url": "ftp://x"}, "monitor_url", "none of amqp"),
        ({"url": "amqp://x", "management_url": "amqp://x"}, "management_url", "none of http"),
        ({"url": "amqp://x:port"}, "url", "no URL"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], field: str, words: str) -> None:
    problem = RabbitSettings(**settings).problem()
    assert problem is not None
    assert problem[0] == field
    assert words in problem[1]


@pytest.mark.parametrize(
    ("settings", "management"),
    [
        ({"url": "amqp://a:b@h/v"}, ("http", "h", 15672, "a", "b")),
        ({"url": "amqps://a:b@h:99"}, ("https", "h", 15671, "a", "b")),
        ({"url": "amqp://h"}, ("http", "h", 15672, "guest", "guest")),
        ({"url": "amqps://a:b@h", "platform": "amazonmq"}, ("https", "h", 443, "a", "b")),
        ({"url": "amqp://a:b@h", "monitor_url": "amqp://m:n@i"}, ("http", "i", 15672, "m", "n")),
        ({"url": "amqp://a:b@h", "monitor_url": "https://m:n@i"}, ("https", "i", 443, "m", "n")),
        (
            {"url": "amqp://h", "monitor_url": "amqp://m:n@h", "management_url": "http://i:1/x"},
            ("http", "i", 1, "m", "n"),
        ),
    ],
)
def test_where_the_management_api_is(settings: dict[str, Any], management: tuple[Any, ...]) -> None:
    way = RabbitSettings(**settings).management
    assert (way.scheme, way.host, way.port, way.user, way.password) == management


@pytest.mark.parametrize(
    ("url", "vhost"),
    [("amqp://h", "/"), ("amqp://h/", "/"), ("amqp://h/%2F", "/"), ("amqp://h/shop", "shop")],
)
def test_vhost(url: str, vhost: str) -> None:
    assert RabbitSettings(url=url).vhost == vhost


def test_secrets_hold_every_password() -> None:
    settings = RabbitSettings(url="amqp://a:p%40ss1@h", management_url="http://m:word2@h")
    assert {"p@ss1", "word2", basic_credentials("m", "word2")} <= set(settings.secrets())


def test_declared_queues_are_typed() -> None:
    table = {"url": "amqp://h", "queues": {"orders": {"dead_letter": "dlq", "type": "quorum"}}}
    settings = typed(EMPTY, "rabbitmq.main", table, RabbitSettings)
    assert settings.queues["orders"].type == "quorum"
    assert settings.queues["orders"].max_ready is None


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ({"max_redy": 1}, "max_redy"),
        ({"max_ready": -1}, "rabbitmq.main.queues"),
        ({"type": "fast"}, "fast"),
    ],
)
def test_declared_queues_that_cannot_be_used(intent: dict[str, Any], words: str) -> None:
    table = {"url": "amqp://h", "queues": {"orders": intent}}
    with pytest.raises(SettingsError, match=words):
        typed(EMPTY, "rabbitmq.main", table, RabbitSettings)
