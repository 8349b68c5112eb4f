"""MLflow where nothing is wrong: no blocker and no high check fails or is blocked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_readiness.run.catalogue import _checks_of
from pytest_readiness.systems import registry
from pytest_readiness.systems.mlflow import ModelIntent
from tests.catalogue.mlflow_servers import PATIENT, behind_tls, guarded
from tests.sandbox import Sandbox
from tests.systems.test_environments import amiss
from tests.systems.test_mlflow_reach import ALIAS, GET, OK, serving, tls_of

CHECKS = list(_checks_of(registry()["mlflow"]))
GRAVE = {c.id.partition(".")[2] for c in CHECKS if c.severity in ("blocker", "high")}
PROVIDERS = {c.id.partition(".")[2] for c in CHECKS if c.managed}
REGISTERED = {"registered_model": {"name": "churn"}}
LED = {"model_version": {"version": "3", "status": "READY", "source": "dbfs:/models/churn/3"}}


def grave(environment: str, **settings: Any) -> set[str]:
    return amiss("mlflow", environment, timeout=PATIENT, **settings) & GRAVE


def test_a_laptop(box: Sandbox) -> None:
    assert amiss("mlflow", "development", url=box.start("mlflow").url, timeout=PATIENT) == set()


def test_one_staging_box_with_users_behind_tls(box: Sandbox) -> None:
    server = guarded(box)
    with behind_tls(box, server, "valid") as url:
        own = url.replace("https://", f"https://app:{server.passwords['app']}@")
        assert grave("staging", url=own, ca_file=str(box.ca), single_node=True) == set()


def test_a_managed_registry_that_tells_little(box: Sandbox, tmp_path: Path) -> None:
    """No version, no store, no files over REST: a token opens experiments and models."""
    found = {**OK, GET: REGISTERED, ALIAS: LED}
    context = tls_of(box, "valid", tmp_path)
    with serving(found, anonymous=(401, "Credential was not sent"), tls=context) as where:
        url, models = f"https://{where}", {"churn": ModelIntent(alias="champion")}
        managed = {"platform": "databricks", "token": "bearer-1234", "ca_file": str(box.ca)}
        amiss_there = grave("production", url=url, models=models, **managed)
    # What it would take to write is not asked of a target that does not allow it.
    assert amiss_there - PROVIDERS <= {"round_trip"}
