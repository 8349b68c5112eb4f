"""Beside other plugins of pytest: the same scorecard, and nothing hidden."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from tests.conftest import OTHERS, without
from tests.plugin.bodies import GOOD, HEAD, LOW
from tests.plugin.conftest import Project, Ran

MODULES = {
    "asyncio": "pytest_asyncio",
    "anyio": "anyio",
    "html": "pytest_html",
    "pytest_cov": "pytest_cov",
    "randomly": "pytest_randomly",
    "rerunfailures": "pytest_rerunfailures",
    "xdist": "xdist",
}
OPTIONS = {
    "html": ("--html=report.html",),
    "pytest_cov": ("--cov=.",),
    "rerunfailures": ("--reruns", "1"),
    "xdist": ("-n", "2"),
}
BESIDE = [
    *((name, OPTIONS.get(name, ())) for name in MODULES),
    *(("randomly", ("-p", "randomly", f"--randomly-seed={seed}")) for seed in (1, 2)),
    *(((name, ("--timeout=9", f"--timeout-method={name}"))) for name in ("signal", "thread")),
]
OWN = f"""
{GOOD}
{LOW}
@readiness.high
def test_high(folder_probe): assert measure('files', len(folder_probe.facts.names)) == 3
@readiness.medium
@pytest.mark.skip(reason='later')
def test_skipped(): pass
@readiness.medium
async def test_async(): assert measure('a', 1) == 2
@readiness.medium
@pytest.mark.parametrize('v', [1, 2])
def test_param(v): assert measure('v', v) == 1
@readiness.low
class TestCase(unittest.TestCase):
    def test_method(self): assert measure('a', 1) == 1
"""
_SAID = ("node", "outcome", "message", "evidence", "severity", "points")
_KEPT = ("verdict", "decided_by", "score", "coverage", "counts", "route", "scope", "complete")


def told(ran: Ran) -> dict[str, Any]:
    """What must be the same with and without another plugin."""
    assert ran.card is not None, ran.out
    found = [{k: f[k] for k in _SAID} for f in ran.card["findings"]]
    for evidence in (item for f in found for item in f["evidence"]):
        if evidence["unit"] == "ms":
            evidence["value"] = None  # how long an answer took is never the same twice
    return {**{k: ran.card[k] for k in _KEPT}, "findings": found, "exit": ran.exit}


def beside(project: Project, monkeypatch: pytest.MonkeyPatch, name: str, *args: str) -> Ran:
    """A run with one other plugin that loads itself."""
    if name in MODULES and find_spec(MODULES[name]) is None:
        pytest.skip(f"{name} is not installed")
    wanted = (name, "metadata") if name == "html" else (name,)
    monkeypatch.setenv("PYTEST_ADDOPTS", without(*wanted))
    seed = ("-p", "no:anyio") if name != "anyio" else ()
    return project.run(*seed, *args, subprocess=True)


@pytest.mark.parametrize(("name", "args"), BESIDE)
def test_same_scorecard(
    ready: Project, monkeypatch: pytest.MonkeyPatch, name: str, args: tuple[str, ...]
) -> None:
    # An async check is judged where a plugin runs it, and fails where none does.
    text = OWN if name != "asyncio" else OWN.replace("async def", "def")
    ready.tests(test_own=HEAD + text)
    alone = ready.run("-p", "no:anyio")
    assert told(beside(ready, monkeypatch, name, *args)) == told(alone)
    assert (alone.verdict, alone.exit) == ("not_ready", 1)


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_async_checks_are_judged_or_are_no_pass(
    ready: Project, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    ready.tests(
        test_own=f"{HEAD}\n@readiness.blocker\nasync def test_own():\n"
        "    assert measure('a', 1) == 2\n"
    )
    ran = beside(ready, monkeypatch, "asyncio", f"--asyncio-mode={mode}")
    # Before pytest 8.4 one that nothing awaits is skipped.
    assert ran.outcomes()["test_own.py::test_own"] in ("failed", "blocked")
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    if mode == "auto":
        assert ran.finding("test_own.py::test_own")["message"] == "a is 1, must be 2"


@pytest.mark.parametrize("own", [GOOD, LOW])
def test_coverage_below_its_limit_stays_a_failure(
    ready: Project, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    ready.tests(test_own=HEAD + own)
    ran = beside(ready, monkeypatch, "pytest_cov", "--cov=.", "--cov-fail-under=100")
    assert (ran.verdict, ran.exit) == ("ready", 1)


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_check_that_passes_only_when_run_again(
    ready: Project, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    body = (
        "import pathlib\n@readiness.blocker\ndef test_flaky():\n    seen = pathlib.Path('seen')\n"
        "    before = seen.exists()\n    seen.touch()\n    assert measure('a', before) == True\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = beside(ready, monkeypatch, "rerunfailures", "--reruns", "1", *args)
    assert "passed only when run again: test_own.py::test_flaky" in ran.card["about"]["notes"]
    assert "passed only when run again: test_own.py::test_flaky" in " ".join(ran.out.split())


def test_the_suite_itself_runs_without_them(pytestconfig: pytest.Config) -> None:
    assert not [name for name in OTHERS if pytestconfig.pluginmanager.has_plugin(name)]
