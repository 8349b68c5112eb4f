"""Answers of a server -> typed facts. Whatever is missing stays unseen, with the reason."""

from __future__ import annotations

import re
from typing import Any

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.mlflow import ModelIntent
from pytest_readiness.systems.mlflow.facts import Experiments, Model, Reply, Version
from pytest_readiness.systems.mlflow.grants import grant
from pytest_readiness.systems.mlflow.http import API, DEFAULT_PASSWORDS, Answer, Answers, Ask
from pytest_readiness.systems.urls import Url

Seen = tuple[dict[str, Any], dict[str, str]]
"""Facts by name, and the reasons for those that were not seen."""

_EXPERIMENTS = 100
_STRANGERS = ("anonymous", *(f"default {n}" for n in range(len(DEFAULT_PASSWORDS))))


def first_questions() -> dict[str, Ask]:
    """Before all others: a server that has just started makes its tables at the first question,
    and fails some of those that come at the same time. And what is not MLflow gets no more."""
    return {"database": _search("experiments", _EXPERIMENTS), "version": Ask(path="/version")}


STORE = {"store": Ask(path="/api/3.0/mlflow/server-info")}


def app_questions(models: dict[str, ModelIntent]) -> dict[str, Ask]:
    """About what the application meets, and what strangers do."""
    path, query = f"{API}experiments/search", {"max_results": "1"}
    asked = {
        "registry": _search("registered-models", 1),
        "anonymous": Ask(path=path, query=query, anonymous=True),
    }
    for number, password in enumerate(DEFAULT_PASSWORDS):
        asked[f"default {number}"] = Ask(path=path, query=query, login=("admin", password))
    for name, intent in models.items():
        asked |= model_questions(name, intent)
    return asked


def model_questions(name: str, intent: ModelIntent) -> dict[str, Ask]:
    """About one registered model, and the version its alias leads to."""
    get = Ask(path=f"{API}registered-models/get", query={"name": name})
    if intent.alias is None:
        return {f"model {name}": get}
    alias = {"name": name, "alias": intent.alias}
    return {f"model {name}": get, f"alias {name}": _alias(alias)}


def _alias(query: dict[str, str]) -> Ask:
    return Ask(path=f"{API}registered-models/alias", query=query)


def _search(what: str, most: int) -> Ask:
    return Ask(path=f"{API}{what}/search", query={"max_results": str(most)})


def insist_on_mlflow(answers: Answers, way: Url, where: str, token: bool) -> None:
    """Let only a server pass that answers as MLflow does, be it with an error of its own.

    Raises:
        Unreachable: what answers instead, in plain words.
    """
    said = answers["database"]
    if isinstance(said, Unreachable):
        raise said
    if said.status == 401:
        who = f"user {way.user}" if way.user else "the token" if token else None
        if who is None:
            raise Unreachable(f"{where} asks for credentials, and none are given")
        raise Unreachable(f"{where} refuses the credentials of {who}")
    if "Invalid Host header" in said.text:
        raise Unreachable(f"{where} refuses requests for this host name; see --allowed-hosts")
    if 300 <= said.status < 400:
        raise Unreachable(f"{where} redirects to {said.location}; give that address")
    if not (_is_mlflows(said) or _is_told(said, answers)):
        raise Unreachable(f"{where} is not MLflow: {_instead(said)}")


def _is_mlflows(said: Answer) -> bool:
    if said.error is not None or said.text == "Permission denied":
        return True
    known = {"experiments", "next_page_token"}
    return said.status == 200 and isinstance(said.body, dict) and set(said.body) <= known


def _is_told(said: Answer, answers: Answers) -> bool:
    # A server whose database broke in an unusual way still tells its version.
    version = answers["version"]
    return said.status >= 500 and isinstance(version, Answer) and _version_of(version) is not None


def _version_of(said: Answer) -> str | None:
    text = said.text.strip()
    return text if said.status == 200 and re.fullmatch(r"\d+\.\d+[\w.]*", text) else None


def _instead(said: Answer) -> str:
    if said.status in (502, 503, 504):
        return f"a proxy answers with status {said.status}, nothing is behind it"
    return f"status {said.status} for {API}experiments/search; is the URL's path right?"


def server_facts(answers: Answers) -> Seen:
    """Version, store and experiments."""
    seen: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    version, store, listed = (answers[name] for name in ("version", "store", "database"))
    number = _version_of(version) if isinstance(version, Answer) else None
    if number is not None:
        seen["version"] = number
    else:
        unseen["version"] = f"GET /version: {_words(version)}"
    if isinstance(store, Answer) and isinstance(store.body, dict) and "store_type" in store.body:
        seen["store"] = str(store.body["store_type"])
    else:
        unseen["store"] = f"the store is told by MLflow 3.9 and later ({_words(store)})"
    if isinstance(listed, Answer) and listed.status == 200 and isinstance(listed.body, dict):
        rows = listed.body.get("experiments", [])
        seen["experiments"] = Experiments(
            artifacts={str(r.get("name")): str(r.get("artifact_location", "")) for r in rows},
            more="next_page_token" in listed.body,
        )
    else:
        unseen["experiments"] = f"experiments/search: {_words(listed)}"
    return seen, unseen


def app_facts(answers: Answers, models: dict[str, ModelIntent], user: str) -> Seen:
    """How the application is served, what strangers get, and the declared models."""
    seen: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    for name in ("database", "registry"):
        said = answers[name]
        if isinstance(said, Answer):
            seen[name] = Reply(status=said.status, error=said.error, ms=said.ms)
        else:
            unseen[name] = str(said)
    anonymous, *defaults = (_stranger(answers[name]) for name in _STRANGERS)
    if any(_let_in(answers[name], answers["anonymous"]) for name in _STRANGERS[1:]):
        defaults.append("answered")
    for name, gets in (("anonymous", [anonymous]), ("default_password", defaults)):
        if "answered" in gets:
            seen[name] = "answered"
        elif None not in gets:
            seen[name] = "refused"
        else:
            unseen[name] = "the answer was neither data nor a refusal"
    known = {name: model_facts(answers, name, intent, user) for name, intent in models.items()}
    seen["models"] = {name: m for name, m in known.items() if isinstance(m, Model)}
    seen["hidden"] = {name: why for name, why in known.items() if isinstance(why, str)}
    return seen, unseen


def _stranger(said: Answer | Unreachable) -> str | None:
    """Whether a client got data; a redirect is the login page of a proxy."""
    if isinstance(said, Unreachable):
        return None
    if said.status in (401, 403) or 300 <= said.status < 400:
        return "refused"
    # With an error of its own MLflow has let the client in.
    return "answered" if _is_mlflows(said) else None


def _let_in(said: Answer | Unreachable, stranger: Answer | Unreachable) -> bool:
    """Whether a login was accepted and the request forbidden: strangers are told 401 instead."""
    both = isinstance(said, Answer) and isinstance(stranger, Answer)
    return both and said.status == 403 and stranger.status == 401  # type: ignore[union-attr]  # both


def model_facts(answers: Answers, name: str, intent: ModelIntent, user: str) -> Model | str:
    """A registered model, or why it was not seen."""
    said = answers[f"model {name}"]
    if isinstance(said, Answer) and said.error == "RESOURCE_DOES_NOT_EXIST":
        return Model(name=name, exists=False)
    if not isinstance(said, Answer) or said.status != 200 or not isinstance(said.body, dict):
        hidden = isinstance(said, Answer) and said.status == 403
        hint = f"; {grant(user, 'registered_model', name, 'READ')}" if hidden else ""
        return f"model {name} was not seen: {_words(said)}{hint}"
    row = said.body.get("registered_model", {})
    aliases = {str(a["alias"]): str(a["version"]) for a in row.get("aliases", [])}
    versions = [_version(v) for v in row.get("latest_versions", [])]
    led = answers.get(f"alias {name}")
    if isinstance(led, Answer) and led.status == 200 and isinstance(led.body, dict):
        found = _version(led.body.get("model_version", {}))
        versions.append(found)
        aliases[str(intent.alias)] = found.version
    return Model(name=name, exists=True, aliases=aliases, versions={v.version: v for v in versions})


def _version(row: dict[str, Any]) -> Version:
    return Version(
        version=str(row.get("version", "")),
        status=str(row.get("status", "")),
        source=str(row.get("source", "")),
        run_id=str(row.get("run_id", "")),
        stage=str(row.get("current_stage", "")),
    )


def _words(said: Answer | Unreachable) -> str:
    if isinstance(said, Unreachable):
        return str(said)
    return f"status {said.status}{f' {said.error}' if said.error else ''}"
