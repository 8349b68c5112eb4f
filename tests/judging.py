"""Judge one target with the built-in checks, without a pytest run around it: quick, for tests."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import pytest

from pytest_readiness.evidence import sentence
from pytest_readiness.outcomes import Blocked, NotApplicable
from pytest_readiness.policy.checks import Change
from pytest_readiness.recorder import Comparison, recording
from pytest_readiness.redact import Redactor
from pytest_readiness.run.catalogue import CheckSpec, _checks_of
from pytest_readiness.run.watcher import observe
from pytest_readiness.systems import registry
from pytest_readiness.systems.base import Probe
from pytest_readiness.systems.common import asked_since


class Judged(NamedTuple):
    """What one check said."""

    outcome: str
    message: str
    evidence: list[Comparison]


def probe_of(system: str, **settings: Any) -> Probe[Any, Any]:
    """Observe a target for real and give the probe a check would get."""
    entry = registry()[system]
    typed = entry.settings(**settings)
    assert typed.problem() is None, typed.problem()
    observation = observe(entry, typed, Redactor(typed.secrets()))
    return entry.probe_type()("main", typed, observation)


def judge(
    probe: Probe[Any, Any], system: str, writes: bool = False, **limits: float
) -> dict[str, Judged]:
    """What every built-in check of a system says of a probe, by the check's name."""
    checks = list(_checks_of(registry()[system]))
    return {
        check.id.partition(".")[2]: _one(check, probe, limits)
        for check in checks
        if writes or not check.writes
    }


def _one(check: CheckSpec, probe: Probe[Any, Any], limits: dict[str, float]) -> Judged:
    known = {t.name for t in check.thresholds}
    values = check.limits(Change(thresholds={k: v for k, v in limits.items() if k in known}))
    given = {f"{check.system}_probe": probe, "limits": values}
    wanted = {k: given[k] for k in inspect.signature(check.function).parameters}
    with recording() as recorder:
        try:
            asked_since(probe, check.since)
            check.function(**wanted)
            outcome, message = "passed", ""
        except Blocked as blocked:
            outcome, message = "blocked", blocked.reason
        except NotApplicable as reason:
            outcome, message = "not_applicable", reason.reason
        except AssertionError:
            false = [c for c in recorder.comparisons if not c.ok]
            outcome, message = "failed", sentence(false[-1]) if false else "?"
        except pytest.fail.Exception as failure:
            outcome, message = "failed", str(failure)
        except Exception as error:
            outcome, message = "error", f"{type(error).__name__}: {error}"
        finally:
            probe.close()
    if outcome == "passed":
        assert not recorder.waiting, f"{check.id}: never compared: {recorder.waiting}"
        assert recorder.comparisons, f"{check.id}: passed without evidence"
        if recorder.blocked:
            outcome, message = "blocked", recorder.blocked[0]
    return Judged(outcome, message, recorder.comparisons)
