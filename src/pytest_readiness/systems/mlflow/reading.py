"""Answers of a server -> typed facts. Whatever is missing stays unseen, with the reason."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.mlflow.facts import Experiments, Registered, Reply, Running
from pytest_readiness.systems.mlflow.http import API, Answer, Answers, listed
from pytest_readiness.systems.mlflow.questions import experiments
from pytest_readiness.systems.urls import Url

Seen = tuple[dict[str, Any], dict[str, str]]
"""Facts by name, and the reasons for those that were not seen."""

_SLOW_MS = 1000
_SEARCH = f"{API}experiments/search"


class Unseen(str):
    """Why a fact was not seen, in the place of the fact."""

    __slots__ = ()


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
        raise Unreachable(f"{where} redirects {_leads(said, way, where)}")
    if said.status == 403 and not is_mlflows(said):
        lets = "a proxy in front lets nobody in from here, or not with these credentials"
        raise Unreachable(f"{where} answers with status 403: {lets}")
    if not (is_mlflows(said) or _is_told(said, answers)):
        raise Unreachable(f"{where} {_instead(said, token)}")


def _leads(said: Answer, way: Url, where: str) -> str:
    asked = f"{way.scheme}://{where}/{way.path}".rstrip("/") + _SEARCH
    if urljoin(asked, said.location) == asked:
        return f"GET {_SEARCH} to itself, in a circle"
    return f"to {said.location}; give that address"


def is_mlflows(said: Answer) -> bool:
    if said.error is not None or said.text == "Permission denied":
        return True
    known = {"experiments", "next_page_token"}
    if not said.told or not set(said.body) <= known:
        return False
    # Null stands for an empty list in some versions.
    return isinstance(said.body.get("experiments") or [], list)


def _is_told(said: Answer, answers: Answers) -> bool:
    # A server whose database broke in an unusual way still tells its version.
    version = answers["version"]
    return said.status >= 500 and isinstance(version, Answer) and _version_of(version) is not None


def _version_of(said: Answer) -> str | None:
    text = said.text.strip()
    return text if said.status == 200 and re.fullmatch(r"\d+\.\d+[\w.]*", text) else None


def _instead(said: Answer, token: bool) -> str:
    status = f"status {said.status}"
    if said.status in (502, 503, 504):
        return f"is not reached: a proxy answers with {status}, nothing is behind it"
    if said.status == 500 and token:
        # Its basic-auth looks for a password in whatever is sent.
        users = "as MLflow with users does to a token; give user and password in the URL"
        return f"answers with {status}, {users}"
    why = "is the URL's path right?"
    if said.status >= 500:
        why = "and no version; see the server's log"
    elif said.status == 200 and said.body is None:
        why = "and no JSON; is it a login page, or another server's?"
    return f"is not MLflow: {status} for {_SEARCH}; {why}"


def slow(said: Answer | Unreachable) -> bool:
    """Whether an answer took so long that only a second one can tell whether that is usual."""
    return isinstance(said, Answer) and said.ms > _SLOW_MS


def server_facts(answers: Answers) -> Seen:
    """What the server is, and what it holds."""
    seen: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    for name, found in (
        ("version", _version(answers["version"])),
        ("store", _store(answers["store"])),
        ("experiments", _experiments(answers["database"])),
        ("registered", _registered(answers["registry"])),
        ("running", _running(answers)),
        ("metrics", _metrics(answers["metrics"])),
        ("artifact_store", _artifact_store(answers)),
    ):
        if isinstance(found, Unseen):
            unseen[name] = str(found)
        else:
            seen[name] = found
    return seen, unseen


def _version(said: Answer | Unreachable) -> str | Unseen:
    number = _version_of(said) if isinstance(said, Answer) else None
    return Unseen(f"GET /version: {words(said)}") if number is None else number


def _store(said: Answer | Unreachable) -> str | Unseen:
    if isinstance(said, Answer) and said.told and "store_type" in said.body:
        return str(said.body["store_type"])
    return Unseen(f"the store is told by MLflow 3.9 and later ({words(said)})")


def _experiments(said: Answer | Unreachable) -> Experiments | Unseen:
    if not isinstance(said, Answer) or not said.told:
        return Unseen(f"experiments/search: {words(said)}")
    placed = {str(r.get("name")): str(r.get("artifact_location", "")) for r in experiments(said)}
    return Experiments(artifacts=placed, more="next_page_token" in said.body)


def _registered(said: Answer | Unreachable) -> Registered | Unseen:
    if not isinstance(said, Answer) or not said.told:
        return Unseen(f"registered-models/search: {words(said)}")
    rows = said.rows("registered_models")
    known = {str(row.get("name")): len(listed(row.get("aliases"))) for row in rows}
    return Registered(aliases=known, more="next_page_token" in said.body)


def _running(answers: Answers) -> Running | Unseen:
    said = answers.get("running")
    if said is None:
        return Unseen("no experiment is visible to this user; grant READ on one")
    if not isinstance(said, Answer) or not said.told:
        return Unseen(f"runs/search: {words(said)}")
    infos = [info for run in said.rows("runs") if isinstance(info := run.get("info"), dict)]
    started = {
        f"{info.get('run_name', 'run')} ({info.get('run_id')})": began
        for info in infos
        if (began := seconds(info.get("start_time")))
    }
    return Running(started=started, more="next_page_token" in said.body)


def _metrics(said: Answer | Unreachable) -> str | Unseen:
    if isinstance(said, Answer):
        if said.status == 200:
            return "exposed" if said.text.lstrip().startswith("# ") else "absent"
        if said.status == 404:
            return "absent"
        if said.text == "Permission denied":
            return "administrators"
    return Unseen(f"GET /metrics: {words(said)}")


def _artifact_store(answers: Answers) -> Reply | Unseen | None:
    said = answers.get("artifact store")
    if said is None:
        seen = bool(experiments(answers["database"]))
        return None if seen else Unseen("no experiment is visible to this user; grant READ on one")
    if not isinstance(said, Answer) or said.status in (401, 403):
        return Unseen(f"mlflow-artifacts/artifacts: {words(said)}")
    if said.status == 503 and "disabled" in said.text:
        return None
    return Reply(status=said.status, error=said.error, ms=said.ms)


def seconds(millis: Any) -> float | None:
    """A time that MLflow tells in milliseconds; None if it tells none."""
    number = isinstance(millis, int | float) or (isinstance(millis, str) and millis.isdecimal())
    return int(millis) / 1000 if number else None


def words(said: Answer | Unreachable | None) -> str:
    """An answer that was no help, for people."""
    if said is None or isinstance(said, Unreachable):
        return str(said)
    return f"status {said.status}{f' {said.error}' if said.error else ''}"
