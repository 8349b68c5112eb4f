"""Answers about registered models -> typed facts."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import msgspec

from pytest_readiness.systems.mlflow import MlflowSettings, http, is_pattern, questions
from pytest_readiness.systems.mlflow.facts import File, Model, Version
from pytest_readiness.systems.mlflow.grants import grant
from pytest_readiness.systems.mlflow.http import Answer, Answers
from pytest_readiness.systems.mlflow.reading import seconds, words

Found = tuple[dict[str, Model], dict[str, str]]
"""Models by name, and the reasons for those that were not seen."""


def listed(answers: Answers, settings: MlflowSettings) -> list[Model]:
    """The declared models that lists have told already."""
    rows = questions.listed(answers)
    found = [_matches(answers, name) for name in settings.models if is_pattern(name)]
    named = [_model(rows[name]) for name in settings.models if name in rows]
    return named + [model for one in found if isinstance(one, tuple) for model in one[0]]


def models(answers: Answers, settings: MlflowSettings, user: str) -> Found:
    """The declared models; a pattern's matches, or the pattern itself where nothing matches."""
    seen: dict[str, Model] = {}
    hidden: dict[str, str] = {}
    for name, intent in settings.models.items():
        found = (
            _matches(answers, name) if is_pattern(name) else one(answers, name, intent.alias, user)
        )
        if isinstance(found, str):
            hidden[name] = found
        elif isinstance(found, Model):
            seen[name] = found
        else:
            # A name that is declared by itself is judged by that alone.
            rows, more = found
            seen |= {m.name: m for m in rows if m.name not in settings.models}
            if more:
                most = questions.MATCHED
                hidden[name] = f"more than {most} models match {name}; declare fewer at a time"
    return seen, hidden


def one(answers: Answers, name: str, alias: str | None, user: str) -> Model | str:
    """A registered model, or why it was not seen."""
    listed = questions.listed(answers).get(name)
    if listed is not None:
        return _model(listed)
    said = answers[f"model {name}"]
    if isinstance(said, Answer) and said.error == "RESOURCE_DOES_NOT_EXIST":
        return Model(name=name, exists=False)
    if not isinstance(said, Answer) or not said.told:
        hidden = isinstance(said, Answer) and said.status == 403
        hint = f"; {grant(user, 'registered_model', name, 'READ')}" if hidden else ""
        return f"model {name} was not seen: {words(said)}{hint}"
    row = {"name": name, **said.part("registered_model")}
    return _led(_model(row), answers, alias)


def _matches(answers: Answers, pattern: str) -> tuple[list[Model], bool] | Model | str:
    said = answers[f"models {pattern}"]
    if not isinstance(said, Answer) or not said.told:
        return f"models {pattern} were not seen: {words(said)}"
    rows = said.rows("registered_models")
    found = [_model(row) for row in rows if fnmatchcase(str(row.get("name")), pattern)]
    more = "next_page_token" in said.body
    return (found, more) if found or more else Model(name=pattern, exists=False)


def looked_into(
    known: dict[str, Model], answers: Answers, settings: MlflowSettings, user: str
) -> dict[str, Model]:
    """The models with what the follow-ups told: their versions' files, and versions by alias."""
    for name, model in known.items():
        for intent in settings.intents(name):
            model = _led(model, answers, intent.alias)
            number = model.number(intent.alias)
            said = answers.get(f"file {number} {name}")
            if number is not None and said is not None and number in model.versions:
                version = msgspec.structs.replace(
                    model.versions[number], file=_file(said, name, user)
                )
                versions = {**model.versions, number: version}
                model = msgspec.structs.replace(model, versions=versions)
        known[name] = model
    return known


def _led(model: Model, answers: Answers, alias: str | None) -> Model:
    """The model with the version that an alias leads to, where that was asked."""
    said = answers.get(f"alias {alias} {model.name}")
    if not isinstance(said, Answer) or not said.told:
        return model
    found = _version(said.part("model_version"))
    return msgspec.structs.replace(
        model,
        aliases={**model.aliases, str(alias): found.version},
        versions={found.version: found, **model.versions},
    )


def _model(row: dict[str, Any]) -> Model:
    versions = [_version(v) for v in http.listed(row.get("latest_versions"))]
    aliases = http.listed(row.get("aliases"))
    return Model(
        name=str(row.get("name", "")),
        exists=True,
        aliases={str(a.get("alias")): str(a.get("version")) for a in aliases},
        versions={v.version: v for v in versions},
    )


def _version(row: dict[str, Any]) -> Version:
    return Version(
        version=str(row.get("version", "")),
        status=str(row.get("status", "")),
        source=str(row.get("source", "")),
        run_id=str(row.get("run_id", "")),
        stage=str(row.get("current_stage", "")),
        created=seconds(row.get("creation_timestamp")),
    )


def _file(said: Any, name: str, user: str) -> File:
    if isinstance(said, Answer):
        if said.status == 200 and "flavors:" in said.text:
            return File(found="found", signature="\nsignature:" in f"\n{said.text}")
        if said.status == 200 or said.error == "RESOURCE_DOES_NOT_EXIST":
            return File(found="missing")
        if said.status == 403:
            return File(unseen=f"{words(said)}; {grant(user, 'registered_model', name, 'READ')}")
    return File(unseen=f"the server could not read it: {words(said)}")
