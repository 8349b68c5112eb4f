"""The ``readiness`` namespace: severities as marks, and thresholds as data beside the check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

SEVERITIES = ("blocker", "high", "medium", "low")

Demand = Literal[
    "authentication",
    "backups",
    "encryption",
    "hardening",
    "intent",
    "limits",
    "monitoring",
    "topology",
]
"""What an environment may decide not to ask for (policy.environments)."""

Category = Literal[
    "reachability",
    "security",
    "durability",
    "capacity",
    "configuration",
    "topology",
    "delivery",
    "performance",
    "operations",
]
"""What a check is about; reports group by it."""

Effort = Literal["minutes", "hours", "days"]
"""How long mending takes, roughly, once somebody is at it."""


@dataclass(frozen=True)
class Threshold:
    """A number a check judges by, which the settings may change."""

    name: str
    default: float
    kind: Literal["at_most", "at_least"]
    unit: str | None = None
    source: str | None = None

    def loosened(self, value: float) -> bool:
        """Whether a value from the settings is easier to meet than the default."""
        return value > self.default if self.kind == "at_most" else value < self.default


def at_most(
    name: str, default: float, *, unit: str | None = None, source: str | None = None
) -> Threshold:
    """Declare an upper bound: a higher value in the settings is a relaxation."""
    return Threshold(name, default, "at_most", unit, source)


def at_least(
    name: str, default: float, *, unit: str | None = None, source: str | None = None
) -> Threshold:
    """Declare a lower bound: a lower value in the settings is a relaxation."""
    return Threshold(name, default, "at_least", unit, source)


class _Severity:
    """One severity, bare or called: ``@readiness.high``, ``@readiness.high(ref="FR-1")``."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> pytest.MarkDecorator:
        mark: pytest.MarkDecorator = pytest.mark.readiness.with_args(severity=self._name)
        return mark


class _Readiness:
    """``readiness.blocker``, ``.high``, ``.medium``, ``.low`` and ``.target``; nothing else.

    A severity takes ``ref``, ``owner``, ``remedy``, ``title``, ``category``, ``effort`` and
    ``source``; a check that comes with a system also ``thresholds``, ``since`` (the lowest server
    version it can be asked of), ``privilege`` (what the monitoring user needs for it), ``demand``
    (what the environment may decide not to ask for), ``managed`` (True where a managed platform
    does it for its customers), ``optional`` (off unless named or ``catalogue = "full"``) and
    ``writes``.
    """

    __slots__ = ()

    blocker = _Severity("blocker")
    high = _Severity("high")
    medium = _Severity("medium")
    low = _Severity("low")

    def target(self, *names: str) -> pytest.MarkDecorator:
        """Run a check on the named targets only, of all that are configured."""
        mark: pytest.MarkDecorator = pytest.mark.readiness_target.with_args(*names)
        return mark


readiness = _Readiness()


def severity_of(mark: pytest.Mark) -> str:
    """The severity a mark declares; a bare ``pytest.mark.readiness`` counts as high."""
    # The marker's first parameter, so ``pytest.mark.readiness("blocker")`` means it too.
    severity: Any = mark.kwargs.get("severity", mark.args[0] if mark.args else "high")
    return str(severity)
