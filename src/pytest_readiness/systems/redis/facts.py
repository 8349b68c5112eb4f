"""What is known of a Redis or Valkey server once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.net import Link


class Server(Facts, frozen=True, kw_only=True):
    """INFO server."""

    engine: Literal["redis", "valkey"] = "redis"
    version: str = fact()
    """The engine's own version; Valkey's, not the Redis version it is compatible with."""
    mode: str = fact()
    """``standalone``, ``sentinel`` or ``cluster``."""
    uptime: int = fact()
    """Seconds since the server started."""


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A replica as its master sees it."""

    state: str
    """``online`` once it is in sync."""
    lag: int | None = None
    """Seconds since its last acknowledgement."""
    offset: int | None = None


class Replication(Facts, frozen=True, kw_only=True):
    """INFO replication."""

    role: Literal["master", "replica"] = fact()
    replicas: tuple[Replica, ...] = ()
    offset: int = fact()
    """The master's replication offset in bytes."""
    link: str | None = None
    """``up`` or ``down``; None on a master."""
    link_down_seconds: int | None = None

    @property
    def online(self) -> int:
        """Number of replicas in sync."""
        return sum(replica.state == "online" for replica in self.replicas)


class Persistence(Facts, frozen=True, kw_only=True):
    """INFO persistence."""

    aof: bool = fact()
    """Whether the append-only file is on."""
    changes: int = fact()
    """Changes since the last snapshot, or since the start."""
    last_save_age: float | None = fact()
    """Seconds since the last snapshot; None if none was made since the server started."""
    last_save: str = fact()
    """``ok`` or ``err``: how the last snapshot ended."""
    last_aof_write: str = "ok"
    last_aof_rewrite: str = "ok"


class Memory(Facts, frozen=True, kw_only=True):
    """INFO memory; sizes in bytes."""

    used: int = fact()
    maximum: int = fact()
    """``maxmemory``; 0 if none is set."""
    policy: str = fact()
    """``maxmemory-policy``."""
    machine: int = fact()
    """Memory of the machine, which a container's limit may undercut."""
    fragmentation: float = fact()


class Clients(Facts, frozen=True, kw_only=True):
    """INFO clients."""

    connected: int = fact()
    maximum: int = fact()
    """``maxclients``."""
    blocked: int = fact()


class Stats(Facts, frozen=True, kw_only=True):
    """INFO stats: counters since the start or the last CONFIG RESETSTAT."""

    evicted: int = fact()
    """Keys."""
    rejected: int = fact()
    """Connections refused because of ``maxclients``."""
    fork_us: int = fact()
    """Microseconds of the latest fork."""


class Config(Facts, frozen=True, kw_only=True):
    """Settings by CONFIG GET, as the server writes them. Each is asked by name, so that no
    secret (``requirepass``, ``masterauth``) ever travels."""

    save: str = fact()
    """Points in time at which snapshots are made; empty for never."""
    appendonly: str = fact()
    appendfsync: str = fact()
    maxclients: str = fact()
    maxmemory: str = fact()
    maxmemory_policy: str = fact()
    bind: str = fact()
    protected_mode: str = fact()
    port: str = fact()
    tls_port: str = fact()
    min_replicas_to_write: str = fact()
    timeout: str = fact()
    tcp_keepalive: str = fact()


class App(Facts, frozen=True, kw_only=True):
    """The application's user, whom ``url`` logs in."""

    user: str = fact()
    commands: str = fact()
    """Its rules on commands, as ACL GETUSER tells them."""
    unlimited: bool = fact()
    """Whether it may run every command."""


class RedisFacts(Facts, frozen=True, kw_only=True):
    """One observation of one server."""

    link: Link
    """The application's way to the server; the monitor's where there is no other."""
    peer: str
    """IP address that answered."""
    anonymous: Literal["refused", "answered"] = fact()
    """What a client without credentials gets."""
    server: Server = fact()
    replication: Replication = fact()
    persistence: Persistence = fact()
    memory: Memory = fact()
    clients: Clients = fact()
    stats: Stats = fact()
    config: Config = fact()
    app: App = fact()
