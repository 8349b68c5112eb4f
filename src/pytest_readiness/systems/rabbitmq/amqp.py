"""What AMQP alone shows: who answers, the declared queues, whether guest gets in."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.rabbitmq.connection import (
    client,
    close,
    connected,
    context,
    failures,
    login,
)
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_NOT_FOUND = 404
_RESOURCE_LOCKED = 405


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a passive declaration tells of a queue, as it is now."""

    exists: bool
    ready: int | None = None
    consumers: int | None = None
    down: bool = False
    """It exists, but the node it lives on does not serve it."""


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """What AMQP alone shows."""

    link: Link
    product: str
    version: str
    cluster: str | None
    counted: dict[str, Counted]
    guest_accepted: bool | None
    """None if it could not be told."""


def seen(way: Url, vhost: str, ca_file: str | None, queues: Iterable[str], watch: Watch) -> Broker:
    """Log in as the URL says, count the named queues, and try guest once.

    Raises:
        Unreachable: the cause in plain words.
        ClientMissing: pika is not installed.
    """
    client()
    tls = context(way, ca_file)
    link = net.preflight(way.host, way.port, watch, tls)
    with connected(way, vhost, tls, watch) as connection:
        # pika keeps what the server said of itself in a private place, the same in 1.3 and 1.4.
        said: dict[str, Any] = connection._impl.server_properties or {}
        watch.at("counting the declared queues")
        counted = {name: found for name in queues if (found := _counted(connection, name))}
    return Broker(
        link=link,
        product=str(said.get("product", "RabbitMQ")),
        version=str(said.get("version", "")),
        cluster=said.get("cluster_name"),
        counted=counted,
        guest_accepted=_guest_accepted(way, vhost, tls, watch),
    )


def _counted(connection: Any, queue: str) -> Counted | None:
    """Passive declaration: needs no right but access to the vhost, and changes nothing."""
    closed = client().exceptions.ChannelClosedByBroker
    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True).method
    except closed as error:
        if error.reply_code == _NOT_FOUND:
            # The same code says that the node it lives on is down.
            down = "down or inaccessible" in error.reply_text
            return Counted(exists=down, down=down)
        return Counted(exists=True) if error.reply_code == _RESOURCE_LOCKED else None
    channel.close()
    return Counted(exists=True, ready=found.message_count, consumers=found.consumer_count)


def _guest_accepted(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> bool | None:
    if (way.user or "guest", way.password or "guest") == ("guest", "guest"):
        return True
    guest = msgspec.structs.replace(way, user="guest", password="guest")
    raised = client().exceptions
    try:
        close(login(guest, vhost, tls, watch))
    except raised.ProbableAccessDeniedError:
        # Only after the password was accepted is the vhost looked at.
        return True
    except (raised.ProbableAuthenticationError, raised.AuthenticationError):
        return False
    except failures():
        return None
    return True
