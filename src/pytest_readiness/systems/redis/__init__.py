"""Redis and Valkey: caches, stores, brokers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.redis.address import PORT, SCHEMES, size, wrong
from pytest_readiness.systems.urls import Url, is_scheme, parse

Count = Annotated[int, msgspec.Meta(ge=0)]


class ListIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lists.NAME = {…}``: a list that is used as a queue."""

    max_length: Count | None = None
    """Items that may wait in it; None for the threshold of the check ``list_backlog``."""


class GroupIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``streams.STREAM.groups.NAME = {…}``: a group of consumers of a stream."""

    max_lag: Count | None = None
    """Messages that may wait to be delivered; None for the threshold of ``group_lag``."""
    max_pending: Count | None = None
    """Messages that may be delivered and not acknowledged; None for that of ``group_pending``."""
    min_consumers: Count | None = None
    """Consumers that must be at work; None if nobody needs to be."""


class StreamIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``streams.NAME = {…}``: a stream the application lives by."""

    max_length: Count | None = None
    """Messages it may keep; None if it may grow."""
    groups: dict[str, GroupIntent] = msgspec.field(default_factory=dict)
    """Its groups of consumers, by name or pattern."""


class RedisSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.redis.NAME]``."""

    platform: Literal["elasticache", "memorystore", "azure", "upstash", "redis-cloud"] | None = None
    """Whose managed service it is."""
    vendor: Literal["debian", "ubuntu", "redhat"] | None = None
    """Who patches the server after its makers stopped."""
    role: Literal["cache", "store", "broker"] | None = None
    """What it is for: persistence and eviction depend on it."""
    replica: bool = False
    """Declared to be a read-only replica on purpose: it need not accept writes."""
    replicas: Count | None = None
    """Replicas a master must have, and that a write must reach; 0 if there need be none."""
    lists: dict[str, ListIntent] = msgspec.field(default_factory=dict)
    """Lists that are used as queues, by name or pattern (``jobs:*``)."""
    streams: dict[str, StreamIntent] = msgspec.field(default_factory=dict)
    """Streams the application lives by, by name or pattern."""
    memory_limit: str | int | None = None
    """Memory of the server's container, in bytes or as redis.conf writes it (``512mb``)."""

    def problem(self) -> tuple[str, str] | None:
        if self.memory_limit is not None and size(self.memory_limit) is None:
            return "memory_limit", "expected bytes, or a size such as 512mb or 2gb"
        return super().problem()

    def wrong_url(self, url: str) -> str | None:
        return wrong(url)

    def hosts(self) -> list[tuple[str, int]]:
        way = parse(self.url or self.monitor_url or "", PORT)
        return [(way.host, way.port)]

    def secrets(self) -> list[str]:
        return [s for way in self.ways() for s in way.secrets()]

    def ways(self) -> list[Url]:
        """The URLs given, taken apart: the application's first."""
        return [parse(url, PORT) for url in (self.url, self.monitor_url) if url]

    @property
    def memory_limit_bytes(self) -> int | None:
        """The container's memory in bytes; None if it is not given."""
        return None if self.memory_limit is None else size(self.memory_limit)


def environment(environ: Mapping[str, str]) -> dict[str, Any] | str | None:
    """A target from ``REDIS_URL``, or a note why it is not judged: a Unix socket, a Sentinel."""
    url = environ.get("REDIS_URL", "").strip()
    scheme, found, _ = url.partition("://")
    if found and is_scheme(scheme) and scheme.lower() not in SCHEMES:
        return f"REDIS_URL is {scheme[:40]}://: not judged"
    return {"url": url} if url else None


SYSTEM = System(
    name="redis",
    settings=RedisSettings,
    probe="pytest_readiness.systems.redis.probe:RedisProbe",
    checks="pytest_readiness.systems.redis.checks",
    extra="redis",
    variables=("REDIS_URL",),
    loggers=("redis",),
    environment=environment,
)
