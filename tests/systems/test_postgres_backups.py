"""PostgreSQL's backups: archives that work or pretend to, dumps in files, receivers of WAL."""

from __future__ import annotations

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
    assert said().message == "newest dump is 0 bytes, must be > 0"
    dump.write_text("data")
    assert said().outcome == "passed"
    os.utime(dump, (time.time() - 7200,) * 2)
    assert said().message == "newest dump's age is 7200 s, must be <= 3600"


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


def test_new_server_that_archived_nothing_yet_is_no_veto(box: Sandbox) -> None:
    settings = {"archive_mode": "on", "archive_command": "cp %p /nowhere"}
    server = box.start("postgres", settings=settings)
    said = judge(both(server), "postgres")
    assert said["archiver_healthy"].outcome == "not_applicable"
    assert said["backups_configured"].outcome == "blocked"
