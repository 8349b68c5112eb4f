"""All targets of the selected checks, observed at once when collection has ended."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_readiness.outcomes import blocked
from pytest_readiness.run.built_in import FIXTURE, looks_at
from pytest_readiness.run.logs import ClientLogs
from pytest_readiness.run.needs import NONE, WANTED, needed_by
from pytest_readiness.run.places import FOLDER
from pytest_readiness.run.pool import Pending, Pool
from pytest_readiness.run.selection import looks_only
from pytest_readiness.run.state import CHECK, Check, Run
from pytest_readiness.run.store import FactsStore
from pytest_readiness.run.underway import Board
from pytest_readiness.run.watcher import GRACE, observe
from pytest_readiness.systems.base import Facts, Observation, Probe

RETRY = 0.5
"""Seconds between two attempts under ``--readiness-wait``."""

Key = tuple[str, str]
"""System and target."""

_SLACK = 2.0
_ASKED: pytest.StashKey[tuple[Key, ...]] = pytest.StashKey()


class Observing:
    """Starts the observations, and hands each check the probe it asks for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._pool = self._limited(1)
        self._share = (0, 1)
        self._pending: dict[Key, Pending] = {}
        self._facts: dict[Key, Facts] = {}
        self._own: set[Key] = set()
        """Those that this process observed itself, and no other worker in its place."""
        self._store: FactsStore | None = None
        self.board = Board()
        self._logs = ClientLogs(n for s in run.systems.values() for n in s.loggers)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """On a worker: share observations with the others of its vantage point."""
        told = getattr(session.config, "workerinput", {})
        if FOLDER in told:
            self._store = FactsStore(Path(told[FOLDER]))
            self.board = Board(Path(told[FOLDER]))
            number = int(re.sub(r"\D", "", told["workerid"]) or 0)
            self._share = number % told["workercount"], told["workercount"]
            self._pool = self._limited(told["workercount"])

    def _limited(self, workers: int) -> Pool:
        """As many observations at once as are left to one of so many workers."""
        settings = self.run.policy.settings
        return Pool(
            max(1, settings.observations_at_once // workers),
            max(1, settings.observations_per_host // workers),
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start observing the targets that selected checks will look at."""
        if looks_only(session.config) or session.testsfailed or session.shouldstop:
            return
        self._logs.start()
        keys: dict[Key, None] = {}
        for item in session.items:
            if CHECK in item.stash and item.get_closest_marker("skip") is None:
                keys.update(dict.fromkeys(self._asked(item)))
        # Each worker begins elsewhere, so that they share the work instead of waiting in a row.
        number, workers = self._share
        first = len(keys) * number // workers
        in_turn = list(keys)
        for system, target in (*in_turn[first:], *in_turn[:first]):
            self.pending(system, target)

    def _asked(self, item: pytest.Item) -> tuple[Key, ...]:
        """Systems and targets an item will ask for."""
        if _ASKED not in item.stash:
            for one in (*needed_by(item, known=lambda other: _ASKED in other.stash), item):
                needed = (other.stash[_ASKED] for other in one.stash.get(WANTED, NONE).items)
                own = looks_at(one, self.run)
                one.stash[_ASKED] = tuple(dict.fromkeys(chain(own, *needed)))
        return item.stash[_ASKED]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for what a check looks at before its own time begins to run.

        Its timeout bounds fixtures, too, and a slow target must not be taken for a slow check.
        """
        if CHECK in item.stash:
            for key in self._asked(item):
                if key in self._pending:
                    self._pending[key].result()
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Begin nothing more, and stop listening to client libraries."""
        self._pool.stop()
        self._logs.stop()

    def pending(self, system: str, target: str) -> Pending:
        """The observation of a target, started now if it was not yet."""
        key = (system, target)
        if key not in self._pending:
            self.board.expected += 1
            self._pending[key] = self._start(system, target)
        return self._pending[key]

    def _start(self, system: str, target: str) -> Pending:
        settings = self.run.target(system, target).settings
        wait = float(self.run.policy.settings.wait)
        patience = wait + settings.timeout + GRACE + _SLACK

        def shared() -> Observation:
            if self._store is None:
                return self._observed(system, target)
            own = lambda: self._observed(system, target)  # noqa: E731  # a name of its own says less
            return self._store.get(f"{system}.{target}", own, patience)

        # Behind another worker's observation there may be one of our own.
        longest = 2 * patience if self._store else patience
        return self._pool.add(shared, [host for host, _ in settings.hosts()], longest)

    def observed(self) -> list[Key]:
        """The targets that this process observed and that answered, as far as that has ended."""
        ended = ((key, self._pending[key].done) for key in self._pending if key in self._own)
        return [key for key, seen in ended if seen is not None and seen.failure is None]

    def _observed(self, system: str, target: str) -> Observation:
        self._own.add((system, target))
        settings = self.run.target(system, target).settings
        wait = float(self.run.policy.settings.wait)
        ends = time.monotonic() + wait
        limit = wait or settings.timeout
        with self.board.doing(f"{system}[{target}]", f"{system}.{target}", limit) as tell:
            while True:
                seen = observe(self.run.systems[system], settings, self.run.redactor)
                if seen.failure is None or seen.broken or time.monotonic() >= ends:
                    return seen
                tell(seen.failure)
                time.sleep(RETRY)

    def probe(self, system: str, target: str) -> Probe[Any, Any]:
        """A probe of a target for one check, with the observation awaited."""
        seen = self.pending(system, target).result()
        settings = self.run.target(system, target).settings
        return self.run.systems[system].probe_type()(target, settings, seen)

    def known(self, system: str, target: str) -> Probe[Any, Any]:
        """A probe of a target that was observed, with the facts that its checks have read."""
        probe = self.probe(system, target)
        if (system, target) in self._facts:
            probe.take(self._facts[system, target])
        return probe

    def shared_probe(self, check: Check) -> Probe[Any, Any]:
        """A probe for a built-in check: these read, so one snapshot of facts serves them all."""
        assert check.system is not None and check.target is not None
        key = (check.system, check.target)
        probe = self.probe(*key)
        if check.spec.id == f"{check.system}.reachable":
            return probe
        own = self.run.systems[check.system].checks.startswith("pytest_readiness.")
        # The lists in a snapshot can be changed: those who are not known to leave them get theirs.
        if own and key in self._facts:
            probe.take(self._facts[key])
        else:
            # Also a check that does not touch the facts is about a target that answers.
            self._facts[key] = probe.facts
        return probe


def probe_fixtures(observing: Observing) -> object:
    """A plugin object with a ``<system>_probe`` fixture a system, and ``limits``."""
    # A module, because a plugin has to be hashable and its functions must not bind.
    fixtures = ModuleType("readiness_fixtures")
    for system in observing.run.systems:
        setattr(fixtures, system + FIXTURE, _probe_fixture(observing, system))
    fixtures.limits = _limits_fixture(observing.run)  # type: ignore[attr-defined]  # made here
    return fixtures


def _probe_fixture(observing: Observing, system: str) -> Any:
    def probe(request: pytest.FixtureRequest) -> Iterator[Probe[Any, Any]]:
        target = getattr(request, "param", None)
        if target is None and observing.run.names(system) and not hasattr(request, "param"):
            blocked(f"ask for {system}_probe as a parameter of the check: it runs once a target")
        if target is None:
            table = f"[{observing.run.policy.prefix}{system}.NAME]"
            blocked(f"no {system} target is configured: add {table}")
        given = observing.probe(system, target)
        try:
            # Also a check that does not touch the facts is about a target that answers.
            _ = given.facts
            yield given
        finally:
            given.close()

    probe.__doc__ = f"A {system} target: its facts and, on demand, a live client."
    return pytest.fixture(name=system + FIXTURE)(probe)


def _limits_fixture(run: Run) -> Any:
    def limits(request: pytest.FixtureRequest) -> SimpleNamespace:
        check: Check = request.node.stash[CHECK]
        return check.spec.limits(run.policy.change(check.spec.id, check.target))

    limits.__doc__ = "The check's thresholds, as the settings have them."
    return pytest.fixture(name="limits")(limits)
