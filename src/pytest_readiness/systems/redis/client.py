"""redis-py, imported where somebody wants a live client: an observation does without it."""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.base import ClientMissing


def library() -> Any:
    """The module ``redis``.

    Raises:
        ClientMissing: it is not installed.
    """
    try:
        import redis
    except ImportError:
        raise ClientMissing("redis", "redis") from None
    return redis


def opened(options: dict[str, Any], seconds: float) -> Any:
    """A ``redis.Redis`` that asks once, and waits so many seconds for each answer.

    Raises:
        ClientMissing: redis-py is not installed.
    """
    redis = library()
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis(
        **options,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        redis_connect_func=_quiet,
    )


def _quiet(connection: Any) -> None:
    """Log a connection in without CLIENT SETINFO, which costs two flights and may be refused.

    Set on the connection and not asked for in its options, because their names changed from
    one major version of redis-py to the next and the old ones warn.
    """
    for name in ("driver_info", "lib_name", "lib_version"):
        if name in vars(connection):
            setattr(connection, name, None)
    connection.on_connect()
