"""PostgreSQL: every check passing on a good server, and failing or blocked on a bad one."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest

from pytest_readiness.systems.base import Probe
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer

GOOD = {"archive_mode": "on", "archive_command": "test -f %p"}
"""An archive command that works and keeps nothing; a server cannot tell."""

BAD = {
    "fsync": "off",
    "archive_mode": "on",
    "archive_command": "false",
    "max_connections": "13",
    "superuser_reserved_connections": "3",
}
LINES = (
    "host all postgres 127.0.0.1/32 scram-sha-256",
    "host all monitor 127.0.0.1/32 scram-sha-256",
    "host all all 127.0.0.1/32 trust",
)
SQL = (
    "ALTER ROLE app SET statement_timeout = '2min'",
    "ALTER ROLE app SET default_transaction_read_only = on",
    "ALTER ROLE app CREATEDB REPLICATION",
    "GRANT pg_execute_server_program TO app",
    "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC",
    "SELECT pg_switch_wal()",
)


UNSEEN = {"activity", "pending_restart", "wal_bytes", "weak_rules", "slow_statements"}
"""What the application's own role is not shown."""


def until(true: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that a server does in its own time."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def value(url: str, statement: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def archived(server: PostgresServer, count: str) -> None:
    until(lambda: value(server.admin_url, f"SELECT {count} FROM pg_stat_archiver") > 0)


@pytest.fixture(scope="module")
def good(box: Sandbox) -> PostgresServer:
    sql = ("ALTER ROLE app SET statement_timeout = '30s'", "SELECT pg_switch_wal()")
    server = box.start("postgres", tls=True, settings=GOOD, sql=sql)
    archived(server, "archived_count")
    return server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> PostgresServer:
    server = box.start("postgres", settings=BAD, hba=LINES, sql=SQL)
    archived(server, "failed_count")
    return server


@pytest.fixture(scope="module")
def said_of_bad(bad: PostgresServer) -> dict[str, Judged]:
    """With a transaction forgotten, and most connections in use."""
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(psycopg.connect(str(bad.monitor_url), autocommit=True))
        idle = stack.enter_context(psycopg.connect(str(bad.monitor_url)))
        idle.execute("SELECT 1")
        probe = probe_of("postgres", url=bad.url, monitor_url=bad.monitor_url)
        return judge(probe, "postgres", writes=True, age=0, idle=0)


def both(server: PostgresServer, **settings: Any) -> Probe[Any, Any]:
    return probe_of("postgres", url=server.url, monitor_url=server.monitor_url, **settings)


def changed(probe: Probe[Any, Any], **facts: Any) -> Probe[Any, Any]:
    """The probe as if it had seen something else, for what no real server shows in a test."""
    seen = probe.observation
    altered = msgspec.structs.replace(seen, facts={**seen.facts, **facts})
    return type(probe)("main", probe._settings, altered)


def test_one_login_sees_nearly_all(good: PostgresServer) -> None:
    probe = probe_of("postgres", url=good.url)
    assert set(probe.facts.unseen) == UNSEEN
    said = judge(probe, "postgres")
    assert said["durable_writes"].outcome == said["no_long_lock_waits"].outcome == "passed"
    assert "GRANT pg_read_all_stats TO app" in said["long_transactions"].message


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("accepts_writes", "session is read-only, must be read-write"),
        ("password_required", "asked of 127.0.0.1 before login is nothing, must not be nothing"),
        ("encrypted", "connection to 127.0.0.1 is plaintext, must not be plaintext"),
        ("durable_writes", "fsync is off, must be on"),
        ("backups_configured", "last archiving is failed, must be succeeded"),
        ("archiver_healthy", "last archiving is failed, must be succeeded"),
        ("statement_timeout", "statement_timeout of app is 120 s, must be <= 60"),
    ],
)
def test_a_bad_server_fails(said_of_bad: dict[str, Judged], check: str, message: str) -> None:
    assert said_of_bad[check][:2] == ("failed", message)


def test_a_bad_server_fails_in_numbers(said_of_bad: dict[str, Judged]) -> None:
    powers = said_of_bad["app_role_plain"].message
    assert "CREATEDB, REPLICATION, member of pg_execute_server_program" in powers
    assert said_of_bad["connections_headroom"].outcome == "failed"
    assert "connections in use is 1" in said_of_bad["connections_headroom"].message
    assert said_of_bad["long_transactions"].outcome == "failed"
    assert said_of_bad["round_trip"].outcome == "failed"
    assert "read-only transaction (25006)" in said_of_bad["round_trip"].message
    assert said_of_bad["archive_backlog"].outcome == "blocked"
    assert said_of_bad["certificate_valid"].outcome == "not_applicable"


def test_a_session_idle_in_transaction_is_seen(bad: PostgresServer) -> None:
    with psycopg.connect(str(bad.monitor_url)) as idle:
        idle.execute("SELECT 1")
        said = judge(both(bad), "postgres", idle=0)["long_transactions"]
    assert said.outcome == "failed"
    assert said.message.startswith("longest idle in transaction")


def test_no_statement_timeout(bad: PostgresServer) -> None:
    said = judge(probe_of("postgres", url=bad.admin_url), "postgres")
    assert said["statement_timeout"].message == "statement_timeout of postgres is 0 s, must be > 0"
    assert "SUPERUSER" in said["app_role_plain"].message


def test_the_urls_own_options_count(bad: PostgresServer) -> None:
    url = f"{bad.url}?options=-c%20statement_timeout%3D5s"
    assert judge(probe_of("postgres", url=url), "postgres")["statement_timeout"].outcome == "passed"


@pytest.mark.parametrize(
    ("version", "supported", "abandoned"),
    [
        ("18.1", "passed", "passed"),
        ("14.20", "failed", "passed"),
        ("12.22", "not_applicable", "failed"),
    ],
)
def test_versions(
    good: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    supported: str,
    abandoned: str,
) -> None:
    monkeypatch.setattr("pytest_readiness.clock.today", lambda: dt.date(2026, 11, 22))
    said = judge(changed(both(good, minimum_version="19"), version=version), "postgres")
    assert said["version_supported"].outcome == supported
    assert said["version_abandoned"].outcome == abandoned
    assert said["version_minimum"].outcome == "failed"


@pytest.mark.parametrize(
    ("number", "known_by", "outcome"),
    [(160000, "peer", "passed"), (160000, None, "failed"), (150000, None, "blocked")],
)
def test_a_unix_socket(
    good: PostgresServer, number: int, known_by: str | None, outcome: str
) -> None:
    probe = both(good)
    login = {**probe.observation.facts["login"], "socket": True, "asks": "nothing"}
    session = {**probe.observation.facts["session"], "authenticated_by": known_by}
    said = judge(changed(probe, number=number, login=login, session=session), "postgres")
    assert said["password_required"].outcome == outcome
    assert said["encrypted"].outcome == "not_applicable"


def test_what_only_time_and_load_bring(good: PostgresServer) -> None:
    probe = both(good)
    old = {"database": "shop", "xid_age": 1_700_000_000, "mxid_age": 5}
    said = judge(changed(probe, wraparound=old), "postgres")["xid_headroom"]
    assert said.message == "transaction ids used (shop) is 79.16 %, must be <= 75"
    multi = {"database": "shop", "xid_age": 5, "mxid_age": 1_700_000_000}
    said = judge(changed(probe, wraparound=multi), "postgres")["xid_headroom"]
    assert said.message == "multixact ids used is 79.16 %, must be <= 75"
    behind = {**probe.observation.facts["archiver"], "behind": 40, "failed_age": 5.0}
    said_all = judge(changed(probe, archiver=behind), "postgres")
    assert (
        said_all["archive_backlog"].message == "WAL not archived yet is 40 segments, must be <= 10"
    )
    assert said_all["archiver_healthy"].outcome == "failed"
    public = {**probe.observation.facts["login"], "peer": "203.0.114.7", "tls": None}
    said = judge(changed(probe, login=public), "postgres")["encrypted_across_public_network"]
    assert said.message == "connection to 203.0.114.7 is plaintext, must not be plaintext"
