"""What one readiness run knows from its start on."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_readiness.model import Relaxed
from pytest_readiness.policy.load import Policy, TargetSpec
from pytest_readiness.redact import Redactor
from pytest_readiness.run.catalogue import Catalogue, CheckSpec
from pytest_readiness.run.places import HERE, Place
from pytest_readiness.run.shards import Shard
from pytest_readiness.systems.base import System

if TYPE_CHECKING:
    from pytest_readiness.merging.report import Report


class Record(NamedTuple):
    """One thing that somebody wrote down, and that is judged."""

    place: tuple[str, ...]
    """Names of its nodes below ``readiness``: ``("attestation", "rollback")``."""
    name: str
    """Its slug or id, as it was read."""
    spec: CheckSpec
    target: str | None = None
    """The checklist that it stands in."""
    file: str | None = None
    line: int | None = None
    """From 1 on."""

    @property
    def node(self) -> str:
        """Its node id."""
        return "::".join(("readiness", *self.place))

    @property
    def system(self) -> str:
        """``checklist`` or ``attestation``."""
        return self.place[0]


@dataclass(frozen=True, kw_only=True)
class Run:
    """The policy, what it was resolved against, and when the run started."""

    policy: Policy
    systems: dict[str, System]
    catalogue: Catalogue
    redactor: Redactor
    environment: str
    environment_assumed: str | None
    relaxed: tuple[Relaxed, ...]
    today: dt.date
    started: dt.datetime
    worker: bool
    """Whether this process is an xdist worker."""
    selection: tuple[str, ...] = ()
    """Arguments that began with ``readiness::``."""
    narrowed: str | None = None
    """How the command line narrows the run before anything is collected; None if it does not."""
    skip_built_in: bool = False
    """Whether only named checks of the user were asked for."""
    shard: Shard | None = None
    """The part of the targets that this run judges; None for all of them."""
    place: Place = HERE
    """From where this process looks at the targets."""
    records: dict[str, Record] = field(default_factory=dict)
    """What people wrote down, by node id."""
    baseline: Report | None = None
    """The earlier run to compare with, read before anything of it could be overwritten; None if
    none was asked for, and on workers."""
    clock_start: float = field(default_factory=time.monotonic)

    def target(self, system: str, name: str) -> TargetSpec:
        """A configured target."""
        return self._targets[system][name]

    @cached_property
    def _targets(self) -> dict[str, dict[str, TargetSpec]]:
        found: dict[str, dict[str, TargetSpec]] = {}
        for target in self.policy.targets:
            found.setdefault(target.system, {})[target.name] = target
        return found

    @cached_property
    def written_down(self) -> list[str]:
        """Node ids of records and commands, which are no system's checks."""
        commands = self.policy.settings.commands
        return [*self.records, *(f"readiness::command::{command.id}" for command in commands)]

    def off(self, check: CheckSpec, target: str | None) -> str | None:
        """Why a check is not asked of a target at all, or None if it is on."""
        change = self.policy.change(check.id, target)
        if change.enabled is not None:
            why = f"switched off: {change.reason}" if change.reason else "switched off"
            return None if change.enabled else why
        # A user's own check is asked because it was written; a mark does not hide it.
        own = check.system is None
        if own or not check.optional or self.policy.settings.catalogue == "full":
            return None
        node = f"readiness::{check.id.replace('.', '::', 1)}"
        if any(argument.partition("[")[0] == node for argument in self.selection):
            return None
        return 'optional: enabled = true, or catalogue = "full", switches it on'

    def names(self, system: str) -> list[str]:
        """Names of a system's configured targets."""
        return list(self._targets.get(system, ()))


@dataclass(frozen=True, slots=True)
class Check:
    """One item of this run: a check on a target, or one of the user's own."""

    spec: CheckSpec
    system: str | None
    target: str | None
    built_in: bool

    @property
    def label(self) -> str:
        """``redis.persistence[cache]``."""
        return f"{self.spec.id}[{self.target}]" if self.target else self.spec.id


CHECK: pytest.StashKey[Check] = pytest.StashKey()
