"""What must not break off a run, nor fail a build that the verdict lets through."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from tests.plugin.bodies import HEAD, LOW, conftest
from tests.plugin.conftest import Project


def test_module_without_checks_may_be_skipped(ready: Project) -> None:
    ready.tests(test_plain="import pytest\npytest.importorskip('no_such')\n")
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("ready", 0)


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_odd_values_end_no_run(ready: Project, args: tuple[str, ...]) -> None:
    body = """
class Mute:
    def __str__(self): raise ValueError("mute")
    __repr__ = __str__
@readiness.low(ref=123)
def test_mute(): assert measure("a", Mute()) == 1
@readiness.low
def test_names(): assert measure(5, 1, unit=6) == 1
@readiness.low
def test_huge(): assert measure("a", 10**5000) == 1
"""
    ready.tests(test_own=HEAD + body)
    ran = ready.run(*args)
    assert ran.finding("test_own.py::test_mute")["message"] == "a is <Mute>, must be 1"
    assert ran.outcomes()["test_own.py::test_names"] == "passed"
    assert ran.outcomes()["test_own.py::test_huge"] == "failed"


def test_expected_failure_is_failed_for_pytest_and_junit_too(ready: Project) -> None:
    ready.tests(test_own=f"{HEAD}\n@pytest.mark.xfail(reason='known')\n{LOW}")
    ran = ready.run()
    cases = {c.get("name"): c for c in ET.parse(ran.junit).getroot().iter("testcase")}
    assert cases["test_low"].find("failure") is not None
    ran.result.assert_outcomes(failed=1, passed=11, skipped=2)
    assert (ran.verdict, ran.exit) == ("ready", 0)


def test_failing_subtests_of_a_low_check_leave_the_exit_to_the_verdict(ready: Project) -> None:
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")
    body = """
@readiness.low
def test_case(subtests):
    for i in (1, 2):
        with subtests.test(i=i):
            assert measure("a", i) == 0
    assert measure("b", 1) == 1
"""
    ready.tests(test_own=HEAD + body)
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.outcomes()["test_own.py::test_case"] == "failed"
        assert (ran.verdict, ran.exit) == ("ready", 0)


def test_fixture_of_a_conftest_does_not_replace_the_limits(ready: Project) -> None:
    conftest(ready, "@pytest.fixture\ndef limits():\n    return None\n")
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("ready", 0)


@pytest.mark.parametrize("key", ["wait", "check_timeout"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_durations_are_finite(ready: Project, key: str, value: str) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"{key} = {value}\n{text}")
    assert ready.run().exit == 4


def test_own_check_made_graver_needs_no_excuse(ready: Project) -> None:
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write('[checks."test_own.py::test_low"]\nseverity = "blocker"\n')
    ready.tests(test_own=HEAD + LOW)
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert ran.card["about"]["relaxed"] == []


@pytest.mark.parametrize("option", ["--fixtures", "--fixtures-per-test", "--cache-show"])
def test_options_that_only_look(ready: Project, option: str) -> None:
    args = ("-p", "cacheprovider") if option == "--cache-show" else ()
    (ready.path / "r.json").write_text(json.dumps({"verdict": "mine"}))
    ran = ready.run(option, *args)
    assert (ran.card, ran.exit) == ({"verdict": "mine"}, 0)
    assert "INCOMPLETE" not in ran.out
    assert not (ready.path / "folders" / "first.observed").exists()


@pytest.mark.parametrize("value", ["float('nan')", "2**70", "'a\\udcff'"])
def test_workers_share_facts_that_json_lacks(ready: Project, value: str) -> None:
    conftest(
        ready,
        "import folder_system as F\nF.FolderFacts.__annotations__['size'] = object\n"
        "class Facts(F.FolderFacts, frozen=True, kw_only=True):\n    size: object = F.fact()\n"
        "F.FolderProbe.facts_type = Facts\n"
        "def observe(cls, settings, watch):\n"
        f"    return Facts(names=('a', 'backup'), size={value})\n"
        "F.FolderProbe.observe = classmethod(observe)\n",
    )
    alone, shared = ready.run(subprocess=True), ready.run("-n", "2")
    assert shared.card["counts"] == alone.card["counts"]


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_what_client_libraries_warn_of_is_quiet_between_two_checks(
    ready: Project, args: tuple[str, ...]
) -> None:
    between = """
import warnings

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    warnings.warn("read_text is deprecated. Use files() instead.", DeprecationWarning)
"""
    conftest(ready, between)
    ran = ready.run(*args, subprocess=True)
    assert (ran.verdict, ran.exit) == ("ready", 0)
    assert "read_text" not in ran.out


def test_findings_that_are_not_shown_are_named_with_the_way_to_them(ready: Project) -> None:
    own = "\n".join(LOW.replace("def test_low", f"def test_low_{i}") for i in range(12))
    ready.tests(test_own=f"{HEAD}\n{own}")
    assert "… and 2 more (-v shows all)" in ready.run().out
