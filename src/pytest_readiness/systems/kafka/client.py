"""A client of the library, opened for one check, and let go without a trace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka import library
from pytest_readiness.systems.kafka.login import log_in
from pytest_readiness.systems.kafka.sips import sipping
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.kafka.wire import CLIENT_ID
from pytest_readiness.systems.kafka.words import LOOK, gone, words
from pytest_readiness.systems.watch import Watch

_SHARE = 0.8
"""Of the time left, what one flight of requests may take, so that an answer that does not come
costs its own facts and not those that came."""

_IN_FLIGHT = 1000
"""The library fails a request beyond its limit instead of keeping it back."""

_LONGEST = 16_000_000
"""Bytes of an answer: those of a cluster with a hundred thousand partitions stay below."""

_STOPPING_MS = 200


def connect(
    way: Way, address: tuple[str, int], seconds: float, opened: list[Any] | None = None
) -> Any:
    """A ``kafka.KafkaAdminClient`` that is logged in; requests take ``seconds`` at most.

    The library's own bootstrap repeats a refused login until its time is over, and reports every
    cause as the same timeout. So we log in once ourselves, in its factory hook, and keep its inner
    client, which the library loses, thread and all, when its constructor fails.

    Args:
        way: the role's way in.
        address: the bootstrap server; of several, the library picks one by chance, dead or not.
        seconds: for the login, and for each request later.
        opened: where to put the inner client, for somebody else to let go.

    Raises:
        Unreachable: the login failed, in plain words.
        ClientMissing: kafka-python is not installed, or one before 3.0.
    """
    kafka, errors, inner_client = library.client()
    inner: list[Any] = [] if opened is None else opened
    ms = 1000 * seconds
    where = net.at(*address)

    def logged_in(**config: Any) -> Any:
        client = sipping(inner_client(**{**config, "socket_connection_setup_timeout_ms": ms}))
        inner.append(client)
        client._manager._net.start()
        client._manager.run(_login, client._manager, _SHARE * ms)
        return client

    try:
        return kafka.KafkaAdminClient(
            kafka_client=logged_in,
            bootstrap_timeout_ms=_SHARE * ms,
            **options(way, address, _SHARE * seconds),
        )
    except errors.KafkaError as error:
        close(inner)
        lost = (errors.KafkaConnectionError, errors.UnsupportedSaslMechanismError)
        if way.logs_in and isinstance(error, lost):
            log_in(way, address, Watch(seconds))
        raise Unreachable(words(error, way, where) + gone(address, LOOK * seconds)) from None
    except BaseException:
        close(inner)
        raise


def options(way: Way, address: tuple[str, int], seconds: float) -> dict[str, Any]:
    """What every client of kafka-python needs to come in by this way."""
    return {
        "bootstrap_servers": net.at(*address),
        "client_id": CLIENT_ID,
        "request_timeout_ms": int(1000 * seconds),
        "max_in_flight_requests_per_connection": _IN_FLIGHT,
        "receive_message_max_bytes": _LONGEST,
        "security_protocol": way.protocol,
        "ssl_context": way.tls(),
        "sasl_mechanism": way.mechanism if way.logs_in else None,
        "sasl_plain_username": way.username,
        "sasl_plain_password": way.password,
    }


def let_go(admin: Any) -> None:
    """Close an admin client with its thread and sockets."""
    close([admin._client])


def keeping(opened: list[Any]) -> Callable[..., Any]:
    """For ``kafka_client=`` of a producer or consumer: keeps the inner client for :func:`close`."""
    inner_client = library.client()[2]

    def kept(**config: Any) -> Any:
        opened.append(sipping(inner_client(**config)))
        return opened[-1]

    return kept


def close(opened: list[Any]) -> None:
    """Close inner clients; also from the watch's thread, while another one waits for answers."""
    while opened:
        client = opened.pop()
        # Bounded, where the library's own close waits for its thread as long as that takes.
        client._manager._net.stop(timeout_ms=_STOPPING_MS)
        with contextlib.suppress(Exception):
            client.close()


async def _login(manager: Any, ms: float) -> None:
    node = manager.cluster.bootstrap_brokers()[0].node_id
    connection = manager.get_connection(
        node, timeout_ms=ms, pop_on_close=False, refresh_metadata_on_err=False
    )
    await manager.wait_for(connection.init_future, ms)
