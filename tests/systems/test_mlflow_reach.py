"""MLflow: other servers on its port, states a healthy server cannot show, deadlines."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.systems.mlflow import ModelIntent
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.certificates import Kind

SEARCH = "/api/2.0/mlflow/experiments/search"
GET = "/api/2.0/mlflow/registered-models/get"
ALIAS = "/api/2.0/mlflow/registered-models/alias"
FILE = "/model-versions/get-artifact"
OK: dict[str, Any] = {
    SEARCH: {"experiments": [{"name": "Default", "artifact_location": "s3://bucket/0"}]},
    "/api/2.0/mlflow/registered-models/search": {},
    "/api/3.0/mlflow/server-info": {"store_type": "SqlStore"},
}


ADMIN = "Basic YWRtaW46"
"""How the login of the user admin begins."""


class Handler(BaseHTTPRequestHandler):
    answers: dict[str, Any]
    anonymous: Any = None

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        said = self.answers.get(path, (404, "<html>not here</html>"))
        if self.headers.get("Authorization", "").startswith(ADMIN):
            said = self.answers.get(f"admin {path}", said)
        if self.anonymous is not None and "Authorization" not in self.headers:
            said = self.anonymous
        status, body = said if isinstance(said, tuple) else (200, said)
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "https://elsewhere/login?secret=1")
        self.send_header("Set-Cookie", "session=ours")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(
    answers: dict[str, Any], anonymous: Any = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """The host and port of a server that gives these answers."""
    made = type("Scripted", (Handler,), {"answers": answers, "anonymous": anonymous})
    server = ThreadingHTTPServer(("127.0.0.1", 0), made)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def judged(where: str, **settings: Any) -> dict[str, Any]:
    return judge(probe_of("mlflow", url=f"http://app:pw-1234@{where}", **settings), "mlflow")


def unreachable(url: str, timeout: float = 1.0, **settings: Any) -> str:
    """The cause, after seeing that one check failed within the deadline and the rest blocked."""
    start = time.monotonic()
    probe = probe_of("mlflow", url=url, timeout=timeout, **settings)
    assert time.monotonic() - start < timeout + 1
    said = judge(probe, "mlflow", writes=True)
    assert said.pop("reachable").outcome == "failed"
    assert {one.outcome for one in said.values()} == {"blocked"}
    assert probe.observation.failure is not None
    assert not probe.observation.broken
    return probe.observation.failure


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ((404, "<html>"), "is not MLflow: status 404"),
        ((200, "<html>Welcome to nginx!"), "is not MLflow: status 200"),
        ((200, {"status": "ok"}), "is not MLflow: status 200"),
        ((502, "<html>Bad gateway"), "a proxy answers with status 502"),
        ((403, "Invalid Host header - possible DNS rebinding attack"), "--allowed-hosts"),
        ((307, ""), "redirects to https://elsewhere/login; give that address"),
    ],
)
def test_something_else_on_the_port(answer: tuple[int, Any], cause: str) -> None:
    with serving({SEARCH: answer, "/health": (200, "OK")}) as where:
        said = unreachable(f"http://{where}")
    assert cause in said
    assert "secret" not in said


def test_a_broken_server_that_tells_its_version_is_mlflow() -> None:
    with serving({SEARCH: (500, "<html>oops"), "/version": (200, "3.1.0")}) as where:
        said = judged(where, minimum_version="2.9")
    assert said["reachable"].outcome == said["version_minimum"].outcome == "passed"
    assert said["database_answers"].message == ("status of experiments/search is 500, must be 200")


def test_other_protocols_and_nobody_at_all(box: Sandbox) -> None:
    redis = box.start("redis", settings={"save": '""'})
    # It takes HTTP for an attack.
    assert "is it an HTTP port?" in unreachable(f"http://{redis.host}:{redis.port}")
    with serving(OK) as where:
        assert "does not speak TLS" in unreachable(f"https://{where}")
    assert "connection refused" in unreachable(f"http://{where}")
    assert "does not resolve" in unreachable("http://no-such-host.invalid:5000")


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 400])
def test_a_server_that_drips_or_is_silent_leaves_no_thread(drip: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_dripping, args=(listener, drip), daemon=True).start()
        mine = set(threading.enumerate())
        said = unreachable(f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert "no answer to GET /" in said
        ends = time.monotonic() + 5
        while asking := {t for t in set(threading.enumerate()) - mine if "ask" in t.name}:
            assert time.monotonic() < ends, asking
            time.sleep(0.02)
        listener.shutdown(socket.SHUT_RDWR)


def _dripping(listener: socket.socket, drip: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_drip, args=(client, drip), daemon=True).start()


def _drip(client: socket.socket, drip: bytes) -> None:
    with contextlib.suppress(OSError), client:
        client.settimeout(5)
        for byte in drip:
            client.sendall(bytes([byte]))
            time.sleep(0.05)
        while client.recv(4096):
            pass


def tls_of(box: Sandbox, kind: Kind, folder: Path) -> ssl.SSLContext:
    certificate = box._authority.issue(kind, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    return context


def test_tls(box: Sandbox, tmp_path: Path) -> None:
    ca = str(box.ca)
    for kind, outcome in (("valid", "passed"), ("expiring", "failed")):
        with serving(OK, tls=tls_of(box, kind, tmp_path)) as where:  # type: ignore[arg-type]  # Kind
            probe = probe_of("mlflow", url=f"https://{where}", ca_file=ca)
            said = judge(probe, "mlflow")
            assert said["encrypted"].outcome == "passed"
            assert said["certificate_valid"].outcome == outcome
            assert "is not accepted" in unreachable(f"https://{where}")
            assert "speaks TLS on this port" in unreachable(f"http://{where}")


def test_a_token_and_strangers() -> None:
    with serving(OK, anonymous=(302, "")) as where:
        said = judge(probe_of("mlflow", url=f"http://{where}", token="bearer-1234"), "mlflow")
    assert said["authentication_required"].outcome == "passed"
    # This server lets every login in, the published one too. (MLflow refuses it since 3.16.)
    assert said["default_password_refused"].message == (
        "admin with a published password is answered, must be refused"
    )
    with serving(OK, anonymous=(500, "oops")) as where:
        said = judge(probe_of("mlflow", url=f"http://{where}", token="bearer-1234"), "mlflow")
    assert said["authentication_required"].outcome == "blocked"


@pytest.mark.parametrize(
    ("text", "outcome"), [("Permission denied", "failed"), ("Account locked", "passed")]
)
def test_a_login_that_is_forbidden_is_let_in_by_mlflow_alone(text: str, outcome: str) -> None:
    said: dict[str, Any] = {**OK, f"admin {SEARCH}": (403, text)}
    with serving(said, anonymous=(401, "You are not authenticated.")) as where:
        assert judged(where)["default_password_refused"].outcome == outcome


def test_null_is_an_empty_list() -> None:
    row = {"name": "churn", "aliases": None, "latest_versions": None}
    registry = "/api/2.0/mlflow/registered-models/search"
    for rows in (None, [row]):
        answers = {**OK, SEARCH: {"experiments": None}, registry: {"registered_models": rows}}
        with serving(answers) as where:
            assert judged(where)["reachable"].outcome == "passed"


def test_file_store_and_local_artifacts() -> None:
    local = {"experiments": [{"name": "Default", "artifact_location": "/srv/mlruns/0"}]}
    info = {"store_type": "FileStore"}
    with serving({**OK, SEARCH: local, "/api/3.0/mlflow/server-info": info}) as where:
        said = judged(where)
    assert said["backend_durable"].message == "backend store is files, must be a database"
    assert "artifacts on a local path (Default) is 1" in said["artifacts_remote"].message


def test_no_experiment_in_sight_is_no_pass() -> None:
    with serving({**OK, SEARCH: {}}) as where:
        said = judged(where, minimum_version="2")
    assert said["artifacts_remote"].outcome == said["version_minimum"].outcome == "blocked"


def test_a_registry_that_is_down() -> None:
    error = (503, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "?"})
    with serving({**OK, "/api/2.0/mlflow/registered-models/search": error}) as where:
        said = judged(where)["registry_answers"]
    assert said.message == (
        "status of registered-models/search (TEMPORARILY_UNAVAILABLE) is 503, must be 200"
    )


@pytest.mark.parametrize(
    ("model", "led", "check", "outcome", "words"),
    [
        ((403, "Permission denied"), {}, "models_registered", "blocked", '"username": "app"'),
        ({}, {"status": "PENDING_REGISTRATION"}, "model_version_ready", "failed", "PENDING"),
        ({}, {"status": "READY", "source": ""}, "model_version_ready", "failed", "is empty"),
        ({}, {"status": "READY", "source": "s3://b"}, "model_version_ready", "passed", ""),
    ],
)
def test_models(model: Any, led: dict[str, str], check: str, outcome: str, words: str) -> None:
    found = model or {"registered_model": {"name": "churn"}}
    version = {"model_version": {"version": "3", **led}}
    with serving({**OK, GET: found, ALIAS: version}) as where:
        said = judged(where, models={"churn": ModelIntent(alias="champion")})[check]
    assert said.outcome == outcome
    assert words in said.message


@pytest.mark.parametrize(
    ("source", "file", "outcome", "words"),
    [
        ("mlflow-artifacts:/0/model", (500, "<html>oops"), "blocked", "could not read it"),
        ("mlflow-artifacts:/0/model", (403, "Permission denied"), "blocked", '"READ"'),
        ("mlflow-artifacts:/0/model", (200, "<html>Sign in"), "failed", "is missing"),
        ("mlflow-artifacts:/0/model", (200, "flavors:\n  sklearn:\n"), "passed", ""),
        ("s3://bucket/0", (500, "<html>oops"), "not_applicable", "without the server"),
    ],
)
def test_files_of_a_model(source: str, file: Any, outcome: str, words: str) -> None:
    version = {"model_version": {"version": "3", "status": "READY", "source": source}}
    kept = {"experiments": [{"name": "Default", "artifact_location": "mlflow-artifacts:/0"}]}
    registered = {"registered_model": {"name": "churn"}}
    answers = {**OK, SEARCH: kept, GET: registered, ALIAS: version, FILE: file}
    with serving(answers) as where:
        said = judged(where, models={"churn": ModelIntent(alias="champion")})["model_artifacts"]
    assert said.outcome == outcome
    assert words in said.message


def test_more_models_than_one_pattern_may_stand_for() -> None:
    many = {"registered_models": [{"name": "fraud-eu"}], "next_page_token": "more"}
    with serving({**OK, "/api/2.0/mlflow/registered-models/search": many}) as where:
        said = judged(where, models={"fraud-*": ModelIntent()})["models_registered"]
    assert said.outcome == "blocked"
    assert "more than 25 models match fraud-*" in said.message


@pytest.mark.parametrize("place", ["mlflow-artifacts:/", "mlflow-artifacts://ml:5000"])
def test_the_root_of_what_the_server_keeps(place: str) -> None:
    kept = {"experiments": [{"name": "Default", "artifact_location": place}]}
    with serving({**OK, SEARCH: kept, "/api/2.0/mlflow-artifacts/artifacts": {}}) as where:
        assert judged(where)["artifact_store_answers"].outcome == "passed"


def test_what_a_proxy_in_front_says_for_mlflow() -> None:
    with serving(OK, anonymous=(404, "<html>no such site")) as where:
        assert judged(where)["host_check"].outcome == "passed"
    with serving(OK, anonymous=(502, "<html>Bad gateway")) as where:
        said = judged(where)
    for name in ("host_check", "authentication_required", "foreign_origin_refused"):
        assert said[name].outcome == "blocked"
