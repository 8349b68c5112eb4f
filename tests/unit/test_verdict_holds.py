"""What no setting, no order and no number of workers may change about a verdict."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import About, Finding, Limits, Outcome, Scope, Verdict
from pytest_readiness.policy.settings import ENVIRONMENTS, Settings
from pytest_readiness.redact import Redactor
from pytest_readiness.run.gate import Gate
from pytest_readiness.run.part import ATTRIBUTE, Part, Subject, packed
from pytest_readiness.run.tracker import Tracker
from pytest_readiness.score import judge
from tests.unit.test_score import FULL, LIMITS, decide, finding, findings

LIMITS_OF_ANYBODY = st.builds(
    Limits,
    target_score=st.floats(0, 100),
    minimum_score=st.floats(0, 100),
    max_failed_high=st.integers(0, 1000),
    minimum_coverage=st.floats(0, 1),
)
SETTINGS = st.builds(
    Settings, gate=st.sampled_from(["conditional", "ready", "never"]), allow_partial=st.booleans()
)
WRONG = st.sampled_from([o.value for o in Outcome if o.wrong])
SCOPES = st.sampled_from([FULL, Scope(expected=9, selected=1, left_out="-k x")])


@given(findings, WRONG, LIMITS_OF_ANYBODY, SCOPES)
def test_wrong_blocker_is_never_ready(
    found: list[Finding], wrong: str, limits: Limits, scope: Scope
) -> None:
    """However low the settings put the bar; in a part of the checks too."""
    card = decide(*found, finding("blocker", wrong), limits=limits, scope=scope)
    assert card.verdict is Verdict.NOT_READY


@given(findings, WRONG, LIMITS_OF_ANYBODY, SETTINGS, st.sampled_from(ENVIRONMENTS), st.data())
def test_only_gate_never_lets_a_wrong_blocker_through(
    found: list[Finding],
    wrong: str,
    limits: Limits,
    own: Settings,
    environment: str,
    data: st.DataObject,
) -> None:
    card = decide(*found, finding("blocker", wrong), limits=limits, scope=data.draw(SCOPES))
    run: Any = SimpleNamespace(policy=SimpleNamespace(settings=own), environment=environment)
    # What a verdict does to the exit status asks neither the door nor the outlets of a run.
    beside: Any = None
    assert Gate(run, Tracker(run_of()), *[beside] * 4).fails(card) is (own.gate != "never")


@given(findings, LIMITS_OF_ANYBODY, st.data())
def test_mending_never_makes_the_verdict_worse(
    found: list[Finding], limits: Limits, data: st.DataObject
) -> None:
    order = [Verdict.READY, Verdict.CONDITIONAL, Verdict.NOT_READY, Verdict.INCOMPLETE]
    wrong = [i for i, f in enumerate(found) if f.outcome.wrong]
    if not wrong:
        return
    i = data.draw(st.sampled_from(wrong))
    before = decide(*found, limits=limits)
    found[i] = msgspec.structs.replace(found[i], outcome=Outcome.PASSED)
    after = decide(*found, limits=limits)
    assert order.index(after.verdict) <= order.index(before.verdict)
    assert (after.coverage or 0) >= (before.coverage or 0)


def run_of() -> Any:
    """What a tracker needs of a run."""
    return SimpleNamespace(narrowed=None, redactor=Redactor())


def reports_of(one: Finding, worker: str) -> list[pytest.TestReport]:
    """The reports of a check's three phases, as a worker sends them."""
    word = {"passed": "passed", "failed": "failed", "error": "failed"}.get(one.outcome, "skipped")
    subject = Subject(**{name: getattr(one, name) for name in Subject.__struct_fields__})
    made = []
    for when in ("setup", "call", "teardown"):
        last = when == "call"
        report = pytest.TestReport(
            one.node, ("x", 0, "x"), {}, word if last else "passed", None, when
        )  # type: ignore[arg-type]  # words of pytest's
        part = Part(
            subject=subject if when == "setup" else None,
            target=one.target if when == "setup" else None,
            outcome=one.outcome if last else None,
        )
        setattr(report, ATTRIBUTE, packed(part))
        report.worker_id = worker
        made.append(report)
    return made


@given(findings, st.data())
def test_workers_do_not_matter(found: list[Finding], data: st.DataObject) -> None:
    """Whoever ran a check, and however the workers' reports come in between one another's."""
    place = {"file": "x", "line": 1}
    numbered = [msgspec.structs.replace(f, node=f"n{i:04}", **place) for i, f in enumerate(found)]
    numbered = [f for f in numbered if f.outcome is not Outcome.ATTESTED]  # by nobody's report
    workers: dict[str, list[pytest.TestReport]] = {"gw0": [], "gw1": [], "gw2": []}
    for one in numbered:
        worker = data.draw(st.sampled_from(sorted(workers)))
        workers[worker] += reports_of(one, worker)
    tracker = Tracker(run_of())
    while any(workers.values()):
        worker = data.draw(st.sampled_from([w for w, waiting in workers.items() if waiting]))
        tracker._follow(workers[worker].pop(0))
    assert judge(tracker.findings(), LIMITS, FULL, About()) == judge(
        numbered, LIMITS, FULL, About()
    )
