"""How git is run: nothing of the repository's executes, nothing of an outer git's confuses it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import pytest

from pytest_readiness.provenance.git import Git, GitError, commit
from pytest_readiness.provenance.lines import author_of
from pytest_readiness.provenance.ticks import ticks

from .repositories import Repository, read

TICKED = "- [x] Backups tested\n- [ ] Pager rings\n"


def wrapped(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a program named git before the real one, whose path is $GIT in the script."""
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\nGIT={shlex.quote(shutil.which('git') or '')}\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_few_processes_for_a_long_history(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 versions of 200 items, each ticked by a commit of its own, half of them again later."""
    commits = _long_history(repo, versions=500, items=200)
    read_texts: list[str] = []

    def counting(text: str) -> object:
        read_texts.append(text)
        return read(text)

    log = tmp_path / "log"
    wrapped(tmp_path / "bin", monkeypatch, f'echo "$@" >> {log}; exec "$GIT" "$@"')
    marks = ticks(repo.folder / "GO_LIVE.md", counting)  # type: ignore[arg-type]

    assert len(marks) == 200
    assert {marks[f"item-{n}"].commit for n in range(100, 200)} == set(commits[100:200])
    assert marks["item-49"].commit == commits[499]
    assert marks["item-0"].commit == commits[401]
    assert marks["item-60"].commit == commits[321]
    assert len(log.read_text().splitlines()) <= 20
    assert len(read_texts) <= 3


def _long_history(repo: Repository, versions: int, items: int) -> list[str]:
    """By git's own import, since 500 commits one by one take long."""
    stream: list[str] = []
    ticked = [False] * items
    for version in range(versions):
        at = version if version < items else (version // 2) % 100
        ticked[at] = version < items or version % 2 == 1
        text = "".join(f"- [{'x' if t else ' '}] Item {n}\n" for n, t in enumerate(ticked))
        stream += ["commit refs/heads/main", f"mark :{version + 1}"]
        stream += [f"committer Ada <ada@example.org> {1_700_000_000 + version} +0000", "data 0"]
        stream += ["M 100644 inline GO_LIVE.md", f"data {len(text)}", text]
    repo.git("fast-import", "--quiet", "--export-marks=marks", given="\n".join(stream))
    repo.git("reset", "-q", "--hard")
    marks = (repo.folder / "marks").read_text().splitlines()
    return [line.split()[1] for line in sorted(marks, key=lambda m: int(m[1:].split()[0]))]


def test_an_unchanged_tick_is_found_without_reading_all_versions(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    for day in range(1, 20):
        repo.commit(f"# Day {day}\n{TICKED}- [ ] Day {day}\n", day)
    texts: list[str] = []

    def counting(text: str) -> object:
        texts.append(text)
        return read(text)

    marks = ticks(repo.folder / "GO_LIVE.md", counting)  # type: ignore[arg-type]
    assert marks["backups-tested"].commit == ticked
    assert len(texts) <= 3


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": "OTHER/.git"},
        {"GIT_DIR": "OTHER/.git", "GIT_WORK_TREE": "OTHER", "GIT_INDEX_FILE": "OTHER/.git/index"},
        {"GIT_INDEX_FILE": "/nowhere/index"},
        {"GIT_OBJECT_DIRECTORY": "/nowhere"},
        {"GIT_PREFIX": "docs/", "GIT_CONFIG_PARAMETERS": "'core.bare=true'"},
        {"GIT_LITERAL_PATHSPECS": "0", "GIT_ICASE_PATHSPECS": "1"},
        {"GIT_TRACE": "1", "GIT_PAGER": "false", "GIT_EXTERNAL_DIFF": "false"},
        {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    ],
)
def test_variables_of_an_outer_git_do_not_confuse_it(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    other = Repository(tmp_path / "other")
    other.commit("x", name="x.txt")
    ticked = repo.commit(TICKED)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("OTHER", str(other.folder)))

    assert repo.tick().commit == ticked
    assert author_of(repo.folder / "GO_LIVE.md", 1).commit == ticked


def test_in_a_pre_commit_hook(repo: Repository, tmp_path: Path) -> None:
    """The tick that is about to be committed is none yet, the older one is."""
    ticked = repo.commit(TICKED, 0)
    hook = repo.folder / ".git/hooks/pre-commit"
    out = tmp_path / "seen"
    program = (
        "from pathlib import Path\nfrom pytest_readiness.provenance.ticks import ticks\n"
        "from tests.provenance.repositories import read\n"
        f"marks = ticks(Path('GO_LIVE.md'), read)\n"
        f"Path({str(out)!r}).write_text(' '.join(m.commit or m.state for m in marks.values()))\n"
    )
    hook.parent.mkdir(exist_ok=True)
    paths = os.pathsep.join(p for p in sys.path if p)
    python = shlex.quote(sys.executable)
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={paths} {python} -c {shlex.quote(program)}\n")
    hook.chmod(0o755)
    repo.commit(TICKED.replace("[ ]", "[x]"), 1)

    assert out.read_text() == f"{ticked} uncommitted"


def test_nothing_that_a_repository_configures_is_run(repo: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    trap.chmod(0o755)
    attributes = "*.md diff=evil filter=evil merge=evil\n"
    repo.commit(attributes, 0, name=".gitattributes")
    repo.commit(TICKED.replace("[x]", "[ ]"), 1, name="old.md")
    ticked = repo.commit(TICKED, 2, name="old.md")
    repo.git("mv", "old.md", "GO_LIVE.md")
    repo.record(3)
    for key in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass"),
        *("diff.external", "diff.evil.command", "diff.evil.textconv"),
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process"),
        *("gpg.program", "credential.helper", "core.alternateRefsCommand", "alias.rev-list"),
    ):
        repo.git("config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "filter.evil.required", "true")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc"):
        shutil.copy(trap, hooks / hook)
    repo.git("config", "core.hooksPath", str(hooks))
    os.utime(repo.folder / "GO_LIVE.md", (1, 1))
    ran.unlink(missing_ok=True)

    assert repo.tick().commit == ticked
    assert author_of(repo.folder / "GO_LIVE.md", 1).commit == ticked
    repo.write(TICKED + "- [x] New\n")
    assert repo.tick("new").state == "uncommitted"
    assert not ran.exists()


@pytest.mark.parametrize("file", ["ignored", "nowhere"])
def test_revisions_that_blame_is_told_to_ignore_change_nothing(repo: Repository, file: str) -> None:
    repo.commit(TICKED.replace("[x]", "[ ]"), 0)
    ticked = repo.commit(TICKED, 1)
    repo.write(f"{ticked}\n", "ignored")
    repo.git("config", "blame.ignoreRevsFile", file)

    assert repo.tick().commit == ticked
    assert author_of(repo.folder / "GO_LIVE.md", 1).commit == ticked


def test_the_repository_is_left_as_it_was(repo: Repository) -> None:
    repo.commit(TICKED, 0)
    repo.write(TICKED + "more\n")
    index = (repo.folder / ".git/index").read_bytes()
    before = sorted(str(path) for path in repo.folder.rglob("*"))
    repo.tick()
    commit(repo.folder)

    assert (repo.folder / ".git/index").read_bytes() == index
    assert sorted(str(path) for path in repo.folder.rglob("*")) == before


def test_without_git_the_cause_is_told(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(TICKED)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    mark = repo.tick()
    assert (mark.state, mark.detail) == ("unknown", "git is not installed, or not on PATH")
    assert commit(repo.folder) is None


def test_a_git_that_cannot_be_started_is_told(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(TICKED)
    folder = wrapped(tmp_path / "bin", monkeypatch, "")
    (folder / "git").write_bytes(b"\0\0\0\0")
    monkeypatch.setenv("PATH", str(folder))
    mark = repo.tick()
    assert mark.state == "unknown" and "git could not be started" in mark.detail


def test_a_repository_of_another_user_is_told(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(TICKED)
    owner = "GIT_TEST_ASSUME_DIFFERENT_OWNER=1"
    wrapped(tmp_path / "bin", monkeypatch, f'{owner} exec "$GIT" "$@"')

    mark = repo.tick()
    assert mark.state == "unknown"
    assert "belongs to another user" in mark.detail and "safe.directory" in mark.detail


def test_safe_directory_in_the_environment_is_heard(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = repo.commit(TICKED)
    owner = "GIT_TEST_ASSUME_DIFFERENT_OWNER=1"
    wrapped(tmp_path / "bin", monkeypatch, f'{owner} exec "$GIT" "$@"')
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")

    assert repo.tick().commit == ticked


def test_a_git_that_hangs_is_ended_with_its_children(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(TICKED)
    pid = tmp_path / "pid"
    wrapped(
        tmp_path / "bin", monkeypatch, f"sleep 600 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"
    )

    mark = ticks(repo.folder / "GO_LIVE.md", read, timeout=1)["backups-tested"]

    assert mark.state == "unknown" and "within 1 s" in mark.detail
    if pid.exists():
        _is_gone(int(pid.read_text()))


def _is_gone(pid: int) -> None:
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.01)
    raise AssertionError("it still runs")


def test_a_git_that_says_too_much_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped(tmp_path / "bin", monkeypatch, "exec cat /dev/zero")
    monkeypatch.setattr("pytest_readiness.provenance.git._MOST", 1 << 20)

    with pytest.raises(GitError, match="more than 1 MiB"):
        Git(tmp_path).answer("rev-parse")


def test_what_git_complains_about_is_one_short_line(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(TICKED)
    script = "printf 'warning: a\\nfatal: \\033[31mbad %01000d\\nx\\n' 7 >&2; exit 128"
    wrapped(tmp_path / "bin", monkeypatch, script)

    mark = repo.tick()
    assert mark.state == "unknown"
    assert mark.detail.isprintable() and len(mark.detail) <= 300
    assert "fatal: [31mbad" in mark.detail


def test_the_commit_that_is_checked_out(repo: Repository, tmp_path: Path) -> None:
    assert commit(repo.folder) is None
    head = repo.commit(TICKED)
    assert commit(repo.folder) == head
    repo.git(
        "tag", "-a", "-m", "x", "v1", env={"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x"}
    )
    repo.write("changed")
    assert commit(repo.folder) == f"{head}-dirty"
    assert commit(tmp_path) is None
    assert commit(tmp_path / "nowhere") is None
