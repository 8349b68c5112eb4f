"""What must hold of every fault, and of a run that met them all."""

from __future__ import annotations

import re

from tests.faults.cases import Case
from tests.faults.conftest import GOOD
from tests.faults.runs import STARTUP, Seen

MEMORY = 400_000
"""The most, in kB, that a run may take, however much the servers send."""


class Proof:
    """The tests of one system; its module gives ``SYSTEM``, ``CASES``, ``start`` and ``route``."""

    def test_fault(self, seen: Seen, case: Case) -> None:
        if case.cause is None:
            _borne(seen, case.target, case.moved)
        else:
            _reported(seen, case.target, case.cause)
        table = seen.targets[case.target]
        address = table.get("url") or table["monitor_url"]
        assert seen.seconds[address] < table["timeout"] + 1

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
        assert seen.left
        for left in seen.left.values():
            assert left == {"sockets": [], "threads": [], "children": []}
        assert seen.memory < MEMORY

    def test_workers_say_the_same(self, alone: Seen, shared: Seen) -> None:
        def outcomes(seen: Seen) -> dict[str, str]:
            return {f["node"]: f["outcome"] for f in seen.card["findings"]}

        assert outcomes(shared) == outcomes(alone)
        for key in ("verdict", "score", "coverage", "counts"):
            assert shared.card[key] == alone.card[key]


def _reported(seen: Seen, target: str, cause: str) -> None:
    """One failed check with its cause, the others blocked, in JUnit and JSON alike."""
    findings = seen.findings(target)
    name = next(check for check in findings if check.endswith(".reachable"))
    reachable = findings.pop(name)
    assert reachable["outcome"] == "failed", reachable
    assert re.search(cause, reachable["message"], re.IGNORECASE), reachable["message"]
    assert "\n" not in reachable["message"]
    assert len(reachable["message"]) < 300
    assert findings
    # What the settings alone rule out needs no server to be ruled out.
    ruled_out = {c for c, f in seen.findings(GOOD).items() if f["outcome"] == "not_applicable"}
    for check, one in findings.items():
        allowed = ("blocked", "not_applicable") if check in ruled_out else ("blocked",)
        assert one["outcome"] in allowed, one
    failure = seen.case(target, name).find("failure")
    assert failure is not None
    assert failure.get("message") == f"[blocker] {reachable['message']}"
    for check in findings:
        assert seen.case(target, check).find("skipped") is not None


def _borne(seen: Seen, target: str, moved: tuple[str, ...]) -> None:
    """What would have been said of the server without the fault is said with it."""
    found = {check: one["outcome"] for check, one in seen.findings(target).items()}
    good = {check: one["outcome"] for check, one in seen.findings(GOOD).items()}
    for check in moved:
        found.pop(check), good.pop(check)
    assert found == good, {c: (found[c], good[c]) for c in good if found[c] != good[c]}
