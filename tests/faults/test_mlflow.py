"""MLflow behind faults."""

from __future__ import annotations

from typing import Any

from tests.faults import proxy
from tests.faults.cases import SHORT, Case, Lab, anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MlflowServer

SYSTEM = "mlflow"


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> MlflowServer:
    """A tracking server without logins: each would cost it a tenth of a second of work."""
    return (box.fresh if fresh else box.start)("mlflow")


def route(
    box: Sandbox,
    server: MlflowServer,
    port: int,
    *,
    tls: bool = False,
    login: str = "",
    **more: Any,
) -> dict[str, Any]:
    """The application's way in."""
    own = {"ca_file": str(box.ca)} if tls else {}
    return {"url": f"http{'s' * tls}://{login}127.0.0.1:{port}", **own, **more}


def wrong_password(lab: Lab) -> dict[str, Any]:
    server = lab.box.start("mlflow", auth=True)
    return lab.route(server.port, server, login="app:wrong-secret@", timeout=SHORT)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CASES = [
    *anywhere(handshake=10, answer=400),
    *certificates(),
    *servers(answer=400),
    Case("wrong password", wrong_password, "password|credentials|401"),
    wired("endless head", proxy.endless(OK, b"X: y\r\n"), "."),
    wired("endless body", proxy.endless(OK + b"Content-Length: 999999999999\r\n\r\n", b"x"), "."),
    wired(
        "endless chunks",
        proxy.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ".",
    ),
]


class TestMlflow(Proof):
    """MLflow behind faults."""
