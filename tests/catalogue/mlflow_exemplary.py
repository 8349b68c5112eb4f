"""The server that examples/production/mlflow describes, started with those very files."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec

from pytest_readiness.systems.mlflow import MlflowSettings
from tests.recipes import blocks
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MLMODEL
from tests.sandbox.place import password
from tests.sandbox.ports import HOST, free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "production" / "mlflow"
API = "/api/2.0/mlflow"


class Exemplary:
    """The server that the files of examples/production/mlflow start, with its users and models."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        names = ("admin", "app", "readiness")
        self.passwords = {name: password() for name in names}
        databases = ("CREATE DATABASE mlflow OWNER app", "CREATE DATABASE mlflow_auth OWNER app")
        self.postgres = box.start("postgres", tls=True, sql=databases)
        self.place = box._new_place("mlflow")
        self.port = free_port()
        self.ca = str(box.ca)
        self._start()
        self._furnish()

    def database(self, name: str) -> str:
        return self.postgres.url.replace("/shop?", f"/{name}?")

    def url(self, who: str) -> str:
        return f"https://{who}:{self.passwords[who]}@{HOST}:{self.port}"

    def readiness_toml(self) -> str:
        """The example's settings, its placeholders filled in."""
        text = (EXAMPLE / "readiness.toml").read_text()
        for placeholder, value in (
            ("${MLFLOW_PASSWORD}", self.passwords["app"]),
            ("${MLFLOW_MONITOR_PASSWORD}", self.passwords["readiness"]),
            ("mlflow.example.org:5000", f"{HOST}:{self.port}"),
            ("/etc/ssl/certs/ca-certificates.crt", self.ca),
        ):
            assert placeholder in text
            text = text.replace(placeholder, value)
        return text

    def settings(self) -> dict[str, Any]:
        """The target as the example's settings declare it."""
        table = msgspec.toml.decode(self.readiness_toml())["mlflow"]["registry"]
        return msgspec.structs.asdict(msgspec.convert(table, MlflowSettings))

    def _start(self) -> None:
        folder, certificate = self.place.folder, self.place.certificate("valid")
        secret = self.passwords["admin"]
        filled = {
            "LISTEN": HOST,
            "PORT": str(self.port),
            "WORKERS": "1",
            "BACKEND_STORE_URI": self._dialect("mlflow"),
            "ARTIFACTS_DESTINATION": str(folder / "artifacts"),
            "HOST_NAMES": f"{HOST}:{self.port}",
            "PAGES": f"https://{HOST}:{self.port}",
            "METRICS_FOLDER": str(folder / "metrics"),
            "CERTIFICATE": str(certificate.file),
            "CERTIFICATE_KEY": str(certificate.key),
            "MLFLOW_AUTH_CONFIG_PATH": str(folder / "basic_auth.ini"),
            "MLFLOW_AUTH_ADMIN_USERNAME": "admin",
            "MLFLOW_AUTH_ADMIN_PASSWORD": secret,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": password(),
        }
        lines = (EXAMPLE / "mlflow.env").read_text().split()
        assert [line.partition("=")[0] for line in lines] == list(filled), "placeholders"
        users = (EXAMPLE / "basic_auth.ini").read_text()
        example = next(line for line in users.splitlines() if line.startswith("database_uri"))
        auth = f"database_uri = {self._dialect('mlflow_auth')}"
        self.place.write("basic_auth.ini", users.replace(example, auth))
        around = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        child = self.place.start("mlflow", ["sh", str(EXAMPLE / "server.sh")], env=around | filled)
        child.wait_until(self._healthy, 120)

    def _dialect(self, name: str) -> str:
        return self.database(name).replace("postgresql://", "postgresql+psycopg://")

    def _healthy(self) -> bool:
        with contextlib.suppress(httpx.HTTPError), self._client("admin") as client:
            return client.get("/health").is_success
        return False

    def _client(self, who: str) -> httpx.Client:
        verify = ssl.create_default_context(cafile=self.ca)
        return httpx.Client(
            base_url=f"https://{HOST}:{self.port}",
            auth=(who, self.passwords[who]),
            verify=verify,
            trust_env=False,
            timeout=30,
        )

    def _furnish(self) -> None:
        """Users by the documented recipe, and models as the application registers them."""
        app = {"username": "app", "password": self.passwords["app"]}
        with self._client("admin") as admin:
            admin.post(f"{API}/users/create", json=app).raise_for_status()
        with self._client("app") as client:
            for name in ("churn", "fraud-eu"):
                _register(client, name)
        filled = {
            "ADMIN_PASSWORD": self.passwords["admin"],
            "READINESS_PASSWORD": self.passwords["readiness"],
            "MLFLOW": f"https://{HOST}:{self.port}",
            "CURL_CA_BUNDLE": self.ca,
            "PATH": os.environ["PATH"],
        }
        for recipe in blocks("mlflow"):
            subprocess.run(["sh", "-euc", recipe], env=filled, check=True, timeout=60)


def _register(client: httpx.Client, name: str) -> None:
    def call(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"{API}/{path}", json=body).raise_for_status().json()

    experiment = call("experiments/create", {"name": f"{name}-training"})["experiment_id"]
    run = call("runs/create", {"experiment_id": experiment})["run"]["info"]
    source = f"{run['artifact_uri']}/model"
    kept = source.partition(":/")[2]
    path = f"/api/2.0/mlflow-artifacts/artifacts/{kept}/MLmodel"
    client.put(path, content=MLMODEL).raise_for_status()
    call("runs/update", {"run_id": run["run_id"], "status": "FINISHED"})
    call("registered-models/create", {"name": name})
    version = {"name": name, "source": source, "run_id": run["run_id"]}
    made = call("model-versions/create", version)["model_version"]["version"]
    call("registered-models/alias", {"name": name, "alias": "champion", "version": made})


@contextlib.contextmanager
def locked(database: str, table: str, seconds: float) -> Iterator[None]:
    """A table that migrations hold twice for some seconds, so that its readers wait."""
    import psycopg

    ready = threading.Event()

    def migrate() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            for _ in range(2):
                with connection.transaction():
                    connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                    ready.set()
                    connection.execute(f"SELECT pg_sleep({seconds})")

    thread = threading.Thread(target=migrate, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield
    thread.join()
