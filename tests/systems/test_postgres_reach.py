"""PostgreSQL out of reach, each with its plain cause; deadlines; standbys; the live client."""

from __future__ import annotations

import contextlib
import http.server
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.ports import free_port
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres import both, until


@pytest.fixture(scope="module")
def plain(box: Sandbox) -> PostgresServer:
    return box.start("postgres")


@pytest.fixture(scope="module")
def mine(box: Sandbox) -> PostgresServer:
    """A server to damage."""
    return box.fresh("postgres", settings={"max_connections": "8"})


@contextlib.contextmanager
def listening(answers: tuple[bytes, ...] = ()) -> Iterator[int]:
    """A port that takes connections, gives the first its answers, and is silent else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            with contextlib.suppress(OSError):
                taken, _ = server.accept()
                with taken:
                    for answer in answers:
                        taken.recv(1000)
                        taken.sendall(answer)
                    while taken.recv(1000):
                        pass

        if answers:
            threading.Thread(target=talk, daemon=True).start()
        yield server.getsockname()[1]


def failed(url: str, timeout: float = 2.0, **settings: Any) -> str:
    """The cause, after a look that kept to its time, failed one check and blocked the rest."""
    start = time.monotonic()
    probe = probe_of("postgres", url=url, timeout=timeout, **settings)
    assert time.monotonic() - start < timeout + 1
    said = judge(probe, "postgres", writes=True)
    outcomes = {name: judged.outcome for name, judged in said.items()}
    assert outcomes.pop("reachable") == "failed"
    assert set(outcomes.values()) <= {"blocked", "not_applicable"}
    return said["reachable"].message


def swapped(server: PostgresServer, **new: str) -> str:
    parts = {"user": "app", "password": server.passwords["app"], "database": "shop", **new}
    where = f"{server.host}:{server.port}"
    return f"postgresql://{parts['user']}:{parts['password']}@{where}/{parts['database']}"


def test_down() -> None:
    port = free_port()
    assert f"connection refused at 127.0.0.1:{port}" in failed(f"host=127.0.0.1 port={port}")


def test_no_such_host() -> None:
    assert "does not resolve" in failed("postgresql://nowhere.invalid/shop")


def test_no_such_socket(tmp_path: Path) -> None:
    assert "no such file" in failed(f"host={tmp_path}")


def test_silent() -> None:
    with listening() as port:
        said = failed(f"postgresql://app:pw@127.0.0.1:{port}/shop", timeout=1)
    assert f"127.0.0.1:{port} accepts connections but did not answer" in said


def test_silent_after_the_first_words() -> None:
    asks = struct.pack("!cII", b"R", 12, 5) + b"salt"
    with listening((b"N", asks)) as port:
        said = failed(f"postgresql://app:pw@127.0.0.1:{port}/shop", timeout=1)
    assert said == f"no answer within 1 s (logging in to 127.0.0.1:{port})"


@pytest.mark.parametrize("mode", ["prefer", "disable"])
def test_not_postgresql(mode: str) -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        url = f"postgresql://app:pw@127.0.0.1:{server.server_port}/shop?sslmode={mode}"
        said = failed(url, timeout=1)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "does not speak PostgreSQL: it answers" in said


def test_wrong_password_and_database(plain: PostgresServer) -> None:
    said = failed(swapped(plain, password="guessed-wrong"))
    where = f"127.0.0.1:{plain.port}"
    assert said == (f'{where} did not let app in: password authentication failed for user "app"')
    said = failed(swapped(plain, database="nope"))
    assert said == f'{where} did not let app in: database "nope" does not exist'
    said = failed(f"postgresql://app@{where}/shop")
    assert said == f"{where} asks app for a password, and none is given"


def test_an_unknown_parameter(plain: PostgresServer) -> None:
    assert "sslmod" in failed(f"{plain.url}?sslmod=require")


def test_encryption_demanded_of_a_server_without(plain: PostgresServer) -> None:
    assert "offers no TLS, and sslmode=require demands it" in failed(f"{plain.url}?sslmode=require")


def test_certificates(box: Sandbox) -> None:
    server = box.start("postgres", tls="expired")
    assert "certificate has expired" in failed(server.url)
    server = box.start("postgres", tls="unknown-ca")
    assert "is not accepted" in failed(server.url)
    server = box.start("postgres", tls="other-name")
    assert 'does not match host name "127.0.0.1"' in failed(server.url)
    server = box.start("postgres", tls="expiring")
    said = judge(both(server), "postgres")
    assert said["encrypted"].outcome == "passed"
    assert said["certificate_valid"].message.startswith("certificate is 5 days left, must be >=")
    unverified = server.url.replace("verify-full", "require").partition("&")[0]
    said = judge(probe_of("postgres", url=unverified), "postgres")
    assert said["encrypted"].outcome == "passed"
    # Whom one speaks to is another question than how long the certificate holds.
    assert said["certificate_valid"].message.startswith("certificate is 5 days left, must be >=")


def test_rules_that_tell_encrypted_from_plain(box: Sandbox) -> None:
    lines = (
        "host all postgres 127.0.0.1/32 scram-sha-256",
        "hostssl all monitor 127.0.0.1/32 scram-sha-256",
        "hostnossl all app 127.0.0.1/32 scram-sha-256",
    )
    server = box.start("postgres", tls=True, hba=lines)
    probe = probe_of("postgres", url=swapped(server))
    assert (probe.facts.login.tls, probe.facts.login.asks) == (None, "SCRAM")
    refused = swapped(server, user="monitor", password="x") + "?sslmode=disable"
    assert "refuses this login by its rules" in failed(refused)
    monitor = str(server.monitor_url).replace("verify-full", "allow")
    assert probe_of("postgres", url=monitor).facts.login.tls == "TLS"


def test_a_client_certificate_where_libpq_finds_it(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "host all postgres 127.0.0.1/32 scram-sha-256",
        "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca",
    )
    server = box.fresh("postgres", tls=True, hba=lines)
    assert server.certificate is not None
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"ALTER SYSTEM SET ssl_ca_file = '{server.certificate.ca}'".encode())
        admin.execute("SELECT pg_reload_conf()")
    until(lambda: "valid client certificate" in failed(server.url))
    key = tmp_path / "client.key"
    key.touch(mode=0o600)
    key.write_bytes(server.certificate.key.read_bytes())
    monkeypatch.setenv("PGSSLCERT", str(server.certificate.file))
    monkeypatch.setenv("PGSSLKEY", str(key))
    probe = probe_of("postgres", url=server.url)
    assert probe.observation.failure is None
    assert probe.facts.login.asks == "a password"


def test_no_connection_left(mine: PostgresServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(psycopg.connect(mine.admin_url))
        assert "did not let app in: remaining connection slots" in failed(mine.url)
        for _ in range(3):
            stack.enter_context(psycopg.connect(mine.admin_url))
        said = failed(mine.url)
    assert said.endswith("has no free connection: sorry, too many clients already (53300)")
    until(lambda: probe_of("postgres", url=mine.url).observation.failure is None)


def test_frozen(mine: PostgresServer) -> None:
    probe = probe_of("postgres", url=mine.url)
    mine.pause()
    try:
        assert "accepts connections but did not answer" in failed(mine.url, timeout=1)
    finally:
        mine.resume()
        probe.close()


def test_several_nodes(plain: PostgresServer) -> None:
    with listening() as port:
        url = plain.url.replace("@", f"@127.0.0.1:{free_port()},127.0.0.1:{port},")
        probe = probe_of("postgres", url=url, timeout=2)
    assert probe.observation.failure is None
    assert probe.facts.login.port == plain.port


def test_monitor_urls_that_lead_nowhere(plain: PostgresServer, mine: PostgresServer) -> None:
    reasons = {
        swapped(plain, user="monitor", password="guessed"): "monitor_url failed: 127.0.0.1",
        str(mine.monitor_url): "monitor_url leads to another server",
    }
    for monitor_url, reason in reasons.items():
        probe = probe_of("postgres", url=plain.url, monitor_url=monitor_url)
        said = judge(probe, "postgres")
        assert said["reachable"].outcome == said["app_role_plain"].outcome == "passed"
        for name in ("durable_writes", "xid_headroom", "long_transactions", "archiver_healthy"):
            assert said[name].outcome == "blocked"
            assert reason in said[name].message


def test_only_a_monitor_judges_the_server_alone(plain: PostgresServer) -> None:
    said = judge(probe_of("postgres", monitor_url=plain.monitor_url), "postgres", writes=True)
    assert said["durable_writes"].outcome == said["long_transactions"].outcome == "passed"
    for name in ("password_required", "app_role_plain", "encrypted", "statement_timeout"):
        assert said[name].outcome == "blocked"
    assert "only monitor_url is given" in said["round_trip"].message


def test_psycopg_missing(plain: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    probe = probe_of("postgres", url=plain.url)
    assert probe.observation.broken
    said = judge(probe, "postgres")
    assert said["reachable"].outcome == "error"
    assert 'pip install "pytest-readiness[postgres]"' in said["reachable"].message
