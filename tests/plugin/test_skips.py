"""A blocker that is skipped or expected to fail, in every way there is: never READY."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import BAD, GOOD, HEAD, conftest
from tests.plugin.conftest import Project

FALSE = "    assert measure('a', 1) == 2\n"
CASE = (
    "@readiness.blocker\nclass TestOwn(unittest.TestCase):\n"
    f"    {{}}\n    def test_bad(self):{FALSE}"
)
SKIPS = {
    "in the check": "@readiness.blocker\ndef test_bad():\n    pytest.skip('x')\n",
    "in a fixture": f"@pytest.fixture\ndef f(): pytest.skip('x')\n{BAD.replace('()', '(f)', 1)}",
    "in usefixtures": "@pytest.fixture\ndef f(): pytest.skip('x')\n"
    f"pytestmark = pytest.mark.usefixtures('f')\n{BAD}",
    "in setup_module": f"def setup_module(): pytest.skip('x')\n{BAD}",
    "in setup_class": "@readiness.blocker\nclass TestOwn:\n    @classmethod\n"
    f"    def setup_class(cls): pytest.skip('x')\n    def test_bad(self):{FALSE}",
    "in setUpModule": f"def setUpModule(): raise unittest.SkipTest('x')\n{CASE.format('')}",
    "in setUpClass": CASE.format(
        "@classmethod\n    def setUpClass(cls): raise unittest.SkipTest('x')"
    ),
    "of unittest": CASE.format("@unittest.skip('x')"),
    "of a unittest class": f"@unittest.skip('x')\n{CASE.format('')}",
    "in a unittest method": CASE.replace(FALSE, "self.skipTest('x')\n").format(""),
    "of no parameters": "@pytest.mark.parametrize('v', [])\n" + BAD.replace("()", "(v)", 1),
    "of one parameter": "@pytest.mark.parametrize('v', [pytest.param(1, marks=pytest.mark.skip)])\n"
    + BAD.replace("()", "(v)", 1),
    "in pytestmark": f"pytestmark = pytest.mark.skipif(True, reason='x')\n{BAD}",
}
FAILURES = {
    "strict": f"@pytest.mark.xfail(strict=True)\n{BAD}",
    "of a kind": f"@pytest.mark.xfail(raises=AssertionError)\n{BAD}",
    "imperative": "@readiness.blocker\ndef test_bad():\n    pytest.xfail('x')\n",
    "in a fixture": f"@pytest.fixture\ndef f(): pytest.xfail('x')\n{BAD.replace('()', '(f)', 1)}",
    "of unittest": CASE.format("@unittest.expectedFailure"),
    "strict, and it passes": "@pytest.mark.xfail(strict=True)\n" + BAD.replace("2", "1"),
}


def vetoes(project: Project, outcome: str, *args: str) -> None:
    ran = project.run(*args)
    own = {o for node, o in ran.outcomes().items() if node.startswith("test_own")}
    assert own == {outcome}, ran.out
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


@pytest.mark.parametrize("where", SKIPS)
def test_skip(ready: Project, where: str) -> None:
    ready.tests(test_own=HEAD + SKIPS[where])
    vetoes(ready, "blocked")


@pytest.mark.parametrize("how", FAILURES)
def test_expected_failure(ready: Project, how: str) -> None:
    ready.tests(test_own=HEAD + FAILURES[how])
    vetoes(ready, "failed")


def test_all_skips_at_once_with_workers(ready: Project) -> None:
    modules = {f"test_own_{i}": HEAD + body for i, body in enumerate(SKIPS.values())}
    ready.tests(**modules)
    vetoes(ready, "blocked", "-n", "2")


def test_all_expected_failures_at_once_with_workers(ready: Project) -> None:
    modules = {f"test_own_{i}": HEAD + body for i, body in enumerate(FAILURES.values())}
    ready.tests(**modules)
    vetoes(ready, "failed", "-n", "2")


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.fixture(autouse=True)\ndef no(): pytest.skip('x')\n",
        "def pytest_runtest_setup(item):\n    pytest.skip('x')\n",
        (
            "def pytest_collection_modifyitems(items):\n"
            "    for item in items: item.add_marker(pytest.mark.skip(reason='x'))\n"
        ),
    ],
)
def test_conftest_that_skips(ready: Project, text: str) -> None:
    conftest(ready, text)
    ready.tests(test_own=HEAD + GOOD)
    vetoes(ready, "blocked")


def test_fixture_that_the_settings_of_pytest_use(ready: Project) -> None:
    conftest(ready, "@pytest.fixture\ndef no(): pytest.skip('x')\n")
    ready.pytester.makeini("[pytest]\nusefixtures = no\n")
    ready.tests(test_own=HEAD + GOOD)
    vetoes(ready, "blocked")


def test_skip_in_a_teardown_does_not_undo_a_failure(ready: Project) -> None:
    fixture = "@pytest.fixture\ndef f():\n    yield\n    pytest.skip('x')\n"
    ready.tests(test_own=HEAD + fixture + BAD.replace("()", "(f)", 1))
    vetoes(ready, "failed")


@pytest.mark.parametrize("plugin", ["skipping", "unittest", "warnings", "logging", "capture"])
def test_plugin_of_pytest_that_is_switched_off(ready: Project, plugin: str) -> None:
    ready.tests(test_own=f"{HEAD}\n@pytest.mark.skip(reason='x')\n{BAD}")
    ran = ready.run("-p", f"no:{plugin}", subprocess=True)
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


@pytest.mark.parametrize("line", ["pytest.skip('x')", "pytest.xfail('x')", "blocked('x')"])
def test_subtest_that_judges_nothing(ready: Project, line: str) -> None:
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")
    body = f"    with subtests.test('x'): {line}\n    assert measure('a', 1) == 1\n"
    ready.tests(test_own=f"{HEAD}\n@readiness.blocker\ndef test_bad(subtests):\n{body}")
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_bad"] in ("blocked", "failed")
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
