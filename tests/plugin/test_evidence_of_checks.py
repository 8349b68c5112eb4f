"""What a check may write that looks like a judgement and is none."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import BAD, HEAD, conftest
from tests.plugin.conftest import Project

FALSE = "assert measure('a', 1) == 2"
NODE = "test_own.py::test_case"
SWALLOWED = "a is 1, must be 2 (the assertion was swallowed)"
NO_VALUE = "a: no finite value"
NO_ORDER = "TypeError: measure 'a': yes and no have no order"
NEVER = "TypeError: measure 'a': a text and a number are never equal"
NO_PASS = {
    "try: assert measure('a', 1) == 2\n    except Exception: pass": ("failed", SWALLOWED),
    f"with contextlib.suppress(AssertionError): {FALSE}": ("failed", SWALLOWED),
    f"with pytest.raises(AssertionError): {FALSE}": ("failed", SWALLOWED),
    f"def f(): {FALSE}\n    t = threading.Thread(target=f); t.start(); t.join()": (
        "failed",
        SWALLOWED,
    ),
    "with contextlib.suppress(BaseException): blocked('x')": ("blocked", "x"),
    "with contextlib.suppress(BaseException): assert measure('a', None) < 1": (
        "blocked",
        "a: no value",
    ),
    "return False": ("error", "the check returned a value"),
    "return measure('a', 1) == 2": ("error", "the check returned a value"),
    "raise unittest.SkipTest('x')": ("blocked", "skipped, so not judged: x"),
    "assert measure('a', -math.inf) <= 5": ("blocked", NO_VALUE),
    "assert measure('a', max([], default=-math.inf)) < 5": ("blocked", NO_VALUE),
    "assert measure('a', Decimal('Infinity')) >= 5": ("blocked", NO_VALUE),
    "assert measure('a', math.inf) <= 5": ("failed", "a is inf, must be <= 5"),
    "assert measure('a', 5) <= math.inf": ("blocked", NO_VALUE),
    "assert measure('a', 5) >= -math.inf": ("blocked", NO_VALUE),
    "assert measure('a', 5) != math.nan": ("blocked", "a: no value"),
    "assert measure('a', Decimal('nan')) != 5": ("blocked", "a: no value"),
    "assert measure('a', Decimal('sNaN')) != 5": ("error", "InvalidOperation"),
    "assert measure('a', math.nan) not in (1, 2)": ("blocked", "a: no value"),
    "assert measure('a', True) >= 1": ("error", NO_ORDER),
    "assert measure('a', 0) <= True": ("error", NO_ORDER),
    "assert measure('a', '5') != 5": ("error", NEVER),
    "assert measure('a', 5) != b'5'": ("error", NEVER),
    "assert measure('a', '10') <= 9": ("error", "TypeError"),
    "assert measure('a', '5') == 5": ("failed", "a is 5, must be 5"),
    "assert measure('a', 5, unit='MB') <= measure('b', 6, unit='GB')": (
        "error",
        "TypeError: measure 'a': MB and GB do not compare",
    ),
}


def case(project: Project, body: str, *args: str, mark: str = "blocker") -> dict[str, object]:
    """The finding of one check with this body, warnings ignored."""
    imports = "import contextlib, math\nfrom decimal import Decimal\n"
    check = f"@readiness.{mark}\ndef test_case():\n    {body}\n"
    project.tests(test_own=HEAD + imports + check)
    ran = project.run("-W", "ignore", *args)
    return {**ran.finding(NODE), "verdict": ran.verdict, "exit": ran.exit, "out": ran.out}


@pytest.mark.parametrize("body", NO_PASS)
def test_it_is_no_pass(ready: Project, body: str) -> None:
    outcome, message = NO_PASS[body]
    found = case(ready, body)
    assert found["outcome"] == outcome
    assert str(found["message"]).startswith(message)
    assert (found["verdict"], found["exit"]) == ("not_ready", 1)


def test_swallowed_assertion_travels_from_a_worker(ready: Project) -> None:
    found = case(ready, f"with contextlib.suppress(AssertionError): {FALSE}", "-n", "2")
    assert (found["message"], found["exit"]) == (SWALLOWED, 1)


@pytest.mark.parametrize(
    "body",
    [
        "assert (measure('a', 1) == 2, 'a tuple is always true')",
        "measure('a', 1) == 2",
        "if measure('a', 1) == 2: pass",
        "assert any([True, measure('a', 1) == 2])",
        f"with contextlib.suppress(AssertionError): {FALSE}\n    assert measure('b', 1) == 1",
    ],
)
def test_pass_in_which_something_does_not_hold_is_said(ready: Project, body: str) -> None:
    found = case(ready, body)
    assert found["outcome"] == "passed"
    said = f"note: {NODE} passed, but not everything holds: a is 1, must be 2"
    assert said in str(found["out"])


@pytest.mark.parametrize(
    "body",
    [
        "assert measure('a', 1) not in (2, 3)",
        "assert measure('a', 1) in (2, 1)",
        "assert measure('a', 1) == 2 or measure('b', 1) == 1",
        "assert measure('a', 5) < math.inf",
        "assert measure('a', True) == True",
        "assert measure('a', 5) != 'none'",
        "assert measure('a', 5, unit='MB') <= measure('b', 6, unit='MB')",
        "assert measure('a', 5, unit='MB') <= measure('b', 6)",
    ],
)
def test_pass_of_which_nothing_is_to_be_said(ready: Project, body: str) -> None:
    found = case(ready, body)
    assert (found["outcome"], found["message"], found["verdict"]) == ("passed", "", "ready")


@pytest.mark.parametrize("body", ["pass", "...", "'''Nothing yet.'''", "for v in []: assert v"])
def test_pass_without_evidence_is_said(ready: Project, body: str) -> None:
    found = case(ready, body)
    assert found["message"] == "no evidence: the check measured nothing"
    assert f"passed without evidence: {NODE}" in str(found["out"])


def test_generator_is_no_check(ready: Project) -> None:
    ready.tests(test_own=HEAD + BAD.replace("    assert", "    yield"))
    ran = ready.run()
    # Before pytest 8.4 it is an expected failure, and so a failure.
    assert ran.verdict in ("incomplete", "not_ready")
    assert ran.exit != 0


@pytest.mark.parametrize("hook", ["pytest_runtest_call", "pytest_pyfunc_call"])
@pytest.mark.parametrize("first", ["tryfirst=True, ", ""])
def test_plugin_that_swallows_what_a_check_raises(ready: Project, hook: str, first: str) -> None:
    body = "    try: return (yield)\n    except BaseException: return True\n"
    conftest(ready, f"@pytest.hookimpl({first}wrapper=True)\ndef {hook}():\n{body}")
    ready.tests(test_own=HEAD + BAD)
    ran = ready.run()
    assert ran.finding("test_own.py::test_bad")["message"] == "a is 1, must be 2"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


UNCOLLECTED = {
    "check_it": "@readiness.blocker\ndef check_it(): assert 0\n",
    "TestMade": "@readiness.blocker\nclass TestMade:\n    def __init__(self): pass\n"
    "    def test_bad(self): assert 0\n",
    "TestEmpty": "@readiness.blocker\nclass TestEmpty:\n    def check(self): assert 0\n",
}


@pytest.mark.parametrize("name", UNCOLLECTED)
@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_check_that_pytest_does_not_collect(
    ready: Project, name: str, args: tuple[str, ...]
) -> None:
    ready.tests(test_own=HEAD + UNCOLLECTED[name])
    ran = ready.run("-W", "ignore", *args)
    assert (ran.verdict, ran.exit) == ("incomplete", 1)
    assert ran.card["decided_by"].startswith(f"test_own.py::{name} is marked as a check, and ")


def test_class_that_others_inherit_from_may_be_empty(ready: Project) -> None:
    body = (
        "@readiness.blocker\nclass TestBase:\n    __test__ = True\n"
        "class TestHeir(TestBase):\n    def test_own(self): assert measure('a', 1) == 1\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("ready", 0)
    assert ran.finding("test_own.py::TestHeir::test_own")["severity"] == "blocker"
