"""A service over HTTP behind faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from tests.faults import proxy
from tests.faults.cases import LONG, Case, Lab, anywhere, certificates, servers, wired
from tests.faults.pages import DEEP, LOGIN, OK, answering, bomb, page, prompt, trickling
from tests.faults.proof import Proof
from tests.faults.proxy import Fault
from tests.sandbox import Sandbox
from tests.sandbox.http import HttpServer

SYSTEM = "http"

HEAD, BODY = 60, 600
"""Bytes after which the application's answer is in its head, and in its body."""


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> HttpServer:
    """A small application."""
    return (box.fresh if fresh else box.start)("http", app={"/": {"body": "hello" * 200}})


def route(
    box: Sandbox, server: HttpServer, port: int, *, tls: bool = False, **more: Any
) -> dict[str, Any]:
    """The way of its clients."""
    own: dict[str, Any] = {"ca_file": str(box.ca)} if tls else {}
    # The fewest requests: each is late where answers are late.
    own |= {"requests": 3, "burst": 0}
    return {"url": f"http{'s' * tls}://127.0.0.1:{port}", **own, **more}


def judged_by(check: str, name: str, fault: Fault, cause: str, **more: Any) -> Case:
    """A case whose service is reachable, and of which another check says what is wrong."""
    return replace(wired(name, fault, cause, **more), check=check)


def named(name: str, body: bytes, cause: str, *head: str) -> Case:
    """A case in which the path that should name the database answers something else."""
    settings = {"ready": "/", "dependencies": ["db"]}
    fault = proxy.saying(page(body, *head))
    found = judged_by("dependencies_ok", name, fault, cause, **settings)
    # Its status is well, and it says no word of itself; more is declared than of the good one.
    return replace(found, moved=("http.ready", "http.intent_declared"))


def network() -> Iterator[Case]:
    """The faults that every protocol can meet, as they are met over HTTP."""
    for case in anywhere(handshake=10, answer=HEAD, slow=("http.latency",)):
        if case.name != "HTTP's port":
            yield case


ENCRYPTED = ("http.encrypted", "http.encrypted_across_public_network", "http.old_tls_refused")


def shown() -> Iterator[Case]:
    """Certificates: the service is looked at all the same, since it may be mended meanwhile."""
    for case in certificates():
        if case.name.startswith("certificate"):
            moved = (*ENCRYPTED, "http.certificate_valid")
            yield replace(case, check="certificate_trusted", moved=moved)
        else:
            yield case


def bodies() -> Iterable[Case]:
    """Answers whose body does not come, or does not end."""
    after = proxy.after
    length = OK + b"Content-Length: %d\r\n\r\n"
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    return [
        judged_by("live", "closed in the body", after(BODY, proxy.closed), "broken"),
        judged_by("live", "reset in the body", after(BODY, proxy.reset), "broken"),
        judged_by("live", "stalled in the body", after(BODY, proxy.stalled), "late"),
        judged_by("live", "length beyond the body", proxy.saying(length % 99 + b"hello"), "late"),
        judged_by("live", "endless body", proxy.endless(length % 10**15, b"x"), "not all of it"),
        judged_by("live", "endless chunks", proxy.endless(chunked, chunk), "not all of it"),
        judged_by(
            "live", "endless tiny chunks", proxy.endless(chunked, b"1\r\nx\r\n"), "not all of it"
        ),
        judged_by("live", "trickling body", trickling(OK + b"\r\n"), "late"),
        judged_by("live", "chunks that are none", answering(chunked + b"zz\r\n"), "broken"),
    ]


def statuses() -> Iterator[Case]:
    """Whatever is asked, the same status."""
    for status in (400, 401, 403, 404, 500, 502, 503):
        fault = proxy.saying(page(b"no", status=status))
        yield judged_by("live", f"status {status}", fault, f"status of GET / is {status}")
    loop = proxy.saying(page(b"", "Location: /", status=302))
    yield judged_by("live", "redirect loop", loop, r"\(to /\) is 302")


def old_http(lab: Lab) -> dict[str, Any]:
    return lab.route(lab.faulty(answering(b"HTTP/1.0 200 OK\r\n\r\nhello")), timeout=LONG)


CASES = list(
    prompt(
        [
            *network(),
            *shown(),
            *servers(answer=1, live=None),
            *bodies(),
            *statuses(),
            wired("endless head", proxy.endless(OK, b"X: y\r\n"), "more headers than clients take"),
            wired("endless line", proxy.endless(OK + b"X: ", b"x"), "one that is too long"),
            wired("endless words", proxy.endless(b"", b"x"), "does not speak HTTP"),
            wired(
                "endless hints", proxy.endless(b"", b"HTTP/1.1 103 Hint\r\n\r\n"), "(no|not) answer"
            ),
            wired("head without an end", answering(OK + b"X: y\r\n"), "in the middle of an answer"),
            named(
                "gzip bomb", bomb().partition(b"\r\n\r\n")[2], "no JSON", "Content-Encoding: gzip"
            ),
            named("login page", LOGIN, "no JSON", "Content-Type: text/html"),
            named("JSON of another shape", b"[]", "not named"),
            named("deep JSON", DEEP, "no JSON"),
            Case("HTTP/1.0", old_http, None),
        ]
    )
)


class TestHttp(Proof):
    """A service over HTTP behind faults."""
