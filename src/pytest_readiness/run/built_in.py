"""The built-in checks as pytest collects them: ``readiness::redis::persistence[cache]``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from _pytest.fixtures import FuncFixtureInfo

from pytest_readiness.run.catalogue import CheckSpec
from pytest_readiness.run.commands import commands
from pytest_readiness.run.outlets import part
from pytest_readiness.run.records import nodes
from pytest_readiness.run.state import CHECK, Check, Run
from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.common import asked_since

FIXTURE = "_probe"
"""What follows a system's name in that of its fixture."""


class BuiltIn(pytest.Function):
    """One built-in check on one target."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Its place as people know it; the packaged file says where Python is installed."""
        return self.config.rootpath / "readiness", 0, self.stash[CHECK].label

    def setup(self) -> None:
        """Its limits are those of the settings and its probe is ours, also where a conftest has
        fixtures of these names."""
        system, check = self.parent, self.stash[CHECK]
        assert isinstance(system, SystemChecks)
        change = system.run.policy.change(check.spec.id, check.target)
        self.funcargs["limits"] = check.spec.limits(change)
        probe = system.probe(check)
        self.addfinalizer(probe.close)
        self.funcargs[f"{check.system}{FIXTURE}"] = probe
        super().setup()

    def runtest(self) -> None:
        """Judge, unless the server is older than what the check asks about."""
        check = self.stash[CHECK]
        probe: Any = self.funcargs[f"{check.system}{FIXTURE}"]
        asked_since(probe, check.spec.since)
        super().runtest()


class Checks(pytest.Collector):
    """The built-in checks of all configured targets: ``readiness``."""

    run: Run
    probe: Callable[[Check], Probe[Any, Any]]
    """Gives a check the probe of its target."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """What people wrote down, which has no fixtures to end, then one collector a system."""
        yield from nodes(self, self.run.records.values())
        systems = dict.fromkeys(target.system for target in self.run.policy.targets)
        for name in systems:
            node = SystemChecks.from_parent(self, name=name)
            node.run, node.probe = self.run, self.probe
            yield node
        yield from commands(self, self.run)


class SystemChecks(pytest.Collector):
    """The built-in checks of one system's targets: ``readiness::redis``."""

    run: Run
    probe: Callable[[Check], Probe[Any, Any]]

    def collect(self) -> Iterable[pytest.Item]:
        """One item a check and a target, in the order of the catalogue."""
        targets, shard = self.run.names(self.name), self.run.shard
        for check in self.run.catalogue.of(self.name):
            fixtures: FuncFixtureInfo | None = None
            for target in targets:
                if self.run.off(check, target) is not None:
                    continue
                if shard is None or shard.owns([(self.name, target)]):
                    item = self._item(check, target, fixtures)
                    fixtures = item._fixtureinfo
                    yield item
                else:
                    # Thousands of items that another machine judges need not be made here.
                    shard.elsewhere.add(f"{self.nodeid}::{_named(check, target)}")

    def _item(self, check: CheckSpec, target: str, fixtures: FuncFixtureInfo | None) -> BuiltIn:
        """A check on a target; the fixtures it asks for are the same on each."""
        item: BuiltIn = BuiltIn.from_parent(
            self, name=_named(check, target), callobj=check.function, fixtureinfo=fixtures
        )
        part(item, item.nodeid)
        item.stash[CHECK] = Check(
            as_set(check, target, self.run), check.system, target, built_in=True
        )
        # `-k redis` selects by words; the system and the target's name are such words.
        item.extra_keyword_matches.update({check.id, self.name, target})
        return item


def as_set(check: CheckSpec, target: str | None, run: Run) -> CheckSpec:
    """A check with the severity that the settings give it."""
    severity = run.policy.change(check.id, target).severity
    return check if severity is None else msgspec.structs.replace(check, severity=severity)


def _named(check: CheckSpec, target: str) -> str:
    return f"{check.id.partition('.')[2]}[{target}]"


def looks_at(item: pytest.Item, run: Run) -> list[tuple[str, str]]:
    """Systems and targets an item will ask for."""
    check = item.stash[CHECK]
    if check.built_in:
        assert check.system is not None and check.target is not None
        return [(check.system, check.target)]
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    asked = [(s, parameters.get(s + FIXTURE)) for s in run.systems]
    return [(system, target) for system, target in asked if target is not None]
