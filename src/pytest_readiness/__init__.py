"""Production readiness as tests: the public names.

Names are resolved on first use, so that loading the plugin without ``--readiness`` imports
nothing that pytest has not imported already.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence import Measure, measure
    from pytest_readiness.markers import at_least, at_most, readiness
    from pytest_readiness.outcomes import Blocked, NotApplicable, blocked, not_applicable
    from pytest_readiness.systems.base import Facts, Probe, System, TargetSettings, fact

__all__ = [
    "Blocked",
    "Facts",
    "Measure",
    "NotApplicable",
    "Probe",
    "System",
    "TargetSettings",
    "at_least",
    "at_most",
    "blocked",
    "fact",
    "measure",
    "not_applicable",
    "readiness",
]

_HOME = {
    "evidence": ("Measure", "measure"),
    "markers": ("at_least", "at_most", "readiness"),
    "outcomes": ("Blocked", "NotApplicable", "blocked", "not_applicable"),
    "systems.base": ("Facts", "Probe", "System", "TargetSettings", "fact"),
}


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
