"""Replies of a server -> typed facts. Whatever is missing stays unseen, with the reason."""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from pytest_readiness import clock
from pytest_readiness.systems.redis import facts
from pytest_readiness.systems.redis.accounts import ACL_LIST, ACL_LOG, account_facts
from pytest_readiness.systems.redis.cluster import CLUSTER_INFO, CLUSTER_NODES, cluster_facts
from pytest_readiness.systems.redis.replies import Info, refusal, understood, word
from pytest_readiness.systems.redis.resp import Command, Replies
from pytest_readiness.systems.redis.slowlog import SLOWLOG, slow_commands
from pytest_readiness.systems.redis.wire import INFO

SETTINGS = {name: name.replace("_", "-") for name in facts.Config.__struct_fields__}
SETTINGS.pop("unseen")
SERVER_COMMANDS: tuple[Command, ...] = (
    INFO,
    ACL_LIST,
    ACL_LOG,
    SLOWLOG,
    *(("CONFIG", "GET", setting) for setting in SETTINGS.values()),
    CLUSTER_INFO,
    CLUSTER_NODES,
)

_NOT_TOLD = "this server does not tell it in INFO"


def server_facts(replies: Replies, user: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts about the server by name, and the reasons for those that were not seen."""
    config = _config(replies, user)
    accounts, unseen = account_facts(replies, user)
    reply = replies[INFO]
    found: dict[str, Any] = {"config": config, **accounts}
    if isinstance(reply, bytes):
        info = Info(reply)
        found |= _info_facts(info, config)
        now, mode = info.now, info.text("server_mode", "redis_mode")
    else:
        why = refusal(reply, "INFO", user, "+info")
        unseen |= dict.fromkeys(_FROM_INFO, why)
        now, mode = clock.now().timestamp(), UNSET
    for name, (value, why) in {
        "slow": understood(lambda: slow_commands(replies.get(SLOWLOG), now, user), "SLOWLOG"),
        "cluster": understood(lambda: cluster_facts(replies, mode, user), "CLUSTER"),
    }.items():
        if value is UNSET:
            unseen.setdefault(name, why)
        else:
            found[name] = value
    return found, unseen


_FROM_INFO = (
    *("server", "replication", "persistence", "memory", "clients", "stats", "keyspace"),
    "cluster",
)


def _info_facts(info: Info, config: facts.Config) -> dict[str, Any]:
    return {
        "server": _server(info),
        "replication": _replication(info),
        "persistence": _persistence(info, config),
        "memory": _memory(info, config),
        "clients": _clients(info, config),
        "stats": _stats(info),
        "keyspace": _keyspace(info),
    }


def _stats(info: Info) -> facts.Stats:
    return facts.Stats(
        evicted=info.whole("evicted_keys"),
        rejected=info.whole("rejected_connections"),
        fork_us=info.whole("latest_fork_usec"),
        commands=info.whole("total_commands_processed"),
        hits=info.whole("keyspace_hits"),
        misses=info.whole("keyspace_misses"),
        unseen={"*": _NOT_TOLD},
    )


_DATABASE = re.compile(r"^db\d+:keys=(\d{1,20}),expires=(\d{1,20})", re.ASCII)


def _keyspace(info: Info) -> facts.Keyspace:
    lines = (f"{name}:{value}" for name, value in info.fields.items())
    counts = [(int(m[1]), int(m[2])) for m in map(_DATABASE.match, lines) if m]
    return facts.Keyspace(keys=sum(k for k, _ in counts), expiring=sum(e for _, e in counts))


def _config(replies: Replies, user: str) -> facts.Config:
    seen: dict[str, str] = {}
    unseen: dict[str, str] = {}
    for field, setting in SETTINGS.items():
        reply = replies[("CONFIG", "GET", setting)]
        if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], bytes):
            seen[field] = word(reply[1])
        elif isinstance(reply, list):
            unseen[field] = f"this server has no setting {setting}"
        else:
            unseen[field] = refusal(reply, f"CONFIG GET {setting}", user, "+config|get")
    return facts.Config(**seen, unseen=unseen)


def _server(info: Info) -> facts.Server:
    valkey = "valkey_version" in info.fields or info.fields.get("server_name") == "valkey"
    return facts.Server(
        engine="valkey" if valkey else "redis",
        # Valkey tells a frozen redis_version for old clients' sake.
        version=info.text("valkey_version") if valkey else info.text("redis_version"),
        compatible=info.text("redis_version"),
        mode=info.text("server_mode", "redis_mode"),
        uptime=info.whole("uptime_in_seconds"),
        unseen={"*": _NOT_TOLD},
    )


def _replication(info: Info) -> facts.Replication:
    role: Any = {"master": "master", "slave": "replica"}.get(info.fields.get("role", ""), UNSET)
    count = info.whole("connected_slaves")
    # No more than it has lines for, however many it claims to have.
    most = 0 if count is UNSET else min(count, len(info.fields))
    listed = [info.fields.get(f"slave{n}") for n in range(most)]
    down, good = info.whole("master_link_down_since_seconds"), info.whole("min_slaves_good_slaves")
    return facts.Replication(
        role=role,
        replicas=tuple(_replica(text) for text in listed if text),
        offset=info.whole("master_repl_offset"),
        link=info.fields.get("master_link_status"),
        link_down_seconds=None if down is UNSET else down,
        good=None if good is UNSET else good,
        unseen={"*": _NOT_TOLD},
    )


def _replica(text: str) -> facts.Replica:
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    lag, offset = parts.get("lag", ""), parts.get("offset", "")
    return facts.Replica(
        state=parts.get("state", "?"),
        address=f"{parts.get('ip', '?')}:{parts.get('port', '?')}",
        lag=_number(lag),
        offset=_number(offset),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 20 else None


def _persistence(info: Info, config: facts.Config) -> facts.Persistence:
    aof = info.text("aof_enabled")
    if aof is UNSET and config.sees("appendonly"):
        aof = "1" if config.appendonly == "yes" else "0"
    return facts.Persistence(
        aof=UNSET if aof is UNSET else aof == "1",
        changes=info.whole("rdb_changes_since_last_save"),
        last_save_age=_save_age(info),
        last_save=info.text("rdb_last_bgsave_status"),
        last_aof_write=info.fields.get("aof_last_write_status", "ok"),
        last_aof_rewrite=info.fields.get("aof_last_bgrewrite_status", "ok"),
        unseen={"*": _NOT_TOLD},
    )


_START = 2
"""Seconds after the start in which a "last save" is the start itself: a server begins by
noting its own start as the time of the last save."""


def _save_age(info: Info) -> Any:
    saved, uptime = info.whole("rdb_last_save_time"), info.whole("uptime_in_seconds")
    if saved is UNSET or uptime is UNSET:
        return UNSET
    now = info.now
    saves = info.whole("rdb_saves")
    # CONFIG RESETSTAT sets the count of saves to 0, and leaves their time.
    none = saved <= now - uptime + _START and saves in (UNSET, 0)
    return None if none else max(0.0, now - saved)


def _memory(info: Info, config: facts.Config) -> facts.Memory:
    maximum = info.whole("maxmemory")
    if maximum is UNSET:
        maximum = _whole(config, "maxmemory")
    policy = info.text("maxmemory_policy")
    if policy is UNSET and config.sees("maxmemory_policy"):
        policy = config.maxmemory_policy
    return facts.Memory(
        used=info.whole("used_memory"),
        maximum=maximum,
        policy=policy,
        machine=info.whole("total_system_memory"),
        fragmentation=info.number("allocator_frag_ratio"),
        wasted=info.whole("allocator_frag_bytes"),
        unseen={"*": _NOT_TOLD},
    )


def _clients(info: Info, config: facts.Config) -> facts.Clients:
    maximum = info.whole("maxclients")
    if maximum is UNSET:
        maximum = _whole(config, "maxclients")
    return facts.Clients(
        connected=info.whole("connected_clients"),
        maximum=maximum,
        blocked=info.whole("blocked_clients"),
        unseen={"maximum": config.why("maxclients"), "*": _NOT_TOLD},
    )


def _whole(config: facts.Config, name: str) -> Any:
    """A setting that is a whole number, where INFO does not tell it."""
    text = getattr(config, name) if config.sees(name) else ""
    number = _number(text)
    return UNSET if number is None else number
