"""A run that is written, read and deleted.

Runs are named ``readiness-<uuid>`` and live in the experiment ``pytest-readiness``, which is made
once and used again: MLflow deletes softly, a deleted experiment keeps its name taken, and the rows
of deleted runs stay until ``mlflow gc``. The artifact is removed for good. Nothing is made where
the user may not remove it again, and what a killed round trip left is removed by a later one.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.mlflow import parsed
from pytest_readiness.systems.mlflow.grants import grant, may_delete_runs
from pytest_readiness.systems.mlflow.http import API
from pytest_readiness.systems.mlflow.leftovers import place, sweep

if TYPE_CHECKING:
    import httpx

    from pytest_readiness.systems.mlflow.probe import MlflowProbe

EXPERIMENT = "pytest-readiness"
TAG = "pytest-readiness"


class RoundTrip(msgspec.Struct, kw_only=True):
    """What became of the run."""

    written: str
    done: str = "OK"
    """``OK``, or the step that failed and the server's answer."""
    parameter: str | None = None
    proxied: bool = False
    """Whether the server keeps artifacts for its clients."""
    artifact: str | None = None
    left: int | None = None
    """Runs of ours that are not deleted."""


class _Refused(Exception):
    """A step was answered with an error."""


class _Forbidden(Exception):
    """The user may not do a step."""


def run(probe: MlflowProbe) -> RoundTrip:
    """Write a run with a parameter and an artifact as the application, read it, delete it.

    Raises:
        Blocked: the application's way in is not given, or its user may not write runs.
    """
    if probe.declared.url is None:
        blocked("no url is given, only monitor_url: writing is the application's right")
    # Says where the client is missing, before it is imported by its name.
    client = probe.client
    import httpx

    user = parsed(probe.declared.url).user
    trip = RoundTrip(written=uuid.uuid4().hex)
    try:
        _trip(client, trip, _home(client, user))
    except _Forbidden as error:
        blocked(f"user {user or '?'} may not do {error}")
    except _Refused as error:
        trip.done = str(error)
    except KeyError as error:
        trip.done = f"an answer without {error.args[0]}, which MLflow gives"
    except httpx.TimeoutException:
        trip.done = f"cut off: no answer within {probe.timeout:g} s"
    except httpx.HTTPError as error:
        trip.done = f"cut off: {error or type(error).__name__}"
    return trip


def _home(client: httpx.Client, user: str | None) -> str:
    """Id of our experiment, where this user may remove what it makes.

    Raises:
        Blocked: it may not, or may make no experiment.
    """
    try:
        experiment = _experiment(client)
    except _Forbidden as error:
        blocked(f"user {user or '?'} may not do {error}: make the experiment {EXPERIMENT} for it")
    if user is not None and not may_delete_runs(client, user, experiment):
        needed = grant(user, "experiment", experiment, "MANAGE")
        blocked(f"user {user} may not delete runs of the experiment {EXPERIMENT}: {needed}")
    sweep(client, experiment, TAG)
    return experiment


def _trip(client: httpx.Client, trip: RoundTrip, experiment: str) -> None:
    now = int(time.time() * 1000)
    body = {
        "experiment_id": experiment,
        "start_time": now,
        "run_name": f"readiness-{trip.written}",
        "tags": [{"key": TAG, "value": trip.written}],
    }
    info = _call(client, "runs/create", body)["run"]["info"]
    run_id = str(info["run_id"])
    try:
        parameter = {"key": "token", "value": trip.written}
        _call(client, "runs/log-batch", {"run_id": run_id, "params": [parameter]})
        data = _call(client, "runs/get", query={"run_id": run_id})["run"]["data"]
        trip.parameter = next((p["value"] for p in data.get("params", [])), None)
        _artifact(client, trip, str(info.get("artifact_uri", "")))
        _call(client, "runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": now})
    finally:
        _call(client, "runs/delete", {"run_id": run_id})
    ours = {
        "experiment_ids": [experiment],
        "filter": f"tags.`{TAG}` = '{trip.written}'",
        "run_view_type": "ACTIVE_ONLY",
    }
    trip.left = len(_call(client, "runs/search", ours).get("runs", []))


def _experiment(client: httpx.Client) -> str:
    """Id of the experiment for our runs, made or restored if need be."""
    query = {"experiment_name": EXPERIMENT}
    said = client.get(f"{API}experiments/get-by-name", params=query)
    if said.status_code == 404:
        return str(_call(client, "experiments/create", {"name": EXPERIMENT})["experiment_id"])
    found = _body(said, "experiments/get-by-name")["experiment"]
    if found.get("lifecycle_stage") == "deleted":
        _call(client, "experiments/restore", {"experiment_id": found["experiment_id"]})
    return str(found["experiment_id"])


def _artifact(client: httpx.Client, trip: RoundTrip, uri: str) -> None:
    """Write, read and remove a file through the server, where the server keeps artifacts."""
    artifact = place(uri)
    if artifact is None:
        return
    trip.proxied = True
    try:
        _body(client.put(artifact, content=trip.written.encode()), "writing an artifact")
        said = client.get(artifact)
        _body(said, "reading an artifact")
        trip.artifact = said.text
    finally:
        with contextlib.suppress(Exception):
            client.delete(artifact)


def _call(
    client: httpx.Client,
    path: str,
    body: dict[str, Any] | None = None,
    query: dict[str, str] | None = None,
) -> Any:
    if body is None:
        return _body(client.get(f"{API}{path}", params=query), path)
    return _body(client.post(f"{API}{path}", json=body), path)


def _body(said: httpx.Response, what: str) -> Any:
    if said.status_code == 403:
        raise _Forbidden(what)
    if said.is_success:
        with contextlib.suppress(ValueError, RecursionError):
            told = said.json()
            return told if isinstance(told, dict) else {}
        return {}
    with contextlib.suppress(ValueError):
        raise _Refused(f"{what}: status {said.status_code} {said.json().get('error_code', '')}")
    raise _Refused(f"{what}: status {said.status_code}")
