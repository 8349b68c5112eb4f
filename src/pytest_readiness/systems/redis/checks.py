"""Redis and Valkey: what a launch has failed on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.redis import roundtrip
from pytest_readiness.systems.redis.durability import of_data_that_counts, recent_snapshot
from pytest_readiness.systems.redis.probe import RedisProbe

UPGRADE = "Upgrade to a supported line: https://valkey.io/topics/releases"
ALERTS = "awesome-prometheus-alerts"


@readiness.blocker(remedy="Start the server, or open the route from here to it.")
def reachable(redis_probe: RedisProbe) -> None:
    """Does the server answer within its deadline?"""
    common.reach(redis_probe)


@readiness.medium(remedy=UPGRADE)
def version_supported(redis_probe: RedisProbe) -> None:
    """Is the version still supported by its makers?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=0)


@readiness.high(remedy=UPGRADE)
def version_abandoned(redis_probe: RedisProbe) -> None:
    """Is the version less than a year out of support?"""
    server = redis_probe.facts.server
    common.supported(server.engine, server.version, redis_probe.declared.vendor, grace_days=365)


@readiness.high(remedy="Upgrade the server to minimum_version or later.")
def version_minimum(redis_probe: RedisProbe) -> None:
    """Is the version at least the one the team accepts?"""
    common.at_least_version(redis_probe.facts.server.version, redis_probe.declared.minimum_version)


@readiness.blocker(
    remedy="Set a password: CONFIG SET requirepass …, or ACL SETUSER default off; CONFIG REWRITE.",
    demand="authentication",
)
def password_required(redis_probe: RedisProbe) -> None:
    """Is a client without credentials refused?"""
    assert measure("client without credentials", redis_probe.facts.anonymous) == "refused"


@readiness.medium(
    remedy="Give the application a user of its own: "
    "ACL SETUSER app on >… ~app:* +@all -@admin -@dangerous",
    demand="authentication",
)
def app_user_limited(redis_probe: RedisProbe) -> None:
    """Does the application log in as a user of its own, with fewer than all rights?"""
    facts = redis_probe.facts
    if facts.sees("server") and common.numbers(facts.server.version) < (6,):
        not_applicable("users came with Redis 6")
    app = facts.app
    assert measure("the application's user", app.user) != "default"
    commands = "all" if app.unlimited else "some"
    assert measure(f"commands that user {app.user} may run", commands) != "all"


@readiness.high(
    remedy="Serve TLS (tls-port, tls-cert-file, tls-key-file) and connect with rediss://.",
    demand="encryption",
)
def encrypted(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", redis_probe.facts.link.tls or "none") != "none"


@readiness.blocker(remedy="Serve TLS and connect with rediss://, or use a private address.")
def encrypted_across_public_network(redis_probe: RedisProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = redis_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.high(
    remedy="Renew the certificate, then CONFIG SET tls-cert-file … to load it.",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
)
def certificate_valid(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    link = redis_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)


@readiness.low(remedy='Say what it is for: role = "cache", "store" or "broker".', demand="intent")
def role_declared(redis_probe: RedisProbe) -> None:
    """Is it declared what the server is for?"""
    _ = redis_probe.facts
    assert measure("declared role", redis_probe.declared.role or "none") != "none"


@readiness.high(remedy='CONFIG SET appendonly yes, CONFIG SET save "3600 1", CONFIG REWRITE.')
def persistence(redis_probe: RedisProbe) -> None:
    """Does the data of a store or a broker survive a restart?"""
    facts = of_data_that_counts(redis_probe)
    if facts.persistence.aof:
        assert measure("persistence", "append-only file") != "none"
        return
    snapshots = "snapshots" if facts.config.save else "none"
    assert measure("persistence", snapshots) != "none"


@readiness.blocker(remedy="Repair disk space and rights of the data folder; then BGSAVE.")
def last_save_ok(redis_probe: RedisProbe) -> None:
    """Did the last save succeed, without which writes are refused (MISCONF)?"""
    facts = redis_probe.facts
    saved = facts.persistence
    snapshots = not facts.config.sees("save") or bool(facts.config.save)
    if not snapshots and not saved.aof:
        not_applicable("persistence is off")
    if snapshots:
        assert measure("last snapshot", saved.last_save) == "ok"
    if saved.aof:
        assert measure("last write of the append-only file", saved.last_aof_write) == "ok"
        assert measure("last rewrite of the append-only file", saved.last_aof_rewrite) == "ok"


@readiness.high(
    remedy="Snapshot at least daily (BGSAVE by cron, or CONFIG SET save) and copy dump.rdb away; "
    "if another way makes backups, have it signed off.",
    thresholds=[at_most("age", 24, unit="hours", source="a recovery point of one day")],
    demand="backups",
    managed=True,
)
def backups(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there a recent snapshot of a store's or a broker's data?"""
    recent_snapshot(of_data_that_counts(redis_probe), limits.age)


@readiness.high(
    remedy="Give it more memory, or let keys expire: CONFIG SET maxmemory … / EXPIRE.",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
)
def memory_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is there memory left below maxmemory?"""
    memory = redis_probe.facts.memory
    if memory.maximum == 0:
        not_applicable("no maxmemory is set")
    used = round(100 * memory.used / memory.maximum, 1)
    assert measure("memory used", used, unit="% of maxmemory") <= limits.used


@readiness.high(
    remedy="Set it below what the machine or the container has: CONFIG SET maxmemory 2gb; "
    "CONFIG REWRITE.",
    thresholds=[at_most("share", 90, unit="%", source="a fork and buffers need the rest")],
)
def maxmemory_set(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is maxmemory set, and below what the machine or the container has?"""
    memory = redis_probe.facts.memory
    assert measure("maxmemory", memory.maximum, unit="bytes") > 0
    there, whose = redis_probe.declared.memory_limit_bytes, "memory_limit"
    if there is None:
        if not memory.sees("machine") or not memory.machine:
            return
        there, whose = memory.machine, "the machine's memory"
    share = round(100 * memory.maximum / there, 1)
    assert measure("maxmemory", share, unit=f"% of {whose}") <= limits.share


@readiness.high(
    remedy="A cache evicts (CONFIG SET maxmemory-policy allkeys-lru), a store or a broker must "
    "not (noeviction); then CONFIG REWRITE."
)
def eviction_policy(redis_probe: RedisProbe) -> None:
    """Does the eviction policy fit what the server is for?"""
    memory, role = redis_probe.facts.memory, redis_probe.declared.role
    if role is None:
        not_applicable("no role is declared")
    policy = measure(f"eviction policy of a {role}", memory.policy)
    if role == "cache":
        assert policy != "noeviction"
    else:
        assert policy == "noeviction"


@readiness.high(
    remedy="Pool connections in the application, or raise the limit: CONFIG SET maxclients …",
    thresholds=[at_most("used", 90, unit="%", source=ALERTS)],
)
def connections_headroom(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Are there connections left below maxclients?"""
    clients = redis_probe.facts.clients
    used = round(100 * clients.connected / clients.maximum, 1)
    assert measure("connections used", used, unit="% of maxclients") <= limits.used


@readiness.blocker(remedy="Repair the way to the master and masterauth; or REPLICAOF host port.")
def replication_link(redis_probe: RedisProbe) -> None:
    """Is a replica connected to its master?"""
    replication = redis_probe.facts.replication
    if replication.role == "master":
        not_applicable("it is a master")
    assert measure("link to the master", replication.link) == "up"


@readiness.blocker(remedy="Use the master's address (ask Sentinel), or declare replica = true.")
def accepts_writes(redis_probe: RedisProbe) -> None:
    """Is it a master, which takes writes?"""
    replication = redis_probe.facts.replication
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    assert measure("role", replication.role) == "master"


@readiness.high(
    remedy="Start a replica, or repair it: REPLICAOF host port, masterauth, the route.",
    thresholds=[at_least("replicas", 1, source=ALERTS)],
    demand="topology",
)
def replicas_online(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Has a store's master a replica in sync?"""
    replication = redis_probe.facts.replication
    if redis_probe.declared.role != "store":
        not_applicable("its role is not store")
    if replication.role != "master":
        not_applicable("it is a replica itself")
    assert measure("replicas in sync", replication.online) >= limits.replicas


@readiness.blocker(
    remedy="See the error: READONLY wants the master, OOM memory, MISCONF a disk that takes saves.",
    writes=True,
)
def round_trip(redis_probe: RedisProbe) -> None:
    """Does a key that was written come back, and go away again?"""
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    trip = roundtrip.run(redis_probe)
    assert measure("writing and reading", trip.done) == "OK"
    assert measure("value read back", trip.read) == trip.written
    assert measure("keys left behind", trip.left) == 0
