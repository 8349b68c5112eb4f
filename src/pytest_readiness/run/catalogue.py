"""The built-in checks as data: what each is called, how grave it is, what it judges by."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pytest_readiness.markers import SEVERITIES, Category, Effort, Threshold, severity_of
from pytest_readiness.model import Severity
from pytest_readiness.policy.checks import Change
from pytest_readiness.policy.errors import suggestion
from pytest_readiness.systems.base import System


class CheckSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One check and its metadata, as its mark declares them."""

    id: str
    system: str | None
    function: Callable[..., object]
    severity: Severity
    title: str
    remedy: str | None = None
    ref: str | None = None
    owner: str | None = None
    category: Category | None = None
    effort: Effort | None = None
    source: str | None = None
    """Who else asks for this: a guide, a benchmark, an incident's lesson."""
    since: str | None = None
    """Lowest server version it can be asked of."""
    privilege: str | None = None
    """What the user who looks needs for it; None if being let in is enough."""
    optional: bool = False
    """Off unless it is named in the settings, or the catalogue is ``full``."""
    thresholds: tuple[Threshold, ...] = ()
    demand: str | None = None
    managed: bool = False
    writes: bool = False
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Checks that must have passed before this one can be judged."""

    def limits(self, change: Change) -> SimpleNamespace:
        """The thresholds' values in force, as attributes."""
        changed = change.thresholds
        return SimpleNamespace(**{t.name: changed.get(t.name, t.default) for t in self.thresholds})


class Catalogue:
    """The built-in checks of the registered systems, by id and by alias.

    A system's checks are imported when somebody asks for one of them: a run judges a few systems.
    """

    def __init__(self, systems: Mapping[str, System]) -> None:
        self._systems = systems
        self._loaded: dict[str, tuple[CheckSpec, ...]] = {}

    @property
    def checks(self) -> tuple[CheckSpec, ...]:
        """The checks of all systems."""
        return tuple(check for system in self._systems for check in self.of(system))

    def of(self, system: str) -> list[CheckSpec]:
        """The checks of one system, in the order of their module."""
        if system not in self._loaded:
            self._loaded[system] = tuple(_checks_of(self._systems[system]))
        return list(self._loaded[system])

    def get(self, check: str) -> CheckSpec | None:
        """A check by id or alias."""
        system = check.partition(".")[0]
        if system not in self._systems:
            return None
        checks = self.of(system)
        # What a check is called now goes before what another was called once.
        named = next((c for c in checks if c.id == check), None)
        return named or next((c for c in checks if check in c.aliases), None)

    def canonical(self, check: str) -> str:
        """The present id of a check, which may be named by an old one; else the name itself."""
        found = self.get(check)
        return check if found is None else found.id

    def thresholds(self, check: str) -> tuple[str, ...] | None:
        """Names of a check's thresholds; None if there is no such check."""
        found = self.get(check)
        return None if found is None else tuple(t.name for t in found.thresholds)

    def severity(self, check: str) -> Severity | None:
        """A check's severity where no settings change it; None if there is no such check."""
        found = self.get(check)
        return None if found is None else found.severity

    def ids(self) -> tuple[str, ...]:
        """All ids, without aliases."""
        return tuple(check.id for check in self.checks)


def _checks_of(system: System) -> Iterable[CheckSpec]:
    # Before the import: the packaged checks get the same assertion introspection as users' tests.
    pytest.register_assert_rewrite(system.checks)
    module = import_module(system.checks)
    # It may be a package that gathers the checks of its modules.
    home = f"{module.__name__}."
    for name, function in vars(module).items():
        if inspect.isfunction(function) and f"{function.__module__}.".startswith(home):
            mark = readiness_mark(function)
            if mark is not None:
                yield spec(f"{system.name}.{name}", system.name, function, mark)


def _severity(check: str, mark: pytest.Mark) -> Severity:
    word = severity_of(mark)
    if word not in SEVERITIES:
        raise pytest.UsageError(
            f"readiness: {check}: unknown severity {word!r}{suggestion(word, SEVERITIES)}"
        )
    return Severity(word)


def readiness_mark(function: Callable[..., object]) -> pytest.Mark | None:
    """The readiness mark a function carries; None if it is no check."""
    marks = getattr(function, "pytestmark", [])
    return next((mark for mark in reversed(marks) if mark.name == "readiness"), None)


def spec(
    check: str, system: str | None, function: Callable[..., object], mark: pytest.Mark
) -> CheckSpec:
    """A check's metadata from its mark; the title falls back to the docstring's first line."""
    known: dict[str, Any] = {k: v for k, v in mark.kwargs.items() if k not in ("severity", "title")}
    known["thresholds"] = tuple(known.get("thresholds", ()))
    known["aliases"] = tuple(known.get("aliases", ()))
    needs = known.get("needs", ())
    known["needs"] = (needs,) if isinstance(needs, str) else tuple(needs)
    doc = inspect.getdoc(function) or ""
    title = mark.kwargs.get("title") or doc.partition("\n")[0] or function.__name__
    return CheckSpec(
        id=check,
        system=system,
        function=function,
        severity=_severity(check, mark),
        title=title,
        **{k: v for k, v in known.items() if k in CheckSpec.__struct_fields__},
    )
