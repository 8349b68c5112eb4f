"""Rights of MLflow's basic-auth app: how they are given, and whether one of them is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from pytest_readiness.systems.mlflow.http import API

if TYPE_CHECKING:
    import httpx

Kind = Literal["experiment", "registered_model"]

_RIGHTS = "/api/3.0/mlflow/users/permissions/"
_DELETES = ("MANAGE",)
"""Rights that include the removal of runs; EDIT does not."""


def grant(user: str, kind: Kind, name: str, permission: str) -> str:
    """The request that gives a user a right, as an administrator sends it.

    Args:
        user: who gets it.
        kind: of what.
        name: name of the model, or id of the experiment.
        permission: ``READ``, ``MANAGE``.
    """
    body = {
        "username": user,
        "resource_type": kind,
        "resource_id": name,
        "permission": permission,
    }
    # Before there was one request for all kinds of things, each had its own.
    return (
        f"POST {_RIGHTS}grant {json.dumps(body)} gives it (a lower right is revoked first); "
        f"older servers: {API}{kind.replace('_', '-')}s/permissions/create"
    )


def may_delete_runs(client: httpx.Client, user: str, experiment: str) -> bool:
    """Whether a user may remove runs of an experiment; True where nothing says otherwise."""
    asked = {"username": user, "resource_type": "experiment", "resource_id": experiment}
    said = client.get(f"{_RIGHTS}get", params=asked)
    if said.is_success and "permission" in said.text:
        return str(said.json().get("permission")) in _DELETES
    # Older servers answer this to nobody but those who may manage the experiment.
    query = {"username": user, "experiment_id": experiment}
    said = client.get(f"{API}experiments/permissions/get", params=query)
    return not (said.status_code == 403 and said.text.strip() == "Permission denied")
