"""A service over HTTP behind faults."""

from __future__ import annotations

from typing import Any

from tests.faults import proxy
from tests.faults.cases import anywhere, certificates, servers, wired
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.http import HttpServer

SYSTEM = "http"


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> HttpServer:
    """A small application."""
    return (box.fresh if fresh else box.start)("http", app={"/": {}})


def route(
    box: Sandbox, server: HttpServer, port: int, *, tls: bool = False, **more: Any
) -> dict[str, Any]:
    """The way of its clients."""
    own: dict[str, Any] = {"ca_file": str(box.ca)} if tls else {}
    # The fewest requests: each is late where answers are late.
    own |= {"requests": 3, "burst": 0}
    return {"url": f"http{'s' * tls}://127.0.0.1:{port}", **own, **more}


OK = b"HTTP/1.1 200 OK\r\n"
CASES = [
    *anywhere(handshake=10, answer=400, slow=("http.latency",)),
    *certificates(),
    *servers(answer=400),
    wired("endless head", proxy.endless(OK, b"X: y\r\n"), "."),
    wired("endless line", proxy.endless(OK + b"X: ", b"x"), "."),
    wired("endless body", proxy.endless(OK + b"Content-Length: 999999999999\r\n\r\n", b"x"), "."),
    wired(
        "endless chunks",
        proxy.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ".",
    ),
]


class TestHttp(Proof):
    """A service over HTTP behind faults."""
