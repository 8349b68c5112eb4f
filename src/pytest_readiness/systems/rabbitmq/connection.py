"""AMQP 0-9-1 with pika, for what a check does: bounded, and what goes wrong in plain words."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import ClientMissing, Unreachable
from pytest_readiness.systems.rabbitmq.handshake import HEARTBEAT
from pytest_readiness.systems.rabbitmq.login import entered
from pytest_readiness.systems.rabbitmq.words import broken
from pytest_readiness.systems.urls import Url
from pytest_readiness.systems.watch import Watch

_ACCESS_REFUSED = 403

_SHARE = 0.6
"""Part of the time left that a login may take."""


class Refused(Unreachable):
    """The user lacks a right on what it asked for."""


def client() -> Any:
    """The package pika, with the module that holds its odd exceptions loaded.

    Raises:
        ClientMissing: it is not installed.
    """
    try:
        import pika
        import pika.adapters.utils.connection_workflow
    except ImportError:
        raise ClientMissing("pika", "rabbitmq") from None
    return pika


def context(way: Url, ca_file: str | None) -> ssl.SSLContext | None:
    """A verifying TLS context for an encrypted way; None for a plain one."""
    return net.tls_context(ca_file) if way.scheme in ("amqps", "https") else None


@contextlib.contextmanager
def connected(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> Iterator[Any]:
    """A ``pika.BlockingConnection``, shut down if the deadline passes, closed at the end.

    What pika raises inside the block comes out in plain words too.

    Raises:
        Refused: a right is missing.
        Unreachable: anything else went wrong.
    """
    connection = connect(way, vhost, tls, watch)

    def explain(error: BaseException) -> str:
        return broken(error, net.at(way.host, way.port), watch)

    with watch.closing(lambda: hang_up(connection)), _plainly(explain, watch):
        try:
            yield connection
        finally:
            close(connection)


def connect(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> Any:
    """A ``pika.BlockingConnection``; close it with :func:`close`.

    Raises:
        Unreachable: the cause in plain words.
    """
    with _plainly(lambda error: _no_entry(error, way, vhost, tls, watch), watch):
        return _login(way, vhost, tls, watch)


def _no_entry(
    error: BaseException, way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch
) -> str:
    """Why a login came to nothing: pika guesses at causes, a login of our own tells them."""
    try:
        with entered(way, vhost, tls, watch):
            return f"{broken(error, net.at(way.host, way.port), watch)}; a second login succeeded"
    except Unreachable as cause:
        return str(cause)


def _login(way: Url, vhost: str, tls: ssl.SSLContext | None, watch: Watch) -> Any:
    """As :func:`connect`, with pika's own exceptions (:func:`failures`)."""
    watch.at(f"AMQP login at {net.at(way.host, way.port)}")
    # The rest of the time is for finding out why it failed.
    seconds = _SHARE * watch.left()
    pika = client()
    parameters = pika.ConnectionParameters(
        way.host,
        way.port,
        vhost,
        pika.PlainCredentials(way.user or "guest", way.password or "guest"),
        heartbeat=HEARTBEAT,
        connection_attempts=1,
        socket_timeout=seconds,
        stack_timeout=seconds,
        blocked_connection_timeout=seconds,
        ssl_options=pika.SSLOptions(tls, way.host) if tls else None,
        client_properties={"connection_name": "pytest-readiness"},
    )
    try:
        return pika.BlockingConnection(parameters)
    except ValueError as error:
        # So says pika of a peer that has gone before it could ask for its address.
        raise OSError(errno.ENOTCONN, str(error)) from None


def hang_up(connection: Any) -> None:
    """Break what a connection waits for, from any thread: pika's own close() would wait too."""
    connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)


def close(connection: Any) -> None:
    """Close a connection, whatever state it is in."""
    # A connection that is broken has nothing left to close, whatever pika says about it.
    with contextlib.suppress(Exception):
        if connection.is_open:
            connection.close()


def failures() -> tuple[type[BaseException], ...]:
    """Everything pika raises: it has no common base."""
    pika = client()
    workflow = pika.adapters.utils.connection_workflow
    return (
        pika.exceptions.AMQPError,
        pika.exceptions.ChannelError,
        workflow.AMQPConnectorException,
        workflow.AMQPConnectionWorkflowFailed,
        OSError,
    )


@contextlib.contextmanager
def _plainly(explain: Callable[[BaseException], str], watch: Watch) -> Iterator[None]:
    try:
        yield
    except failures() as error:
        watch.left()
        # Only what a closed channel raises has a code.
        refused = getattr(error, "reply_code", None) == _ACCESS_REFUSED
        raise (Refused if refused else Unreachable)(explain(error)) from None
