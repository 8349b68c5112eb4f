"""MLflow: states of registered models and of what a user may see of them."""

from __future__ import annotations

from pytest_readiness.systems.mlflow import ModelIntent
from tests.catalogue.mlflow_servers import altered, guarded, judged, login, user
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox

CHAMPION = ModelIntent(alias="champion")
AGED = ModelIntent(alias="champion", max_age="30d")
LOADED = {"churn": AGED, "fraud-*": CHAMPION}
DELIVERED = {"model_version_ready", "model_artifacts"}
ABOUT_MODELS = {*DELIVERED, "models_registered", "model_alias", "model_signature", "model_lineage"}


@state(
    "mlflow",
    failed={"app_user_limited", "models_registered"},
    passed={"metrics_exposed"},
    blocked={"model_alias", "model_signature", "model_lineage", "model_age", *DELIVERED},
)
def an_administrator_without_the_model(box: Sandbox) -> Said:
    return judged(url=login(guarded(box), "admin"), models={"none": AGED})


@state("mlflow", failed={"models_registered"}, blocked=DELIVERED)
def a_pattern_that_matches_nothing(box: Sandbox) -> Said:
    return judged(url=login(guarded(box), "app"), models={"churn": CHAMPION, "price-*": CHAMPION})


@state("mlflow", failed={"model_alias"}, passed={"models_registered"}, blocked=DELIVERED)
def an_alias_that_leads_nowhere(box: Sandbox) -> Said:
    url = login(guarded(box), "app")
    return judged(url=url, models={"fraud-*": ModelIntent(alias="challenger")})


@state(
    "mlflow",
    failed={"model_artifacts"},
    passed={"model_version_ready", "model_lineage"},
    blocked={"model_signature"},
    not_applicable={"model_age"},
)
def artifacts_that_are_gone(box: Sandbox) -> Said:
    return judged(url=login(guarded(box), "app"), models={"gone": CHAMPION})


@state(
    "mlflow",
    failed={"model_lineage"},
    passed={"model_version_ready"},
    not_applicable={"model_alias", "model_artifacts", "model_signature"},
)
def a_version_that_no_run_made(box: Sandbox) -> Said:
    return judged(url=login(guarded(box), "app"), models={"bare": ModelIntent()})


@state("mlflow", failed={"model_version_ready"}, passed={"model_alias"})
def a_registration_that_broke_off(box: Sandbox) -> Said:
    server, set_status = guarded(box), "UPDATE model_versions SET status = '{}'"
    with altered(server, set_status.format("FAILED_REGISTRATION"), set_status.format("READY")):
        return judged(url=login(server, "app"), models=LOADED)


@state("mlflow", failed={"model_age"}, passed={"model_version_ready"})
def a_model_of_last_year(box: Sandbox) -> Said:
    server, move = guarded(box), "UPDATE model_versions SET creation_time = creation_time {} {}"
    year = 365 * 86_400_000
    with altered(server, move.format("-", year), move.format("+", year)):
        return judged(url=login(server, "app"), models=LOADED)


@state("mlflow", failed={"model_signature"}, passed={"model_artifacts"})
def a_model_without_a_signature(box: Sandbox) -> Said:
    server = guarded(box)
    files = list((server.folder / "artifacts").rglob("MLmodel"))
    whole = files[0].read_text()
    for file in files:
        file.write_text(whole.partition("signature:")[0])
    try:
        return judged(url=login(server, "app"), models=LOADED)
    finally:
        for file in files:
            file.write_text(whole)


@state(
    "mlflow",
    passed={"authentication_required", "app_user_limited"},
    blocked={
        "models_registered",
        "model_alias",
        "artifacts_remote",
        "artifact_store_answers",
        "runs_stale",
        "models_aliased",
        *DELIVERED,
    },
    not_applicable={"metrics_exposed"},
)
def a_user_who_may_see_nothing(box: Sandbox) -> Said:
    nothing = {"experiment": "DENY", "registered_model": "DENY"}
    with user(guarded(box), "outsider", **nothing) as url:
        return judged(url=url, models={"churn": CHAMPION})


@state("mlflow", blocked={"round_trip"}, passed={"database_answers", "model_artifacts"})
def a_reader(box: Sandbox) -> Said:
    rights = {"experiment": "READ", "registered_model": "READ"}
    server = guarded(box)
    judged(writes=True, url=login(server, "app"))
    with user(server, "reader", **rights) as url:
        return judged(writes=True, url=url, models={"churn": CHAMPION})
