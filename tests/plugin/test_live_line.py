"""What a run says while it waits: a line that comes and goes, or now and then one in a log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.plugin.conftest import Project
from tests.terminals import Shown, on_terminal

COMMAND = [sys.executable, "-m", "pytest", "--readiness", "-p", "no:cacheprovider"]
QUIET = ["-p", "no:randomly", "-p", "no:hypothesispytest"]

# A check that runs must be told of after some seconds; tests do not wait for so long.
SOON = """
from pytest_readiness.run import live

live.PATIENCE, live.RUNNING, live.FIRST, live.LOOK = 0.4, 0.4, 0.6, 0.05
"""


@pytest.fixture
def late(project: Project) -> Path:
    """A project one of whose two folders is not there yet; the path that it will have."""
    conftest = project.path / "conftest.py"
    conftest.write_text(SOON + conftest.read_text())
    there = project.folder("there", "a", "backup")
    path = project.path / "folders" / "late"
    project.settings(
        f'service = "shop"\nenvironment = "staging"\nwait = "30s"\n{there}'
        f'[folder.late]\nurl = "folder://{path}"\n'
    )
    return path


def comes(path: Path) -> None:
    """The folder is there from now on, whole at once."""
    made = path.with_name("made")
    made.mkdir()
    for name in ("a", "backup"):
        (made / name).write_bytes(b"x" * 10)
    made.rename(path)


def on(project: Project, late: Path, *options: str, columns: int = 80, **environ: str) -> Shown:
    """A run on a terminal; the folder comes when the run has said that it waits for it."""

    def look(lines: list[str], process: subprocess.Popen[bytes]) -> None:
        if any("waiting for folder[late]" in line for line in lines) and not late.exists():
            comes(late)

    command = [*COMMAND, *QUIET, *options]
    return on_terminal(
        command, project.path, columns=columns, environ=colourful(environ), look=look
    )


def colourful(environ: dict[str, str]) -> dict[str, str]:
    """The variables of a run; pytester asks for no colours, by which ours would go too."""
    return {name: value for name, value in os.environ.items() if name != "PY_COLORS"} | environ


def log(project: Project, late: Path, *options: str) -> tuple[int, list[str]]:
    """Exit status and lines of a run into a pipe; the folder comes when it is said to be late."""
    with subprocess.Popen(
        [*COMMAND, *QUIET, *options], cwd=project.path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("waiting for folder[late]: 1 s") and not late.exists():
                comes(late)
    return process.returncode, lines


def told(shown: Shown) -> list[str]:
    """The line, each time that it said something."""
    lines = [line for lines in shown.seen for line in lines if line.startswith("waiting for")]
    return list(dict.fromkeys(lines))


def without_it(shown: Shown) -> list[str]:
    """What stands there at the end, which must be what a run prints that has waited for nothing."""
    assert not any("waiting for" in line for line in shown.last)
    return shown.last


def test_on_a_terminal(project: Project, late: Path) -> None:
    shown = on(project, late)
    assert shown.status == 0
    said = told(shown)
    assert said[0].startswith("waiting for folder[late]: 0 s of 30 s, 1 of 2 observed (no folder ")
    assert all(len(line) < 80 for line in said), said
    last = without_it(shown)
    assert any(re.fullmatch(r"readiness [.n]+ +\[100%\]", line) for line in last), last
    assert "READY for staging: shop at there, late" in last
    # Nothing comes behind pytest's own last line.
    assert "passed" in last[-1]


def test_named_checks(project: Project, late: Path) -> None:
    shown = on(project, late, "-v")
    last = without_it(shown)
    named = [line for line in last if line.startswith("readiness: ") or "PASSED" in line]
    assert any("reachable[late] PASSED" in line for line in named), last


def test_a_narrow_terminal(project: Project, late: Path) -> None:
    shown = on(project, late, columns=44)
    said = told(shown)
    assert said and all(len(line) < 44 for line in said)
    assert any("READY for staging" in line for line in without_it(shown))


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        (["--color=no"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        (["-s", "--color=no"], {}),
        (["--capture=tee-sys", "--color=no"], {}),
    ],
)
def test_without_escape_sequences(
    project: Project, late: Path, options: list[str], environ: dict[str, str]
) -> None:
    shown = on(project, late, *options, **environ)
    assert "\x1b" not in shown.raw
    assert told(shown)


def test_interrupted(project: Project, late: Path) -> None:
    struck: list[int] = []

    def look(lines: list[str], process: subprocess.Popen[bytes]) -> None:
        if not struck and any(line.startswith("waiting for") for line in lines):
            struck.append(process.pid)
            process.send_signal(signal.SIGINT)

    shown = on_terminal([*COMMAND, *QUIET], project.path, environ=colourful({}), look=look)
    last = without_it(shown)
    assert shown.status == 2
    assert any(line.startswith("INCOMPLETE for staging: ") for line in last)
    assert any("KeyboardInterrupt" in line for line in last)


def test_on_workers(project: Project, late: Path) -> None:
    shown = on(project, late, "-n", "2")
    assert shown.status == 0
    assert told(shown)[0].startswith("waiting for folder[late]: 0 s of 30 s")
    assert "READY for staging: shop at there, late" in without_it(shown)


@pytest.mark.parametrize("workers", [(), ("-n", "2"), ("-v",)])
def test_in_a_log(project: Project, late: Path, workers: tuple[str, ...]) -> None:
    status, lines = log(project, late, *workers)
    said = [line for line in lines if line.startswith("waiting for folder[late]")]
    assert status == 0 and "READY for staging: shop at there, late" in lines
    # Each after twice the time of the last: at 0.6 and 1.2 seconds, and the folder comes.
    assert [text.partition(" of ")[0][-3:] for text in said][:2] == ["0 s", "1 s"]
    assert len(said) <= 3
    assert "(no folder" in said[0]
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("options", [("-qq",), ("-p", "no:terminal")])
def test_where_nobody_listens(project: Project, late: Path, options: tuple[str, ...]) -> None:
    timer = threading.Timer(2, comes, [late])
    timer.start()
    ran = project.run(*options, subprocess=True)
    timer.join()
    assert ran.verdict == "ready" and "waiting for" not in ran.out


def test_hostile_cause(project: Project, late: Path) -> None:
    probe = (project.path / "folder_system.py").read_text()
    hostile = probe.replace('f"no folder {settings.path}"', '"no\\x1b[2J\\n::error::x \u202e数据"')
    (project.path / "folder_system.py").write_text(hostile)
    shown = on(project, late)
    assert "\x1b[2J" not in shown.raw and "\u202e" not in shown.raw
    assert any("x �数" in line for line in told(shown)), told(shown)


def test_what_is_quick_is_not_told(ready: Project) -> None:
    shown = on_terminal([*COMMAND, *QUIET], ready.path, environ=colourful({}))
    assert not told(shown) and "\x1b[K" not in shown.raw


SLOW = """
import time
from pytest_readiness import measure, readiness

@readiness.low
def test_window():
    time.sleep(1.2)
    assert measure("p99", 1) <= 2
"""


def test_a_check_that_takes_its_time(project: Project, late: Path) -> None:
    comes(late)
    project.tests(test_slo=SLOW)
    shown = on_terminal([*COMMAND, *QUIET], project.path, environ=colourful({}))
    running = {line for lines in shown.seen for line in lines if line.startswith("running ")}
    assert "running test_slo.py::test_window: 1 s" in running
    assert not any(line.startswith("running ") for line in shown.last)


def test_a_command_that_takes_its_time(project: Project, late: Path) -> None:
    comes(late)
    with (project.path / "readiness.toml").open("a") as stream:
        stream.write(
            '[[commands]]\nid = "backups"\nrun = ["sleep", "1.2"]\ntimeout = "20s"\n'
            'severity = "low"\n'
        )
    ran = project.run("-v", subprocess=True)
    assert ran.verdict == "ready", ran.out
    lines = ran.result.outlines
    first, *_, last = [n for n, line in enumerate(lines) if line.startswith("still ")] * 2
    assert lines[first] == "still running: 0 s of 20 s"
    # Its name stands above, and again where it ends.
    assert "command::backups" in lines[first - 1]
    assert "command::backups PASSED" in lines[last + 1]


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "TF_BUILD"])
def test_its_line_is_no_command(
    project: Project, late: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(late)
    monkeypatch.setenv(variable, "true")
    named = '@pytest.mark.parametrize("x", [1], ids=["##[add-mask]a ##vso[task.complete]b"])\n'
    check = SLOW.replace("@readiness", f"{named}@readiness").replace("window()", "window(x)")
    project.tests(test_slo=f"import pytest\n{check}")
    ran = project.run(subprocess=True)
    assert "running test_slo.py::test_window[" in ran.out
    assert "##[" not in ran.out and "##vso[" not in ran.out


def test_a_check_that_forks_is_not_warned(project: Project, late: Path) -> None:
    comes(late)
    body = "import os\n    pid = os.fork()\n    pid or os._exit(0)\n    os.waitpid(pid, 0)"
    project.tests(test_slo=SLOW.replace("time.sleep(1.2)", body))
    assert project.run("-W", "error", subprocess=True).verdict == "ready"


@pytest.mark.parametrize("environ", [{}, {"COLUMNS": "120"}])
def test_a_terminal_narrower_than_pytest_believes(
    project: Project, late: Path, environ: dict[str, str]
) -> None:
    # pytest takes fewer than 40 columns for a mistake, and COLUMNS at its word.
    shown = on(project, late, columns=30, **environ)
    assert shown.status == 0
    assert told(shown)
    assert not any(re.match(r"0 s|1 s|30 s", line) for line in without_it(shown))


def test_a_terminal_without_the_mark_of_what_is_cut(project: Project, late: Path) -> None:
    shown = on(project, late, columns=44, PYTHONIOENCODING="ascii")
    assert told(shown) and all("\\u" not in line for line in told(shown))
    assert any("READY for staging" in line for line in without_it(shown))


@pytest.mark.parametrize("option", ["-s", "--capture=tee-sys", "-pno:capture"])
def test_what_a_check_prints_itself_stays(project: Project, late: Path, option: str) -> None:
    comes(late)
    project.tests(test_slo=SLOW.replace("time.sleep(1.2)", "time.sleep(1); print('some words')"))
    shown = on_terminal([*COMMAND, *QUIET, option], project.path, environ=colourful({}))
    assert any("some words" in line for line in shown.last)
    assert "\x1b[K" not in shown.raw


def test_what_stands_below_the_verdict_is_folded(ready: Project) -> None:
    ready.tests(test_own=SLOW.replace("time.sleep(1.2)", "pass").replace("<= 2", "<= 0"))
    shown = on_terminal([*COMMAND, *QUIET, "-v"], ready.path, environ=colourful({}))
    section = shown.raw[shown.raw.index("readiness ===") :].splitlines()
    told = [line for line in section if "pytest's own line" in line or "the build passes" in line]
    assert len(told) == 2 and all(len(line) <= 80 for line in told), told
