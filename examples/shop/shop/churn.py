"""The model that tells which customers are about to leave, and so get a voucher."""

from __future__ import annotations

import httpx

MODEL = "churn"
ALIAS = "champion"
"""Given by hand to the version that the shop is to use, once it has been looked at."""

_API = "/api/2.0/mlflow"


def source(models: httpx.Client) -> str:
    """Where the files of the model in use are; the service loads them when it starts."""
    found = models.get(f"{_API}/registered-models/alias", params={"name": MODEL, "alias": ALIAS})
    return str(found.raise_for_status().json()["model_version"]["source"])


def register(models: httpx.Client) -> str:
    """What the nightly training does in the end: a finished run, and a version made from it."""

    def ask(path: str, **body: str) -> dict[str, dict[str, str]]:
        answer: dict[str, dict[str, str]] = (
            models.post(f"{_API}/{path}", json=body).raise_for_status().json()
        )
        return answer

    created = models.post(f"{_API}/runs/create", json={"experiment_id": "0", "run_name": MODEL})
    run = created.raise_for_status().json()["run"]["info"]
    ask("runs/update", run_id=run["run_id"], status="FINISHED")
    ask("registered-models/create", name=MODEL)
    made = ask(
        "model-versions/create",
        name=MODEL,
        run_id=run["run_id"],
        source=f"{run['artifact_uri']}/model",
    )
    return made["model_version"]["version"]
