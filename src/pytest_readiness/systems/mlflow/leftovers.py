"""What a killed round trip left behind: MLflow knows no expiry, so a later one removes it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from pytest_readiness.systems.mlflow.http import API

if TYPE_CHECKING:
    import httpx

OLD = 3600
"""Seconds after which a run of ours is nobody's any more: no round trip takes that long."""

PROXIED = "/api/2.0/mlflow-artifacts/artifacts/"
_MOST = 20


def kept_by_server(uri: str) -> str | None:
    """Path of an artifact URI within what the server keeps for its clients; None if elsewhere."""
    scheme, _, path = uri.partition(":")
    if scheme != "mlflow-artifacts":
        return None
    # mlflow-artifacts:/0/run/artifacts, or mlflow-artifacts://host:port/0/run/artifacts
    return path[2:].partition("/")[2] if path.startswith("//") else path.lstrip("/")


def place(uri: str) -> str | None:
    """Path of our artifact in a run with this artifact URI; None if the server keeps none."""
    tail = kept_by_server(uri)
    return None if tail is None else f"{PROXIED}{tail}/readiness.txt"


def sweep(client: httpx.Client, experiment: str, tag: str) -> None:
    """Remove old runs with our tag from our experiment, and their artifacts."""
    asked = {
        "experiment_ids": [experiment],
        "filter": f"tags.`{tag}` != '' AND attributes.start_time < {_millis() - 1000 * OLD}",
        "run_view_type": "ACTIVE_ONLY",
        "max_results": _MOST,
    }
    # A kindness, which must not decide whether our own round trip works.
    with contextlib.suppress(Exception):
        for run in client.post(f"{API}runs/search", json=asked).json().get("runs", []):
            artifact = place(str(run["info"].get("artifact_uri", "")))
            if artifact is not None:
                client.delete(artifact)
            client.post(f"{API}runs/delete", json={"run_id": run["info"]["run_id"]})


def _millis() -> int:
    return int(time.time() * 1000)
