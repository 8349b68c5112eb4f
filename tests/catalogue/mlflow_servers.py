"""MLflow servers in the states that the catalogue's proof needs, and how they get there."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.certificates import Kind
from tests.sandbox.mlflow import MlflowServer
from tests.sandbox.place import password
from tests.sandbox.ports import HOST

MODELS: dict[str, dict[str, Any]] = {
    "churn": {"aliases": ["champion"]},
    "fraud-eu": {"aliases": ["champion"]},
    "fraud-us": {"aliases": ["champion"]},
    "gone": {"aliases": ["champion"], "files": False},
    "bare": {"run": False},
}
PATIENT = 30.0
"""Seconds: a first answer takes some where the server shares two cores with a test run."""


def judged(writes: bool = False, **settings: Any) -> dict[str, Judged]:
    return judge(probe_of("mlflow", timeout=PATIENT, **settings), "mlflow", writes=writes)


def guarded(box: Sandbox) -> MlflowServer:
    """A server with users, five models, and figures for Prometheus."""
    metrics = {"prometheus_multiproc_dir": str(box.folder / "mlflow-metrics")}
    # Without it every request hashes the password anew, for half a second of a processor.
    cached = {"auth_cache_ttl_seconds": "60"}
    return box.start("mlflow", auth=True, auth_settings=cached, models=MODELS, env=metrics)


def careless(box: Sandbox) -> MlflowServer:
    """A server that lets everybody in from anywhere, and whose artifact store is not there."""
    environment = {
        "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "*",
        "MLFLOW_SERVER_X_FRAME_OPTIONS": "NONE",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(box.folder / "mlruns"),
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": f"http://{HOST}:9/artifacts",
    }
    server = box.start("mlflow", env=environment)
    if len(server.call("experiments/search?max_results=9")["experiments"]) == 1:
        kept = {"name": "kept", "artifact_location": "mlflow-artifacts:/kept"}
        server.call("experiments/create", kept)
    return server


def login(server: MlflowServer, user: str, secret: str | None = None) -> str:
    return f"http://{user}:{secret or server.passwords[user]}@{server.host}:{server.port}"


@contextlib.contextmanager
def altered(server: MlflowServer, do: str, undo: str, file: str = "mlflow.db") -> Iterator[None]:
    """The server with another content of its database, as a broken migration leaves it."""
    with contextlib.closing(sqlite3.connect(server.folder / file, timeout=20)) as database:
        database.execute(do)
        database.commit()
        try:
            yield
        finally:
            database.execute(undo)
            database.commit()


@contextlib.contextmanager
def user(server: MlflowServer, name: str, **rights: str) -> Iterator[str]:
    """The URL of a user of its own, with rights on all experiments and models."""
    secret = password()
    server.call("users/create", {"username": name, "password": secret})
    rows = server.call("experiments/search?max_results=99")["experiments"]
    resources = [("experiment", row["experiment_id"]) for row in rows]
    resources += [("registered_model", model) for model in MODELS]
    with httpx.Client(
        base_url=server.base, auth=("admin", server.passwords["admin"]), trust_env=False, timeout=30
    ) as admin:
        for kind, resource in resources if rights else []:
            right = {
                "username": name,
                "resource_type": kind,
                "resource_id": resource,
                "permission": rights[kind],
            }
            said = admin.post("/api/3.0/mlflow/users/permissions/grant", json=right)
            assert said.is_success, said.text
    try:
        yield login(server, name, secret)
    finally:
        server.call("users/delete", {"username": name}, method="DELETE")


@contextlib.contextmanager
def behind_tls(box: Sandbox, server: MlflowServer, kind: Kind) -> Iterator[str]:
    """The URL of a front that ends TLS with a certificate of a kind."""
    folder = box.folder / f"front-{kind}-{time.monotonic_ns()}"
    folder.mkdir()
    certificate = box._authority.issue(kind, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    with socket.create_server((HOST, 0)) as listener:
        arguments = (listener, context, server.port)
        threading.Thread(target=_accepting, args=arguments, daemon=True).start()
        yield f"https://{HOST}:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _accepting(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=_relaying, args=(plain, context, port), daemon=True).start()


def _relaying(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with (
        contextlib.suppress(OSError),
        context.wrap_socket(plain, server_side=True) as near,
        socket.create_connection((HOST, port)) as far,
    ):
        threading.Thread(target=_pumping, args=(near, far), daemon=True).start()
        _pumping(far, near)


def _pumping(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
