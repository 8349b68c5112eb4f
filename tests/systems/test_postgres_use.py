"""PostgreSQL in use: queries of users' checks, the round trip, standbys and starting servers."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.postgres.probe import PostgresProbe
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox, process, users
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import UNSEEN, both, until, value


@pytest.fixture(scope="module")
def server(box: Sandbox) -> PostgresServer:
    no_temporary = "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC"
    return box.start(
        "postgres", sql=(no_temporary, "REVOKE SELECT ON pg_stat_archiver FROM PUBLIC")
    )


@pytest.fixture
def probe(server: PostgresServer) -> Iterator[PostgresProbe]:
    probe = probe_of("postgres", url=server.url, timeout=1)
    assert isinstance(probe, PostgresProbe)
    yield probe
    probe.close()


def test_a_query_gives_named_rows(probe: PostgresProbe) -> None:
    (row,) = probe.query("SELECT current_user AS me, %s::int AS n, '100%%' AS part", 7)
    assert (row.me, row.n, row[2]) == ("app", 7, "100%")
    assert probe.query("SELECT '5 %' AS part")[0].part == "5 %"
    assert probe.query("SELECT 1 WHERE false") == []


def test_a_query_only_reads_and_ends(probe: PostgresProbe, server: PostgresServer) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        probe.query("CREATE TABLE things (id int)")
    with pytest.raises(psycopg.errors.QueryCanceled):
        probe.query("SELECT pg_sleep(5)")
    with pytest.raises(psycopg.errors.UndefinedTable) as failure:
        probe.query("SELECT * FROM nowhere")
    assert server.passwords["app"] not in str(failure.value)
    assert probe.query("SELECT 1 AS one")[0].one == 1
    assert probe.client.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_frozen_backend_does_not_hold_a_query(probe: PostgresProbe) -> None:
    pid = probe.client.info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(psycopg.OperationalError):
            probe.query("SELECT 1 AS one")
    finally:
        os.kill(pid, signal.SIGCONT)


def test_no_query_without_the_applications_url(server: PostgresServer) -> None:
    probe = probe_of("postgres", monitor_url=server.monitor_url)
    assert isinstance(probe, PostgresProbe)
    with pytest.raises(Blocked, match="only monitor_url"):
        probe.query("SELECT 1")


def test_the_round_trip_leaves_nothing_behind(server: PostgresServer) -> None:
    everything = "SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_namespace)"
    before = value(server.admin_url, everything)
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    assert judge(both(server), "postgres", writes=True)["round_trip"].outcome == "passed"
    assert value(server.admin_url, everything) == before
    assert len(os.listdir("/proc/self/fd")) == files
    until(lambda: threading.active_count() == threads)
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename IN ('app', 'monitor')"
    until(lambda: value(server.admin_url, sessions) == 0)


def test_a_fact_that_is_refused_costs_only_itself(server: PostgresServer) -> None:
    probe = probe_of("postgres", url=server.url)
    assert set(probe.facts.unseen) == {"archiver", *UNSEEN}
    reason = "archiver is refused to app: permission denied for view pg_stat_archiver (42501)"
    assert probe.facts.why("archiver").startswith(reason)
    assert judge(probe, "postgres")["durable_writes"].outcome == "passed"


def test_a_round_trip_without_the_right(server: PostgresServer) -> None:
    said = judge(probe_of("postgres", url=server.monitor_url), "postgres", writes=True)
    assert said["round_trip"].outcome == "blocked"
    assert "GRANT TEMPORARY ON DATABASE shop TO monitor" in said["round_trip"].message


def test_a_commit_that_waits_for_ever(box: Sandbox) -> None:
    server = box.fresh("postgres")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        admin.execute("SELECT pg_reload_conf()")
    until(lambda: value(server.admin_url, "SHOW synchronous_standby_names") == "nobody")
    said = judge(probe_of("postgres", url=server.url, timeout=1), "postgres", writes=True)
    assert said["round_trip"].outcome == "failed"
    assert said["round_trip"].message == "answer to a write is none within 1 s, must be taken"
    server.kill()


def test_standbys(box: Sandbox) -> None:
    server = box.fresh("postgres", settings={"archive_mode": "on", "archive_command": "false"})
    server.stop()
    (server.data / "standby.signal").touch()
    with restarted(server):
        until(lambda: probe_of("postgres", url=server.url).observation.failure is None)
        said = judge(both(server), "postgres", writes=True)
        assert said["accepts_writes"].message == "node is standby, must be primary"
        assert said["backups_configured"].outcome == "blocked"
        assert said["archiver_healthy"].outcome == "not_applicable"
        assert "recovery" in said["round_trip"].message or "read-only" in said["round_trip"].message
        said = judge(both(server, role="replica"), "postgres", writes=True)
        for name in ("accepts_writes", "backups_configured", "round_trip", "archiver_healthy"):
            assert said[name].outcome == "not_applicable"
        wanted = f"{server.url}?target_session_attrs=read-write"
        assert "read-only" in failure(probe_of("postgres", url=wanted))
    with (server.data / "postgresql.conf").open("a") as conf:
        conf.write("hot_standby = off\n")
    with restarted(server):
        until(lambda: "57P03" in failure(probe_of("postgres", url=server.url)))
        assert "takes no logins yet" in failure(probe_of("postgres", url=server.url))


def failure(probe: Probe[object, object]) -> str:
    return probe.observation.failure or ""


@contextlib.contextmanager
def restarted(server: PostgresServer) -> Iterator[None]:
    """The stopped server's data under a new process."""
    command = [str(server.bin / "postgres"), "-D", str(server.data)]
    owner = users.ordinary_user("postgres")
    child = process.start(
        "again", command, folder=server.folder, user=owner, stop_signal=signal.SIGINT
    )
    try:
        yield
    finally:
        child.stop()
