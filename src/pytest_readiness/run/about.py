"""What a verdict speaks of: service, targets, commit, versions."""

from __future__ import annotations

import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pytest_readiness.model import About, Target
from pytest_readiness.run.state import Run

_PACKAGES = ("pytest-readiness", "pytest", "redis", "psycopg", "pika", "kafka-python", "httpx")
_GIT_SECONDS = 5


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
        commit=_commit(root),
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


def _commit(root: Path) -> str | None:
    """The commit that is checked out, with a mark if files differ from it; None outside git."""
    command = [
        "git",
        "-C",
        str(root),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
