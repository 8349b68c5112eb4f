"""MLflow: what a launch has failed on."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.mlflow import roundtrip
from pytest_readiness.systems.mlflow.facts import Model, Reply
from pytest_readiness.systems.mlflow.probe import MlflowProbe


@readiness.blocker(remedy="Start the server (mlflow server …), or open the route from here to it.")
def reachable(mlflow_probe: MlflowProbe) -> None:
    """Does the server answer within its deadline?"""
    common.reach(mlflow_probe)


@readiness.blocker(
    remedy="Check the database of --backend-store-uri; /health stays 200 without it.", managed=True
)
def database_answers(mlflow_probe: MlflowProbe) -> None:
    """Does the server answer from its database, which a green /health does not tell?"""
    _answers("experiments/search", mlflow_probe.facts.database)


@readiness.high(remedy="Check the database of --registry-store-uri.", managed=True)
def registry_answers(mlflow_probe: MlflowProbe) -> None:
    """Does the model registry answer?"""
    _answers("registered-models/search", mlflow_probe.facts.registry)


@readiness.high(remedy="Upgrade the server, then: mlflow db upgrade URL (after a backup).")
def version_minimum(mlflow_probe: MlflowProbe) -> None:
    """Is the version at least the one the team accepts?"""
    facts, minimum = mlflow_probe.facts, mlflow_probe.declared.minimum_version
    version = facts.version if minimum is not None else ""
    common.at_least_version(version, minimum)


@readiness.blocker(
    remedy="Start it with --app-name basic-auth, or put a proxy that authenticates before it.",
    demand="authentication",
    managed=True,
)
def authentication_required(mlflow_probe: MlflowProbe) -> None:
    """Is a client without credentials refused?"""
    assert measure("client without credentials", mlflow_probe.facts.anonymous) == "refused"


@readiness.blocker(
    remedy='Change it: PATCH /api/2.0/mlflow/users/update-password {"username": "admin", …}',
    demand="authentication",
    managed=True,
)
def default_password_refused(mlflow_probe: MlflowProbe) -> None:
    """Is the published password of the user admin refused?"""
    facts = mlflow_probe.facts
    if facts.anonymous == "answered":
        not_applicable("it asks nobody for a password; authentication_required judges that")
    assert measure("admin with a published password", facts.default_password) == "refused"


@readiness.high(remedy="Terminate TLS in front of the server; use https://.", demand="encryption")
def encrypted(mlflow_probe: MlflowProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", mlflow_probe.facts.link.tls or "none") != "none"


@readiness.blocker(remedy="Terminate TLS in front of the server, or use a private address.")
def encrypted_across_public_network(mlflow_probe: MlflowProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = mlflow_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.high(
    remedy="Renew the certificate of the proxy in front of the server, and reload it.",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
)
def certificate_valid(mlflow_probe: MlflowProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    link = mlflow_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)


@readiness.high(
    remedy="Keep runs and models in PostgreSQL or MySQL: --backend-store-uri postgresql://…",
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


@readiness.blocker(remedy="Register the model: mlflow.register_model(uri, name).")
def models_registered(mlflow_probe: MlflowProbe) -> None:
    """Are the declared models registered?"""
    for model in _declared(mlflow_probe):
        there = "registered" if model.exists else "missing"
        assert measure(f"model {model.name}", there) == "registered"
    _all_seen(mlflow_probe)


@readiness.blocker(remedy="MlflowClient().set_registered_model_alias(name, alias, version)")
def model_alias(mlflow_probe: MlflowProbe) -> None:
    """Do the declared aliases lead to a version?"""
    models, intents = _declared(mlflow_probe), mlflow_probe.declared.models
    if not any(intent.alias for intent in intents.values()):
        not_applicable("no alias is declared")
    for model in models:
        alias = intents[model.name].alias
        if alias is not None and model.exists:
            version = model.aliases.get(alias, "none")
            assert measure(f"version at {model.name}@{alias}", version) != "none"
    _all_seen(mlflow_probe, that_exist=True)


@readiness.high(remedy="Register the version again; look at its status_message.")
def model_version_ready(mlflow_probe: MlflowProbe) -> None:
    """Is the version that the application loads ready, and does it have a source?"""
    for model in _declared(mlflow_probe):
        alias = mlflow_probe.declared.models[model.name].alias
        version = model.at(alias) if alias else model.latest
        if version is not None:
            what = f"version {version.version} of {model.name}"
            assert measure(f"status of {what}", version.status) == "READY"
            assert measure(f"source of {what}", version.source) != ""
        elif model.exists:
            blocked(f"no version of {model.name} is there to load, which model_alias judges")
    _all_seen(mlflow_probe, that_exist=True)


@readiness.high(
    remedy='Say which models the application loads: models.churn = { alias = "champion" }',
    demand="intent",
)
def intent_declared(mlflow_probe: MlflowProbe) -> None:
    """Is it declared which models the application needs?"""
    _ = mlflow_probe.facts
    assert measure("declared models", len(mlflow_probe.declared.models)) >= 1


@readiness.blocker(
    remedy="See the step that failed: the database takes no writes, or the artifact store "
    "refuses the server.",
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


def _answers(what: str, reply: Reply) -> None:
    error = f" ({reply.error})" if reply.error else ""
    assert measure(f"status of {what}{error}", reply.status) == 200


def _is_local(place: str) -> bool:
    scheme, colon, _ = place.partition(":")
    # One letter before a colon is a drive of Windows.
    return not colon or scheme == "file" or len(scheme) == 1


def _declared(probe: MlflowProbe) -> list[Model]:
    facts = probe.facts
    if not probe.declared.models:
        not_applicable("no model is declared")
    return list(facts.models.values())


def _all_seen(probe: MlflowProbe, that_exist: bool = False) -> None:
    """Block on what could not be judged, after all that could was."""
    for why in probe.facts.hidden.values():
        blocked(why)
    missing = [m.name for m in probe.facts.models.values() if not m.exists]
    if that_exist and missing:
        blocked(f"model {missing[0]} is not registered")
