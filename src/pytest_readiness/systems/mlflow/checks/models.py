"""The registered models that the application loads."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_readiness import clock
from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.durations import seconds
from pytest_readiness.systems.common import DAY
from pytest_readiness.systems.mlflow import ModelIntent
from pytest_readiness.systems.mlflow.facts import Model, Version
from pytest_readiness.systems.mlflow.probe import MlflowProbe

REGISTRY = "MLflow model registry guide"
READ = "READ on the model"


@readiness.high(
    remedy='Say which models the application loads: models.churn = { alias = "champion" }',
    category="delivery",
    effort="minutes",
    source="what is not declared is not judged",
    demand="intent",
)
def intent_declared(mlflow_probe: MlflowProbe) -> None:
    """Is it declared which models the application needs?"""
    _ = mlflow_probe.facts
    assert measure("declared models", len(mlflow_probe.declared.models)) >= 1


@readiness.blocker(
    remedy="Register the model: mlflow.register_model(uri, name); or grant the user READ on it.",
    category="delivery",
    effort="minutes",
    source=REGISTRY,
    privilege=READ,
)
def models_registered(mlflow_probe: MlflowProbe) -> None:
    """Are the declared models registered?"""
    for model in _declared(mlflow_probe):
        there = "registered" if model.exists else "missing"
        assert measure(f"model {model.name}", there) == "registered"
    _all_seen(mlflow_probe)


@readiness.blocker(
    remedy="MlflowClient().set_registered_model_alias(name, alias, version)",
    category="delivery",
    effort="minutes",
    source=REGISTRY,
    privilege=READ,
)
def model_alias(mlflow_probe: MlflowProbe) -> None:
    """Do the declared aliases lead to a version?"""
    models, declared = _declared(mlflow_probe), mlflow_probe.declared
    if not any(intent.alias for intent in declared.models.values()):
        not_applicable("no alias is declared")
    for model in models:
        for intent in declared.intents(model.name) if model.exists else []:
            if intent.alias is not None:
                version = model.aliases.get(intent.alias, "none")
                assert measure(f"version at {model.name}@{intent.alias}", version) != "none"
    _all_seen(mlflow_probe, that_exist=True)


@readiness.high(
    remedy="Register the version again; look at its status_message.",
    category="delivery",
    effort="hours",
    source=REGISTRY,
    privilege=READ,
)
def model_version_ready(mlflow_probe: MlflowProbe) -> None:
    """Is the version that the application loads ready, and does it have a source?"""
    for _, version, what in _loaded(mlflow_probe):
        assert measure(f"status of {what}", version.status) == "READY"
        assert measure(f"source of {what}", version.source) != ""
    _all_seen(mlflow_probe, that_exist=True)


@readiness.high(
    remedy="Put the artifacts back where the version's source points to, or log and register the "
    "model again: mlflow.sklearn.log_model(model, name=…, registered_model_name=…)",
    category="delivery",
    effort="hours",
    source="a registry that outlived its bucket",
    privilege=READ,
    managed=True,
)
def model_artifacts(mlflow_probe: MlflowProbe) -> None:
    """Is the MLmodel file of the version there that the application loads?"""
    for version, what, found in _files(mlflow_probe):
        assert measure(f"MLmodel of {what} at {version.source}", found) == "found"
    _all_seen(mlflow_probe, that_exist=True)


@readiness.low(
    remedy="Log it with one: mlflow.sklearn.log_model(…, "
    "signature=mlflow.models.infer_signature(inputs, outputs))",
    category="delivery",
    effort="minutes",
    source="MLflow model signatures guide",
    privilege=READ,
    managed=True,
    demand="intent",
    optional=True,
)
def model_signature(mlflow_probe: MlflowProbe) -> None:
    """Does the version that the application loads say what goes in and what comes out?"""
    for version, what, found in _files(mlflow_probe):
        if found != "found":
            blocked(f"{what} has no MLmodel file, which model_artifacts judges")
        there = "present" if version.file and version.file.signature else "none"
        assert measure(f"signature of {what}", there) == "present"
    _all_seen(mlflow_probe, that_exist=True)


@readiness.low(
    remedy="Register what a run has logged: mlflow.register_model('runs:/RUN/model', name)",
    category="delivery",
    effort="minutes",
    source=REGISTRY,
    privilege=READ,
    demand="intent",
    optional=True,
)
def model_lineage(mlflow_probe: MlflowProbe) -> None:
    """Is it known which run made the version that the application loads?"""
    for _, version, what in _loaded(mlflow_probe):
        assert measure(f"run that made {what}", version.run_id or "none") != "none"
    _all_seen(mlflow_probe, that_exist=True)


@readiness.medium(
    remedy="Train it again, register the version and move the alias to it.",
    category="delivery",
    effort="days",
    source="the team's own declaration",
    privilege=READ,
)
def model_age(mlflow_probe: MlflowProbe) -> None:
    """Is the version that the application loads no older than declared?"""
    _ = mlflow_probe.facts
    if not any(i.max_age is not None for i in mlflow_probe.declared.models.values()):
        not_applicable("no max_age is declared")
    for intent, version, what in _loaded(mlflow_probe, aged=True):
        assert intent.max_age is not None
        if version.created is None:
            blocked(f"the server does not tell when {what} was registered")
        age = round((clock.now().timestamp() - version.created) / DAY, 2)
        most = round(seconds(intent.max_age) / DAY, 2)
        assert measure(f"age of {what}", age, unit="days") <= most
    _all_seen(mlflow_probe, that_exist=True)


@readiness.low(
    remedy="Say which version is the one to load: "
    'MlflowClient().set_registered_model_alias(name, "champion", version)',
    category="operations",
    effort="minutes",
    source="stages are deprecated since MLflow 2.9",
    privilege="READ on the models",
    since="2.3",
    demand="intent",
    optional=True,
)
def models_aliased(mlflow_probe: MlflowProbe) -> None:
    """Does every registered model say by an alias which of its versions is the one to load?"""
    facts = mlflow_probe.facts
    known = facts.registered.aliases
    if not known:
        if facts.anonymous == "answered":
            not_applicable("no model is registered")
        blocked("no registered model is visible to this user; grant READ on them")
    without = sorted(name for name, count in known.items() if not count)
    named = f" ({', '.join(without[:3])})" if without else ""
    assert measure(f"registered models of {len(known)} without an alias{named}", len(without)) == 0


def _declared(probe: MlflowProbe) -> list[Model]:
    facts = probe.facts
    if not probe.declared.models:
        not_applicable("no model is declared")
    return list(facts.models.values())


def _loaded(probe: MlflowProbe, aged: bool = False) -> Iterator[tuple[ModelIntent, Version, str]]:
    """Each version that the application loads, as it was declared, and its name for people.

    Those alone that may not be older than declared, where ``aged``.
    """
    for model in _declared(probe):
        for intent in probe.declared.intents(model.name) if model.exists else []:
            if aged and intent.max_age is None:
                continue
            version = model.at(intent.alias) if intent.alias else model.latest
            if version is None:
                blocked(f"no version of {model.name} is there to load, which model_alias judges")
            yield intent, version, f"version {version.version} of {model.name}"


def _files(probe: MlflowProbe) -> Iterator[tuple[Version, str, str]]:
    """Each version that the application loads, its name, and what became of its MLmodel file."""
    unseen, elsewhere, seen = None, None, 0
    for _, version, what in _loaded(probe):
        file = version.file
        if file is not None and file.found is not None:
            seen += 1
            yield version, what, file.found
        elif _read_by_clients(probe, version):
            elsewhere = f"clients read {version.source} of {what} without the server"
        else:
            unseen = unseen or f"MLmodel of {what}: {file.unseen if file else 'not looked at'}"
    if unseen is not None:
        blocked(unseen)
    if elsewhere is not None and not seen:
        not_applicable(elsewhere)


def _read_by_clients(probe: MlflowProbe, version: Version) -> bool:
    """Whether artifacts are where the server needs no rights, since clients go there themselves."""
    facts, scheme = probe.facts, version.source.partition(":")[0]
    if scheme not in ("mlflow-artifacts", "models", "runs"):
        return True
    return facts.sees("artifact_store") and facts.artifact_store is None


def _all_seen(probe: MlflowProbe, that_exist: bool = False) -> None:
    """Block on what could not be judged, after all that could was."""
    for why in probe.facts.hidden.values():
        blocked(why)
    missing = [m.name for m in probe.facts.models.values() if not m.exists]
    if that_exist and missing:
        blocked(f"model {missing[0]} is not registered")
