"""PostgreSQL's backups: archives that work or pretend to, dumps in files, receivers of WAL."""

from __future__ import annotations

import gzip
import os
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from pytest_readiness.systems.postgres import Dumps
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import BAD, GOOD, LINES, SQL, archived, both, until, value

SWITCH = "SELECT pg_switch_wal()"


@pytest.fixture(scope="module")
def good(box: Sandbox) -> PostgresServer:
    sql = ("ALTER ROLE app SET statement_timeout = '30s'", SWITCH)
    server = box.start("postgres", tls=True, settings=GOOD, sql=sql)
    archived(server, "archived_count")
    return server


@pytest.fixture(scope="module")
def bad(box: Sandbox) -> PostgresServer:
    return box.start("postgres", settings=BAD, hba=LINES, sql=SQL)


def test_the_backlog_counts_segments(good: PostgresServer) -> None:
    value(good.admin_url, "SELECT pg_logical_emit_message(true, 'test', 'x')")
    assert both(good).facts.archiver.behind == 0


@pytest.mark.parametrize("command", ["/bin/true", "exit 0", ":"])
def test_a_pretended_archive_is_no_backup(box: Sandbox, good: PostgresServer, command: str) -> None:
    with psycopg.connect(good.admin_url, autocommit=True) as admin:
        try:
            admin.execute(f"ALTER SYSTEM SET archive_command = '{command}'".encode())
            admin.execute("SELECT pg_reload_conf()")
            until(lambda: both(good).facts.archiver.target == "discards")
            said = judge(both(good), "postgres")
        finally:
            admin.execute("ALTER SYSTEM RESET archive_command")
            admin.execute("SELECT pg_reload_conf()")
    assert said["backups_configured"].outcome == "failed"
    assert said["archiver_healthy"].outcome == "not_applicable"


def test_dumps_in_files_are_a_backup(bad: PostgresServer, tmp_path: Path) -> None:
    def said() -> Judged:
        dumps = Dumps(files=str(tmp_path / "*.dump"), max_age="1h")
        return judge(both(bad, dumps=dumps), "postgres")["backups_configured"]

    assert said().message == "dumps is 0 files, must be >= 1"
    dump = tmp_path / "shop.dump"
    dump.touch()
    assert said().message == "newest dump is 0 bytes, must be >= 1024"
    # What "pg_dump | gzip" leaves where pg_dump was refused.
    dump.write_bytes(gzip.compress(b""))
    assert said().message == "newest dump is 20 bytes, must be >= 1024"
    dump.write_text(1024 * "d")
    assert said().outcome == "passed"
    os.utime(dump, (time.time() - 7200,) * 2)
    assert said().message.startswith("newest dump's age is 720")


def test_a_receiver_of_wal_is_a_backup(box: Sandbox, tmp_path: Path) -> None:
    server = box.start("postgres")
    said = judge(both(server), "postgres")
    assert said["backups_configured"].message == "archive_mode is off, must not be off"
    assert said["archiver_healthy"].outcome == said["archive_backlog"].outcome == "not_applicable"
    program = [str(server.bin / "pg_receivewal"), "-D", str(tmp_path), "--no-password"]
    environ = {"PGPASSWORD": server.passwords["postgres"]}
    to = ["-h", server.host, "-p", str(server.port), "-U", "postgres"]
    receiver = subprocess.Popen([*program, *to], env=environ, stderr=subprocess.DEVNULL)
    try:
        until(lambda: probe_of("postgres", url=server.url).facts.wal_receivers == 1)
        assert judge(both(server), "postgres")["backups_configured"].outcome == "passed"
    finally:
        receiver.terminate()
        receiver.wait()


def test_a_base_backup_streams_but_is_no_standby(box: Sandbox, tmp_path: Path) -> None:
    server = box.start("postgres")
    program = [str(server.bin / "pg_basebackup"), "-D", str(tmp_path / "base"), "--no-password"]
    how = ["--wal-method=stream", "--checkpoint=fast", "--max-rate=1M"]
    to = ["-h", server.host, "-p", str(server.port), "-U", "postgres"]
    environ = {"PGPASSWORD": server.passwords["postgres"]}
    backup = subprocess.Popen([*program, *how, *to], env=environ, stderr=subprocess.DEVNULL)
    streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
    try:
        until(lambda: value(server.admin_url, streaming) == 1)
        said = judge(both(server), "postgres")
        assert both(server).facts.wal_receivers == 0
    finally:
        backup.terminate()
        backup.wait()
    assert said["replicas_streaming"].message == "streaming standbys (none) is 0, must be >= 1"
    assert said["replication_lag"].outcome == "not_applicable"


def filled(server: PostgresServer, segments: int) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        for _ in range(segments):
            admin.execute("SELECT pg_logical_emit_message(true, 'test', 'x')")
            admin.execute(SWITCH.encode())


def test_the_history_of_a_backup_is_no_backlog(box: Sandbox) -> None:
    server = box.fresh("postgres", settings=GOOD)
    status = server.data / "pg_wal" / "archive_status"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_backup_start('test', true)")
        filled(server, 12)
        admin.execute("SELECT pg_backup_stop()")
    until(lambda: list(status.glob("*.backup.done")))
    # Which of its last two files the archiver takes first is a race: here it is the segment.
    for done in status.glob("*.backup.done"):
        done.rename(done.with_suffix(".ready"))
    value(server.admin_url, "SELECT pg_reload_conf()")
    last = "SELECT last_archived_wal FROM pg_stat_archiver"
    until(lambda: str(value(server.admin_url, last)).endswith(".backup"))
    said = judge(both(server), "postgres")["archive_backlog"]
    assert (said.outcome, said.message[:39]) == (
        "blocked",
        "the last archived file is a backup's hi",
    )
    assert judge(both(server), "postgres", behind=20)["archive_backlog"].outcome == "passed"
    assert judge(both(server), "postgres", waiting=0)["archiver_healthy"].outcome == "passed"
    filled(server, 1)
    until(lambda: both(server).facts.archiver.behind == 0)


def test_an_archive_command_that_hangs_never_fails(box: Sandbox) -> None:
    server = box.fresh("postgres", settings=GOOD)
    filled(server, 1)
    archived(server, "archived_count")
    assert judge(both(server), "postgres", waiting=0)["archiver_healthy"].outcome == "passed"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET archive_command = 'sleep 600'")
        admin.execute("SELECT pg_reload_conf()")
    until(lambda: value(server.admin_url, "SHOW archive_command") == "sleep 600")
    filled(server, 2)
    said = judge(both(server), "postgres", waiting=0)["archiver_healthy"]
    assert said.message.startswith("last archiving, while WAL waits is ")
    assert said.message.endswith(" s ago, must be <= 0")
    server.kill()


def test_new_server_that_archived_nothing_yet_is_no_veto(box: Sandbox) -> None:
    settings = {"archive_mode": "on", "archive_command": "cp %p /nowhere"}
    server = box.start("postgres", settings=settings)
    said = judge(both(server), "postgres")
    assert said["archiver_healthy"].outcome == "not_applicable"
    assert said["backups_configured"].outcome == "blocked"
