"""What must hold of every fault, and of a run that met them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.cases import Case
from tests.faults.conftest import GOOD
from tests.faults.runs import STARTUP, Seen
from tests.faults.table import PROPERTY

MEMORY = 400_000
"""The most, in kB, that a run may take, however much the servers send."""


class Proof:
    """The tests of one system; its module gives ``SYSTEM``, ``CASES``, ``start`` and ``route``."""

    def test_fault(
        self, seen: Seen, case: Case, record_property: Callable[[str, object], None]
    ) -> None:
        if case.cause is None:
            _borne(seen, case)
        elif case.check == "reachable":
            _unreachable(seen, case.target, case.cause)
        else:
            _told(seen, case)
        _never_lied(seen, case)
        table = seen.targets[case.target]
        address = table.get("url") or table["monitor_url"]
        seconds = seen.seconds[address]
        assert seconds < table["timeout"] + 1
        told = next(
            f for c, f in seen.findings(case.target).items() if c.endswith(f".{case.check}")
        )
        said = f"{case.check} {told['outcome']}"
        if case.check != "reachable":
            seconds = told["duration"]
        record_property(PROPERTY, [told["system"], case.name, seen.name, said, seconds])

    def test_the_whole_run(self, seen: Seen) -> None:
        assert "Traceback" not in seen.out
        assert seen.exit == 1
        assert seen.card["verdict"] == "not_ready"
        assert seen.card["complete"]
        assert seen.card["counts"]["error"] == 0
        assert "NOT READY" in seen.out
        verdict = next(c for c in seen.junit.iter("testcase") if c.get("name") == "verdict")
        assert verdict.find("failure") is not None

    def test_it_ends_and_leaves_nothing(self, seen: Seen) -> None:
        longest = max(table["timeout"] for table in seen.targets.values())
        assert seen.duration < longest + 1 + STARTUP
        nothing = {"sockets": [], "threads": [], "children": []}
        assert seen.left
        assert seen.left == dict.fromkeys(seen.left, nothing)
        assert seen.memory < MEMORY

    def test_workers_say_the_same(
        self, request: pytest.FixtureRequest, alone: Seen, shared: Seen
    ) -> None:
        cases: list[Case] = request.module.CASES
        moved = {(check, case.target) for case in cases for check in case.moved}
        told = {case.target: case.check for case in cases if case.check != "reachable"}

        def same(finding: dict[str, Any]) -> bool:
            check, target = finding["check"], finding["target"]
            # What judges the fault itself may judge it by a figure that is never twice the same,
            # and a fault that leaves a target reachable leaves time for more or fewer questions.
            only = told.get(target)
            return (check, target) not in moved and (only is None or check.endswith(f".{only}"))

        def outcomes(seen: Seen) -> dict[str, str]:
            return {f["node"]: f["outcome"] for f in seen.card["findings"] if same(f)}

        assert outcomes(shared) == outcomes(alone)
        assert shared.card["verdict"] == alone.card["verdict"]


def _unreachable(seen: Seen, target: str, cause: str) -> None:
    """One failed check with its cause, the others blocked, in JUnit and JSON alike."""
    findings = seen.findings(target)
    name = next(check for check in findings if check.endswith(".reachable"))
    reachable = findings.pop(name)
    assert reachable["outcome"] == "failed", reachable
    assert re.search(cause, reachable["message"], re.IGNORECASE), reachable["message"]
    assert findings
    for check, one in findings.items():
        # What the settings alone rule out needs no server to be ruled out.
        ruled_out = seen.findings(GOOD)[check]["outcome"] == "not_applicable"
        assert one["outcome"] in ("blocked", *["not_applicable"] * ruled_out), one
    failure = seen.case(target, name).find("failure")
    assert failure is not None
    assert failure.get("message") == f"[blocker] {reachable['message']}"
    for check in findings:
        assert seen.case(target, check).find("skipped") is not None


def _told(seen: Seen, case: Case) -> None:
    """The check that meets the fault does not pass, and says why."""
    name, told = next(
        (c, f) for c, f in seen.findings(case.target).items() if c.endswith(f".{case.check}")
    )
    assert told["outcome"] in ("failed", "blocked"), told
    assert re.search(case.cause or "", told["message"], re.IGNORECASE), told["message"]
    said = [seen.case(case.target, name).find(word) for word in ("failure", "skipped")]
    assert any(element is not None for element in said)


def _borne(seen: Seen, case: Case) -> None:
    """What would have been said of the server without the fault is said with it."""
    found = {check: one["outcome"] for check, one in seen.findings(case.target).items()}
    good = {check: one["outcome"] for check, one in seen.findings(GOOD).items()}
    changed = {c: (found[c], good[c]) for c in good if found[c] != good[c]}
    assert set(changed) <= set(case.moved), changed


def _never_lied(seen: Seen, case: Case) -> None:
    """Nothing passes because of a fault, nothing breaks, each cause is one line, none is late."""
    good = seen.findings(GOOD)
    for check, one in seen.findings(case.target).items():
        assert one["outcome"] != "error", one
        allowed = check in case.moved or good[check]["outcome"] == "passed"
        assert one["outcome"] != "passed" or allowed, one
        assert "\n" not in one["message"]
        assert one["message"].isprintable(), one["message"]
        assert len(one["message"]) < 400, one["message"]
        assert one["duration"] < seen.targets[case.target]["timeout"] + 1, one
