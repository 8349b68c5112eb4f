"""A message's way there and back: published, confirmed, read, rejected, dead-lettered, gone."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq.aside import bounded
from pytest_readiness.systems.rabbitmq.connection import Refused, client, failures
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

if TYPE_CHECKING:
    from pytest_readiness.systems.rabbitmq.probe import RabbitProbe

_EXPIRES_MS = 60_000
"""Lifetime of an unused queue, should even the end of its connection not remove it."""
_POLL = 0.02
_RIGHTS = "configure, write and read on '^readiness-', and write on amq.default"


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one message."""

    read: str
    """``unchanged``, or what is wrong with what was read."""
    dead_letter_reason: str
    left: int
    """Messages left in the two queues."""
    ms: float


def travel(probe: RabbitProbe) -> Trip:
    """Send one message through two queues of our own, which are gone afterwards.

    Both are exclusive: they end with the connection, even if this process is killed. Rejected
    messages go through the default exchange, so no exchange is made.

    Raises:
        Blocked: only monitor_url is given, or the user lacks the rights.
        pytest.fail.Exception: a step failed; the text is the cause in plain words.
    """
    with bounded(probe.timeout) as watch:
        try:
            with probe.as_application(watch) as connection:
                return _trip(connection, watch)
        except Refused as error:
            blocked(f"{error}; the round trip needs {_RIGHTS}")
        except (Unreachable, DeadlineExceeded) as error:
            pytest.fail(str(error), pytrace=False)


def _trip(connection: Any, watch: Watch) -> Trip:
    pika, start = client(), time.monotonic()
    name, body = f"readiness-{uuid.uuid4()}", uuid.uuid4().bytes
    dead = f"{name}-dead"
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        watch.at(f"declaring {name}")
        _declare(channel, dead, {})
        _declare(channel, name, {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
        watch.at("waiting for the broker to confirm a message")
        lasting = pika.BasicProperties(delivery_mode=2)
        channel.basic_publish("", name, body, lasting, mandatory=True)
        tag, _, read = _get(connection, channel, name, watch)
        channel.basic_nack(tag, requeue=False)
        tag, headers, again = _get(connection, channel, dead, watch)
        channel.basic_ack(tag)
        counts = [channel.queue_declare(q, passive=True).method.message_count for q in (name, dead)]
        return Trip(
            read="unchanged" if read == again == body else "changed",
            dead_letter_reason=str((headers.get("x-death") or [{}])[0].get("reason")),
            left=sum(counts),
            ms=1000 * (time.monotonic() - start),
        )
    finally:
        _remove(connection, (name, dead))


def _declare(channel: Any, name: str, arguments: dict[str, str]) -> None:
    channel.queue_declare(name, exclusive=True, arguments={"x-expires": _EXPIRES_MS, **arguments})


def _get(
    connection: Any, channel: Any, queue: str, watch: Watch
) -> tuple[int, dict[str, Any], bytes]:
    watch.at(f"waiting for a message in {queue}")
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is not None:
            return method.delivery_tag, properties.headers or {}, body
        watch.left()
        connection.sleep(_POLL)


def _remove(connection: Any, queues: tuple[str, ...]) -> None:
    # The end of the connection removes them too: this only makes it sooner.
    with suppress(*failures()):
        channel = connection.channel()
        for queue in queues:
            channel.queue_delete(queue)
