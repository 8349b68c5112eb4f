"""Workers that crash, are killed, or leave something out: never READY."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import BAD, GOOD, HEAD, conftest
from tests.plugin.conftest import Project

IMPORTS = "import os, signal, sys\nGW = os.environ.get('PYTEST_XDIST_WORKER')\n"
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
CHECK = f"@readiness.low\ndef test_case():\n    {KILL}\n"
MANY = f"@pytest.mark.parametrize('i', range(5))\n{CHECK.replace('()', '(i)', 1)}"
LAST = ("--max-worker-restart=0",)


@pytest.mark.parametrize(
    ("body", "args"),
    [
        (CHECK, ()),
        (CHECK, LAST),
        (MANY, LAST),
        (CHECK.replace(KILL, "os._exit(0)"), ()),
        (f"{GOOD}\nif GW: {KILL}\n", LAST),
        (f"{GOOD}\nif GW == 'gw1': {KILL}\n", ()),
        (f"{GOOD}\nif GW: os._exit(0)\n", LAST),
        (f"{GOOD}\nif GW: sys.exit(0)\n", ()),
        (CHECK.replace(KILL, "pytest.exit('x', returncode=0)"), ()),
    ],
)
def test_worker_that_is_lost(ready: Project, body: str, args: tuple[str, ...]) -> None:
    ready.tests(test_own=HEAD + IMPORTS + body)
    ran = ready.run("-n", "2", *args)
    assert ran.verdict == "incomplete", ran.out
    assert ran.exit != 0


@pytest.mark.parametrize("line", [KILL, "os._exit(0)"])
def test_worker_that_is_lost_after_its_last_report(ready: Project, line: str) -> None:
    hook = "@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionfinish():\n"
    conftest(ready, f"{IMPORTS}{hook}    if GW: {line}\n")
    ran = ready.run("-n", "2", *LAST)
    assert (ran.verdict, ran.exit) == ("incomplete", 1)
    assert ran.card["decided_by"] == "a worker was lost"


@pytest.mark.parametrize(("who", "verdict"), [("GW", "partial"), ("GW == 'gw1'", None)])
def test_workers_that_leave_a_check_out(ready: Project, who: str, verdict: str | None) -> None:
    hook = "def pytest_collection_modifyitems(items):\n"
    conftest(
        ready, f"{IMPORTS}{hook}    if {who}: items[:] = [i for i in items if 'bad' not in i.name]"
    )
    ready.tests(test_own=HEAD + GOOD + BAD)
    ran = ready.run("-n", "2")
    assert ran.exit != 0
    assert ran.verdict != "ready"
    assert verdict in (None, ran.verdict)


def test_each_worker_runs_all_and_the_worst_counts(ready: Project) -> None:
    bad = BAD.replace("== 2", "== (2 if os.environ['PYTEST_XDIST_WORKER'] == 'gw1' else 1)")
    ready.tests(test_own=f"{HEAD}\nimport os\n{bad}")
    ran = ready.run("-n", "2", "--dist", "each")
    assert ran.outcomes()["test_own.py::test_bad"] == "failed"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
