"""MLflow: what the checks say of real servers."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.outcomes import Blocked
from pytest_readiness.systems.mlflow import MlflowSettings, ModelIntent, from_environment
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.mlflow import MlflowServer

# A first answer takes seconds where the server shares two cores with a test run.
PATIENT = 40.0
CHURN = {"churn": ModelIntent(alias="champion"), "bare": ModelIntent()}


@pytest.fixture(scope="module")
def guarded(box: Sandbox) -> MlflowServer:
    models = {"churn": {"aliases": ["champion"]}, "bare": {"run": False}}
    return box.start("mlflow", auth=True, models=models)


@pytest.fixture(scope="module")
def bare(box: Sandbox) -> MlflowServer:
    return box.start("mlflow")


def login(server: MlflowServer, user: str) -> str:
    return f"http://{user}:{server.passwords[user]}@{server.host}:{server.port}"


def judged(writes: bool = False, **settings: Any) -> dict[str, Any]:
    # How fast it is depends on the machine's other tests; the catalogue's states judge that.
    probe = probe_of("mlflow", timeout=PATIENT, **settings)
    return judge(probe, "mlflow", writes=writes, ms=1000 * PATIENT)


def outcomes(said: dict[str, Any], outcome: str) -> set[str]:
    return {name for name, one in said.items() if one.outcome == outcome}


def test_a_good_server_passes_every_check_that_applies(guarded: MlflowServer) -> None:
    said = judged(
        writes=True,
        url=login(guarded, "app"),
        models=CHURN,
        backend="postgresql",
        minimum_version="2.9",
    )
    # Of the model `bare` nobody made a run, and nobody made a version the champion.
    bare = {"model_lineage", "models_aliased"}
    assert outcomes(said, "failed") == {"encrypted"} | bare, said
    assert outcomes(said, "not_applicable") == {
        "encrypted_across_public_network",
        "certificate_valid",
        "metrics_exposed",
        "model_age",
    }
    assert not outcomes(said, "error") | outcomes(said, "blocked"), said


def test_what_is_declared_and_not_there_fails(guarded: MlflowServer) -> None:
    url = login(guarded, "app")
    missing = judged(url=url, models={**CHURN, "fraud": ModelIntent(alias="champion")})
    assert missing["models_registered"].message == "model fraud is missing, must be registered"
    for name in ("model_alias", "model_version_ready"):
        assert missing[name].outcome == "blocked"
        assert missing[name].message == "model fraud is not registered"
    no_alias = judged(url=url, models={"churn": ModelIntent(alias="challenger")})
    assert no_alias["models_registered"].outcome == "passed"
    assert no_alias["model_alias"].message.startswith("version at churn@challenger is none")


def test_an_open_server_without_intent(bare: MlflowServer) -> None:
    said = judged(writes=True, url=bare.url, backend="sqlite", minimum_version="99.0")
    assert outcomes(said, "failed") == {
        "authentication_required",
        "encrypted",
        "backend_durable",
        "intent_declared",
        "version_minimum",
        "metrics_exposed",
    }
    assert said["round_trip"].outcome == "passed"
    for name in ("models_registered", "model_alias", "model_version_ready"):
        assert said[name].message == "no model is declared"
    assert said["default_password_refused"].outcome == "not_applicable"


def test_the_round_trip_leaves_a_deleted_run_and_no_artifact(bare: MlflowServer) -> None:
    assert judged(writes=True, url=bare.url)["round_trip"].outcome == "passed"
    query = {"experiment_ids": [], "run_view_type": "ALL"}
    found = bare.call("experiments/get-by-name?experiment_name=pytest-readiness")["experiment"]
    query["experiment_ids"] = [found["experiment_id"]]
    runs = bare.call("runs/search", query)["runs"]
    assert {run["info"]["lifecycle_stage"] for run in runs} == {"deleted"}
    assert all(run["info"]["run_name"].startswith("readiness-") for run in runs)
    assert not list((bare.folder / "artifacts").rglob("readiness.txt"))
    # A deleted experiment keeps its name taken; ours is brought back.
    bare.call("experiments/delete", {"experiment_id": found["experiment_id"]})
    assert judged(writes=True, url=bare.url)["round_trip"].outcome == "passed"


def test_credentials_in_plain_words(guarded: MlflowServer) -> None:
    wrong = login(guarded, "app").replace(guarded.passwords["app"], "not-the-password")
    for settings, cause in (
        ({"url": guarded.base}, "asks for credentials, and none are given"),
        ({"url": wrong}, "refuses the credentials of user app"),
        ({"url": guarded.base, "token": "no-such-token"}, "refuses the credentials of the token"),
    ):
        probe = probe_of("mlflow", timeout=PATIENT, **settings)
        assert probe.observation.failure is not None
        assert cause in probe.observation.failure
        said = judge(probe, "mlflow", writes=True)
        assert said.pop("reachable").outcome == "failed"
        assert {one.outcome for one in said.values()} == {"blocked"}


def test_a_user_who_may_not_write(guarded: MlflowServer) -> None:
    if "pytest-readiness" not in str(guarded.call("experiments/search?max_results=100")):
        guarded.call("experiments/create", {"name": "pytest-readiness"})
    guarded.call("users/create", {"username": "reader", "password": "reader-password-1"})
    try:
        url = f"http://reader:reader-password-1@{guarded.host}:{guarded.port}"
        said = judged(writes=True, url=url, models=CHURN)
    finally:
        guarded.call("users/delete", {"username": "reader"}, method="DELETE")
    assert said["models_registered"].outcome == "passed"
    assert said["round_trip"].outcome == "blocked"
    assert "permissions/create" in said["round_trip"].message


def test_monitor(guarded: MlflowServer) -> None:
    admin, app = login(guarded, "admin"), login(guarded, "app")
    assert judged(url=app, monitor_url=admin)["artifacts_remote"].outcome == "passed"
    alone = judged(writes=True, monitor_url=admin)
    assert alone["database_answers"].outcome == "passed"
    assert alone["round_trip"].outcome == "blocked"
    wrong = judged(url=app, monitor_url=admin.replace("admin:", "admin:x"), minimum_version="2")
    assert wrong["reachable"].outcome == wrong["database_answers"].outcome == "passed"
    assert wrong["version_minimum"].outcome == "blocked"
    assert "monitor_url" in wrong["version_minimum"].message


def test_what_a_users_check_gets(guarded: MlflowServer) -> None:
    probe = probe_of("mlflow", timeout=PATIENT, url=login(guarded, "app"), models=CHURN)
    churn = probe.model("churn")  # type: ignore[attr-defined]  # of MlflowProbe
    assert churn.at("champion").status == "READY"
    assert churn.at("challenger") is None
    assert churn.latest.run_id
    assert not probe.model("fraud").exists  # type: ignore[attr-defined]  # likewise
    assert probe.client.get("/version").text == probe.facts.version
    probe.close()
    assert guarded.passwords["app"] not in repr(probe.observation)


def test_a_target_that_is_down_blocks_the_model_too() -> None:
    probe = probe_of("mlflow", url="http://127.0.0.1:9", timeout=1)
    with pytest.raises(Blocked, match="connection refused"):
        probe.model("churn")  # type: ignore[attr-defined]  # of MlflowProbe


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_URI": "http://ml:5000"}, {"url": "http://ml:5000"}),
        (
            {
                "MLFLOW_TRACKING_URI": "https://ml/x",
                "MLFLOW_TRACKING_USERNAME": "a",
                "MLFLOW_TRACKING_PASSWORD": "b/c",
            },
            {"url": "https://a:b%2Fc@ml/x"},
        ),
        (
            {"MLFLOW_TRACKING_URI": "https://ml", "MLFLOW_TRACKING_TOKEN": "t"},
            {"url": "https://ml", "token": "t"},
        ),
        ({"MLFLOW_TRACKING_URI": "./mlruns"}, "a folder"),
        ({"MLFLOW_TRACKING_URI": "file:///srv/mlruns"}, "a folder"),
        ({"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}, "a file"),
        ({"MLFLOW_TRACKING_URI": "databricks"}, "Databricks"),
        ({"MLFLOW_TRACKING_URI": "databricks://profile"}, "Databricks"),
        ({"MLFLOW_TRACKING_URI": "postgresql://u:secret@db/x"}, "postgresql"),
    ],
)
def test_variables(environ: dict[str, str], expected: Any) -> None:
    found = from_environment(environ)
    if isinstance(expected, str):
        assert isinstance(found, str)
        assert f"not judged: it is {expected}" in found
        assert "secret" not in found
    else:
        assert found == expected


@pytest.mark.parametrize("url", ["ftp://ml", "http://ml?x=1", "http://ml:port", "ml:5000"])
def test_settings_that_cannot_be_used(url: str) -> None:
    problem = MlflowSettings(url=url).problem()
    assert problem is not None
    assert problem[0] == "url"


def test_an_age_that_is_none() -> None:
    problem = MlflowSettings(url="http://ml", models={"churn": ModelIntent(max_age="30 moons")})
    assert problem.problem() == (
        "models.churn.max_age",
        "'30 moons' is no duration; write 500ms, 60s, 2m, 1h or 30d",
    )


def test_a_name_that_is_declared_goes_before_patterns() -> None:
    by_name, by_pattern = ModelIntent(alias="champion"), ModelIntent()
    settings = MlflowSettings(url="http://ml", models={"f-eu": by_name, "f-*": by_pattern})
    assert settings.intents("f-eu") == [by_name]
    assert settings.intents("f-us") == [by_pattern]
    assert settings.intents("g") == []
