"""Reports: none is left of an earlier run, and one that cannot be written fails the run."""

from __future__ import annotations

import json

import pytest

from tests.plugin.bodies import GOOD, HEAD, conftest
from tests.plugin.conftest import Project, Ran

READY = json.dumps({"verdict": "ready"})
NOT_BEGUN = {
    "an unknown option": ("--no-such-option",),
    "an unknown profile": ("--readiness-profile", "none"),
    "a plugin switched off": ("-p", "no:timeout"),
    "a plugin of our own switched off": ("-p", "no:readiness-gate"),
    "an unknown plugin": ("-p", "no_such_plugin"),
    "an unknown check": ("readiness::folder::none",),
    "an unknown path": ("no_such_folder",),
}


@pytest.mark.parametrize("why", NOT_BEGUN)
def test_run_that_does_not_begin_leaves_none(ready: Project, why: str) -> None:
    (ready.path / "r.json").write_text(READY)
    ran = ready.run(*NOT_BEGUN[why], subprocess="-p" in NOT_BEGUN[why])
    assert ran.exit not in (0, 1)
    assert ran.card is None or why == "an unknown plugin"  # no plugin is loaded before it


@pytest.mark.parametrize("bad", ["no_such_key = 1\n", "target_score = 'high'\n"])
@pytest.mark.parametrize("args", [(), ("--no-such-option",)])
def test_report_that_the_settings_ask_for(ready: Project, bad: str, args: tuple[str, ...]) -> None:
    mine = ready.path / "mine.json"
    mine.write_text(READY)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'report = ["mine.json", "notes.txt"]\n{bad}{text}')
    (ready.path / "notes.txt").write_text("mine")
    assert ready.run(*args).exit == 4
    assert not mine.exists()
    assert (ready.path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("body", ["import no_such_module", "def broken(:", "1 / 0"])
@pytest.mark.parametrize("module", ["test_own", "conftest"])
def test_what_cannot_be_imported(ready: Project, module: str, body: str) -> None:
    (ready.path / "r.json").write_text(READY)
    (ready.path / f"{module}.py").write_text(body)
    ran = ready.run()
    assert ran.exit not in (0, 1, 5)
    assert ran.card is None or ran.verdict == "incomplete"


@pytest.mark.parametrize("place", ["file/r.json", "folder.json", "no\0name.json"])
def test_report_that_cannot_be_written(ready: Project, place: str) -> None:
    (ready.path / "file").touch()
    (ready.path / "folder.json").mkdir()
    ran = ready.run("--readiness-report", place)
    assert (ran.verdict, ran.exit) == ("ready", 1)
    said = [line for line in ran.out.splitlines() if line.startswith("not written: ")]
    assert len(said) == 1
    assert "Traceback" not in ran.out


def full(project: Project, *args: str) -> Ran:
    """A run that writes its reports onto a disk that is full."""
    conftest(
        project,
        "import errno, tempfile\ndef full(*_, **__):\n"
        "    raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "def pytest_sessionstart(): tempfile.mkstemp = full\n",
    )
    return project.run(*args, subprocess=True)


def test_report_on_a_full_disk(ready: Project) -> None:
    (ready.path / "r.json").write_text(READY)
    ran = full(ready)
    assert (ran.card, ran.exit) == (None, 1)
    assert f"not written: {ready.path / 'r.json'}: No space left on device" in ran.out


@pytest.mark.parametrize("args", [(), ("-n", "2")])
@pytest.mark.parametrize("place", ["/dev/full", "file/j.xml"])
def test_junit_that_cannot_be_written(ready: Project, place: str, args: tuple[str, ...]) -> None:
    (ready.path / "file").touch()
    ready.tests(test_own=HEAD + GOOD)
    ran = ready.run(f"--junitxml={place}", *args)
    assert (ran.verdict, ran.exit) == ("ready", 1)
    said = [line for line in ran.out.splitlines() if line.startswith("not written: ")]
    assert len(said) == 1
    assert place in said[0]
    assert "Traceback" not in ran.out


def test_junit_of_a_bad_verdict_that_cannot_be_written(ready: Project) -> None:
    ready.tests(test_own=HEAD + GOOD.replace("== 1", "== 2"))
    ran = ready.run("--junitxml=/dev/full")
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
