"""Commands in runs of pytest: judged, selected, and ended with the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.plugin.conftest import Project, Ran

SECRET = "hunter2Zx9"
ALONE_AND_SHARED = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "shared"])


def command(project: Project, name: str, run: str, **keys: str) -> str:
    """Add a command to the settings, its other keys as TOML writes them; its node id."""
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    with (project.path / "readiness.toml").open("a") as settings:
        settings.write(f'[[commands]]\nid = "{name}"\nrun = {run}\n{lines}')
    return f"readiness::command::{name}"


def python(code: str) -> str:
    """A command that runs this, as a list of TOML."""
    return f"['{sys.executable}', '-c', '''{code}''']"


def ids(ran: Ran) -> set[str]:
    """Commands that were judged."""
    prefix = "readiness::command::"
    return {node.removeprefix(prefix) for node in ran.outcomes() if node.startswith(prefix)}


@ALONE_AND_SHARED
def test_how_each_ends(ready: Project, workers: tuple[str, ...]) -> None:
    said = {
        command(ready, "good", '"echo fine"'): ("passed", ""),
        command(ready, "bad", python("print('two left'); raise SystemExit(3)")): (
            "failed",
            "exit status is 3, must be 0: two left",
        ),
        command(ready, "late", '"sleep 30"', timeout="0.3"): (
            "failed",
            "did not end within 0.3 s; it printed nothing",
        ),
        command(ready, "gone", '"no-such"'): (
            "failed",
            "could not start: no program 'no-such' on PATH; install it, or write its path",
        ),
        command(
            ready,
            "quick",
            '"echo P95: 612 ms"',
            expect='{ number = "P95: (.+) ms", at_most = 500 }',
        ): ("failed", "P95: (.+) ms is 612, must be <= 500"),
        command(
            ready,
            "enough",
            '"echo P95: 412 ms"',
            expect='{ number = "P95: (.+) ms", at_most = 500 }',
        ): ("passed", ""),
    }
    ran = ready.run(*workers)
    assert ran.exit == pytest.ExitCode.TESTS_FAILED
    for node, expected in said.items():
        finding = ran.finding(node)
        assert (finding["outcome"], finding["message"]) == expected, node
        assert (finding["severity"], finding["system"]) == ("high", "command")
    # Six commands, and the 12 of two folders.
    assert ran.card is not None
    assert ran.card["scope"]["expected"] == ran.card["scope"]["selected"] == 18


@ALONE_AND_SHARED
def test_severity_decides(ready: Project, workers: tuple[str, ...]) -> None:
    command(ready, "grave", '"false"', severity='"blocker"')
    ran = ready.run(*workers)
    assert ran.verdict == "not_ready"
    assert ran.card is not None
    assert ran.card["decided_by"] == "blocker command.grave failed"
    assert ran.card["route"] == ["command.grave"]


@ALONE_AND_SHARED
def test_a_secret_is_in_no_output(ready: Project, workers: tuple[str, ...]) -> None:
    code = "import os, sys; t = os.environ['TOKEN']; print(t); print(t, file=sys.stderr); "
    env = f"{{ TOKEN = '{SECRET}' }}"
    command(ready, "fails", python(code + "raise SystemExit(t)"), env=env)
    command(ready, "passes", python(code), env=env)
    found = "{ text = 'nothing of it' }"
    command(ready, "expects", python(code), env=env, expect=found)
    ran = ready.run("-rA", "-vv", "--showlocals", *workers, subprocess=True)
    assert ids(ran) == {"fails", "passes", "expects"}
    written = [ready.path / name for name in ("r.json", "j.xml")]
    for text in (ran.out, *(path.read_text() for path in written)):
        assert SECRET not in text


@ALONE_AND_SHARED
def test_waived_and_needed(ready: Project, workers: tuple[str, ...]) -> None:
    command(ready, "smoke", '"false"', severity='"blocker"')
    waiver = (
        '[[waivers]]\ncheck = "command.smoke"\nreason = "r"\nowner = "ana"\nexpires = 2999-01-01\n'
    )
    with (ready.path / "readiness.toml").open("a") as settings:
        settings.write(waiver)
    ready.tests(
        test_own="""
        from pytest_readiness import measure, readiness

        @readiness.high(needs=["command.smoke"])
        def test_top():
            assert measure("x", 1) == 1
        """
    )
    ran = ready.run(*workers)
    assert ran.verdict == "conditional"
    assert ran.outcomes()["readiness::command::smoke"] == "waived"
    top = ran.finding("test_own.py::test_top")
    assert top["outcome"] == "waived"
    assert top["message"].startswith("needs command.smoke, which is waived: exit status is 1")


@pytest.mark.parametrize(
    ("args", "judged"),
    [
        (("-k", "backups"), {"backups"}),
        (("-k", "command.backups"), {"backups"}),
        (("-k", "command"), {"backups", "smoke"}),
        (("-k", "command and not backups"), {"smoke"}),
        (("readiness::command::backups",), {"backups"}),
        (("readiness::command",), {"backups", "smoke"}),
        (("readiness::folder",), set()),
        (("--deselect", "readiness::command::smoke"), {"backups"}),
    ],
    ids=str,
)
def test_selection(ready: Project, args: tuple[str, ...], judged: set[str]) -> None:
    for name in ("backups", "smoke"):
        command(ready, name, f'"touch {name}"')
    ran = ready.run(*args)
    assert ids(ran) == judged
    assert {name for name in ("backups", "smoke") if (ready.path / name).exists()} == judged
    assert ran.verdict == "partial"


def test_an_id_that_there_is_not(ready: Project) -> None:
    command(ready, "backups", '"touch ran"')
    ran = ready.run("readiness::command::backup")
    assert ran.exit == pytest.ExitCode.USAGE_ERROR
    assert "did you mean 'readiness::command::backups'?" in ran.out
    assert not (ready.path / "ran").exists()


@pytest.mark.parametrize("option", ["--collect-only", "--readiness-list"])
def test_looking_runs_nothing(ready: Project, option: str) -> None:
    command(ready, "backups", '"touch ran"', title='"Are the backups fresh?"')
    ran = ready.run(option)
    assert ran.exit == pytest.ExitCode.OK
    assert "backups" in ran.out
    assert not (ready.path / "ran").exists()
    assert ran.card is None


def test_listed_and_explained(ready: Project) -> None:
    keys = {"title": '"Are the backups fresh?"', "owner": '"ana"', "remedy": '"Mend the timer."'}
    command(ready, "backups", '"./backups.sh --quiet"', **keys)
    listed = ready.run("--readiness-list").out
    assert "your own commands: 1 asked" in listed
    assert "high     command.backups" in listed
    assert "Are the backups fresh?" in listed
    told = ready.run("--readiness-explain", "command.backups")
    assert told.exit == pytest.ExitCode.OK, told.out
    for words in ("command.backups", "Are the backups fresh?", "ana", "Mend the timer."):
        assert words in told.out


@pytest.mark.parametrize("option", [("--readiness-list",), ("--readiness-explain", "command.c")])
def test_a_secret_is_not_listed(
    ready: Project, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    command(ready, "c", "['curl', '-H', 'Authorization: Bearer ${API_TOKEN}', 'localhost']")
    ran = ready.run(*option)
    assert "curl" in ran.out
    assert SECRET not in ran.out


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@ALONE_AND_SHARED
def test_the_end_of_a_run_ends_the_command(
    ready: Project, workers: tuple[str, ...], sent: signal.Signals
) -> None:
    code = "import os, time; open('pid.new', 'w').write(str(os.getpid())); "
    code += "os.replace('pid.new', 'pid'); time.sleep(60)"
    command(ready, "long", python(code))
    args = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--readiness", *workers]
    process = subprocess.Popen(
        args, cwd=ready.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    pid = int(_awaited(ready.path / "pid", process))
    process.send_signal(sent)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, out
    assert "INCOMPLETE" in out
    ends = time.monotonic() + 10
    while _lives(pid) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not _lives(pid)


def _awaited(path: Path, process: subprocess.Popen[str]) -> str:
    ends = time.monotonic() + 60
    while not path.exists() and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.02)
    assert path.exists(), process.communicate()[0]
    return path.read_text()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_command_runs_once_for_all_that_need_it(ready: Project) -> None:
    """Two load tests at once would measure each other."""
    code = "import os, time; time.sleep(0.3); open('ran', 'a').write('x')"
    command(ready, "load", python(code))
    checks = [
        f"@readiness.low(needs='command.load')\ndef test_{i}(): assert measure('x', 1) == 1\n"
        for i in range(6)
    ]
    ready.tests(test_own="from pytest_readiness import measure, readiness\n" + "".join(checks))
    ran = ready.run("-n", "2")
    assert (ready.path / "ran").read_text() == "x"
    assert ran.finding("readiness::command::load")["outcome"] == "passed"
    assert {ran.outcomes()[f"test_own.py::test_{i}"] for i in range(6)} == {"passed"}
