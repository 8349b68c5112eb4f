"""Alarms as a publisher meets them: over AMQP, where the management API shows nothing."""

from __future__ import annotations

import uuid
from typing import Any

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq.connection import client, connected, context, hang_up
from pytest_readiness.systems.rabbitmq.facts import Alarm
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

SOMEWHERE = "a node"
"""The node of such an alarm: a publisher is not told which one it is."""

_REFUSED, _NOT_FOUND = 403, 404
_RESOURCES = {"disk": "disk space"}


def met(way: Url, vhost: str, ca_file: str | None, watch: Watch) -> tuple[Alarm, ...]:
    """The alarms in effect anywhere in the cluster, seen by trying to publish.

    The exchange does not exist: nothing is made, routed or kept, and no right is needed. The
    broker closes the channel for it, and before that says whether it blocks publishers.

    Raises:
        Unreachable: it cannot be told; the cause in plain words.
    """
    said: list[str] = []
    with connected(way, vhost, context(way, ca_file), watch) as connection:
        # pika keeps what the server said of itself in a private place, the same in 1.3 and 1.4.
        able = (connection._impl.server_properties or {}).get("capabilities") or {}
        if not able.get("connection.blocked"):
            raise Unreachable("this broker does not tell publishers whether it blocks them")
        connection.add_on_connection_blocked_callback(
            lambda _, frame: said.append(str(frame.method.reason))
        )
        watch.at("seeing whether publishers are blocked")
        _publish(connection)
        if said:
            # A broker that blocks publishers reads nothing more, not even a farewell.
            hang_up(connection)
    return _alarms(said[0]) if said else ()


def _publish(connection: Any) -> None:
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish(f"readiness-{uuid.uuid4()}", "", b"")
    except client().exceptions.ChannelClosedByBroker as error:
        if error.reply_code not in (_REFUSED, _NOT_FOUND):
            raise
    connection.process_data_events()


def _alarms(reason: str) -> tuple[Alarm, ...]:
    """Of the broker's words: ``low on memory``, ``low on disk & memory``."""
    words = reason.removeprefix("low on ").split(" & ")
    return tuple(Alarm(node=SOMEWHERE, resource=_RESOURCES.get(word, word)) for word in words)
