"""Several vantage points: each observes for itself, and what it found bears its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.run import command
from tests.plugin.bodies import GOOD, HEAD, conftest
from tests.plugin.conftest import Project, Ran
from tests.sandbox import Sandbox

FRANKFURT = "popen//id=frankfurt"
DUBLIN = "popen//env:READINESS_VANTAGE=dublin"
BLIND = """
import os
if os.environ.get("READINESS_VANTAGE") == "dublin":
    from pytest_readiness.systems.base import Unreachable
    def observe(cls, settings, watch):
        raise Unreachable("the route is closed")
    folder_system.FolderProbe.observe = classmethod(observe)
"""
"""A conftest by which nothing is reached from Dublin."""

WHERE = """
import os
@readiness.low
def test_where(folder_probe):
    assert measure("variable", os.environ.get("FOLDER_URL")) != "x"
"""


def far(project: Project, *args: str, dist: str = "each", tx: tuple[str, ...] = ()) -> Ran:
    """Run at two vantage points, or as many as are given."""
    places = [part for spec in tx or (FRANKFURT, DUBLIN) for part in ("--tx", spec)]
    return project.run(*places, f"--dist={dist}", *args, subprocess=True)


def observed(project: Project, name: str = "first") -> int:
    """How often a folder was looked at."""
    return len((project.path / "folders" / f"{name}.observed").read_text())


def places(ran: Ran) -> set[str | None]:
    assert ran.card is not None, ran.out
    return {finding["vantage"] for finding in ran.card["findings"]}


def test_each_vantage_point_observes_and_judges(ready: Project) -> None:
    ready.tests(test_own=HEAD + GOOD)
    ran = far(ready)
    assert (ran.verdict, ran.exit) == ("ready", 0), ran.out
    alone = ready.run()
    expected = set()
    for node in alone.outcomes():
        head = node[:-1] if node.endswith("]") else f"{node}["
        expected |= {f"{head}@frankfurt]", f"{head}@dublin]"}
    assert set(ran.outcomes()) == expected
    assert observed(ready) == 3, "two vantage points, and the run beside"
    assert ran.card is not None and alone.card is not None
    scope = {key: 2 * alone.card["scope"][key] for key in ("expected", "selected")}
    assert {key: ran.card["scope"][key] for key in scope} == scope
    assert "seen from dublin, frankfurt" in ran.out
    assert "200%" not in ran.out and "[100%]" in ran.out


def test_what_one_of_them_cannot_reach(ready: Project) -> None:
    conftest(ready, BLIND)
    ran = far(ready)
    got = ran.outcomes()
    assert got["readiness::folder::reachable[first@dublin]"] == "failed"
    assert got["readiness::folder::reachable[first@frankfurt]"] == "passed"
    assert got["readiness::folder::size[first@dublin]"] == "blocked"
    assert got["readiness::folder::size[first@frankfurt]"] == "passed"
    assert (ran.verdict, ran.exit) == ("not_ready", 1)
    assert ran.card is not None
    assert ran.card["decided_by"].startswith("blocker folder.reachable[first@dublin] failed")
    assert ran.card["route"] == [
        "folder.reachable[first@dublin]",
        "folder.reachable[second@dublin]",
    ], "what is blocked behind them is no step of its own"


def test_each_has_its_own_test_cases(ready: Project) -> None:
    far(ready)
    cases = re.findall(r'testcase classname="([^"]*)" name="([^"]*)"', ready_junit(ready))
    assert len(set(cases)) == len(cases)
    assert ("readiness.folder.first", "reachable@dublin") in cases


def ready_junit(project: Project) -> str:
    return (project.path / "j.xml").read_text()


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadscope"])
def test_shared_work_shares_no_facts(ready: Project, dist: str) -> None:
    """A fact observed in Frankfurt is not given to Dublin, and a finding says who judged."""
    conftest(ready, BLIND)
    ran = far(ready, dist=dist, tx=(FRANKFURT, DUBLIN, DUBLIN))
    assert ran.card is not None, ran.out
    seen: dict[str, set[str]] = {}
    for finding in ran.card["findings"]:
        seen.setdefault(finding["vantage"], set()).add(finding["outcome"])
        assert "@" not in finding["node"], "who judges what is chance, and an id is not"
    assert set(seen) <= {"frankfurt", "dublin"}
    assert seen.get("frankfurt", set()) <= {"passed", "not_applicable"}
    assert seen.get("dublin", set()) <= {"failed", "blocked", "not_applicable"}


def test_workers_of_one_vantage_point_share(ready: Project) -> None:
    ran = far(ready, tx=(f"2*{DUBLIN}",), dist="load")
    assert ran.verdict == "ready", ran.out
    assert observed(ready) == 1
    assert places(ran) == {"dublin"}


@pytest.mark.parametrize("args", [("-n", "2"), ("-n", "2", "--dist", "each"), ()])
def test_without_names_all_is_as_ever(ready: Project, args: tuple[str, ...]) -> None:
    ran = ready.run(*args, subprocess=bool(args))
    assert ran.verdict == "ready"
    assert places(ran) == {None}
    assert not [node for node in ran.outcomes() if "@" in node]
    assert observed(ready) == 1


def test_workers_without_the_controllers_folder_observe_for_themselves(ready: Project) -> None:
    """Such as those on another host; the proxy is how execnet starts several of them there."""
    proxy = ("--px", "id=oslo//popen//execmodel=thread")
    ran = far(ready, *proxy, tx=("popen//via=oslo", "popen//via=oslo"), dist="each")
    assert ran.verdict == "ready", ran.out
    assert places(ran) == {"oslo"}
    assert observed(ready) == 2


def test_settings_are_read_on_the_controller(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with other variables, a file that is gone: the same targets and demands."""
    good = project.folder("good", "a", "backup")
    url = good.partition('url = "')[2].rstrip('"\n')
    secret = "planted-in-a-variable"
    monkeypatch.setenv("FOLDER", url.replace("//", f"//user:{secret}@", 1))
    project.settings(
        'service = "${SERVICE:-none}"\nenvironment = "${STAGE:-production}"\n'
        '[folder.good]\nurl = "${FOLDER}"\n'
    )
    project.tests(test_own=HEAD + WHERE)
    away = "env:FOLDER=//env:STAGE=staging//env:READINESS_ENVIRONMENT=development"
    conftest(
        project,
        "if os.environ.get('PYTEST_XDIST_WORKER'):\n"
        "    import pathlib\n"
        "    path = pathlib.Path(__file__).parent / 'readiness.toml'\n"
        "    path.unlink(missing_ok=True)\n"
        # What a plugin might print of what a worker was told.
        "def pytest_collection_finish(session):\n"
        "    print(getattr(session.config, 'workerinput', ''), file=open('told.txt', 'a'))\n"
        "@pytest.hookimpl(optionalhook=True)\n"
        "def pytest_testnodedown(node):\n"
        "    print(node.workerinput, file=open('told.txt', 'a'))\n",
    )
    ran = far(project, "-vv", tx=(f"{FRANKFURT}//{away}", f"{DUBLIN}//{away}"))
    assert (ran.verdict, ran.exit) == ("ready", 0), ran.out
    assert set(ran.outcomes().values()) == {"passed", "not_applicable"}
    assert ran.card is not None and ran.card["about"]["environment"] == "production"
    assert secret not in ran.out + ready_junit(project)
    told = [p for p in project.path.rglob("*") if p.is_file() and secret in _text(p)]
    assert "workerid" in (project.path / "told.txt").read_text()
    assert not told, "a secret travels in execnet's pipe only"


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_system_that_a_worker_does_not_know(ready: Project) -> None:
    (ready.path / "conftest.py").write_text(
        "import os\nif not os.environ.get('PYTEST_XDIST_WORKER'):\n"
        "    import folder_system\n"
        "    def pytest_readiness_systems():\n        return [folder_system.SYSTEM]\n"
    )
    ran = far(ready)
    assert (ran.exit, ran.card) == (4, None)
    assert "a worker does not know the system 'folder'" in ran.out


def test_vantage_point_that_is_lost(ready: Project) -> None:
    conftest(ready, "if os.environ.get('READINESS_VANTAGE') == 'dublin': os._exit(1)\n")
    ran = far(ready, "--max-worker-restart=0")
    assert ran.exit != 0
    assert ran.card is None or ran.verdict == "incomplete", ran.out


def test_vantage_point_that_leaves_a_check_out(ready: Project) -> None:
    hook = "def pytest_collection_modifyitems(items):\n"
    here = "os.environ.get('READINESS_VANTAGE') == 'dublin'"
    conftest(ready, f"{hook}    if {here}: items[:] = [i for i in items if 'size' not in i.name]\n")
    ran = far(ready)
    assert (ran.verdict, ran.exit) == ("partial", 1), ran.out


@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_runs_of_several_places_are_merged(
    ready: Project, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run at each place, such as CI runners in two regions, and their reports merged."""
    conftest(ready, BLIND)
    for place in ("frankfurt", "dublin"):
        monkeypatch.setenv("READINESS_VANTAGE", place)
        ran = ready.run(*args, subprocess=True)
        assert places(ran) == {place}
        (ready.path / "r.json").rename(ready.path / f"{place}.json")
    paths = [str(ready.path / f"{place}.json") for place in ("frankfurt", "dublin")]
    out = ready.path / "r.json"
    assert command.main(["merge", *paths, "-o", str(out)]) == 1
    merged: dict[str, Any] = Ran(ran.result, None, out)._asdict() and _read(out)
    got = {finding["node"]: finding["outcome"] for finding in merged["findings"]}
    assert got["readiness::folder::reachable[first@dublin]"] == "failed"
    assert got["readiness::folder::reachable[first@frankfurt]"] == "passed"
    assert not merged["about"]["notes"]


def _read(path: Path) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_name_as_an_option(ready: Project) -> None:
    ran = ready.run("--readiness-vantage", "oslo", "readiness::folder::size[first]")
    assert list(ran.outcomes()) == ["readiness::folder::size[first@oslo]"]
    assert "seen from oslo" in ran.out
    ran = ready.run("--readiness-vantage", "a b")
    assert (ran.exit, ran.card) == (4, None)


def test_waiver_and_settings_speak_of_every_place(ready: Project) -> None:
    conftest(ready, BLIND)
    ready.tests(test_own=HEAD + GOOD)
    text = (ready.path / "readiness.toml").read_text()
    own = '[checks."test_own.py::test_good"]\nseverity = "blocker"\n'
    waiver = '[[waivers]]\ncheck = "folder.reachable"\nreason = "r"\nowner = "o"\n'
    ready.settings(f"{text}{own}{waiver}expires = 2999-01-01\n")
    ran = far(ready)
    got = ran.outcomes()
    assert got["readiness::folder::size[first@dublin]"] == "waived"
    assert got["readiness::folder::size[first@frankfurt]"] == "passed"
    assert ran.verdict == "conditional"


CLOSED = """
import os
import socket
if os.environ.get("READINESS_VANTAGE") == "dublin":
    real = socket.socket.connect
    def connect(self, address):
        if self.family == socket.AF_INET and address[1] == int(os.environ["CLOSED"]):
            raise ConnectionRefusedError(111, "Connection refused")
        return real(self, address)
    socket.socket.connect = connect
"""
"""A conftest that is a firewall in Dublin."""


def test_real_target_behind_a_firewall(ready: Project, box: Sandbox) -> None:
    server = box.start("redis")
    ready.settings(f'environment = "development"\n[redis.cache]\nurl = "{server.url}"\n')
    conftest(ready, CLOSED)
    ran = far(ready, tx=(FRANKFURT, f"{DUBLIN}//env:CLOSED={server.port}"))
    got = ran.outcomes()
    assert got["readiness::redis::reachable[cache@frankfurt]"] == "passed", ran.out
    assert got["readiness::redis::reachable[cache@dublin]"] == "failed", ran.out
    assert "BLOCKER redis.reachable[cache@dublin]" in ran.out
