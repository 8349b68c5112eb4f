"""Whether what was written stays: on disk, and somewhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NoReturn

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.durations import seconds
from pytest_readiness.systems.postgres import PostgresSettings
from pytest_readiness.systems.postgres.facts import Archiver, DumpFiles, PostgresFacts
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.blocker(
    remedy="Set fsync = on and full_page_writes = on; a crash corrupts the data without them.",
    ref="https://www.postgresql.org/docs/current/runtime-config-wal.html",
    category="durability",
    effort="minutes",
    source="PostgreSQL documentation, Reliability and the WAL",
    # Whoever throws the database away after the tests may do without.
    demand="backups",
    managed=True,
)
def durable_writes(postgres_probe: PostgresProbe) -> None:
    """Do committed writes survive a crash?"""
    facts = postgres_probe.facts
    assert measure("fsync", facts.setting("fsync")) == "on"
    assert measure("full_page_writes", facts.setting("full_page_writes")) == "on"


@readiness.high(
    remedy="Archive WAL with pgBackRest or WAL-G (archive_mode = on), or dump daily and declare "
    'the files: dumps = { files = "/backup/*.dump", max_age = "24h" }.',
    category="durability",
    effort="days",
    source="CIS PostgreSQL Benchmark 7, 8",
    thresholds=[
        at_least("dump", 1024, unit="bytes", source="gzip makes 20 bytes of a dump that failed"),
    ],
    demand="backups",
    managed=True,
)
def backups_configured(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is there a backup: WAL archived or received elsewhere, or a recent dump?"""
    facts = postgres_probe.facts
    if facts.dumps is not None:
        _dumped(facts.dumps, postgres_probe.settings, limits.dump)
    elif facts.standby:
        _standby_does_not_archive(postgres_probe)
    elif facts.wal_receivers:
        assert measure("receivers that keep WAL", facts.wal_receivers) >= 1
    else:
        _archived(facts)


def _dumped(dumps: DumpFiles, settings: PostgresSettings, least: float) -> None:
    assert settings.dumps is not None
    assert measure("dumps", dumps.count, unit="files") >= 1
    assert measure("newest dump", dumps.newest_bytes, unit="bytes") >= least
    assert measure("newest dump's age", dumps.newest_age, unit="s") <= seconds(
        settings.dumps.max_age
    )


def _archived(facts: PostgresFacts) -> None:
    assert measure("archive_mode", facts.setting("archive_mode")) != "off"
    assert measure("archive_command or archive_library", facts.archiver.target) == "set"
    _last_archiving(facts.archiver)


def _last_archiving(archiver: Archiver) -> None:
    if not archiver.archived and not archiver.failed:
        blocked("nothing was archived yet: SELECT pg_switch_wal() makes it show whether it works")
    assert measure("last archiving", "failed" if archiver.failing else "succeeded") == "succeeded"


def _standby_does_not_archive(probe: PostgresProbe) -> NoReturn:
    if probe.settings.role == "replica":
        not_applicable("declared a replica; its primary is asked")
    blocked("the url leads to a standby; backups are judged on the primary")


@readiness.blocker(
    remedy="Mend archive_command (see the server's log), or end it if it hangs; WAL fills the disk "
    "until it works.",
    thresholds=[
        at_least("quiet", 300, unit="s", source="a retry that worked once may fail again"),
        at_most("waiting", 3600, unit="s", source="a segment of 16 MB takes seconds"),
    ],
    category="durability",
    effort="hours",
    source="pgMonitor archiving alert",
    managed=True,
)
def archiver_healthy(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does WAL archiving work, where it is switched on?"""
    archiver = _archiving(postgres_probe)
    assert measure("archive_command or archive_library", archiver.target) == "set"
    if not archiver.archived and not archiver.failed:
        # On a new server nothing is wrong yet; what is not known is said where it is asked.
        not_applicable("nothing had to be archived yet; backups_configured waits for it")
    _last_archiving(archiver)
    if archiver.failed_age is not None:
        assert measure("last failure to archive", archiver.failed_age, unit="s ago") >= limits.quiet
    if archiver.behind and archiver.exact:
        # A command that hangs has never failed.
        shown = measure("last archiving, while WAL waits", archiver.archived_age, unit="s ago")
        assert shown <= limits.waiting


@readiness.medium(
    remedy="Speed up archive_command, or raise archive-async's processes in pgBackRest.",
    thresholds=[at_most("behind", 10, unit="segments", source="check_postgres archive_ready")],
    category="durability",
    effort="hours",
    source="check_postgres archive_ready",
    managed=True,
)
def archive_backlog(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does WAL archiving keep up?"""
    archiver = _archiving(postgres_probe)
    behind = archiver.behind
    if behind is None:
        blocked("no WAL segment is the last archived file yet, so a backlog cannot be told")
    if not archiver.exact and behind > limits.behind:
        blocked("the last archived file is a backup's history: the next segment tells the backlog")
    assert measure("WAL not archived yet", behind, unit="segments") <= limits.behind


def _archiving(probe: PostgresProbe) -> Archiver:
    facts = probe.facts
    mode = facts.setting("archive_mode")
    if mode == "off":
        not_applicable("archive_mode is off; backups_configured judges that")
    if facts.standby and mode != "always":
        not_applicable("a standby archives only with archive_mode = always")
    if facts.archiver.target == "discards":
        not_applicable("archive_command throws the WAL away; backups_configured judges that")
    return facts.archiver
