"""Ways out of the process: none has exit status 0 unless a verdict let the build pass."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import BAD, GOOD, HEAD, conftest
from tests.plugin.conftest import Project

LEFT = "readiness: INCOMPLETE: os._exit(0) ended the run in test_own.py::test_case ({})"
IN_CHECK = "@readiness.low\ndef test_case():\n    {}\n"
IN_FIXTURE = "@pytest.fixture\ndef leaves():\n    {}\n@readiness.low\ndef test_case(leaves): pass\n"


@pytest.mark.parametrize(
    ("body", "phase"),
    [
        (IN_CHECK.format("os._exit(0)"), "call"),
        (IN_CHECK.format("os._exit(256)"), "call"),  # a status is one byte
        (IN_CHECK.format("t = threading.Thread(target=os._exit, args=(0,)); t.start()"), "call"),
        (IN_FIXTURE.format("os._exit(0)"), "setup"),
        (IN_FIXTURE.format("yield; os._exit(0)"), "teardown"),
    ],
)
def test_os_exit_while_checks_run(ready: Project, body: str, phase: str) -> None:
    (ready.path / "r.json").write_text('{"verdict": "ready"}')
    wait = "\n    import time; time.sleep(9)\n" if "threading" in body else ""
    ready.tests(test_own=f"{HEAD}\nimport os\n{body}{wait}")
    ran = ready.run(subprocess=True)
    assert (ran.card, ran.exit) == (None, 1)
    said = [line for line in ran.out.splitlines() if line.startswith("readiness: INCOMPLETE")]
    assert said == [f"{LEFT.format(phase)}; the exit status is 1"]


@pytest.mark.parametrize("module", ["test_own", "conftest"])
@pytest.mark.parametrize("line", ["os._exit(0)", "sys.exit(0)", "sys.exit()"])
def test_leaving_while_something_is_imported(ready: Project, module: str, line: str) -> None:
    (ready.path / "r.json").write_text('{"verdict": "ready"}')
    path = ready.path / f"{module}.py"
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\nimport os, sys\n{line}\n")
    ran = ready.run(subprocess=True)
    assert ran.exit in (1, 3)
    assert ran.card is None or ran.verdict == "incomplete"
    assert "INCOMPLETE" in ran.out
    assert "Traceback" not in ran.out or module == "test_own"


HOOKS = (
    "pytest_cmdline_main",
    "pytest_configure",
    "pytest_sessionstart",
    "pytest_collection_finish",
    "pytest_runtest_logreport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_unconfigure",
)


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("line", ["sys.exit(0)", "os._exit(0)", "pytest.exit('x', returncode=0)"])
def test_leaving_in_a_hook(ready: Project, hook: str, line: str) -> None:
    conftest(ready, f"import sys\ndef {hook}():\n    {line}\n")
    ready.tests(test_own=HEAD + BAD)
    ran = ready.run(subprocess=line.startswith("os"))
    assert ran.exit != 0
    assert ran.card is None or ran.verdict in ("incomplete", "not_ready")


@pytest.mark.parametrize("line", ["sys.exit(0)", "os._exit(0)"])
def test_leaving_when_all_is_judged_and_ready(ready: Project, line: str) -> None:
    conftest(ready, f"import sys\ndef pytest_unconfigure():\n    {line}\n")
    ran = ready.run(subprocess=True)
    assert (ran.verdict, ran.exit) == ("ready", 0)


@pytest.mark.parametrize("line", ["sys.exit(0)", "raise SystemExit"])
@pytest.mark.parametrize("body", [IN_CHECK, IN_FIXTURE])
def test_system_exit_in_a_check_is_an_error(ready: Project, body: str, line: str) -> None:
    ready.tests(test_own=f"{HEAD}\nimport sys\n{body.format(line)}".replace(".low", ".blocker"))
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_case"] == "error"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


def test_forked_child_keeps_its_own_status(ready: Project) -> None:
    body = (
        "import os\n@readiness.blocker\ndef test_case():\n    child = os.fork()\n"
        "    if not child: os._exit(0)\n"
        "    assert measure('status', os.waitpid(child, 0)[1]) == 0\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = ready.run(subprocess=True)
    assert (ran.verdict, ran.exit) == ("ready", 0)
    assert "os._exit" not in ran.out


def test_os_exit_is_given_back(ready: Project) -> None:
    import os

    before = os._exit
    ready.run()
    ready.run("--no-such-option")
    assert os._exit is before


@pytest.mark.parametrize("option", ["--help", "--markers", "--version", "--co", "--fixtures"])
def test_only_looking_is_no_failure(ready: Project, option: str) -> None:
    (ready.path / "r.json").write_text('{"verdict": "mine"}')
    ran = ready.run(option)
    assert (ran.exit, ran.card) == (0, {"verdict": "mine"})
    assert "INCOMPLETE" not in ran.out


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only"])
def test_setup_alone_judges_nothing(ready: Project, option: str) -> None:
    ran = ready.run(option)
    assert (ran.verdict, ran.exit) == ("incomplete", 1)


def test_process_that_a_watchdog_ends(ready: Project) -> None:
    body = "import faulthandler, time\n    faulthandler.dump_traceback_later(0.1, exit=True)"
    ready.tests(test_own=HEAD + IN_CHECK.format(f"{body}\n    time.sleep(9)"))
    ran = ready.run(subprocess=True)
    assert (ran.card, ran.exit) == (None, 1)


def test_quitting_the_debugger_is_incomplete(ready: Project) -> None:
    ready.tests(test_own=HEAD + GOOD + BAD + GOOD.replace("good", "later"))
    ran = ready.run("--pdb", subprocess=True)
    assert (ran.verdict, ran.exit) == ("incomplete", 2)
