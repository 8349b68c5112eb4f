"""Runs: those that hang, and one that is written, read and deleted."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness import clock
from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.mlflow import roundtrip
from pytest_readiness.systems.mlflow.probe import MlflowProbe


@readiness.low(
    remedy="End what is dead: MlflowClient().set_terminated(run_id, 'KILLED'); let jobs end their "
    "runs: with mlflow.start_run(): …",
    category="operations",
    effort="minutes",
    source="jobs that were killed and never said so",
    privilege="READ on the experiments",
    thresholds=[at_most("hours", 24, unit="h", source="few trainings take longer than a day")],
    # On a laptop or a staging box jobs are killed every day.
    demand="limits",
    optional=True,
)
def runs_stale(mlflow_probe: MlflowProbe, limits: SimpleNamespace) -> None:
    """Does no run say for too long that it is running?"""
    running = mlflow_probe.facts.running
    now = clock.now().timestamp()
    longest = min(running.started.items(), key=lambda one: one[1], default=None)
    if longest is None:
        assert measure("runs that say they are running", 0) == 0
        return
    hours = round(max(now - longest[1], 0) / 3600, 1)
    assert measure(f"longest running run, {longest[0]}", hours, unit="h") <= limits.hours


@readiness.low(
    remedy="Start it with --expose-prometheus DIR, with the package prometheus-flask-exporter.",
    category="operations",
    effort="minutes",
    source="MLflow command line reference: --expose-prometheus",
    privilege="an administrator, with basic-auth",
    demand="monitoring",
    managed=True,
    optional=True,
)
def metrics_exposed(mlflow_probe: MlflowProbe) -> None:
    """Does the server tell Prometheus how it is?"""
    said = mlflow_probe.facts.metrics
    if said == "administrators":
        not_applicable("basic-auth shows /metrics to administrators only, and this user is none")
    assert measure("/metrics", said) == "exposed"


@readiness.blocker(
    remedy="See the step that failed: the database takes no writes, or the artifact store "
    "refuses the server.",
    category="reachability",
    effort="hours",
    source="the smoke test of every team",
    writes=True,
)
def round_trip(mlflow_probe: MlflowProbe) -> None:
    """Does a run that was written come back, with its artifact, and go away again?"""
    trip = roundtrip.run(mlflow_probe)
    assert measure("writing and reading a run", trip.done) == "OK"
    assert measure("parameter read back", trip.parameter) == trip.written
    if trip.proxied:
        assert measure("artifact read back", trip.artifact) == trip.written
    assert measure("runs left behind", trip.left) == 0
