"""An MLflow server in a few words."""

from __future__ import annotations

from urllib.parse import urlsplit

from pytest_readiness.systems.cards import lines
from pytest_readiness.systems.mlflow.facts import MlflowFacts

_STORES = {"SqlStore": "SQL database", "FileStore": "files"}


def card(facts: MlflowFacts) -> dict[str, str]:
    """Where it keeps what it is told, and how much that is."""
    return lines(
        backend=lambda: _STORES.get(facts.store, facts.store),
        experiments=lambda: _many(facts, len(facts.experiments.artifacts), facts.experiments.more),
        registered_models=lambda: _many(
            facts, len(facts.registered.aliases), facts.registered.more
        ),
        running=lambda: _many(facts, len(facts.running.started), facts.running.more),
        artifacts=lambda: _artifacts(facts),
    )


def _many(facts: MlflowFacts, count: int, more: bool) -> str | None:
    """A figure; whom MLflow knows as a user, it shows what that user may read, and no gap."""
    if more:
        return f"more than {count:,}"
    if facts.sees("admin") and facts.admin is not False:
        return f"{count:,}"
    return f"at least {count:,}" if count else None


def _artifacts(facts: MlflowFacts) -> str:
    """The kinds of stores, without where and as whom."""
    kinds = {_kind(where) for where in facts.experiments.artifacts.values()}
    return ", ".join(sorted(kinds))


def _kind(where: str) -> str:
    try:
        scheme = urlsplit(where).scheme
    except ValueError:
        scheme = ""
    # C:\\mlruns is a folder, too.
    return "files" if scheme in ("", "file") or len(scheme) == 1 else scheme
