"""A Redis or Valkey server in a few words."""

from __future__ import annotations

from pytest_readiness.systems.cards import lines
from pytest_readiness.systems.redis.facts import RedisFacts
from pytest_readiness.systems.units import counted, part, size, span


def card(facts: RedisFacts) -> dict[str, str]:
    """Its role, and how full it is."""
    return lines(
        role=lambda: _role(facts),
        memory=lambda: _memory(facts),
        keys=lambda: _keys(facts),
        persistence=lambda: _persistence(facts),
        clients=lambda: f"{facts.clients.connected:,} of {facts.clients.maximum:,}",
    )


def version(facts: RedisFacts) -> str | None:
    """The engine's own, under its name where that is not the system's: ``Valkey 8.0.1``."""
    if not facts.sees("server") or not facts.server.sees("version"):
        return None
    own = facts.server.version
    return f"Valkey {own}" if facts.server.engine == "valkey" else own


def _role(facts: RedisFacts) -> str:
    seen = facts.replication
    among = ""
    if facts.sees("cluster") and facts.cluster is not None:
        among = f" in a cluster of {counted(facts.cluster.masters, 'master')}"
    if seen.role == "replica":
        down = seen.link_down_seconds
        since = f" for {span(down)}" if seen.link != "up" and down and down > 0 else ""
        return f"replica{among}, link {seen.link or 'unknown'}{since}"
    total = len(seen.replicas)
    if not total:
        return f"master{among}, no replica"
    return f"master{among}, {seen.online} of {counted(total, 'replica')} in sync"


def _memory(facts: RedisFacts) -> str:
    used, maximum = facts.memory.used, facts.memory.maximum
    if not maximum:
        return f"{size(used)}, no maxmemory"
    return f"{size(used)} of {size(maximum)} {part(used, maximum)}"


def _keys(facts: RedisFacts) -> str:
    keys, expiring = facts.keyspace.keys, facts.keyspace.expiring
    return f"{keys:,}, {expiring:,} of them with a time to live" if keys else "none"


def _persistence(facts: RedisFacts) -> str:
    seen = facts.persistence
    # Who may not read the settings still sees whether a snapshot was made.
    if facts.sees("config") and facts.config.sees("save"):
        snapshots = bool(facts.config.save)
    elif seen.last_save_age is not None:
        snapshots = True
    else:
        return "append-only file" if seen.aof else ""
    kept = [word for word, on in (("append-only file", seen.aof), ("snapshots", snapshots)) if on]
    return " and ".join(kept) or "none"
