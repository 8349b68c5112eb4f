"""Runs that leave checks out, or break off, are never READY."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.plugin.conftest import Project

OWN = """
import pytest
from pytest_readiness import blocked, measure, readiness

@readiness.blocker
def test_good(folder_probe):
    assert measure("files", len(folder_probe.facts.names)) >= 1

def test_plain():
    assert False
"""


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("-k", "size"), "2 of 12 checks were run: -k size"),
        (("-m", "readiness(severity='high')"), "2 of 12 checks were run: -m"),
        (("--deselect", "readiness::folder::size[first]"), "11 of 12 checks"),
        (("readiness::folder::size",), "2 of 12 checks were run: only readiness::folder::size"),
        (("readiness::folder::size[first]",), "1 of 12 checks"),
        (("sub",), "12 checks were run: only sub was looked at"),
        (("test_own.py::test_good",), "2 checks were run: only test_own.py::test_good"),
        (("--ignore", "sub"), "12 checks were run: --ignore leaves files out"),
    ],
)
def test_left_out_is_partial(ready: Project, args: tuple[str, ...], why: str) -> None:
    (ready.path / "sub").mkdir()
    if "test_own" in args[0]:
        ready.tests(test_own=OWN)
    ran = ready.run(*args)
    assert ran.verdict == "partial", ran.out
    assert ran.card["decided_by"].startswith(why)
    assert ran.card["complete"] is False
    assert ran.exit == 1
    assert ready.run(*args, "--readiness-allow-partial").exit == 0
    assert ready.run(*args, "--readiness-environment", "staging").exit == 0


def test_all_built_in_checks_by_name_import_nothing_else(ready: Project) -> None:
    ready.tests(test_broken="import nothing_of_that_name")
    ran = ready.run("readiness::")
    assert (ran.verdict, len(ran.outcomes())) == ("partial", 12)


def test_keyword_finds_own_checks_by_system_and_target(ready: Project) -> None:
    ready.tests(test_own=OWN)
    own = [n for n in ready.run("-k", "second").outcomes() if n.startswith("test_own")]
    assert own == ["test_own.py::test_good[second]"]
    assert "test_own.py::test_good[first]" in ready.run("-k", "folder").outcomes()


def test_what_the_project_always_ignores_is_no_part(ready: Project) -> None:
    ready.pytester.makeini("[pytest]\naddopts = --ignore=old")
    assert ready.run().verdict == "ready"
    assert ready.run("--ignore=sub").verdict == "partial"


def test_partial_with_workers(ready: Project) -> None:
    ran = ready.run("-k", "size", "-n", "2")
    assert (ran.verdict, ran.exit) == ("partial", 1)
    assert ran.card["decided_by"] == "2 of 12 checks were run: -k size"


def test_veto_in_a_part_is_not_ready(ready: Project) -> None:
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    ran = ready.run("-k", "reachable")
    assert (ran.verdict, ran.card["complete"], ran.exit) == ("not_ready", False, 1)


def test_unknown_check_as_argument(ready: Project) -> None:
    ran = ready.run("readiness::folder::sise")
    assert ran.exit == 4
    assert "no check readiness::folder::sise; did you mean 'readiness::folder::size" in ran.out


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("readiness::foldr", "; did you mean 'readiness::folder'?"),
        ("readiness::redis", "; no redis target is configured"),
        # An optional check that is off, so that no item has its name.
        ("readiness::folder::tdy", "; did you mean 'readiness::folder::tidy'?"),
        ("readiness::folder::neat", "; it is called 'readiness::folder::tidy' now"),
        ("readiness::folder::size[frist]", "; did you mean 'readiness::folder::size[first]'?"),
        ("readiness::folder::backup", ", switched off: a cache"),
    ],
)
def test_argument_that_selects_nothing_says_why(ready: Project, argument: str, said: str) -> None:
    settings = ready.path / "readiness.toml"
    off = '[checks."folder.backup"]\nenabled = false\nreason = "a cache"\n'
    settings.write_text(f"{settings.read_text()}\n{off}")
    ran = ready.run(argument)
    assert ran.exit == 4
    assert f"no check {argument}{said}\n" in ran.out


def test_verdict_as_argument_runs_all(ready: Project) -> None:
    ran = ready.run("readiness::verdict")
    assert (ran.verdict, len(ran.outcomes())) == ("ready", 12)


def test_unmarked_tests_are_left_out(ready: Project) -> None:
    ready.tests(test_own=OWN)
    ran = ready.run()
    assert ran.verdict == "ready", ran.out
    assert "test_own.py::test_plain" not in ran.outcomes()


def test_without_readiness_checks_are_left_out(ready: Project) -> None:
    ready.tests(test_own=OWN)
    ran = ready.run(readiness=False)
    ran.result.assert_outcomes(failed=1, deselected=1)
    assert ran.card is None


def test_testpaths_bound_what_is_imported(ready: Project) -> None:
    (ready.path / "checks").mkdir()
    (ready.path / "checks" / "test_own.py").write_text(OWN)
    (ready.path / "test_broken.py").write_text("import nothing_of_that_name")
    assert ready.run().verdict == "incomplete"
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'testpaths = ["checks"]\n{text}')
    ran = ready.run()
    assert ran.verdict == "ready", ran.out
    assert "checks/test_own.py::test_good[first]" in ran.outcomes()


def test_broken_module_is_incomplete(ready: Project) -> None:
    ready.tests(test_broken="import nothing_of_that_name")
    for args in ((), ("--continue-on-collection-errors",), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.verdict == "incomplete", args
        assert ran.card["decided_by"] == "test_broken.py could not be collected"
        assert ran.exit not in (0, 5)


def test_no_check_at_all_is_incomplete(project: Project) -> None:
    project.settings(project.folder("only", "a"))
    ran = project.run("-k", "nothing_matches_this")
    assert (ran.verdict, ran.exit) == ("incomplete", 5)


def test_stopping_early_is_incomplete(ready: Project) -> None:
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    for args in (("-x",), ("--maxfail=1",), ("-x", "-n", "2")):
        ran = ready.run(*args)
        assert ran.verdict == "incomplete", ran.out
        assert ran.exit != 0


def test_exit_zero_in_a_check_is_incomplete(ready: Project) -> None:
    ready.tests(
        test_own="import pytest\nfrom pytest_readiness import readiness\n"
        "@readiness.low\ndef test_leave(): pytest.exit('enough', returncode=0)\n"
    )
    ran = ready.run(subprocess=True)
    assert ran.verdict == "incomplete"
    assert ran.exit == 1


def test_crashed_worker_is_incomplete(ready: Project) -> None:
    ready.tests(
        test_own="import os\nfrom pytest_readiness import readiness\n"
        "@readiness.low\ndef test_crash(): os._exit(3)\n"
    )
    ran = ready.run("-n", "2")
    assert (ran.verdict, ran.exit) == ("incomplete", 1), ran.out
    assert "crashed" in ran.card["decided_by"]


def test_internal_error_is_incomplete(ready: Project) -> None:
    with (ready.path / "conftest.py").open("a") as stream:
        stream.write("\ndef pytest_runtest_logfinish(nodeid):\n    raise RuntimeError('broken')\n")
    ran = ready.run(subprocess=True)
    assert ran.verdict == "incomplete"
    assert ran.exit == 3
    assert "INCOMPLETE" in ran.out


def test_interrupt_is_incomplete(ready: Project) -> None:
    ready.tests(
        test_own="import pathlib, time\nfrom pytest_readiness import readiness\n"
        "@readiness.low\ndef test_slow():\n"
        "    pathlib.Path('started').touch()\n    time.sleep(30)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--readiness", "--readiness-report", "r.json"],
        cwd=ready.path,
        stdout=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + 20
    while not (ready.path / "started").exists() and time.monotonic() < ends:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "INCOMPLETE for production" in out
    assert (ready.path / "r.json").exists()


def test_collect_only_probes_and_writes_nothing(ready: Project) -> None:
    ran = ready.run("--collect-only", "-q")
    assert ran.card is None
    assert not (ready.path / "folders" / "first.observed").exists()
    assert "readiness::folder::size[first]" in ran.out


def test_no_terminal_still_decides(ready: Project) -> None:
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    ran = ready.run("-p", "no:terminal", subprocess=True)
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


def test_report_that_cannot_be_written(ready: Project) -> None:
    target = ready.path / "file"
    target.touch()
    ran = ready.run("--readiness-report", str(target / "x.json"))
    assert ran.exit == 1
    assert "not written: " in ran.out


def test_left_over_report_is_removed(ready: Project) -> None:
    report = ready.path / "r.json"
    report.write_text('{"verdict": "ready"}')
    ready.tests(test_own="raise KeyboardInterrupt")
    ran = ready.run(subprocess=True)
    assert ran.card is None or ran.verdict == "incomplete"


def test_optimised_python_is_refused(ready: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-m", "pytest", "--readiness"],
        cwd=ready.path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4
    assert "python -O removes every assert" in done.stderr


def test_last_failed_is_partial(ready: Project) -> None:
    args = ["-p", "cacheprovider"]
    (ready.path / "folders" / "first").rename(ready.path / "gone")
    ready.pytester.runpytest("--readiness")
    (ready.path / "gone").rename(ready.path / "folders" / "first")
    result = ready.pytester.runpytest("--readiness", "--lf", *args)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["PARTIAL for production*"])
    clean = ready.pytester.runpytest("--readiness", "--lf", "--cache-clear", *args)
    clean.stdout.fnmatch_lines(["READY for production*"])
