"""MLflow: states of real servers, and which check tells each of them."""

from __future__ import annotations

import time
from functools import cache
from unittest import mock

from pytest_readiness.systems.mlflow.checks import access
from tests.catalogue.mlflow_exemplary import Exemplary, locked
from tests.catalogue.mlflow_models import ABOUT_MODELS, LOADED
from tests.catalogue.mlflow_servers import (
    PATIENT,
    altered,
    behind_tls,
    careless,
    guarded,
    judged,
    login,
)
from tests.catalogue.states import Said, proof_of, state
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.systems.test_mlflow_reach import OK, serving

EVERY_OTHER = {
    *ABOUT_MODELS,
    "database_answers",
    "registry_answers",
    "answers_in_time",
    "version_minimum",
    "authentication_required",
    "default_password_refused",
    "app_user_limited",
    "encrypted",
    "certificate_valid",
    "host_check",
    "foreign_origin_refused",
    "framing_refused",
    "backend_durable",
    "artifacts_remote",
    "artifact_store_answers",
    "intent_declared",
    "model_age",
    "models_aliased",
    "runs_stale",
    "round_trip",
}
"""Every check but `reachable`, and two that need a network or a right that is rarely there."""


@cache
def exemplary_server(box: Sandbox) -> Exemplary:
    return Exemplary(box)


@state("mlflow", failed={"reachable"}, blocked=EVERY_OTHER | {"metrics_exposed"})
def nobody_there(box: Sandbox) -> Said:
    settings = {"minimum_version": "2.9", "backend": "postgresql", "models": LOADED}
    return judged(writes=True, url="http://127.0.0.1:9", **settings)


@state(
    "mlflow",
    passed=EVERY_OTHER | {"reachable"},
    not_applicable={"encrypted_across_public_network", "metrics_exposed"},
)
def exemplary(box: Sandbox) -> Said:
    settings = {**exemplary_server(box).settings(), "timeout": PATIENT}
    said = judge(probe_of("mlflow", **settings), "mlflow", writes=True)
    assert not {n for n, o in said.items() if o.outcome not in ("passed", "not_applicable")}, said
    return said


@state("mlflow", passed={"encrypted_across_public_network", "host_check", "foreign_origin_refused"})
def tls_across_a_public_network(box: Sandbox) -> Said:
    server = exemplary_server(box)
    with mock.patch.object(access, "is_public", return_value=True):
        return judged(url=server.url("app"), ca_file=server.ca)


@state("mlflow", failed={"answers_in_time"}, passed={"database_answers"})
def a_database_whose_readers_wait(box: Sandbox) -> Said:
    server = exemplary_server(box)
    with locked(server.database("mlflow"), "experiments", 2.5):
        return judged(url=server.url("app"), ca_file=server.ca)


@state(
    "mlflow",
    failed={"encrypted", "models_aliased"},
    passed={
        *ABOUT_MODELS,
        "authentication_required",
        "default_password_refused",
        "app_user_limited",
        "host_check",
        "foreign_origin_refused",
        "framing_refused",
        "artifacts_remote",
        "artifact_store_answers",
        "metrics_exposed",
        "model_age",
        "round_trip",
    },
    not_applicable={"backend_durable", "certificate_valid", "version_minimum"},
)
def users_without_tls(box: Sandbox) -> Said:
    server = guarded(box)
    settings = {"url": login(server, "app"), "monitor_url": login(server, "admin")}
    return judged(writes=True, **settings, models=LOADED)


@state("mlflow", blocked={"app_user_limited", "round_trip"}, passed={"database_answers"})
def a_monitor_alone(box: Sandbox) -> Said:
    return judged(writes=True, monitor_url=login(guarded(box), "admin"))


@state("mlflow", failed={"default_password_refused"}, passed={"authentication_required"})
def a_password_of_the_examples(box: Sandbox) -> Said:
    """Users that came from a server of years ago: today's would not take this password."""
    from werkzeug.security import generate_password_hash

    server = guarded(box)
    hashed = {p: generate_password_hash(p) for p in ("password", server.passwords["admin"])}
    change = "UPDATE users SET password_hash = '{}' WHERE username = 'admin'"
    do, undo = (change.format(found) for found in hashed.values())
    try:
        with altered(server, do, undo, "auth.db"):
            return judged(url=login(server, "app"))
    finally:
        # A change by the API makes the server forget the logins that it remembers.
        server.call("users/update-admin", {"username": "admin", "is_admin": True}, method="PATCH")


@state(
    "mlflow",
    failed={
        "authentication_required",
        "encrypted",
        "version_minimum",
        "backend_durable",
        "artifacts_remote",
        "artifact_store_answers",
        "intent_declared",
        "host_check",
        "foreign_origin_refused",
        "framing_refused",
        "metrics_exposed",
        "runs_stale",
    },
    passed={"reachable", "database_answers", "registry_answers"},
    not_applicable={
        "default_password_refused",
        "app_user_limited",
        "model_age",
        "models_aliased",
        *ABOUT_MODELS,
    },
)
def a_careless_server(box: Sandbox) -> Said:
    server = careless(box)
    began = int(1000 * (time.time() - 3 * 86_400))
    run = server.call("runs/create", {"experiment_id": "0", "start_time": began})["run"]["info"]
    try:
        return judged(url=server.url, backend="sqlite", minimum_version="99.0")
    finally:
        server.call("runs/update", {"run_id": run["run_id"], "status": "KILLED"})


@state(
    "mlflow",
    failed={"database_answers", "round_trip"},
    passed={"reachable", "registry_answers"},
    blocked={"answers_in_time", "artifacts_remote", "artifact_store_answers", "runs_stale"},
)
def a_broken_database(box: Sandbox) -> Said:
    do, undo = "ALTER TABLE experiments RENAME TO lost", "ALTER TABLE lost RENAME TO experiments"
    server = careless(box)
    with altered(server, do, undo):
        return judged(writes=True, url=server.url)


@state(
    "mlflow", failed={"registry_answers"}, passed={"database_answers"}, blocked={"models_aliased"}
)
def a_broken_registry(box: Sandbox) -> Said:
    table = "registered_models"
    do, undo = f"ALTER TABLE {table} RENAME TO lost", f"ALTER TABLE lost RENAME TO {table}"
    server = careless(box)
    with altered(server, do, undo):
        return judged(url=server.url)


@state("mlflow", failed={"encrypted_across_public_network"})
def plain_across_a_public_network(box: Sandbox) -> Said:
    with mock.patch.object(access, "is_public", return_value=True):
        return judged(url=careless(box).url)


@state(
    "mlflow",
    failed={"certificate_valid"},
    passed={"encrypted"},
    not_applicable={"host_check"},
)
def a_certificate_about_to_end(box: Sandbox) -> Said:
    with behind_tls(box, careless(box), "expiring") as url:
        return judged(url=url, ca_file=str(box.ca))


@state(
    "mlflow",
    not_applicable={"host_check", "foreign_origin_refused", "artifact_store_answers"},
    blocked={"version_minimum"},
)
def a_server_of_before_3_5(box: Sandbox) -> Said:
    with serving({**OK, "/version": (200, "3.1.0")}) as where:
        old = judged(url=f"http://{where}")
    with serving(OK) as where:
        untold = judged(url=f"http://{where}", minimum_version="2.9")
    return {**old, "version_minimum": untold["version_minimum"]}


test_state = proof_of("mlflow")
