"""What is known of a Redis or Valkey server once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.net import Link
from pytest_readiness.systems.redis.queues import Queues


class Server(Facts, frozen=True, kw_only=True):
    """INFO server."""

    engine: Literal["redis", "valkey"] = "redis"
    version: str = fact()
    """The engine's own version; Valkey's, not the Redis version it is compatible with."""
    compatible: str = fact()
    """Version of Redis whose commands it knows; of Redis itself, its version."""
    mode: str = fact()
    """``standalone``, ``sentinel`` or ``cluster``."""
    uptime: int = fact()
    """Seconds since the server started."""


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A replica as its master sees it."""

    state: str
    """``online`` once it is in sync."""
    address: str = "?"
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
    good: int | None = None
    """Replicas that count for ``min-replicas-to-write``; None where writes wait for none."""

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
    """What the allocator holds, in parts of what is stored."""
    wasted: int = fact()
    """What the allocator holds beyond what is stored."""


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
    """Microseconds of the latest fork; 0 if there was none."""
    commands: int = fact()
    """Commands processed."""
    hits: int = fact()
    """Keys that were asked for and found."""
    misses: int = fact()


class Keyspace(Facts, frozen=True, kw_only=True):
    """INFO keyspace, all databases together."""

    keys: int = fact()
    expiring: int = fact()
    """Keys that have a time to live."""


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
    replica_read_only: str = fact()
    stop_writes_on_bgsave_error: str = fact()
    slowlog_log_slower_than: str = fact()
    latency_monitor_threshold: str = fact()
    enable_debug_command: str = fact()
    enable_module_command: str = fact()
    enable_protected_configs: str = fact()


class App(Facts, frozen=True, kw_only=True):
    """The application's user, whom ``url`` logs in."""

    user: str = fact()
    commands: str = fact()
    """Its rules on commands, as ACL GETUSER tells them."""
    unlimited: bool = fact()
    """Whether it may run every command."""
    keys: str = fact()
    """The patterns of keys it may use, such as ``~app:*``."""
    dangerous: tuple[str, ...] = fact()
    """Of the commands that end a service at one stroke, those it may run."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user who may log in, as ACL LIST tells it; no hash of a password is kept."""

    name: str
    nopass: bool
    """Whether any password will do."""
    guessable: bool
    """Whether a password is one of those that everybody tries first."""


class FailedLogins(msgspec.Struct, frozen=True, kw_only=True):
    """Logins that were refused within the last hour, by the client's address."""

    address: str
    count: int


class SlowCommand(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the slow log: the command's name, never what it was called with."""

    command: str
    ms: float
    age: float
    """Seconds ago."""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """CLUSTER INFO and CLUSTER NODES, as this node sees them."""

    state: str
    slots_ok: int
    """Slots whose node is there."""
    lone_masters: tuple[str, ...] | None = None
    """Addresses of masters without a working replica; None if the nodes were not told."""
    masters: int = 0


class RedisFacts(Facts, frozen=True, kw_only=True):
    """One observation of one server."""

    link: Link
    """The application's way to the server; the monitor's where there is no other."""
    peer: str
    """IP address that answered."""
    anonymous: Literal["refused", "answered", "refused without a certificate"] = fact()
    """What a client without credentials gets; the last, where it is answered once it shows the
    certificate that the application shows."""
    answer_ms: float = fact()
    """Milliseconds until it got that."""
    server: Server = fact()
    replication: Replication = fact()
    persistence: Persistence = fact()
    memory: Memory = fact()
    clients: Clients = fact()
    stats: Stats = fact()
    keyspace: Keyspace = fact()
    config: Config = fact()
    app: App = fact()
    users: tuple[User, ...] = fact()
    failed_logins: tuple[FailedLogins, ...] = fact()
    slow: tuple[SlowCommand, ...] = fact()
    """Slow commands of the last hour."""
    cluster: Cluster | None = fact()
    """None if it is no node of a cluster."""
    queues: Queues = fact()
