"""MLflow: what a launch has failed on, in the order in which it is reported."""

from __future__ import annotations

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.mlflow.checks.arrival import (
    reachable,
    database_answers,
    registry_answers,
    answers_in_time,
    version_minimum,
)
from pytest_readiness.systems.mlflow.checks.access import (
    authentication_required,
    default_password_refused,
    app_user_limited,
    encrypted,
    encrypted_across_public_network,
    certificate_valid,
    host_check,
    foreign_origin_refused,
    framing_refused,
)
from pytest_readiness.systems.mlflow.checks.storage import (
    backend_durable,
    artifacts_remote,
    artifact_store_answers,
)
from pytest_readiness.systems.mlflow.checks.models import (
    intent_declared,
    models_registered,
    model_alias,
    model_version_ready,
    model_artifacts,
    model_signature,
    model_lineage,
    model_age,
    models_aliased,
)
from pytest_readiness.systems.mlflow.checks.work import (
    runs_stale,
    metrics_exposed,
    round_trip,
)

__all__ = [
    "answers_in_time",
    "app_user_limited",
    "artifact_store_answers",
    "artifacts_remote",
    "authentication_required",
    "backend_durable",
    "certificate_valid",
    "database_answers",
    "default_password_refused",
    "encrypted",
    "encrypted_across_public_network",
    "foreign_origin_refused",
    "framing_refused",
    "host_check",
    "intent_declared",
    "metrics_exposed",
    "model_age",
    "model_alias",
    "model_artifacts",
    "model_lineage",
    "model_signature",
    "model_version_ready",
    "models_aliased",
    "models_registered",
    "reachable",
    "registry_answers",
    "round_trip",
    "runs_stale",
    "version_minimum",
]
