"""Ways to a READY, or to an exit status of 0, with something not judged."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import BAD, GOOD, HEAD, LOW, conftest
from tests.plugin.conftest import Project


@pytest.mark.parametrize("line", ["pytest.importorskip('no_such')", "pytest.skip('x', **ALL)"])
@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_module_of_checks_skipped_as_a_whole(
    ready: Project, line: str, args: tuple[str, ...]
) -> None:
    ready.tests(test_own=f"{HEAD}\nALL = {{'allow_module_level': True}}\n{line}\n{BAD}")
    ran = ready.run(*args)
    assert (ran.verdict, ran.exit) == ("incomplete", 1)
    assert ran.card["decided_by"].startswith("test_own.py was skipped as a whole")


def test_mark_that_a_conftest_adds(ready: Project) -> None:
    conftest(
        ready,
        "def pytest_collection_modifyitems(items):\n    for item in items:\n"
        "        if 'test_own' in item.nodeid: item.add_marker(readiness.blocker)\n",
    )
    ready.tests(test_own=HEAD + BAD.partition("\n")[2])
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert ready.run(readiness=False).result.parseoutcomes() == {"deselected": 1}


def test_conftest_of_a_folder_that_deselects_first(ready: Project) -> None:
    conftest(
        ready,
        "@pytest.hookimpl(tryfirst=True)\ndef pytest_collection_modifyitems(items):\n"
        "    items[:] = [i for i in items if 'bad' not in i.name]\n",
        "sub",
    )
    (ready.path / "sub" / "test_own.py").write_text(HEAD + BAD + GOOD)
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("partial", 1)
    assert ran.card["decided_by"].startswith("13 of 14 checks were run")


def test_started_in_a_folder_below(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.pytester.makeini("[pytest]\n")
    ready.tests(test_own=HEAD + BAD)
    (ready.path / "sub").mkdir()
    monkeypatch.chdir(ready.path / "sub")
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("partial", 1)
    assert "only sub, the current folder, was looked at" in ran.card["decided_by"]


@pytest.mark.parametrize(
    "option", ["testpaths=sub", "python_files=x_*.py", "python_functions=x", "norecursedirs=*"]
)
def test_setting_of_what_is_collected_on_the_command_line(ready: Project, option: str) -> None:
    (ready.path / "sub").mkdir()
    ready.tests(test_own=HEAD + BAD.replace("test_bad", "test_own"))
    ran = ready.run("-o", option)
    assert ran.verdict in ("partial", "not_ready")
    assert ran.exit == 1


@pytest.mark.parametrize("plugin", ["python", "timeout"])
def test_plugin_without_which_nothing_is_judged(ready: Project, plugin: str) -> None:
    ran = ready.run("-p", f"no:{plugin}", subprocess=True)
    assert ran.exit == 4
    assert f"no check can be judged with -p no:{plugin}" in ran.out


def test_doctest_and_items_of_other_kinds(ready: Project) -> None:
    ready.tests(
        test_own=f"{HEAD}\npytestmark = readiness.blocker\n"
        "def f():\n    '''\n    >>> 1\n    2\n    '''\n"
    )
    ran = ready.run("--doctest-modules")
    assert ran.outcomes()["test_own.py::test_own.f"] == "error"
    assert ran.exit == 1


def test_settings_of_a_check_that_is_not_there(ready: Project) -> None:
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write('[checks."test_own.py::test_lwo"]\nseverity = "blocker"\n')
    ready.tests(test_own=HEAD + LOW)
    ran = ready.run()
    assert ran.exit == 4
    assert "no such check; did you mean 'test_own.py::test_low'?" in ran.out


def test_async_method_of_a_test_case_is_never_awaited(ready: Project) -> None:
    body = (
        "@readiness.blocker\nclass TestOwn(unittest.TestCase):\n"
        "    async def test_bad(self):\n        assert measure('a', 1) == 2\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = ready.run("-W", "ignore")
    assert ran.outcomes()["test_own.py::TestOwn::test_bad"] == "error"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


@pytest.mark.parametrize("value", ["Decimal('nan')", "complex('nan')", "float('nan')"])
def test_nan_of_every_kind_is_no_value(ready: Project, value: str) -> None:
    body = f"@readiness.low\ndef test_case():\n    assert measure('a', {value}) != 0\n"
    ready.tests(test_own=f"{HEAD}\nfrom decimal import Decimal\n{body}")
    assert ready.run().outcomes()["test_own.py::test_case"] == "blocked"


def test_severity_by_position_and_unknown_severity(ready: Project) -> None:
    body = "@pytest.mark.readiness({})\ndef test_case():\n    assert measure('a', 1) == 2\n"
    ready.tests(test_own=HEAD + body.format("'blocker'"))
    assert ready.run().finding("test_own.py::test_case")["severity"] == "blocker"
    ready.tests(test_own=HEAD + body.format("severity='bloker'"))
    ran = ready.run()
    assert ran.exit == 4
    assert "unknown severity 'bloker'; did you mean 'blocker'?" in ran.out


def test_pass_when_run_again_is_said(ready: Project) -> None:
    # What pytest-rerunfailures does: the first report of a phase becomes a "rerun".
    conftest(
        ready,
        """
from _pytest.runner import runtestprotocol
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    if "flaky" not in item.name:
        return None
    for again in (False, True):
        for report in runtestprotocol(item, log=False):
            if not again and report.when == "call":
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
    return True
""",
    )
    body = (
        "import pathlib\n@readiness.blocker\ndef test_flaky():\n    seen = pathlib.Path('seen')\n"
        "    before = seen.exists()\n    seen.touch()\n    assert measure('a', before) == True\n"
    )
    ready.tests(test_own=HEAD + body)
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_flaky"] == "passed"
    assert "passed only when run again: test_own.py::test_flaky" in ran.card["about"]["notes"]


@pytest.mark.parametrize(
    "hook",
    [
        (
            "@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
            "    report = yield\n    skip(report)\n    return report\n"
        ),
        (
            "@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_logreport(report):\n"
            "    skip(report)\n"
        ),
    ],
)
def test_report_turned_into_a_skip_is_not_judged(ready: Project, hook: str) -> None:
    conftest(
        ready,
        "def skip(report):\n    if report.when == 'call' and 'good' in report.nodeid:\n"
        f"        report.outcome, report.longrepr = 'skipped', ('x', 1, 'Skipped: y')\n{hook}",
    )
    ready.tests(test_own=HEAD + GOOD)
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_good"] == "blocked"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)


@pytest.mark.parametrize(
    "body",
    [
        "    session.exitstatus = 0\n",
        "    if exitstatus == 5: session.exitstatus = 0\n",
        "    pytest.exit('bye', returncode=0)\n",
    ],
)
@pytest.mark.parametrize("args", [(), ("-k", "nothing_of_that_name")])
def test_conftest_that_sets_the_exit_status(
    ready: Project, body: str, args: tuple[str, ...]
) -> None:
    conftest(ready, f"def pytest_sessionfinish(session, exitstatus):\n{body}")
    ready.tests(test_own=HEAD + BAD)
    assert ready.run(*args, subprocess=True).exit == 1


def test_conftest_that_leaves_at_the_start(ready: Project) -> None:
    conftest(ready, "def pytest_sessionstart():\n    pytest.exit('no docker', returncode=0)\n")
    ran = ready.run(subprocess=True)
    assert (ran.card, ran.exit) == (None, 1)


@pytest.mark.parametrize("checks", ["", LOW])
def test_plugin_that_fails_the_run_after_the_checks(ready: Project, checks: str) -> None:
    conftest(
        ready,
        "@pytest.hookimpl(wrapper=True)\ndef pytest_runtestloop(session):\n"
        "    yield\n    raise session.Failed('over the budget')\n",
    )
    ready.tests(test_own=HEAD + checks)
    ran = ready.run()
    assert (ran.verdict, ran.exit) == ("incomplete", 1)
    assert ran.card["decided_by"] == "the run stopped early: over the budget"


def test_plugin_that_raised_the_exit_status_before(ready: Project) -> None:
    conftest(
        ready,
        "@pytest.hookimpl(wrapper=True, tryfirst=True)\ndef pytest_sessionfinish(session):\n"
        "    session.exitstatus = 9\n    return (yield)\n",
        "sub",
    )
    (ready.path / "sub" / "test_own.py").write_text(HEAD + GOOD)
    assert ready.run().exit == 9


def test_blocker_is_answered_for_by_somebody(ready: Project) -> None:
    answer = 'reason = ""\nowner = ""\nexpires = 2999-01-01\n'
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write(f'[checks."folder.no_core"]\nenabled = false\n{answer}')
    assert ready.run().exit == 4


def test_report_of_an_earlier_run_does_not_survive_bad_settings(ready: Project) -> None:
    report, other = ready.path / "r.json", ready.path / "notes.txt"
    report.write_text('{"verdict": "ready"}')
    other.write_text("mine")
    ready.settings("no_such_key = 1\n")
    ran = ready.run("--readiness-report", "notes.txt")
    assert ran.exit == 4
    assert not report.exists()
    assert other.read_text() == "mine"


def test_environment_is_not_guessed_from_a_target_without_host(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace('environment = "production"\n', ""))
    conftest(ready, "import folder_system\nfolder_system.FolderSettings.hosts = lambda self: []\n")
    assert ready.run(subprocess=True).card["about"]["environment"] == "production"


def test_built_in_check_that_was_not_called_is_an_error(ready: Project) -> None:
    with (ready.path / "conftest.py").open("a") as stream:
        stream.write("\ndef pytest_pyfunc_call(pyfuncitem):\n    return True\n")
    ran = ready.run()
    assert ran.verdict == "not_ready"
    found = ran.finding("readiness::folder::no_core[first]")
    assert found["message"] == "the check passed without having measured anything"
