"""A service over HTTP: what is asked of it is what its page says, and nothing is sent to it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from pytest_readiness.systems.http import DEBUG_PAGES, PRIVATE_FILES
from tests.leavings.projects import Project, table
from tests.leavings.snapshots import until_same


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: str | None
    agent: str | None


class Service(ThreadingHTTPServer):
    """A service that writes down what it is asked, whatever the method, and answers 200."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.open = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def parse_request(self) -> bool:
        whole = super().parse_request()
        if whole:
            size = self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding")
            agent = self.headers.get("User-Agent")
            self.server.asked.append(Asked(self.command, self.path, size, agent))
            # One answer for every method, those that this class does not know too.
            self.command = "GET"
        return whole

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def setup(self) -> None:
        self.server.open += 1
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.server.open -= 1

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


NO_SUCH_PAGE = "/readiness-no-such-page"


@pytest.mark.parametrize("args", [[], ["--readiness-writes", "-n", "2"]], ids=["alone", "workers"])
def test_only_get_and_only_what_is_documented(
    project: Project, service: Service, args: list[str]
) -> None:
    paths: dict[str, Any] = {
        "live": "/health", "ready": "/ready", "page": "/shop", "metrics": "/metrics",
        "protected": ["/admin"],
    }  # fmt: skip
    project.settings(table("http", url=service.url, writes=True, requests=3, burst=5, **paths))
    ran = project.run("-p", "no:cacheprovider", *args)
    assert ran.outcomes("http.reachable") == ["passed"], ran.out
    assert {(a.method, a.body, a.agent) for a in service.asked} == {
        ("GET", None, "pytest-readiness")
    }
    often = Counter(asked.path for asked in service.asked)
    once = {"/ready", "/metrics", "/admin", NO_SUCH_PAGE, *DEBUG_PAGES, *PRIVATE_FILES}
    assert set(often) == {"/health", "/shop", *once}
    assert {path: often[path] for path in once} == dict.fromkeys(once, 1)
    # As the page says: once and the burst; one more than the requests, and twice more.
    assert (often["/health"], often["/shop"]) == (1 + 5, 3 + 1 + 2)
    until_same(lambda: service.open, 0)
