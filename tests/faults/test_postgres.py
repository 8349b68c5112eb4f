"""PostgreSQL behind faults."""

from __future__ import annotations

import struct
from typing import Any

from tests.faults import proxy
from tests.faults.cases import Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.postgres import PostgresServer

SYSTEM = "postgres"


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> PostgresServer:
    """A server as it is after its installation."""
    return (box.fresh if fresh else box.start)("postgres")


def route(
    box: Sandbox,
    server: PostgresServer,
    port: int,
    *,
    tls: bool = False,
    login: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The application's way in."""
    login = login or f"app:{server.passwords['app']}"
    query = f"?sslmode=verify-full&sslrootcert={box.ca}" if tls else ""
    return {"url": f"postgresql://{login}@127.0.0.1:{port}/shop{query}", **more}


def wrong_password(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.server.port, login="app:wrong-secret", timeout=2.0)


def message(kind: bytes, length: int) -> bytes:
    """The head of a message of the protocol."""
    return kind + struct.pack("!I", length)


CASES = [
    *anywhere(handshake=5, answer=700, slow=()),
    *certificates(upgrade=True),
    *servers(answer=700),
    Case("wrong password", wrong_password, "refuses the password of user app|password"),
    wired("endless text", proxy.endless(b"N" + message(b"E", 2**31 - 1), b"x"), "."),
    wired("endless list", proxy.endless(b"", message(b"N", 4)), "."),
]


class TestPostgres(Proof):
    """PostgreSQL behind faults."""
