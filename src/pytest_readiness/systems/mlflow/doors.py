"""Answers to the application and to strangers -> typed facts."""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.mlflow.facts import Reply
from pytest_readiness.systems.mlflow.http import DEFAULT_PASSWORDS, Answer, Answers
from pytest_readiness.systems.mlflow.reading import Seen, Unseen, is_mlflows, words

_STRANGERS = ("anonymous", *(f"default {n}" for n in range(len(DEFAULT_PASSWORDS))))
_ASKS_FOR_LOGIN = "You are not authenticated"
"""How MLflow's own basic-auth begins its refusal."""


def app_facts(answers: Answers, user: str | None) -> Seen:
    """How the application is served, and what strangers get."""
    seen: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    for name in ("database", "registry"):
        said = answers[name]
        if isinstance(said, Answer):
            seen[name] = Reply(status=said.status, error=said.error, ms=said.ms)
        else:
            unseen[name] = str(said)
    first, again = answers["database"], answers.get("again")
    if isinstance(first, Answer):
        seen["frames"] = first.frames or "none"
        if isinstance(again, Answer) and again.status == first.status:
            ms = min(first.ms, again.ms)
            seen["database"] = Reply(status=first.status, error=first.error, ms=ms)
    anonymous, *defaults = (_stranger(answers[name]) for name in _STRANGERS)
    if any(_let_in(answers[name], answers["anonymous"]) for name in _STRANGERS[1:]):
        defaults.append("answered")
    for name, gets in (
        ("anonymous", [anonymous]),
        ("default_password", defaults),
        ("foreign_host", [_foreign_host(answers["foreign host"])]),
        ("foreign_origin", [_foreign_origin(answers["foreign origin"])]),
    ):
        if "answered" in gets:
            seen[name] = "answered"
        elif None not in gets:
            seen[name] = "refused"
        else:
            unseen[name] = f"{name}: the answer was neither data nor a refusal"
    admin = _admin(answers.get("user"), anonymous, user)
    if isinstance(admin, Unseen):
        unseen["admin"] = str(admin)
    else:
        seen["admin"] = admin
    return seen, unseen


def _stranger(said: Answer | Unreachable) -> str | None:
    """Whether a client got data; a redirect is the login page of a proxy."""
    if isinstance(said, Unreachable):
        return None
    if said.status in (401, 403) or 300 <= said.status < 400:
        return "refused"
    # With an error of its own MLflow has let the client in.
    return "answered" if is_mlflows(said) else None


def _let_in(said: Answer | Unreachable, stranger: Answer | Unreachable) -> bool:
    """Whether a login was accepted and the request forbidden: strangers are told 401 instead.

    By MLflow, that is: a proxy in front may have locked the account, or forbid strangers to it.
    """
    if not isinstance(said, Answer) or not isinstance(stranger, Answer):
        return False
    return said.status == 403 and stranger.status == 401 and is_mlflows(said)


def _foreign_host(said: Answer | Unreachable) -> str | None:
    if isinstance(said, Unreachable):
        return None
    if "Invalid Host header" in said.text:
        return "refused"
    # To be asked for a password by MLflow itself means to be past its look at the host.
    if is_mlflows(said) or said.text.startswith(_ASKS_FOR_LOGIN):
        return "answered"
    # A proxy in front that knows no such host, or lets nobody in.
    return "refused" if 300 <= said.status < 500 else None


def _foreign_origin(said: Answer | Unreachable) -> str | None:
    if isinstance(said, Unreachable):
        return None
    if said.status == 403 and "Cross-origin" in said.text:
        return "refused"
    return "answered" if is_mlflows(said) else None


def _admin(
    said: Answer | Unreachable | None, stranger: str | None, user: str | None
) -> bool | Unseen | None:
    if stranger == "answered":
        return None
    if said is None:
        return Unseen("no user is given in url: its rights are told by users/get")
    row = said.body.get("user") if isinstance(said, Answer) and said.body else None
    if isinstance(row, dict) and "is_admin" in row:
        return bool(row["is_admin"])
    if isinstance(said, Answer) and said.status == 404 and said.error is None:
        return None
    return Unseen(f"users/get of {user}: {words(said)}")
