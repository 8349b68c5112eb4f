"""Which checks there are, the built-in ones and the user's, and which of them a run leaves out."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.policy.errors import suggestion
from pytest_readiness.policy.links import to_own
from pytest_readiness.run.built_in import FIXTURE, Checks, as_set, looks_at
from pytest_readiness.run.catalogue import CheckSpec, spec
from pytest_readiness.run.needs import arrange
from pytest_readiness.run.outlets import rename
from pytest_readiness.run.records import RecordItem
from pytest_readiness.run.selection import PREFIX, hold_ids, hold_links, unselected
from pytest_readiness.run.state import CHECK, Check, Run
from pytest_readiness.systems.base import Probe


class Collection:
    """Collects, selects, and knows how many checks there would have been."""

    def __init__(self, run: Run, probe: Callable[[Check], Probe[Any, Any]]) -> None:
        self.run = run
        self._probe = probe
        self.expected: list[str] = []
        self._specs: dict[str, tuple[Any, pytest.Mark, CheckSpec]] = {}
        self.left_out: str | None = run.narrowed
        self.overlooked: str | None = None
        """A check that pytest does not collect, and why; the first."""
        self.refused: str | None = None
        """On a worker: what of settings and marks cannot be used."""

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the built-in checks beside what pytest found."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and not self.run.skip_built_in:
            node = Checks.from_parent(collector, name="readiness", nodeid="readiness")
            node.run, node.probe = self.run, self._probe
            report.result = [node, *report.result]
        if report.skipped and _holds_checks(collector.path):
            report.readiness = True  # type: ignore[attr-defined]  # travels from the workers
        if isinstance(collector, pytest.Class) and report.passed and not report.result:
            self._overlook(collector.obj, collector.nodeid, "pytest finds no test in it")
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> Generator[None, object, object]:
        """See a function that is marked as a check, and that pytest takes for none by its name."""
        made = yield
        if made is None and inspect.isfunction(obj) and getattr(obj, "__test__", True):
            home = getattr(collector.getparent(pytest.Module), "obj", None)
            built_in = tuple(system.checks for system in self.run.systems.values())
            name_of_home = getattr(home, "__name__", None)
            if obj.__module__ == name_of_home and not obj.__module__.startswith(built_in):
                self._overlook(obj, f"{collector.nodeid}::{name}", "pytest does not collect it")
        return made

    def _overlook(self, obj: object, nodeid: str, why: str) -> None:
        if self.overlooked is not None or self.run.narrowed is not None:
            return
        if isinstance(obj, type) and obj.__subclasses__():
            return  # a class with heirs is there for them
        if any(mark.name == "readiness" for mark in getattr(obj, "pytestmark", [])):
            self.overlooked = f"{nodeid} is marked as a check, and {why}"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize a user's check over the configured targets of the systems it asks for."""
        for system in self.run.systems:
            fixture = system + FIXTURE
            if fixture in metafunc.fixturenames:
                names = self._targets(metafunc, system)
                # No target: one item all the same, which is then blocked and says why.
                metafunc.parametrize(fixture, names or [None], ids=names or ["none"], indirect=True)

    def _targets(self, metafunc: pytest.Metafunc, system: str) -> list[str]:
        names = self.run.names(system)
        mark = metafunc.definition.get_closest_marker("readiness_target")
        if mark is None:
            return names
        everywhere = {target.name for target in self.run.policy.targets}
        for wanted in mark.args:
            if wanted not in everywhere:
                raise pytest.UsageError(
                    f"readiness: {metafunc.definition.nodeid}: no target "
                    f"{wanted!r}{suggestion(str(wanted), everywhere)}"
                )
        return [name for name in names if name in mark.args]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """See all checks there are, before any other plugin or conftest leaves one out."""
        found = list(items)
        yield
        everything = dict.fromkeys([*found, *items])
        checks = [item for item in everything if self._is_check(item)]
        # A conftest may have added some after the selection.
        items[:] = [item for item in items if CHECK not in item.stash or self._is_own(item)]
        try:
            self._hold(session, items, everything, checks)
        except pytest.UsageError as error:
            if not self.run.worker:
                raise
            # A worker that ends here is taken for one that crashed: it has nothing to run, and
            # the controller says why.
            self.refused = str(error)
            items.clear()
        self._give_timeouts(session.config, [item for item in checks if CHECK in item.stash])
        if self.run.shard is not None:
            self.run.shard.elsewhere.update(i.nodeid for i in checks if not self._is_own(i))
        for item in items:
            name = self.run.place.node(item.nodeid)
            # What people wrote down looks the same from everywhere.
            if name != item.nodeid and not isinstance(item, RecordItem):
                rename(item, name)
        self.expected = [sys.intern(i.nodeid) for i in checks if self._is_own(i)]

    def _hold(
        self,
        session: pytest.Session,
        items: list[pytest.Item],
        everything: Iterable[pytest.Item],
        checks: list[pytest.Item],
    ) -> None:
        """Hold what settings and marks name against what there is.

        Raises:
            pytest.UsageError: something that there is not.
        """
        if not session.testsfailed and self.run.narrowed is None:
            tests = {item.nodeid for item in everything}
            hold_ids(self.run.policy.named(), tests)
            own = {item.nodeid for item in checks}
            hold_links(to_own(self.run.policy.documents), own, tests)
        arrange(items, [item for item in checks if CHECK in item.stash], self.run)

    @property
    def total(self) -> int:
        """Checks that all shards together would judge."""
        shard = self.run.shard
        return len(self.expected) + (len(shard.elsewhere) if shard is not None else 0)

    def _is_own(self, item: pytest.Item) -> bool:
        """Whether a check is one of this shard."""
        return self.run.shard is None or self.run.shard.owns(looks_at(item, self.run))

    def select(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out tests that are no checks, and what the arguments do not name.

        The entry point calls it when conftests have had their say, so that a mark that one of
        them adds makes a check, and before ``-k`` and ``-m``.
        """
        checks: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item in items:
            (checks if self._is_check(item) else others).append(item)
        named, unnamed = self._split(checks)
        unnamed += [item for item in named if not self._is_own(item)]
        named = [item for item in named if self._is_own(item)]
        self._give_timeouts(config, named)
        if others or unnamed:
            config.hook.pytest_deselected(items=[*others, *unnamed])
        items[:] = named

    def _is_check(self, item: pytest.Item) -> bool:
        if CHECK in item.stash:
            return True
        mark = item.get_closest_marker("readiness")
        if mark is None:
            return False
        # An item of another kind, a doctest or a file of the user's, can be a check as well.
        function = getattr(item, "function", type(item).runtest)
        check = self._spec(_without_parameters(item), function, mark)
        system, target = self._asks_for(item)
        if self.run.off(check, target) is not None:
            return False
        item.stash[CHECK] = Check(as_set(check, target, self.run), system, target, built_in=False)
        item.extra_keyword_matches.update(word for word in (system, target) if word)
        return True

    def _spec(self, check: str, function: Any, mark: pytest.Mark) -> CheckSpec:
        """One for all parameters of a check."""
        known, marked, made = self._specs.get(check, (None, None, None))
        if known is function and marked is mark and made is not None:
            return made
        made = spec(check, None, function, mark)
        self._specs[check] = (function, mark, made)
        return made

    def _asks_for(self, item: pytest.Item) -> tuple[str | None, str | None]:
        """System and target of a user's check, where it asks for exactly one."""
        names = getattr(item, "fixturenames", ())
        asked = [s for s in self.run.systems if s + FIXTURE in names]
        if len(asked) != 1:
            return None, None
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        return asked[0], parameters.get(asked[0] + FIXTURE)

    def _split(self, checks: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        if not self.run.selection:
            return checks, []
        known = {item.nodeid for item in checks}
        known |= self.run.shard.elsewhere if self.run.shard is not None else set()
        for argument in self.run.selection:
            if not any(_selects(argument, nodeid) for nodeid in known):
                raise pytest.UsageError(
                    f"readiness: no check {argument}{unselected(self.run, argument)}"
                )
        named = [
            item
            for item in checks
            if not item.nodeid.startswith(PREFIX)
            or any(_selects(argument, item.nodeid) for argument in self.run.selection)
        ]
        kept = {item.nodeid for item in named}
        return named, [item for item in checks if item.nodeid not in kept]

    def _give_timeouts(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Bound each check, unless the user set a timeout in any way."""
        if config.getoption("timeout", None) is not None or os.environ.get("PYTEST_TIMEOUT"):
            return
        if config.getini("timeout"):
            return
        bound = pytest.mark.timeout(self.run.policy.settings.check_timeout)
        for item in items:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(bound)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """See what options and other plugins left out."""
        kept = {item.nodeid for item in session.items}
        missing = len(self.expected) - len(kept.intersection(self.expected))
        if missing and self.left_out is None:
            self.left_out = _reason(session.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the controller what a worker found; each tells the same."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["readiness"] = {
                "expected": self.total,
                "place": self.run.place.name if self.run.place.names_checks else None,
                "left_out": self.left_out,
                "overlooked": self.overlooked,
                "refused": self.refused,
            }


def _without_parameters(item: pytest.Item) -> str:
    """A user's check as the settings name it: a folder may have a ``[`` in its name as well."""
    assert item.parent is not None
    name = getattr(item, "originalname", None) or item.name.partition("[")[0]
    return f"{item.parent.nodeid}::{name}"


def _holds_checks(path: Path) -> bool:
    """Whether a file, or one in a folder, speaks of checks; it was skipped before it was read."""
    files = path.rglob("*.py") if path.is_dir() else [path]
    texts = (file.read_text("utf-8", errors="replace") for file in files if file.is_file())
    return any("pytest_readiness" in text or "mark.readiness" in text for text in texts)


def _selects(argument: str, nodeid: str) -> bool:
    """Whether ``readiness::redis`` or ``readiness::redis::persistence`` names a node."""
    return nodeid == argument or nodeid.startswith((f"{argument.rstrip(':')}::", f"{argument}["))


def _reason(config: pytest.Config) -> str:
    """Which option left checks out, for the message."""
    for option, flag in (("keyword", "-k"), ("markexpr", "-m"), ("deselect", "--deselect")):
        value = config.getoption(option, None)
        if value:
            return f"{flag} {value if isinstance(value, str) else ' '.join(value)}"
    return "deselected by an option or a plugin"
