"""Writing the reports of a run: whole or not at all, one line for what could not be written."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_readiness import reports
from pytest_readiness.plugin import OPTIONS
from pytest_readiness.reports import FORMATS, unknown
from pytest_readiness.reports.files import discard, replaced, write
from tests.plugin.bodies import GOOD, HEAD, conftest
from tests.plugin.conftest import Project, Ran
from tests.reports import cards

ROOT = os.geteuid() == 0
NOBODY = 65534


def unwritten(ran: Ran) -> list[str]:
    return [line for line in ran.out.splitlines() if line.startswith("not written: ")]


def aside(folder: Path) -> list[str]:
    """Files that have hidden names, as temporary ones do."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def child(what: Callable[[], str | None]) -> str:
    """What a function says in a process of its own, whose limits are of no use to this one."""
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(into, (what() or "written").encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return said


def test_one_that_cannot_be_written_stops_no_other(ready: Project) -> None:
    (ready.path / "file").touch()
    (ready.path / "folder.json").mkdir()
    long = f"{'n' * 300}.json"
    bad = ["file/a.json", "folder.json", long, "no\0name.json", "/dev/null/a.json"]
    args = [f"--readiness-report={path}" for path in (*bad, "last.json")]
    ran = ready.run(*args)
    lines = unwritten(ran)
    assert len(lines) == len(bad)
    assert lines[0].endswith(f"file/a.json: {ready.path / 'file'} is not a folder")
    assert lines[1].endswith("folder.json: it is a folder")
    assert lines[2].endswith(": File name too long")
    assert (ready.path / "last.json").read_bytes() == (ready.path / "r.json").read_bytes()
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert "Traceback" not in ran.out
    assert not aside(ready.path)


@pytest.mark.parametrize("error", [ValueError("a\nb"), RecursionError(), KeyError("x")], ids=repr)
def test_format_that_trips(
    ready: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def render(_: object) -> bytes:
        raise error

    monkeypatch.setitem(sys.modules, "tripping", SimpleNamespace(render=render))
    monkeypatch.setitem(reports.FORMATS, ".trip", "tripping")
    ran = ready.run("--readiness-report=a.trip", "--readiness-report=last.json")
    [line] = unwritten(ran)
    name = type(error).__name__
    assert line.startswith(f"not written: {ready.path / 'a.trip'}: it could not be made: {name}")
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert (ready.path / "last.json").exists() and not (ready.path / "a.trip").exists()


def test_every_name_that_a_file_can_have(tmp_path: Path) -> None:
    for name in ("n" * 250 + ".json", "é" * 120 + ".json", "a b\n'\".json"):
        assert write(cards.ready(), tmp_path / name) is None
        assert (tmp_path / name).read_bytes()
    assert not aside(tmp_path)


def test_disk_that_becomes_full(tmp_path: Path) -> None:
    path = tmp_path / "r.json"

    def limited() -> str | None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        return write(cards.many(100), path)

    assert child(limited) == f"{path}: File too large"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_folder_that_one_may_not_write_to(request: pytest.FixtureRequest) -> None:
    # Not pytest's own, in which nobody else may look.
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    folder.chmod(0o755)
    path = folder / "r.json"
    path.write_text("earlier")
    path.chmod(0o666)

    def refused() -> str | None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        problem = write(cards.ready(), path)
        discard(path)
        return problem

    said = child(refused)
    assert said == f"{path}: Permission denied; what stands there is an earlier run's"
    assert path.read_text() == "", "what cannot be removed is emptied"


def test_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    """In a folder that others write to, it may have been laid to lead to a file of ours."""
    link, target = tmp_path / "r.json", tmp_path / "mine.txt"
    target.write_text("mine")
    link.symlink_to(target)
    assert write(cards.ready(), link) is None
    assert not link.is_symlink() and json.loads(link.read_bytes())["verdict"] == "ready"
    link.unlink()
    link.symlink_to(target)
    discard(link)
    assert not link.is_symlink() and target.read_text() == "mine"


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    os.mkfifo(path)
    discard(path)
    assert write(cards.ready(), path) == f"{path}: it is not a regular file"
    assert stat.S_ISFIFO(path.lstat().st_mode)


@pytest.mark.parametrize("target", ["/dev/full", "r.json", "none/at/all"])
def test_links_to_anything_are_replaced(tmp_path: Path, target: str) -> None:
    link = tmp_path / "r.json"
    link.symlink_to(target)
    assert write(cards.ready(), link) is None
    assert json.loads(link.read_bytes())["verdict"] == "ready"
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_mode_is_that_of_a_new_file(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        assert write(cards.ready(), tmp_path / "r.json") is None
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o666 & ~mask


def test_two_of_one_path(ready: Project) -> None:
    ran = ready.run("--readiness-report=./r.json", f"--readiness-report={ready.path}/x/../r.json")
    assert (ran.verdict, ran.exit) == ("ready", 0)


def test_interrupted_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "r.json"
    path.write_text("earlier")
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replaced(path, b"x")
    assert path.read_text() == "earlier"
    assert not aside(tmp_path)


class Poller(threading.Thread):
    """Reads a file again and again, and keeps what was no whole report."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.over = threading.Event()
        self.torn: list[bytes] = []
        self.whole = 0

    def run(self) -> None:
        while not self.over.is_set():
            try:
                content = self.path.read_bytes()
            except FileNotFoundError:
                continue
            try:
                json.loads(content)
                self.whole += 1
            except ValueError:
                self.torn.append(content)

    def __enter__(self) -> Poller:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()


def test_reader_never_sees_half_a_report(tmp_path: Path) -> None:
    card, path = cards.many(300), tmp_path / "r.json"
    with Poller(path) as poller:
        while poller.whole < 30:
            assert write(card, path) is None
    assert not poller.torn


def test_reader_during_a_run(ready: Project) -> None:
    (ready.path / "r.json").write_text('{"verdict": "ready"}')
    ready.tests(test_own=HEAD + GOOD)
    with Poller(ready.path / "r.json") as poller:
        ran = ready.run(subprocess=True)
    assert ran.verdict == "ready"
    assert not poller.torn


# --- What can be asked for.


def test_help_names_every_format() -> None:
    [text] = [manner["help"] for name, manner, text in _options() if name == "--readiness-report"]
    told = text.partition("(")[2].partition(")")[0]
    assert told.split(", ") == sorted(FORMATS), "say in plugin.py what can be written"
    assert "--junitxml" in text


def _options() -> list[tuple[str, dict[str, str], str]]:
    return [(name, {"help": text}, text) for name, _, text in OPTIONS]


def test_names_that_are_no_report() -> None:
    assert "no extension" in unknown("report")
    assert "no extension" in unknown("out/.json")
    assert "--junitxml" in unknown("j.XML")
    for extension in FORMATS:
        assert extension in unknown("report") and extension in unknown("r.pdf")
    assert "did you mean '.json'?" in unknown("r.jsn")


@pytest.mark.parametrize("path", ["report", "j.xml", "r.pdf"])
def test_unknown_format_is_one_line(ready: Project, path: str) -> None:
    ran = ready.run(f"--readiness-report={path}")
    assert ran.exit == 4
    assert f"--readiness-report {path}: {unknown(path)}" in ran.out


# --- pytest's own file.


@pytest.mark.parametrize("bad", [True, False])
def test_junit_on_a_disk_that_becomes_full(ready: Project, bad: bool) -> None:
    conftest(
        ready,
        "import resource\ndef pytest_collection_finish():\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))\n",
    )
    if bad:
        ready.tests(test_own=HEAD + GOOD.replace("== 1", "== 2"))
    asked = ("--readiness-report=r.json", "--readiness-report=s.json", "-p", "no:cacheprovider")
    # Not through pytester: its files of what is printed would be cut as well.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--readiness", "--junitxml=j.xml", *asked],
        cwd=ready.path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    lines = [line for line in said.splitlines() if line.startswith("not written: ")]
    assert [line.rpartition(": ")[2] for line in lines] == ["File too large"] * 3
    assert ("NOT READY for production" if bad else "READY for production") in said
    assert "Traceback" not in said
