"""Commands on real programs: how they end, what is kept of them, and what they leave behind."""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_readiness.commands import running
from pytest_readiness.commands.kept import MOST
from pytest_readiness.commands.running import bound, run
from pytest_readiness.commands.starting import why_not
from pytest_readiness.policy.commands import Command

from .made import PYTHON, alive, command, python, shell

PATIENCE = 30
"""Seconds after which a test gives up on what must come about."""


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AFTER_EXIT", 0.3)
    monkeypatch.setattr(running, "GRACE", 0.3)


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither open files nor threads nor children come of any command."""
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **keys: Any) -> None:
            super().__init__(*arguments, **keys)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    files, threads = len(os.listdir("/dev/fd")), set(threading.enumerate())
    yield
    assert [process.args for process in started if process.returncode is None] == []
    started.clear()
    gc.collect()
    assert len(os.listdir("/dev/fd")) <= files
    assert set(threading.enumerate()) <= threads


def script(folder: Path, text: str, name: str = "check.sh", mode: int = 0o755) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def pid_in(file: Path) -> int:
    eventually(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


@pytest.mark.parametrize("status", [0, 1, 2, 77, 126, 127, 255])
def test_an_exit_status(status: int, tmp_path: Path) -> None:
    ran = run(shell(f"exit {status}"), tmp_path)
    assert (ran.status, ran.cause, ran.timed_out) == (status, None, False)


def test_a_shell_stops_at_the_first_failure(tmp_path: Path) -> None:
    for text in ("false; true", "false\ntrue", "false && true"):
        assert run(shell(text), tmp_path).status == 1, text
    assert run(shell("false || true\nif false; then :; fi"), tmp_path).status == 0


def test_both_streams_are_kept_apart(tmp_path: Path) -> None:
    ran = run(shell("echo out; echo err >&2"), tmp_path)
    assert (ran.stdout.data, ran.stderr.data) == (b"out\n", b"err\n")


def test_a_signal_is_named(tmp_path: Path) -> None:
    assert run(shell("kill -SEGV $$"), tmp_path).cause == "was killed by SIGSEGV"
    assert run(shell("kill -KILL $$"), tmp_path).cause == "was killed by SIGKILL (out of memory?)"
    number = signal.SIGRTMIN + 5 if sys.platform == "linux" else signal.SIGUSR1
    assert str(run(shell(f"kill -{int(number)} $$"), tmp_path).cause).startswith("was killed by")


def test_folder_and_variables(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    made = shell('pwd -P; echo "$A-$B"', cwd="in", env={"B": "own"})
    ran = run(made, tmp_path, environ={"A": "given", "B": "over", "PATH": os.defpath})
    assert ran.stdout.text == f"{(tmp_path / 'in').resolve()}\ngiven-own\n"


def test_a_program_is_looked_for_on_its_own_path(tmp_path: Path) -> None:
    script(tmp_path, "#!/bin/sh\necho here\n", "tool")
    made = command("tool", env={"PATH": f"{tmp_path}:{os.defpath}"})
    assert run(made, tmp_path).stdout.text == "here\n"
    assert run(command("./tool"), tmp_path).status == 0


def test_there_is_no_input(tmp_path: Path) -> None:
    assert run(command("cat"), tmp_path).status == 0


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("#!/bin/sh\n", 0o644, "./check.sh is not executable: chmod +x ./check.sh"),
        (
            "#!/no/sh -e\n",
            0o755,
            ("./check.sh asks for '/no/sh' in its first line, which does not exist"),
        ),
        (
            "#!/bin/sh\r\necho\r\n",
            0o755,
            (
                "./check.sh asks for '/bin/sh' with a carriage return; "
                "save it with line ends of Unix"
            ),
        ),
        (
            "\x7fELF of another system",
            0o755,
            "./check.sh is no program and has no first line such as #!/bin/sh",
        ),
        ("echo a\n", 0o755, "./check.sh is no program and has no first line such as #!/bin/sh"),
    ],
)
def test_a_script_that_cannot_be_started(text: str, mode: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "check.sh"
    path.write_bytes(text.encode())
    path.chmod(mode)
    ran = run(command("./check.sh"), tmp_path)
    assert (ran.cause, ran.status, ran.started) == (f"could not start: {said}", None, False)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    script(tmp_path, "")

    def cause(made: Command) -> str:
        return str(run(made, tmp_path, environ={"PATH": os.defpath}).cause)

    assert cause(command("no-such-tool -x")) == (
        "could not start: no program 'no-such-tool' on PATH; install it, or write its path"
    )
    assert cause(command("check.sh")) == (
        "could not start: no program 'check.sh' on PATH; write ./check.sh for the one in its folder"
    )
    assert cause(command("./none")) == f"could not start: no program './none' in {tmp_path}"
    assert cause(command("./folder")) == "could not start: ./folder is a folder, no program"
    assert cause(command("sh", cwd="none")) == (
        f"could not start: its folder {tmp_path}/none does not exist"
    )
    assert cause(command("sh", cwd="check.sh")) == (
        f"could not start: its folder {tmp_path}/check.sh is no folder"
    )
    assert cause(command(["sh", "x" * 4_000_000])) == (
        "could not start: its arguments and variables are longer than the system takes"
    )


def test_a_program_without_its_loader(tmp_path: Path) -> None:
    """As one that was built for glibc is on a system with another C library."""
    script(tmp_path, "\x7fELF", "k6")
    error = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert why_not(error, "./k6", tmp_path, {}) == (
        "could not start: ./k6 asks for a loader that does not exist; is it built for another libc?"
    )


def test_what_does_not_end_in_time_is_ended(tmp_path: Path) -> None:
    ran = run(shell("echo begun; echo $$ > pid; sleep 600", timeout=3), tmp_path)
    assert (ran.timed_out, ran.status) == (True, None)
    assert ran.cause == "did not end within 3 s"
    assert ran.stdout.text == "begun\n"
    assert not alive(pid_in(tmp_path / "pid"))


def test_what_does_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    text = (
        "trap '' TERM; echo $$ > pid; (sleep 600; true) & echo $! > child; while :; do wait; done"
    )
    ran = run(shell(text, timeout=3), tmp_path)
    assert ran.timed_out
    for name in ("pid", "child"):
        pid = pid_in(tmp_path / name)
        eventually(lambda pid=pid: not alive(pid))


def test_a_time_out_that_is_answered_with_exit_0_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "GRACE", PATIENCE)
    ran = run(shell("trap 'echo bye; exit 0' TERM; sleep 600 & wait", timeout=3), tmp_path)
    assert (ran.timed_out, ran.status, ran.stdout.text) == (True, None, "bye\n")


def test_who_closes_both_streams_is_waited_for(tmp_path: Path) -> None:
    ran = run(shell("exec >&- 2>&-; sleep 0.2; exit 3"), tmp_path)
    assert ran.status == 3
    assert run(shell("exec >&- 2>&-; sleep 600", timeout=1), tmp_path).timed_out


def test_a_child_that_keeps_the_streams_open_holds_up_nobody(tmp_path: Path) -> None:
    ran = run(shell("sleep 600 & echo $! > pid; echo done"), tmp_path)
    assert (ran.status, ran.stdout.text) == (0, "done\n")
    pid = pid_in(tmp_path / "pid")
    eventually(lambda: not alive(pid))


def test_a_child_that_prints_for_ever_holds_up_nobody(tmp_path: Path) -> None:
    ran = run(shell("yes & echo $! > pid"), tmp_path)
    assert ran.status == 0
    pid = pid_in(tmp_path / "pid")
    eventually(lambda: not alive(pid))


def test_a_daemon_with_a_session_of_its_own_is_left_alone(tmp_path: Path) -> None:
    daemon = f"[{PYTHON!r}, '-I', '-c', 'import time; time.sleep(600)']"
    text = f"import subprocess; print(subprocess.Popen({daemon}, start_new_session=True).pid)"
    ran = run(python(f"{text}\nimport os, sys; sys.stdout.flush(); os._exit(0)"), tmp_path)
    pid = int(ran.stdout.text)
    try:
        assert (ran.status, ran.timed_out, alive(pid)) == (0, False, True)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_both_streams_are_drained(tmp_path: Path) -> None:
    text = "import sys\nfor s in (sys.stderr, sys.stdout, sys.stderr): s.write('x' * 3_000_000)"
    ran = run(python(text), tmp_path)
    assert ran.status == 0
    assert (ran.stderr.total, ran.stdout.total) == (6_000_000, 3_000_000)


def test_a_hundred_megabytes_are_counted_and_not_kept(tmp_path: Path) -> None:
    ran = run(shell("echo first; head -c 100000000 /dev/zero; echo; echo last"), tmp_path)
    assert ran.status == 0
    assert ran.stdout.total == 100_000_012
    assert len(ran.stdout.data) <= 2 * MOST
    assert ran.stdout.text.startswith("first\n")
    assert ran.stdout.last_lines(1, 100) == ["last"]


class Interrupted(BaseException):
    """What a signal raises in the middle of a run."""


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"])
def test_an_interrupt_leaves_no_process(trap: str, tmp_path: Path) -> None:
    """Ctrl-C, and the alarm of pytest-timeout."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted

    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(Interrupted):
            run(shell(f"{trap} echo $$ > pid; kill -USR1 $PPID; sleep 600; sleep 600"), tmp_path)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert not alive(pid_in(tmp_path / "pid"))


def test_who_is_killed_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    """pytest-timeout's other method ends pytest at once, as the kernel does without memory."""
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from pytest_readiness.commands.ending import Guard\n"
        "from pytest_readiness.commands.running import run\n"
        "from pytest_readiness.policy.commands import Command\n"
        "root, over = Path(sys.argv[1]), Guard.over\n"
        "def told(guard, group):\n"
        "    over(guard, group)\n"
        "    (root / 'guarded').touch()\n"
        "Guard.over = told\n"
        "text = 'trap \"\" TERM; echo $$ > pid; sleep 600; sleep 600'\n"
        "run(Command(id='one', run=text, shell=True), root)\n"
    )
    runner = subprocess.Popen([PYTHON, "-c", program, str(tmp_path)])
    pid = pid_in(tmp_path / "pid")
    # The moment between the two is too short for an accident, and too long for a test.
    eventually((tmp_path / "guarded").exists)
    runner.kill()
    runner.wait()
    try:
        eventually(lambda: not alive(pid))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def test_an_exit_status_that_somebody_else_took_is_no_0(tmp_path: Path) -> None:
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        ran = run(shell("exit 3"), tmp_path)
    finally:
        signal.signal(signal.SIGCHLD, previous)
    assert ran.status is None
    assert "its exit status is lost" in str(ran.cause)


def test_nothing_of_ours_is_inherited(tmp_path: Path) -> None:
    with socket.socket() as ours:
        text = f"import os\ntry: os.fstat({ours.fileno()})\nexcept OSError: print('closed')"
        assert run(python(text), tmp_path).stdout.text == "closed\n"


def test_the_bound_is_beyond_the_timeout() -> None:
    assert bound(shell("true", timeout="2m")) > 120 + 5
