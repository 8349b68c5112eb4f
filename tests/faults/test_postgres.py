"""PostgreSQL behind faults."""

from __future__ import annotations

import struct
from typing import Any

from tests.faults import proxy
from tests.faults.cases import SHORT, Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.judging import probe_of
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer
from tests.systems.test_postgres_use import failure, restarted, until

SYSTEM = "postgres"


ROLES = {
    "crowded": "LOGIN CONNECTION LIMIT 0",
    "retired": "NOLOGIN",
    "stranger": "LOGIN",
}
SQL = [
    *(f"CREATE ROLE {role} PASSWORD 'role-secret' {options}" for role, options in ROLES.items()),
    "CREATE DATABASE closed",
    "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
]


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> PostgresServer:
    """A server as it is after its installation."""
    return box.fresh("postgres") if fresh else box.start("postgres", sql=SQL)


def route(
    box: Sandbox,
    server: PostgresServer,
    port: int,
    *,
    tls: bool = False,
    login: str | None = None,
    database: str = "shop",
    **more: Any,
) -> dict[str, Any]:
    """The application's way in."""
    login = login or f"app:{server.passwords['app']}"
    query = f"?sslmode=verify-full&sslrootcert={box.ca}" if tls else ""
    return {"url": f"postgresql://{login}@127.0.0.1:{port}/{database}{query}", **more}


def refused(name: str, cause: str, login: str, database: str = "shop") -> Case:
    """A login that the server does not accept."""

    def settings(lab: Lab) -> dict[str, Any]:
        return lab.route(lab.server.port, login=login, database=database, timeout=SHORT)

    return Case(name, settings, cause)


def recovering(lab: Lab) -> dict[str, Any]:
    """A standby that replays and lets nobody in meanwhile."""
    server = lab.fresh()
    assert isinstance(server, PostgresServer)
    server.stop()
    (server.data / "standby.signal").touch()
    with (server.data / "postgresql.conf").open("a") as conf:
        conf.write("hot_standby = off\n")
    lab.stack.enter_context(restarted(server))
    until(lambda: "57P03" in failure(probe_of("postgres", url=server.url)))
    return lab.route(server.port, server, timeout=SHORT)


def message(kind: bytes, length: int) -> bytes:
    """The head of a message of the protocol."""
    return kind + struct.pack("!I", length)


def poured(after: int, head: bytes, more: bytes) -> proxy.Fault:
    """An answer that does not end, after so many bytes of true ones."""
    return proxy.after(after, proxy.endless(head, more, first=True))


CASES = [
    *anywhere(handshake=5, answer=700),
    *certificates(upgrade=True),
    *servers(answer=150),
    refused("wrong password", 'password authentication failed for user "app"', "app:wrong-secret"),
    refused("no connection left", "too many connections for role", "crowded:role-secret"),
    refused("a role that may not log in", "not permitted to log in", "retired:role-secret"),
    refused("no right to connect", "permission denied", "stranger:role-secret", "closed"),
    refused("no such database", '"nowhere" does not exist', "stranger:role-secret", "nowhere"),
    Case("recovery", recovering, "takes no logins yet"),
    wired(
        "endless greeting", proxy.endless(b"N" + message(b"E", 2**31 - 1), b"x"), "does not speak"
    ),
    wired("endless notices", poured(700, b"", message(b"N", 5) + b"\0"), "."),
    wired("endless row", poured(700, message(b"D", 2**31 - 2), b"x"), "."),
]


class TestPostgres(Proof):
    """PostgreSQL behind faults."""
