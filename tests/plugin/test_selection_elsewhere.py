"""Selections by what pytest remembers, by the environment, and by hooks that remove late."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

CACHED = ("-p", "cacheprovider", "-p", "stepwise")
OWN = """
from pytest_readiness import measure, readiness
@readiness.low
def test_bad(): assert measure("a", 1) == 2
@readiness.low
def test_good(): assert measure("a", 1) == 1
"""


@pytest.mark.parametrize(
    ("option", "verdict", "status"),
    [
        ("--ff", "ready", 0),
        ("--nf", "ready", 0),
        ("--lf", "not_ready", 1),  # all that is left of it failed
        ("--sw", "incomplete", 2),
    ],
)
def test_options_that_remember_the_last_run(
    ready: Project, option: str, verdict: str, status: int
) -> None:
    ready.tests(test_own=OWN)
    assert ready.run(*CACHED).exit == 0
    ran = ready.run(*CACHED, option)
    assert (ran.verdict, ran.exit) == (verdict, status)
    assert ran.card["complete"] is (verdict == "ready")


def test_last_failed_without_a_cache(ready: Project) -> None:
    assert ready.run(*CACHED, "--lf").verdict == "ready"
    ran = ready.run(*CACHED, "--lf", "--lfnf=none", "--cache-clear")
    assert (ran.verdict, ran.exit) == ("incomplete", 5)


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(
    ("option", "exit_status"),
    [("-k size", 1), ("-m \"readiness(severity='low')\"", 1), ("--co", 0), ("--ignore=sub", 1)],
)
def test_options_that_come_from_elsewhere(
    ready: Project,
    monkeypatch: pytest.MonkeyPatch,
    in_file: bool,
    option: str,
    exit_status: int,
) -> None:
    if in_file:
        ready.pytester.makeini(f"[pytest]\naddopts = {option}\n")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", option)
    ran = ready.run()
    if in_file and option.startswith("--ignore"):
        # What the project's own settings always leave out is no part.
        assert (ran.verdict, ran.exit) == ("ready", 0)
        return
    assert ran.exit == exit_status
    assert (ran.card is None) is (option == "--co")
    assert ran.card is None or ran.verdict == "partial"


@pytest.mark.parametrize(
    "args", [("readiness::folder::size[first]",), ("--deselect", "readiness::folder::size")]
)
def test_part_by_name_with_workers(ready: Project, args: tuple[str, ...]) -> None:
    ran = ready.run(*args, "-n", "2")
    assert (ran.verdict, ran.exit) == ("partial", 1)


@pytest.mark.parametrize("hook", ["collection_finish", "runtestloop"])
def test_item_that_is_removed_late_is_missed(ready: Project, hook: str) -> None:
    ready.tests(test_own=OWN)
    with (ready.path / "conftest.py").open("a") as stream:
        stream.write(
            f"\nimport pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_{hook}(session):\n"
            "    session.items[:] = [i for i in session.items if 'bad' not in i.name]\n"
        )
    ran = ready.run()
    assert ran.verdict in ("partial", "incomplete")
    assert ran.exit == 1


def test_limits_of_the_verdict_that_are_lowered_are_named(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f"minimum_score = 10\nmax_failed_high = 50\nminimum_coverage = 0.1\n{text}")
    relaxed = {item["what"] for item in ready.run().card["about"]["relaxed"]}
    assert relaxed == {
        "minimum_score 80 -> 10",
        "max_failed_high 5 -> 50",
        "minimum_coverage 0.7 -> 0.1",
    }
