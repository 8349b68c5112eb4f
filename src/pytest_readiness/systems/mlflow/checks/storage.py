"""Where runs, models and artifacts are kept."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.mlflow.checks.arrival import SELF_HOSTING
from pytest_readiness.systems.mlflow.probe import MlflowProbe


@readiness.high(
    remedy="Keep runs and models in PostgreSQL or MySQL: --backend-store-uri postgresql://…",
    category="durability",
    effort="days",
    source=SELF_HOSTING,
    demand="backups",
    managed=True,
)
def backend_durable(mlflow_probe: MlflowProbe) -> None:
    """Are runs and models kept in a database server, not in files of one machine?"""
    facts, backend = mlflow_probe.facts, mlflow_probe.declared.backend
    if facts.sees("store") and facts.store == "FileStore":
        assert measure("backend store", "files") == "a database"
    if backend is None:
        not_applicable('REST does not tell the backend; declare it: backend = "postgresql"')
    where = "one file" if backend == "sqlite" else "files" if backend == "file" else "a database"
    assert measure(f"declared backend ({backend})", where) == "a database"


@readiness.high(
    remedy="Start it with --artifacts-destination s3://… (or gs, abfss) and --serve-artifacts; "
    "experiments that exist keep their old place.",
    category="durability",
    effort="hours",
    source=SELF_HOSTING,
    privilege="READ on an experiment",
    demand="backups",
    managed=True,
)
def artifacts_remote(mlflow_probe: MlflowProbe) -> None:
    """Are artifacts kept behind the server or in object storage, not on a client's disk?"""
    placed = mlflow_probe.facts.experiments.artifacts
    if not placed:
        blocked("no experiment is visible to this user; grant READ on one")
    local = sorted(name for name, place in placed.items() if _is_local(place))
    named = f" ({', '.join(local[:3])})" if local else ""
    what = f"experiments of {len(placed)} with artifacts on a local path{named}"
    assert measure(what, len(local)) == 0


@readiness.high(
    remedy="Look into the server's log; check the credentials it has for --artifacts-destination "
    "and the route from the server to it.",
    category="reachability",
    effort="hours",
    source="a green server whose bucket refused it",
    privilege="READ on an experiment",
    managed=True,
)
def artifact_store_answers(mlflow_probe: MlflowProbe) -> None:
    """Does the place answer where the server keeps its clients' artifacts?"""
    reply = mlflow_probe.facts.artifact_store
    if reply is None:
        not_applicable("the server keeps no artifacts for its clients")
    error = f" ({reply.error})" if reply.error else ""
    assert measure(f"status of a listing of artifacts{error}", reply.status) == 200


def _is_local(place: str) -> bool:
    scheme, colon, _ = place.partition(":")
    # One letter before a colon is a drive of Windows.
    return not colon or scheme == "file" or len(scheme) == 1
