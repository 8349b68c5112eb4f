"""MLflow behind faults."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pytest_readiness.systems.mlflow.roundtrip import EXPERIMENT
from tests.faults import proxy
from tests.faults.cases import LONG, SILENCE, Case, Lab, anywhere, certificates, servers, wired
from tests.faults.pages import (
    DEEP,
    JSON,
    LOGIN,
    OK,
    answering,
    bomb,
    by_path,
    page,
    prompt,
    trickling,
)
from tests.faults.proof import Proof
from tests.sandbox import Sandbox
from tests.sandbox.errors import SandboxError
from tests.sandbox.mlflow import MlflowServer

SYSTEM = "mlflow"

HEAD, FIRST = 60, 400
"""Bytes after which an answer is in its head, and after which the first one is over."""


@dataclass
class Lent:
    """A server that was lent to one run to be frozen, and may be lent to another."""

    server: MlflowServer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.server, name)

    def stop(self) -> None:
        """It is given back: each costs four seconds of a processor to start."""
        if self.server.alive:
            GIVEN_BACK.append(self.server)


GIVEN_BACK: list[MlflowServer] = []


def start(box: Sandbox, *, fresh: bool = False, port: int | None = None) -> Any:
    """A tracking server without logins: each would cost it a tenth of a second of work."""
    if fresh and GIVEN_BACK:
        return Lent(GIVEN_BACK.pop())
    server = (box.fresh if fresh else box.start)("mlflow")
    # It makes its tables at the first question, which takes a second.
    server.call("experiments/search?max_results=1")
    return Lent(server) if fresh else server


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


def guarded(lab: Lab) -> MlflowServer:
    """A server with logins, whose user may read nothing, and make nothing of ours."""
    settings = {"auth_cache_ttl_seconds": "60", "default_permission": "NO_PERMISSIONS"}
    return lab.box.start("mlflow", auth=True, auth_settings=settings)


def wrong_password(lab: Lab) -> dict[str, Any]:
    server = guarded(lab)
    return lab.route(server.port, server, login="app:wrong-secret@", timeout=LONG)


def wrong_token(lab: Lab) -> dict[str, Any]:
    server = guarded(lab)
    return lab.route(server.port, server, timeout=LONG, token="wrong-secret")


def without_rights(lab: Lab) -> dict[str, Any]:
    server = guarded(lab)
    # Not the user's own, or it would be one that the user may read; the second run finds it there.
    with contextlib.suppress(SandboxError):
        server.call("experiments/create", {"name": EXPERIMENT})
    login = f"app:{server.passwords['app']}@"
    return lab.route(server.port, server, login=login, timeout=LONG)


def said(name: str, words: bytes, cause: str) -> Case:
    """A case in which everything is answered alike."""
    return wired(name, proxy.saying(words), cause)


def statuses() -> Iterator[Case]:
    """Whatever is asked, the same status."""
    causes = {
        401: "asks for credentials, and none are given",
        403: "lets nobody in from here",
        404: "not MLflow: status 404",
        500: "not MLflow: status 500 .* and no version; see the server's log",
        502: "a proxy answers with status 502",
        503: "a proxy answers with status 503",
    }
    for status, cause in causes.items():
        yield said(f"status {status}", page(b"no", status=status), cause)
    path = "/api/2.0/mlflow/experiments/search"
    loop = page(b"", f"Location: {path}", status=302)
    yield said("redirect loop", loop, "to itself, in a circle")


def bodies() -> Iterable[Case]:
    """Answers whose body does not come, or is another's."""
    length = JSON + b"Content-Length: %d\r\n\r\n"
    chunked = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    late, large = f"does not end in time|{SILENCE}", "more than 4 MiB"
    return [
        wired("stalled in the body", proxy.after(400, proxy.stalled), late),
        wired("closed in the body", proxy.after(400, proxy.closed), "a body that breaks off"),
        said("length beyond the body", length % 99 + b"{}", late),
        wired("endless body", proxy.endless(length % 10**15, b"x"), large),
        wired("endless chunks", proxy.endless(chunked, chunk), large),
        wired("endless tiny chunks", proxy.endless(chunked, b"1\r\nx\r\n"), f"{large}|{late}"),
        wired("trickling body", trickling(OK + b"\r\n"), late),
        said("gzip bomb", bomb(), "status 200 .* and no JSON"),
        said("login page", page(LOGIN, "Content-Type: text/html"), "status 200 .* and no JSON"),
        said("JSON of another shape", page(b"[]"), "not MLflow: status 200"),
        said("JSON of other types", page(b'{"experiments": 3}'), "not MLflow: status 200"),
        said("deep JSON", page(DEEP), "status 200 .* and no JSON"),
    ]


def database_down() -> Case:
    """The API answers that its database does not, and all else is well."""
    error = json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE", "message": "gone"}).encode()
    answers = {"/api/": page(error, status=503), "/version": page(b"3.1.0")}
    cause = r"status of experiments/search \(TEMPORARILY_UNAVAILABLE\) is 503"
    case = wired("database down", by_path(answers, page(b"OK")), cause)
    return replace(case, check="database_answers")


def odd_rows() -> Case:
    """Lists whose rows are none, and numbers that are words."""
    rows = {"experiments": [3, None, {"experiment_id": [], "artifact_location": 7}]}
    runs = {"runs": [1, {"info": 2}, {"info": {"start_time": "soon"}}]}
    models = {"registered_models": [None, {"name": 5, "aliases": 3, "latest_versions": "x"}]}
    api = "/api/2.0/mlflow/"
    answers = {
        f"{api}experiments/search": page(json.dumps(rows).encode()),
        f"{api}runs/search": page(json.dumps(runs).encode()),
        f"{api}registered-models/search": page(json.dumps(models).encode()),
    }
    fault = by_path(answers, page(b"[]"))
    case = wired("rows that are none", fault, "GET /version", minimum_version="2.9")
    return replace(case, check="version_minimum")


GUARDED = tuple(
    f"mlflow.{name}"
    for name in ("authentication_required", "default_password_refused", "app_user_limited")
)

CASES = list(
    prompt(
        [
            *(case for case in anywhere(handshake=10, answer=HEAD) if case.name != "HTTP's port"),
            *certificates(),
            *servers(answer=FIRST),
            *statuses(),
            *bodies(),
            database_down(),
            odd_rows(),
            Case("wrong password", wrong_password, "refuses the credentials of user app"),
            Case("wrong token", wrong_token, "give user and password"),
            Case(
                "user without READ",
                without_rights,
                "no experiment is visible",
                "artifacts_remote",
                GUARDED,
            ),
            wired("endless head", proxy.endless(OK, b"X: y\r\n"), "more headers than clients take"),
            wired("endless line", proxy.endless(OK + b"X: ", b"x"), "one that is too long"),
            wired("head without an end", answering(OK + b"X: y\r\n"), "in the middle of an answer"),
            said("HTTP/1.0", page(LOGIN, head="HTTP/1.0"), "status 200 .* and no JSON"),
        ]
    )
)


class TestMlflow(Proof):
    """MLflow behind faults."""
