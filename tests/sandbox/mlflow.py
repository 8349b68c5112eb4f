"""An MLflow tracking server and model registry on SQLite."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import web, wheels
from .errors import MissingError
from .place import Place
from .place import password as new_password
from .ports import HOST, free_port
from .server import Server

_NEEDED = ("mlflow", "flask", "flask_cors", "sqlalchemy", "alembic", "aiohttp", "numpy", "pandas")
_READY_SECONDS = 90

MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}]'
  outputs: '[{"type": "long", "required": true}]'
"""
"""The file by which MLflow knows a folder of artifacts for a model."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MlflowServer(Server):
    """`url` holds no credentials; with `auth` they are in `passwords` (app and admin)."""

    passwords: Mapping[str, str] = field(repr=False)

    def call(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        method: str | None = None,
        user: str = "admin",
    ) -> Any:
        """Ask the REST API: `path` is what follows `/api/2.0/mlflow/`."""
        login = (user, self.passwords[user]) if self.passwords else None
        return web.call(f"{self.base}/api/2.0/mlflow/{path}", body, method=method, login=login)

    @property
    def base(self) -> str:
        """The URL without credentials."""
        return f"http://{self.host}:{self.port}"


def start(
    place: Place,
    *,
    auth: bool = False,
    auth_settings: Mapping[str, str] | None = None,
    models: Mapping[str, Mapping[str, Any]] | None = None,
    env: Mapping[str, str] | None = None,
) -> MlflowServer:
    """Start a server with one worker and artifacts proxied to its folder.

    A model is `dict(aliases=[...], run=True, files=True)`: version 1 with these aliases, made
    from a run or from none, with an MLmodel file among its artifacts or none.
    `auth` is MLflow's basic-auth app, `auth_settings` more lines of its configuration; `env` is
    more environment.
    """
    for package in (*_NEEDED, *(["flask_wtf"] if auth else [])):
        if not wheels.installed(package):
            raise MissingError(
                f"the Python package {package}", "pip install -r tests/sandbox/requirements.txt"
            )
    port = free_port()
    passwords = {name: new_password() for name in ("admin", "app")} if auth else {}
    users = _auth_environment(place, passwords, auth_settings)
    environment = {**_environment(place), **users, **(env or {})}
    # `mlflow server` does the same, after a second import of MLflow that takes seconds.
    factory = ["--factory", "mlflow.server.auth:create_app"]
    app = factory if auth else ["mlflow.server.fastapi_app:app"]
    listen = ["--host", HOST, "--port", str(port), "--workers", "1"]
    child = place.start("mlflow", [sys.executable, "-m", "uvicorn", *listen, *app], env=environment)
    child.wait_until(lambda: web.answers(f"http://{HOST}:{port}/health"), _READY_SECONDS)
    server = MlflowServer(
        host=HOST,
        port=port,
        folder=place.folder,
        log=child.log,
        url=f"http://{HOST}:{port}",
        children=(child,),
        passwords=passwords,
    )
    if auth:
        server.call("users/create", {"username": "app", "password": passwords["app"]})
    for name, wanted in (models or {}).items():
        _create_model(server, name, wanted)
    return server


def _environment(place: Place) -> dict[str, str]:
    """What the command line of `mlflow server` hands to the process that serves."""
    inherited = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    artifacts = place.subfolder("artifacts")
    return {
        **inherited,
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{place.folder}/mlflow.db",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(artifacts),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _auth_environment(
    place: Place, passwords: Mapping[str, str], more: Mapping[str, str] | None
) -> dict[str, str]:
    if not passwords:
        return {}
    settings = {
        "default_permission": "READ",
        "database_uri": f"sqlite:///{place.folder}/auth.db",
        **(more or {}),
    }
    lines = ["[mlflow]", *(f"{name} = {value}" for name, value in settings.items()), ""]
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(place.write("auth.ini", "\n".join(lines))),
        "MLFLOW_AUTH_ADMIN_USERNAME": "admin",
        "MLFLOW_AUTH_ADMIN_PASSWORD": passwords["admin"],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(16),
    }


def _create_model(server: MlflowServer, name: str, wanted: Mapping[str, Any]) -> None:
    server.call("registered-models/create", {"name": name})
    # MLflow takes a source below its own artifacts only together with the run that made it.
    version: dict[str, Any] = {"name": name, "source": f"s3://models/{name}"}
    if wanted.get("run", True):
        run = server.call("runs/create", {"experiment_id": "0", "run_name": name})["run"]["info"]
        version |= {"run_id": run["run_id"], "source": f"{run['artifact_uri']}/model"}
        server.call("runs/update", {"run_id": run["run_id"], "status": "FINISHED"})
        if wanted.get("files", True):
            kept = server.folder / "artifacts" / run["artifact_uri"].partition(":/")[2] / "model"
            kept.mkdir(parents=True)
            (kept / "MLmodel").write_text(MLMODEL)
    made = server.call("model-versions/create", version)["model_version"]
    for alias in wanted.get("aliases", []):
        body = {"name": name, "alias": alias, "version": made["version"]}
        server.call("registered-models/alias", body)
