"""Standbys, and the slots that keep WAL for them."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.postgres.facts import PostgresFacts, Replay, Replica
from pytest_readiness.systems.postgres.probe import PostgresProbe

MB = 2**20
SHARED_STORAGE = ("aurora", "alloydb", "neon")


@readiness.high(
    remedy="Start a standby (pg_basebackup -R), or mend its way to the primary: primary_conninfo, "
    "pg_hba.conf, its log; or declare single_node = true.",
    category="topology",
    effort="days",
    source="pgmetrics; Azure Well-Architected, PostgreSQL",
    privilege="pg_monitor",
    demand="topology",
    managed=True,
)
def replicas_streaming(postgres_probe: PostgresProbe) -> None:
    """Do as many standbys stream from the primary as are declared, or one at least?"""
    facts, declared = postgres_probe.facts, postgres_probe.settings.replicas
    wanted = 1 if declared is None else declared
    if facts.standby:
        not_applicable("this is a standby; its primary is asked")
    if wanted == 0:
        not_applicable("declared to have no replicas")
    standbys = _standbys(facts)
    names = ", ".join(f"{r.name} {r.state}" for r in standbys) or "none"
    streaming = [replica for replica in standbys if replica.state == "streaming"]
    assert measure(f"streaming standbys ({names})", len(streaming)) >= wanted


@readiness.high(
    remedy="Look at pg_stat_replication and the standby's log: network, disk, a long query that "
    "replay waits for (max_standby_streaming_delay).",
    thresholds=[
        at_most("megabytes", 100, unit="MB", source="pgMonitor"),
        at_most("seconds", 60, unit="s", source="pgMonitor"),
    ],
    category="topology",
    effort="hours",
    source="pgMonitor; awesome-prometheus-alerts",
    privilege="pg_monitor",
)
def replication_lag(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Do the standbys keep up with the primary?"""
    facts, platform = postgres_probe.facts, postgres_probe.settings.platform
    if platform in SHARED_STORAGE:
        not_applicable(f"the nodes of {platform} read the same storage")
    if facts.standby:
        _follows(facts.replay, limits.seconds)
        return
    standbys = [replica for replica in _standbys(facts) if replica.state == "streaming"]
    if not standbys:
        not_applicable("no standby streams from here; replicas_streaming judges that")
    for replica in sorted(standbys, key=lambda r: r.lag_bytes or 0, reverse=True):
        behind = None if replica.lag_bytes is None else replica.lag_bytes / MB
        assert measure(f"lag of {replica.name}", behind, unit="MB") <= limits.megabytes
        # No time is told of a standby that had nothing to replay of late.
        assert measure(f"lag of {replica.name}", replica.lag or 0.0, unit="s") <= limits.seconds


def _follows(replay: Replay, seconds: float) -> None:
    source = "streaming" if replay.receiving else "disconnected"
    assert measure("the standby's WAL receiver", source) == "streaming"
    assert measure("lag of this standby", replay.behind, unit="s") <= seconds


def _standbys(facts: PostgresFacts) -> list[Replica]:
    return [replica for replica in facts.replicas if replica.kind == "standby"]


@readiness.high(
    remedy="Start its consumer again, or SELECT pg_drop_replication_slot('name'); WAL fills the "
    "disk of the primary until then.",
    thresholds=[at_most("retained", 1024, unit="MB", source="pgmetrics; check_postgres")],
    category="topology",
    effort="minutes",
    source="pgMonitor slot alert; pgmetrics",
)
def slots_in_use(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is every replication slot in use, and none of them keeping WAL without end?"""
    facts = postgres_probe.facts
    if facts.standby:
        not_applicable("on a standby slots wait for its promotion; its primary is asked")
    idle = [s.name for s in facts.slots if not s.active]
    lost = [f"{s.name} {s.wal_status}" for s in facts.slots if s.wal_status in LOSING]
    assert (
        measure("replication slots that nobody uses", ", ".join(sorted(idle)) or "none") == "none"
    )
    assert measure("replication slots that lose WAL", ", ".join(sorted(lost)) or "none") == "none"
    for slot in facts.slots:
        # A slot that has reserved nothing yet keeps nothing.
        kept = (slot.retained_bytes or 0) / MB
        assert measure(f"WAL kept for slot {slot.name}", kept, unit="MB") <= limits.retained


LOSING = ("lost", "unreserved")


@readiness.medium(
    remedy="ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf(); with less "
    "than the disk has left.",
    ref="https://www.postgresql.org/docs/current/runtime-config-replication.html",
    category="capacity",
    effort="minutes",
    source="pgmetrics; PostgreSQL documentation, replication slots",
    since="13",
    managed=True,
)
def slot_wal_bounded(postgres_probe: PostgresProbe) -> None:
    """Is it bounded how much WAL a forgotten slot may keep?"""
    facts = postgres_probe.facts
    if not facts.slots:
        not_applicable("there are no replication slots")
    bound = facts.setting("max_slot_wal_keep_size")
    assert measure("max_slot_wal_keep_size", "unbounded" if bound == "-1" else "set") == "set"
