"""What a look at PostgreSQL costs the network."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.judging import judge, probe_of
from tests.proxy import Proxy
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer

LOGIN = 4
"""Round trips that libpq's login takes: is TLS on offer? a session, please; SCRAM's two."""

STATEMENT = 1


@pytest.fixture(scope="module")
def server(box: Sandbox) -> PostgresServer:
    made: PostgresServer = box.start("postgres")
    return made


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[Proxy]:
    with Proxy(server.port) as standing:
        yield standing


def through(proxy: Proxy, server: PostgresServer, url: str | None) -> str:
    assert url is not None
    return url.replace(f":{server.port}", f":{proxy.port}")


def counted(proxy: Proxy) -> tuple[int, int]:
    return len(proxy.conversations), proxy.turns


def test_one_connection_one_login_one_statement(proxy: Proxy, server: PostgresServer) -> None:
    probe = probe_of("postgres", url=through(proxy, server, server.url))
    assert probe.facts.login.asks == "SCRAM"
    assert counted(proxy) == (1, LOGIN + STATEMENT)
    said = judge(probe, "postgres")
    # The checks of a run without writes open no other.
    assert said["reachable"].outcome == said["password_required"].outcome == "passed"
    assert counted(proxy) == (1, LOGIN + STATEMENT)


def test_no_question_for_tls_where_the_url_wants_none(proxy: Proxy, server: PostgresServer) -> None:
    url = through(proxy, server, server.url) + "?sslmode=disable"
    assert probe_of("postgres", url=url).facts.login.asks == "SCRAM"
    assert counted(proxy) == (1, LOGIN - 1 + STATEMENT)


def test_a_second_statement_for_what_the_first_found_to_be_allowed(
    proxy: Proxy, server: PostgresServer
) -> None:
    # A superuser may list the WAL and read the rules, which others may not even ask for.
    probe_of("postgres", url=through(proxy, server, server.admin_url))
    assert counted(proxy) == (1, LOGIN + 2 * STATEMENT)


def test_a_monitor_is_a_login_of_its_own(proxy: Proxy, server: PostgresServer) -> None:
    own, monitor = (through(proxy, server, url) for url in (server.url, server.monitor_url))
    probe = probe_of("postgres", url=own, monitor_url=monitor)
    assert probe.facts.standby is False
    connections, turns = counted(proxy)
    assert connections == 2
    # The monitor may list the WAL: it is asked for in a second statement.
    assert turns == 2 * (LOGIN + STATEMENT) + STATEMENT


def test_a_refused_login_is_followed_by_a_greeting(proxy: Proxy, server: PostgresServer) -> None:
    url = through(proxy, server, server.url).replace(server.passwords["app"], "guessed-wrong")
    probe: Any = probe_of("postgres", url=url)
    assert "password authentication failed" in probe.observation.failure
    assert len(proxy.conversations) == 2


@pytest.mark.parametrize("mode", ["prefer", "verify-full"])
def test_tls_takes_a_greeting_and_a_question_for_plaintext(box: Sandbox, mode: str) -> None:
    server = box.start("postgres", tls=True)
    with Proxy(server.port) as proxy:
        url = through(proxy, server, server.url).replace("verify-full", mode)
        facts = probe_of("postgres", url=url).facts
        assert (facts.login.tls, facts.login.asks) == ("TLSv1.3", "SCRAM")
        assert facts.certificate is not None
        assert facts.login.plaintext == "accepted"
        # The login; its certificate, which libpq keeps to itself; a session without TLS.
        assert len(proxy.conversations) == 3


def test_an_address_that_nobody_listens_at_is_passed_over(
    proxy: Proxy, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(host: str, port: int, **more: Any) -> list[Any]:
        ways = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]
        return ways if host == "db.invalid" else looked_up(host, port, **more)

    addresses, looked_up = ("127.0.0.2", "127.0.0.1"), socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", two)
    probe = probe_of(
        "postgres", url=through(proxy, server, server.url).replace("127.0.0.1", "db.invalid")
    )
    assert (probe.facts.login.host, probe.facts.login.peer) == ("db.invalid", "127.0.0.1")
    assert counted(proxy) == (1, LOGIN + STATEMENT)


def test_a_unix_socket_is_overheard_too(box: Sandbox) -> None:
    rules = ("local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        # The sandbox's servers may run as another user.
        os.chmod(folder, 0o777)
        settings = {"unix_socket_directories": folder}
        server = box.fresh("postgres", settings=settings, hba=rules)
        password = server.passwords["app"]
        where = f"host={folder} port={server.port} user=app password={password} dbname=shop"
        login = probe_of("postgres", url=where).facts.login
        server.stop()
    assert (login.socket, login.asks) == (True, "SCRAM")
    assert login.peer == f"{folder}/.s.PGSQL.{server.port}"
