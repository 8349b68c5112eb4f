"""What a user's check may do, and what becomes of it."""

from __future__ import annotations

import os

import pytest

from tests.plugin.conftest import Project

HEAD = """
import pytest
from pytest_readiness import blocked, measure, not_applicable, readiness
"""

CASES = {
    "passes": ("assert measure('a', 1) == 1", "passed", ""),
    "fails": ("assert measure('a', 1) == 2", "failed", "a is 1, must be 2"),
    "one_of": ("assert measure('a', 1) in (2, 3)", "failed", "a is 1, must be one of 2, 3"),
    "contains": ("assert 'x' in measure('a', ['y'])", "failed", "a is ['y'], must contain x"),
    "raises": ("{}['x']", "error", "KeyError: 'x'"),
    "skips": ("pytest.skip('later')", "blocked", "skipped, so not judged: later"),
    "imports": ("pytest.importorskip('no_such_module')", "blocked", "skipped, so not judged"),
    "not_here": ("not_applicable('no need')", "not_applicable", "no need"),
    "blocks": ("blocked('no right; GRANT it')", "blocked", "no right; GRANT it"),
    "swallows": (
        (
            "try:\n        blocked('hidden')\n    except BaseException: pass\n"
            "    assert measure('a', 1) == 1"
        ),
        "blocked",
        "hidden",
    ),
    "forgets": ("measure('a', 1)", "error", "measure 'a' was never compared"),
    "is_not_none": (
        "assert measure('a', 1) is not None",
        "error",
        "measure 'a' was never compared",
    ),
    "truth": ("assert measure('a', 1)", "error", "TypeError: measure 'a': a measure is no truth"),
    "nan": ("assert measure('a', float('nan')) <= 1", "blocked", "a: no value"),
    "none": ("assert measure('a', None) <= 1", "blocked", "a: no value"),
    "approx": ("assert measure('a', 1.0) == pytest.approx(1.0)", "passed", ""),
    "approx_left": (
        "assert pytest.approx(1.0) == measure('a', 1.0)",
        "error",
        "TypeError: measure 'a': write measure(…) on the left",
    ),
    "or_holds": ("assert measure('a', 1) == 2 or measure('b', 1) == 1", "passed", ""),
    "silent": ("pass", "passed", "no evidence: the check measured nothing"),
    "plain": ("assert 1 == 2", "failed", "assert 1 == 2"),
    "fail_call": ("pytest.fail('broken')", "failed", "broken"),
    "too_slow": ("import time; time.sleep(5)", "error", "the check did not end in time"),
}


@pytest.mark.parametrize("case", CASES)
def test_outcome(ready: Project, case: str) -> None:
    body, outcome, message = CASES[case]
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"check_timeout = 1\n{text}")
    ready.tests(test_own=f"{HEAD}\n@readiness.low\ndef test_case():\n    {body}\n")
    found = ready.run("-p", "no:anyio").finding("test_own.py::test_case")
    assert found["outcome"] == outcome
    assert found["message"].startswith(message)
    assert found["message"] or outcome == "passed"


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        ("@pytest.mark.skip(reason='x')", "blocked"),
        ("@pytest.mark.skipif(True, reason='x')", "blocked"),
        ("@pytest.mark.xfail(reason='x')", "failed"),
        ("@pytest.mark.xfail(reason='x', run=False)", "failed"),
    ],
)
def test_marks_that_hide_a_blocker(ready: Project, mark: str, outcome: str) -> None:
    body = f"{mark}\n@readiness.blocker\ndef test_case():\n    assert measure('a', 1) == 2\n"
    ready.tests(test_own=f"{HEAD}\n{body}")
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.outcomes()["test_own.py::test_case"] == outcome
        assert (ran.verdict, ran.exit) == ("not_ready", 1)


def test_strict_xpass_is_failed(ready: Project) -> None:
    body = (
        "@pytest.mark.xfail(strict=True)\n@readiness.blocker\n"
        "def test_case():\n    assert measure('a', 1) == 1\n"
    )
    ready.tests(test_own=f"{HEAD}\n{body}")
    assert ready.run().outcomes()["test_own.py::test_case"] == "failed"


def test_failing_setup_and_teardown_are_errors(ready: Project) -> None:
    body = """
@pytest.fixture
def early(): raise ValueError("early")
@pytest.fixture
def late():
    yield
    raise ValueError("late")
@readiness.low
def test_early(early): assert measure("a", 1) == 1
@readiness.low
def test_late(late): assert measure("a", 1) == 1
"""
    ready.tests(test_own=HEAD + body)
    ran = ready.run()
    assert ran.finding("test_own.py::test_early")["message"] == "ValueError: early"
    assert ran.finding("test_own.py::test_late")["message"] == "ValueError: late"
    assert ran.outcomes()["test_own.py::test_late"] == "error"


def test_failing_subtest_fails_the_check(ready: Project) -> None:
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")
    body = """
@readiness.blocker
def test_case(subtests):
    with subtests.test("one"):
        assert measure("a", 1) == 2
    assert measure("b", 1) == 1
"""
    ready.tests(test_own=HEAD + body)
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_case"] == "failed"
    assert ran.exit == 1


def test_async_check_is_never_a_pass(ready: Project) -> None:
    ready.tests(test_own=f"{HEAD}\n@readiness.blocker\nasync def test_case():\n    assert 1 == 2\n")
    ran = ready.run("-p", "no:anyio", "-p", "no:asyncio")
    assert ran.outcomes()["test_own.py::test_case"] in ("failed", "error", "blocked")
    assert ran.verdict == "not_ready"


def test_target_mark_pins(ready: Project) -> None:
    body = (
        "@readiness.low\n@readiness.target('second')\n"
        "def test_case(folder_probe):\n    assert measure('a', folder_probe.target) == 'second'\n"
    )
    ready.tests(test_own=HEAD + body)
    nodes = [n for n in ready.run().outcomes() if n.startswith("test_own")]
    assert nodes == ["test_own.py::test_case[second]"]
    ready.tests(test_own=(HEAD + body).replace("('second')", "('secnod')"))
    ran = ready.run()
    assert ran.exit != 0
    assert "no target 'secnod'; did you mean 'second'?" in ran.out


def test_check_for_a_system_without_target_is_blocked(ready: Project) -> None:
    ready.tests(test_own=f"{HEAD}\n@readiness.low\ndef test_case(redis_probe): pass\n")
    found = ready.run().finding("test_own.py::test_case[none]")
    assert found["outcome"] == "blocked"
    assert "no redis target is configured: add [redis.NAME]" in found["message"]


def test_nearest_mark_wins(ready: Project) -> None:
    body = """
@readiness.blocker
class TestGroup:
    @readiness.low
    def test_low(self): assert measure("a", 1) == 2
    def test_blocker(self): assert measure("a", 1) == 1
"""
    ready.tests(test_own=HEAD + body)
    ran = ready.run("--strict-markers")
    assert ran.finding("test_own.py::TestGroup::test_low")["severity"] == "low"
    assert ran.finding("test_own.py::TestGroup::test_blocker")["severity"] == "blocker"


def test_typo_in_a_severity(ready: Project) -> None:
    ready.tests(test_own=f"{HEAD}\n@readiness.bloker\ndef test_case(): pass\n")
    ran = ready.run()
    assert "AttributeError" in ran.out
    assert ran.verdict == "incomplete"


def test_hostile_text_stays_inert(ready: Project) -> None:
    body = (
        "@readiness.blocker\ndef test_case():\n"
        "    assert measure('n\\x1b[31m\\x00', 'x\\ud800]]>\\u202e<b>' + 'y' * 100000) == 'z'\n"
    )
    ready.tests(test_own=HEAD + body)
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        found = ran.finding("test_own.py::test_case")
        assert found["outcome"] == "failed"
        assert len(found["message"]) < 3000
        for sign in ("\x1b", "\x00", "\ud800", "\u202e"):
            assert sign not in found["message"]
        assert ran.exit == 1


@pytest.mark.parametrize(
    "fixture",
    ["time.sleep(20)", "yield; time.sleep(20)"],
)
def test_fixture_that_hangs_costs_no_more_than_a_check_may_take(
    ready: Project, fixture: str
) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"check_timeout = 1\n{text}")
    head = f"{HEAD}\nimport time\n\n@pytest.fixture\ndef hanging():\n    {fixture}\n"
    body = "@readiness.blocker\ndef test_case(hanging):\n    assert measure('a', 1) == 1\n"
    ready.tests(test_own=f"{head}\n{body}")
    for args in ((), ("-n", "2")):
        ran = ready.run("-p", "no:anyio", *args)
        found = ran.finding("test_own.py::test_case")
        assert (found["outcome"], ran.verdict) == ("error", "not_ready")
        assert found["message"].startswith("a fixture of the check did not end in time")
        assert found["duration"] < 10


def test_slow_target_is_no_slow_check(ready: Project) -> None:
    """The target hangs for as long as it may, which is longer than a check may take."""
    table = ready.folder("slow", "a")
    os.mkfifo(ready.path / "folders" / "slow" / "hang")
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"check_timeout = 0.5\n{text}{table}timeout = 1.5\n")
    body = "@readiness.blocker\ndef test_case(folder_probe):\n    assert folder_probe.facts.size\n"
    ready.tests(test_own=f"{HEAD}\n{body}")
    found = ready.run(subprocess=True).finding("test_own.py::test_case[slow]")
    assert found["outcome"] == "blocked"
    assert "no answer within 1.5 s" in found["message"]


def test_check_timeout_of_nought_is_refused(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"check_timeout = 0\n{text}")
    ran = ready.run()
    assert ran.exit == pytest.ExitCode.USAGE_ERROR
    assert "check_timeout: 0 would let a check hang for ever" in ran.out
