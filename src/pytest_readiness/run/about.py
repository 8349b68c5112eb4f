"""What a verdict speaks of: service, targets, commit, versions."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict, fields, replace

from pytest_readiness.model import About, Target
from pytest_readiness.policy.load import Policy
from pytest_readiness.policy.settings import Settings
from pytest_readiness.provenance.git import commit
from pytest_readiness.run.state import Run

_PACKAGES = ("pytest-readiness", "pytest", "redis", "psycopg", "pika", "kafka-python", "httpx")

Clean = Callable[[str], str]
"""Takes secrets out of a text."""

_DEFAULT = asdict(Settings())
_OF_ONE_RUN = ("report", "shard", "vantage", "baseline", "history", "gate")
"""Settings in which the shards of one run may differ; a report names its gate itself."""

_TOLD_APART = (
    *_OF_ONE_RUN,
    *("service", "environment", "allow_partial"),
    *("target_score", "minimum_score", "max_failed_high", "minimum_coverage"),
    *("waivers", "attestations"),
    *("wait", "observations_at_once", "observations_per_host"),
)
"""Settings that change nothing of what is asked of a target."""

_ANSWERS = ("reason", "owner", "expires")


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
        settings=digest(run.policy, run.redactor.clean),
        asked=asked(run.policy, run.redactor.clean),
        settings_file=_settings_file(run.policy, root),
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


def _settings_file(policy: Policy, root: Path) -> str | None:
    """The settings file as seen from pytest's root folder, with forward slashes everywhere.

    By its name alone where no way leads to it, as on Windows from one drive to another.
    """
    if policy.path is None:
        return None
    try:
        return Path(os.path.relpath(policy.path, root)).as_posix()
    except ValueError:
        return Path(policy.path).name


def digest(policy: Policy, clean: Clean = str) -> str:
    """What the settings ask for, as 16 signs: the same for all shards of one run.

    Of a target's settings without URLs and without whatever holds a secret, of which not even a
    digest leaves the run.
    """
    settings = replace(
        _unsecret(policy.settings, clean), **{name: _DEFAULT[name] for name in _OF_ONE_RUN}
    )
    return _hashed([_encoded(settings), _encoded(policy.checks), *_targets(policy)])


def asked(policy: Policy, clean: Clean = str) -> str:
    """What is asked of the targets, as 16 signs: the same for runs that can be compared.

    Without what people signed or excused, which changes from day to day and shows in the findings
    themselves; without limits, names and the like, which a comparison tells one by one. A setting
    that has its default counts as one that is not there: a later version may know more of them.
    """
    every = _set(_unsecret(policy.settings, clean))
    set_ = {name: value for name, value in every.items() if name not in _TOLD_APART}
    checks = {name: _unanswered(_set(change)) for name, change in policy.checks.items()}
    return _hashed([_encoded(set_), _encoded(checks), *_targets(policy)])


def _unsecret(settings: Settings, clean: Clean) -> Settings:
    """The settings without the secrets that commands are given."""
    bare = (
        replace(c, env=dict.fromkeys(c.env, ""), run=tuple(map(clean, c.arguments)))
        for c in settings.commands
    )
    return replace(settings, commands=tuple(bare))


def _targets(policy: Policy) -> list[str]:
    """What is declared of each target, without what might be a secret."""
    found = []
    for target in policy.targets:
        hidden = ("://", *target.settings.secrets())
        set_ = {name: _encoded(value) for name, value in _set(target.settings).items()}
        kept = {n: v for n, v in set_.items() if not any(secret in v for secret in hidden)}
        found.append(_encoded([target.system, target.name, kept]))
    return found


def _set(settings: msgspec.Struct) -> dict[str, Any]:
    """The settings that do not have their default."""
    found = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        default = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if value is not None and value != default:
            found[field.name] = _within(value)
    return found


def _within(value: Any) -> Any:
    """The same of whatever structures a value holds."""
    if isinstance(value, msgspec.Struct):
        return _set(value)
    if isinstance(value, dict):
        return {name: _within(item) for name, item in value.items()}
    return [_within(item) for item in value] if isinstance(value, (list, tuple)) else value


def _unanswered(change: dict[str, Any]) -> dict[str, Any]:
    """What is changed of a check, without who answers for it and until when."""
    own = {name: value for name, value in change.items() if name not in _ANSWERS}
    if "targets" in own:
        own["targets"] = {name: _unanswered(there) for name, there in own["targets"].items()}
    return own


def _hashed(parts: list[str]) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


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
