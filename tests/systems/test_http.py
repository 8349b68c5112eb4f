"""A service over HTTP: other servers on its port, deadlines, and what the probe sends."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_readiness.systems.exchange import AGENT
from pytest_readiness.systems.http import DEBUG_PAGES, PRIVATE_FILES
from tests.judging import Judged, judge, probe_of
from tests.recipes import PRIVILEGES
from tests.sandbox import Sandbox
from tests.systems.http_servers import SMALL_NGINX, Script, book, drips, says, scripted, silent

OK = b"HTTP/1.1 200 OK\r\n"
H2_ONLY = """
events {}
http { server { listen 127.0.0.1:@PLAIN_PORT@ http2; } }
"""


def judged(url: str, **settings: Any) -> dict[str, Judged]:
    return judge(probe_of("http", url=url, **settings), "http")


def unreachable(url: str, timeout: float = 1.0, **settings: Any) -> str:
    """The cause, after seeing that one check failed within the deadline and the rest blocked."""
    start = time.monotonic()
    probe = probe_of("http", url=url, timeout=timeout, **settings)
    assert time.monotonic() - start < timeout + 1
    said = judge(probe, "http")
    assert said.pop("reachable").outcome == "failed"
    assert {one.outcome for one in said.values()} == {"blocked"}
    assert probe.observation.failure is not None
    assert not probe.observation.broken
    return probe.observation.failure


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (silent, "no answer to GET / within"),
        (drips(again=b"H"), "no answer to GET / within"),
        (drips([OK, b"X-Long: "]), "no answer to GET / within"),
        (drips(again=b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer to GET / within"),
        (says(b"-ERR unknown command 'GET'\r\n"), "does not speak HTTP on this port"),
        (says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "does not speak HTTP on this port"),
        (says(b"\x16\x03\x01\x00"), "does not speak HTTP on this port"),
        (says(*[OK, *(b"X-%d: 1\r\n" % n for n in range(200))]), "more headers than clients take"),
        (says(), "closed the connection instead of an answer"),
    ],
)
def test_something_else_on_the_port(script: Script, cause: str) -> None:
    mine = set(threading.enumerate())
    with scripted(script) as where:
        assert cause in unreachable(f"http://{where}")
        gone(mine)


def gone(mine: set[threading.Thread]) -> None:
    """That no thread of an observation is left."""
    ends = time.monotonic() + 3
    while left := [t for t in set(threading.enumerate()) - mine if "readiness" in t.name]:
        assert time.monotonic() < ends, left
        time.sleep(0.02)


def test_the_other_scheme(box: Sandbox) -> None:
    server = box.start("http", nginx=SMALL_NGINX, tls="valid")
    plain = server.url.replace("https", "http")
    assert "speaks TLS on this port; give https://" in unreachable(plain)
    assert "does not speak TLS on this port" in unreachable(server.app_url.replace("http", "https"))


def test_http2_only(box: Sandbox) -> None:
    server = box.start("http", nginx=H2_ONLY)
    assert "speaks HTTP/2 only" in unreachable(server.url)


def test_nobody_there() -> None:
    with book() as (where, _):
        pass
    assert "connection refused" in unreachable(f"http://{where}")
    assert "does not resolve" in unreachable("http://no-such-host.invalid")
    assert "cannot be read" in unreachable("https://localhost", ca_file="/no/such.pem")


@pytest.mark.parametrize(
    ("answer", "live"),
    [
        (drips([OK, b"\r\n"]), "body of GET / is late, must be complete"),
        (drips([OK, b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"]), "is late, must be complete"),
        (says(OK, b"Content-Length: 9\r\n\r\nabc"), "body of GET / is broken, must be complete"),
        (says(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "is broken, must be complete"),
    ],
)
def test_a_body_without_an_end(answer: Script, live: str) -> None:
    mine = set(threading.enumerate())
    start = time.monotonic()
    with scripted(answer) as where:
        said = judged(f"http://{where}", timeout=1.5)
        assert time.monotonic() - start < 2.5
        assert said["reachable"].outcome == "passed"
        assert live in said["live"].message
        assert said["answer_complete"].outcome == "failed"
        gone(mine)


def test_a_firewall_that_drops_the_plaintext_port() -> None:
    with scripted(silent) as nowhere, book() as (where, _):
        start = time.monotonic()
        said = judged(f"http://{where}", redirect_from=f"http://{nowhere}", timeout=2)
        assert time.monotonic() - start < 1.5
    assert "no answer" in said.pop("plaintext_redirected").message
    assert "blocked" not in {one.outcome for one in said.values()}


def test_hints_before_the_answer() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    down = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with scripted(says(hints + down)) as where:
        said = judged(f"http://{where}")
    assert said["live"].message == "status of GET / is 503, must be < 300"


def test_a_redirect_says_where_it_leads() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: https://x.example/en?s=1\r\nContent-Length: 0\r\n\r\n"
    with scripted(says(moved)) as where:
        said = judged(f"http://{where}")
    assert said["live"].message == (
        "status of GET / (to https://x.example/en) is 301, must be < 300"
    )


def test_an_endless_body_is_cut() -> None:
    with scripted(drips([OK, b"\r\n"], b"x" * (1 << 20), 0.0)) as where:
        said = judged(f"http://{where}", burst=2, requests=2, debug=(), files=())
    # Whether it has an end nobody knows, and of its time there is no whole.
    assert said["live"].outcome == said["latency"].outcome == "blocked"
    assert "larger than 1048576 bytes" in said["answer_complete"].message


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_server_with_one_thread(version: str) -> None:
    """None of our connections may stay open while another waits to be served."""
    with book(one_at_a_time=True, version=version) as (where, _):
        said = judged(f"http://{where}")
    assert said["success_ratio"].outcome == said["latency"].outcome == "passed"
    assert said["files_closed"].outcome == "passed"


def test_what_is_sent() -> None:
    """GETs only, as many as documented, with credentials to nobody but the paths that need them."""
    page = (PRIVILEGES / "http.md").read_text("utf-8")
    token = "Bearer token-12345"
    with book(login=token) as (where, requests):
        declared = {"ready": "/ready", "protected": ("/admin",), "metrics": "/metrics"}
        probe = probe_of("http", url=f"http://{where}", token="token-12345", **declared)
    said = judge(probe, "http")
    assert {r.method for r in requests} == {"GET"}
    assert {r.agent for r in requests} == {AGENT}
    paths = Counter(r.path for r in requests)
    assert paths.pop("/") == 1 + 21 + 50 + 1
    assert paths.pop("/admin") == 2
    once = {*DEBUG_PAGES, *PRIVATE_FILES, "/ready", "/metrics", "/readiness-no-such-page"}
    assert paths == dict.fromkeys(once, 1)
    assert all(f"`{path}`" in page for path in (*DEBUG_PAGES, *PRIVATE_FILES))
    known = {r.path for r in requests if r.authorization}
    assert known == {"/admin", "/ready", "/metrics"}
    assert said["authentication_required"].outcome == "passed"
    assert said["credentials_accepted"].outcome == "passed"
    assert "token-12345" not in json.dumps(probe.observation.facts)


def test_no_credentials_where_the_certificate_is_not_accepted(box: Sandbox, tmp_path: Path) -> None:
    certificate = box._authority.issue("unknown-ca", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    with book(tls=context) as (where, requests):
        declared = {"ready": "/ready", "protected": ("/admin",), "page": "/", "live": "/admin"}
        url = f"https://app:password-9@{where}"
        said = judged(url, headers={"X-Key": "k"}, ca_file=str(box.ca), **declared)
    assert requests
    assert not [r for r in requests if r.authorization]
    assert "is not accepted" in said["certificate_trusted"].message
    assert "no credentials were sent" in said["credentials_accepted"].message


def test_ready_and_metrics_inside_the_network() -> None:
    declared = {"ready": "/", "metrics": "/metrics", "url": "", "monitor_url": ""}
    with book() as (outside, _), book() as (inside, asked):
        declared |= {"url": f"http://{outside}", "monitor_url": f"http://a:pw-1234@{inside}"}
        said = judged(**declared)
        assert said["ready"].outcome == "passed"
        assert {r.path for r in asked} == {"/", "/metrics"}
        assert all(r.authorization for r in asked)
    with book() as (outside, _):
        said = judged(**{**declared, "url": f"http://{outside}"})
    assert said["live"].outcome == "passed"
    assert said["ready"].outcome == "blocked"
    assert "connection refused" in said["ready"].message


def test_a_live_client() -> None:
    with book(login="Bearer t-12345") as (where, _):
        probe = probe_of("http", url=f"http://{where}", token="t-12345")
        assert probe.client.get("/admin").status_code == 200
        probe.close()


def test_facts_survive_being_saved() -> None:
    with book() as (where, _):
        probe = probe_of("http", url=f"http://{where}", ready="/", burst=5, requests=5)
    saved = msgspec.json.decode(msgspec.json.encode(probe.observation.facts))
    assert msgspec.convert(saved, type(probe.facts)) == probe.facts
