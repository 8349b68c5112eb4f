"""What a verdict speaks of: service, targets, commit, versions."""

from __future__ import annotations

import platform
import time
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from pytest_readiness.model import About, Target
from pytest_readiness.policy.load import Policy
from pytest_readiness.provenance import commit
from pytest_readiness.run.state import Run

_PACKAGES = ("pytest-readiness", "pytest", "redis", "psycopg", "pika", "kafka-python", "httpx")


def about(run: Run, root: Path, notes: tuple[str, ...]) -> About:
    """All of it, as the report has it."""
    settings = run.policy.settings
    return About(
        service=settings.service,
        environment=run.environment,
        environment_assumed=run.environment_assumed,
        gate=settings.gate,
        allow_partial=settings.allow_partial,
        profile=run.policy.profile,
        settings=digest(run.policy),
        commit=commit(root),
        started=run.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration=round(time.monotonic() - run.clock_start, 3),
        versions=_versions(),
        targets=tuple(
            Target(
                system=target.system,
                name=target.name,
                address=target.settings.address,
                single_node=target.settings.single_node,
                platform=target.settings.platform,
            )
            for target in run.policy.targets
        ),
        relaxed=run.relaxed,
        notes=(*run.policy.notes, *notes),
    )


def digest(policy: Policy) -> str:
    """What the settings ask for, as 16 signs: the same for all shards of one run.

    Of a target's settings without URLs and without whatever holds a secret, of which not even a
    digest leaves the run.
    """
    settings = replace(policy.settings, report=(), shard=None, vantage=None)
    asked = [_encoded(settings), _encoded(policy.checks)]
    for target in policy.targets:
        hidden = ("://", *target.settings.secrets())
        told = {name: _encoded(v) for name, v in asdict(target.settings).items() if v is not None}
        kept = {n: v for n, v in told.items() if not any(secret in v for secret in hidden)}
        asked.append(_encoded([target.system, target.name, kept]))
    return sha256("\n".join(asked).encode()).hexdigest()[:16]


def _encoded(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
