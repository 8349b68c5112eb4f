"""A key that is written, read and removed: named ``readiness-<uuid>``, gone after 30 s at worst."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, NoReturn

import msgspec

from pytest_readiness.outcomes import Blocked, blocked
from pytest_readiness.systems.redis.client import library

if TYPE_CHECKING:
    from redis import Redis

    from pytest_readiness.systems.redis.probe import RedisProbe

LIFE = 30
"""Seconds after which the server removes the key by itself, should we die in between."""

WAIT_MS = 500
"""Milliseconds that replicas have to acknowledge a write."""

NAMES = 60
"""Keys to try on a node of a cluster until one is its own: with 16 masters, 98 of 100 runs."""


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the key."""

    written: str
    done: str
    """``OK``, or the server's error."""
    read: str | None = None
    left: int | None = None
    """Keys of ours that are still there."""


class Replicated(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a write that should reach replicas."""

    done: str
    """``OK``, or the server's error."""
    replicas: int = 0
    """Replicas that acknowledged it in time."""


def run(probe: RedisProbe) -> RoundTrip:
    """Write a key as the application, read it, remove it, and see that it is gone.

    Raises:
        Blocked: the application's way in is not given, or its user may not use such a key.
    """
    client = _client(probe)
    redis = library()
    value = uuid.uuid4().hex
    try:
        return _trip(client, value)
    except redis.exceptions.NoPermissionError as error:
        _not_permitted(probe, error, "+set +get +del +exists")
    except redis.RedisError as error:
        return RoundTrip(written=value, done=str(error) or type(error).__name__)


def replicated(probe: RedisProbe, replicas: int) -> Replicated:
    """Write a key as the application, wait until replicas have it, and remove it.

    Raises:
        Blocked: the application's way in is not given, or its user may not do that.
    """
    client = _client(probe)
    redis = library()
    try:
        return Replicated(done="OK", replicas=_waited(client, replicas))
    except redis.exceptions.NoPermissionError as error:
        _not_permitted(probe, error, "+set +expire +del +wait")
    except redis.RedisError as error:
        return Replicated(done=str(error) or type(error).__name__)


def _client(probe: RedisProbe) -> Redis:
    if probe.declared.url is None:
        blocked("no url is given, only monitor_url: writing is the application's right")
    return probe.client


def _not_permitted(probe: RedisProbe, error: Exception, commands: str) -> NoReturn:
    user = probe.facts.app.user
    grant = f"ACL SETUSER {user} ~readiness-* {commands}"
    blocked(f"user {user} may not write such a key ({error}): {grant}")


def _waited(client: Redis, replicas: int) -> int:
    key = _set(client, "")
    # WAIT speaks of what its own connection wrote before.
    with client.pipeline(transaction=False) as flight:
        flight.expire(key, LIFE)
        flight.wait(replicas, WAIT_MS)
        flight.delete(key)
        return int(flight.execute()[1])


def _trip(client: Redis, value: str) -> RoundTrip:
    key = _set(client, value)
    try:
        read = client.get(key)
    finally:
        client.delete(key)
    return RoundTrip(written=value, done="OK", read=str(read), left=int(str(client.exists(key))))


def _set(client: Redis, value: str) -> str:
    """Write a key and give its name; on a node of a cluster, one that this node holds."""
    redis = library()
    for _ in range(NAMES):
        key = f"readiness-{uuid.uuid4()}"
        with contextlib.suppress(redis.exceptions.MovedError):
            client.set(key, value, ex=LIFE, nx=True)
            return key
    raise Blocked("this node of a cluster holds none of the keys that were tried")
