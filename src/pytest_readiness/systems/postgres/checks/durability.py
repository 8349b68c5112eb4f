"""Whether what was committed is kept as it was written."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.high(
    remedy="ALTER ROLE app RESET synchronous_commit; set it off only in transactions whose loss is "
    "accepted: SET LOCAL synchronous_commit = off;",
    ref="https://www.postgresql.org/docs/current/wal-async-commit.html",
    category="durability",
    demand="backups",
    effort="minutes",
    source="PostgreSQL documentation, Asynchronous Commit",
)
def commits_wait_for_disk(postgres_probe: PostgresProbe) -> None:
    """Does a commit of the application wait until it is on disk?"""
    facts = postgres_probe.facts
    shown = measure(f"synchronous_commit of {facts.role.name}", facts.session.synchronous_commit)
    assert shown != "off"


@readiness.medium(
    remedy="Stop the server, pg_checksums --enable -D $PGDATA, start it; initdb --data-checksums "
    "for a new one (the default since version 18).",
    ref="https://www.postgresql.org/docs/current/checksums.html",
    category="durability",
    effort="hours",
    source="CIS PostgreSQL Benchmark 1.3; pgmetrics",
    since="12",
    # What notices damage belongs to what mends it, and no packager's default had it before 18.
    demand="backups",
    managed=True,
)
def checksums_enabled(postgres_probe: PostgresProbe) -> None:
    """Is damage on disk noticed, before it is copied into every backup?"""
    assert measure("data_checksums", postgres_probe.facts.setting("data_checksums")) == "on"


@readiness.blocker(
    remedy="Stop writing, take a copy, find the tables with pg_amcheck, restore them from a backup "
    "made before, and replace the disk or the memory; then SELECT pg_stat_reset(); there.",
    ref="https://www.postgresql.org/docs/current/app-pgamcheck.html",
    category="durability",
    effort="days",
    source="pgMonitor checksum alert",
    since="12",
)
def no_checksum_failures(postgres_probe: PostgresProbe) -> None:
    """Was no damaged block met in any database?"""
    facts = postgres_probe.facts
    if facts.setting("data_checksums") != "on":
        not_applicable("data_checksums is off, so damage is not noticed; see checksums_enabled")
    damaged = facts.checksum_failures
    where = ", ".join(sorted(damaged)) or "all databases"
    assert measure(f"damaged blocks met ({where})", sum(damaged.values())) == 0
