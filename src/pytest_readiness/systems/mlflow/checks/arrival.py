"""Whether it is there, of which version, and answers from its database."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked
from pytest_readiness.systems import common
from pytest_readiness.systems.mlflow.facts import Reply
from pytest_readiness.systems.mlflow.probe import MlflowProbe

SELF_HOSTING = "MLflow self-hosting guide"


@readiness.blocker(
    remedy="Start the server (mlflow server …), or open the route from here to it.",
    category="reachability",
    effort="minutes",
    source="every incident review",
)
def reachable(mlflow_probe: MlflowProbe) -> None:
    """Does the server answer within its deadline?"""
    common.reach(mlflow_probe)


@readiness.blocker(
    remedy="Check the database of --backend-store-uri; /health stays 200 without it.",
    category="reachability",
    effort="hours",
    source="measured: /health stays 200 without a database",
    managed=True,
)
def database_answers(mlflow_probe: MlflowProbe) -> None:
    """Does the server answer from its database, which a green /health does not tell?"""
    _answers("experiments/search", mlflow_probe.facts.database)


@readiness.high(
    remedy="Check the database of --registry-store-uri.",
    category="reachability",
    effort="hours",
    source="the registry may have a database of its own",
    managed=True,
)
def registry_answers(mlflow_probe: MlflowProbe) -> None:
    """Does the model registry answer?"""
    _answers("registered-models/search", mlflow_probe.facts.registry)


@readiness.medium(
    remedy="Give the server more workers (mlflow server --workers 4) and its database an index or "
    "room; look for locks: SELECT * FROM pg_stat_activity WHERE wait_event_type = 'Lock'.",
    category="performance",
    effort="hours",
    source="what a user of the pages waits for",
    thresholds=[at_most("ms", 2000, unit="ms", source="what a user of the pages waits for")],
    # A laptop or a staging box that has just started is slow for a while.
    demand="limits",
)
def answers_in_time(mlflow_probe: MlflowProbe, limits: SimpleNamespace) -> None:
    """Does the server answer a small question from its database in time?"""
    reply = mlflow_probe.facts.database
    if reply.status != 200:
        blocked(f"experiments/search was answered with status {reply.status}")
    assert measure("answer of experiments/search", reply.ms, unit="ms") <= limits.ms


@readiness.high(
    remedy="Upgrade the server, then: mlflow db upgrade URL (after a backup).",
    category="configuration",
    effort="hours",
    source="the team's own minimum",
)
def version_minimum(mlflow_probe: MlflowProbe) -> None:
    """Is the version at least the one the team accepts?"""
    facts, minimum = mlflow_probe.facts, mlflow_probe.declared.minimum_version
    version = facts.version if minimum is not None else ""
    common.at_least_version(version, minimum)


def _answers(what: str, reply: Reply) -> None:
    error = f" ({reply.error})" if reply.error else ""
    assert measure(f"status of {what}{error}", reply.status) == 200
