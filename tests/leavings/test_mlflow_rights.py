"""MLflow: no run is made where the user may not delete it again."""

from __future__ import annotations

import httpx
import pytest

from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MlflowServer


@pytest.fixture(scope="module")
def guarded(box: Sandbox) -> MlflowServer:
    return box.start("mlflow", auth=True)


def active(server: MlflowServer) -> list[str]:
    ids = [
        e["experiment_id"] for e in server.call("experiments/search?max_results=100")["experiments"]
    ]
    found = server.call("runs/search", {"experiment_ids": ids, "run_view_type": "ACTIVE_ONLY"})
    return [run["info"]["run_name"] for run in found.get("runs", [])]


def login(server: MlflowServer, user: str, password: str) -> str:
    return f"http://{user}:{password}@{server.host}:{server.port}"


def test_mlflow_makes_no_run_that_it_may_not_delete(guarded: MlflowServer) -> None:
    app = login(guarded, "app", guarded.passwords["app"])
    assert (
        judge(probe_of("mlflow", url=app, timeout=20), "mlflow", True)["round_trip"].outcome
        == "passed"
    )
    before = active(guarded)
    guarded.call("users/create", {"username": "editor", "password": "editor-password-1"})
    url = login(guarded, "editor", "editor-password-1")
    admin = httpx.Client(
        base_url=guarded.base, auth=("admin", guarded.passwords["admin"]), trust_env=False
    )
    found = admin.get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=pytest-readiness")
    right = {
        "username": "editor",
        "resource_type": "experiment",
        "resource_id": found.json()["experiment"]["experiment_id"],
        "permission": "EDIT",
    }
    path = "/api/3.0/mlflow/users/permissions/"
    try:
        assert admin.post(f"{path}grant", json=right).is_success
        said = judge(probe_of("mlflow", url=url, timeout=20), "mlflow", writes=True)["round_trip"]
        assert said.outcome == "blocked"
        assert '"permission": "MANAGE"' in said.message
        assert active(guarded) == before
        assert admin.post(f"{path}revoke", json=right).is_success
        assert admin.post(f"{path}grant", json={**right, "permission": "MANAGE"}).is_success
        after = judge(probe_of("mlflow", url=url, timeout=20), "mlflow", writes=True)["round_trip"]
        assert after.outcome == "passed"
        assert active(guarded) == before
    finally:
        admin.close()
        guarded.call("users/delete", {"username": "editor"}, method="DELETE")
