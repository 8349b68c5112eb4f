"""What an MLflow server is asked: each answer carries the name of its question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_readiness.systems.mlflow import MlflowSettings, is_pattern, parsed
from pytest_readiness.systems.mlflow.facts import Model
from pytest_readiness.systems.mlflow.http import API, DEFAULT_PASSWORDS, Answer, Answers, Ask
from pytest_readiness.systems.mlflow.leftovers import PROXIED, kept_by_server

EXPERIMENTS = 100
RUNS = 100
MATCHED = 25
"""Most models that one pattern may stand for: each costs two more questions."""
MLMODEL = 100_000
"""Characters of an MLmodel file: a signature may make it long."""

NOWHERE = "readiness-check.invalid"
"""A host name that nobody can own."""
_SEARCH = f"{API}experiments/search"


def _search(what: str, most: int, more: Mapping[str, str] | None = None) -> Ask:
    return Ask(path=f"{API}{what}/search", query={"max_results": str(most), **(more or {})})


REGISTRY = _search("registered-models", 100)


def first_questions() -> dict[str, Ask]:
    """Before all others: a server that has just started makes its tables at the first question,
    and fails some of those that come at the same time. And what is not MLflow gets no more."""
    return {"database": _search("experiments", EXPERIMENTS), "version": Ask(path="/version")}


def once_more() -> dict[str, Ask]:
    """The first question again, of a server that was slow: it may only have been cold."""
    return {"again": _search("experiments", 1)}


def server_questions(first: Answers) -> dict[str, Ask]:
    """About the server itself, some of them about the experiments that the first answer listed."""
    asked = {
        "store": Ask(path="/api/3.0/mlflow/server-info"),
        "registry": REGISTRY,
        "metrics": Ask(path="/metrics"),
    }
    rows = experiments(first["database"])
    if rows:
        body = {
            "experiment_ids": [str(row.get("experiment_id")) for row in rows],
            "filter": "attributes.status = 'RUNNING'",
            "order_by": ["attributes.start_time ASC"],
            "max_results": RUNS,
        }
        asked["running"] = Ask(path=f"{API}runs/search", body=body)
    places = (kept_by_server(str(row.get("artifact_location", ""))) for row in rows)
    kept = next((place for place in places if place is not None), None)
    if kept is not None:
        # A folder that is not there: its listing is short, and still goes to the store.
        query = {"path": f"{kept}/readiness".lstrip("/")}
        asked["artifact store"] = Ask(path=PROXIED.rstrip("/"), query=query)
    return asked


def experiments(said: Any) -> list[dict[str, Any]]:
    """The rows of an answer of experiments/search; none if it was another answer."""
    return said.rows("experiments") if isinstance(said, Answer) else []


def app_questions(settings: MlflowSettings) -> dict[str, Ask]:
    """About what the application meets, and what strangers do.

    Few, for with basic-auth each costs the server half a second of hashing the password.
    """
    one = {"max_results": "1"}
    # To another name no credentials are sent: a proxy may have it lead to another server.
    foreign = {"Host": NOWHERE}
    asked = {
        "registry": REGISTRY,
        "anonymous": Ask(path=_SEARCH, query=one, anonymous=True),
        "foreign host": Ask(path=_SEARCH, query=one, anonymous=True, headers=foreign),
        "foreign origin": Ask(
            path=_SEARCH, body={"max_results": 1}, headers={"Origin": f"https://{NOWHERE}"}
        ),
    }
    for number, password in enumerate(DEFAULT_PASSWORDS):
        asked[f"default {number}"] = Ask(path=_SEARCH, query=one, login=("admin", password))
    user = parsed(settings.url).user if settings.url else None
    if user:
        asked["user"] = Ask(path=f"{API}users/get", query={"username": user})
    for pattern in filter(is_pattern, settings.models):
        asked[f"models {pattern}"] = _search("registered-models", MATCHED, _like(pattern))
    return asked


def listed(answers: Answers) -> dict[str, dict[str, Any]]:
    """The registered models that the registry's first page listed, by name."""
    said = answers.get("registry")
    rows = said.rows("registered_models") if isinstance(said, Answer) else []
    return {str(row.get("name")): row for row in rows}


def unlisted(answers: Answers, settings: MlflowSettings) -> dict[str, Ask]:
    """About the declared models that were not listed: missing, hidden, or on a later page."""
    known = listed(answers)
    asked: dict[str, Ask] = {}
    for name, intent in settings.models.items():
        if name not in known and not is_pattern(name):
            asked |= by_name(name)
            if intent.alias is not None:
                asked[f"alias {intent.alias} {name}"] = _alias(name, intent.alias)
    return asked


def by_name(name: str) -> dict[str, Ask]:
    """About one registered model, whatever signs its name holds."""
    return {f"model {name}": Ask(path=f"{API}registered-models/get", query={"name": name})}


def follow_ups(models: Iterable[Model], settings: MlflowSettings) -> dict[str, Ask]:
    """About the versions that the application loads, now that their numbers are known."""
    asked: dict[str, Ask] = {}
    for model in models:
        for intent in settings.intents(model.name):
            number = model.number(intent.alias)
            if number is None:
                continue
            query = {"name": model.name, "version": number, "path": "MLmodel"}
            asked[f"file {number} {model.name}"] = Ask(
                path="/model-versions/get-artifact", query=query, most=MLMODEL
            )
            if intent.alias is not None and number not in model.versions:
                asked[f"alias {intent.alias} {model.name}"] = _alias(model.name, intent.alias)
    return asked


def _alias(name: str, alias: str) -> Ask:
    return Ask(path=f"{API}registered-models/alias", query={"name": name, "alias": alias})


def _like(pattern: str) -> dict[str, str]:
    """A filter that finds all that the pattern means, and perhaps more: the names are held against
    the pattern again. ``%`` stands for whatever SQL or the filter's grammar reads otherwise."""
    text = pattern.partition("[")[0] + ("*" if "[" in pattern else "")
    like = "".join(c if c.isalnum() or c in "-_ " else "%" for c in text)
    return {"filter": f"name LIKE '{like}'"}
