"""What is said where no commit can be named, or not yet."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_readiness.provenance.lines import author_of
from pytest_readiness.provenance.ticks import Seen, ticks

from .repositories import Repository, read, who

OPEN = "# Go live\n\n- [ ] Backups tested\n- [ ] Pager rings\n"
TICKED = "# Go live\n\n- [x] Backups tested\n- [ ] Pager rings\n"


def test_a_tick_on_the_disk_only_is_uncommitted(repo: Repository) -> None:
    repo.commit(OPEN)
    repo.write(TICKED)

    mark = repo.tick()
    assert (mark.state, mark.commit, mark.author, mark.at) == ("uncommitted", None, None, None)
    assert mark.detail


def test_a_staged_tick_is_uncommitted(repo: Repository) -> None:
    repo.commit(OPEN)
    repo.write(TICKED)
    repo.git("add", "GO_LIVE.md")

    assert repo.tick().state == "uncommitted"


def test_a_new_file_that_is_staged_is_uncommitted(repo: Repository) -> None:
    repo.commit("other", name="other.txt")
    repo.write(TICKED)
    repo.git("add", "GO_LIVE.md")

    assert repo.tick().state == "uncommitted"


def test_rewording_on_the_disk_keeps_the_older_commit(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.write("# New\n\n\n" + TICKED.replace("Backups tested", "Backups tested well"))

    assert repo.tick("backups-tested-well").commit == ticked


def test_line_ends_of_the_disk_do_not_matter(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.write(TICKED.replace("\n", "\r\n"))

    assert repo.tick().commit == ticked


def test_a_file_that_git_does_not_have_is_untracked(repo: Repository) -> None:
    repo.commit("GO_LIVE.md\n", name=".gitignore")
    repo.write(TICKED)
    repo.write(TICKED, "new.md")

    assert repo.tick().state == repo.tick(name="new.md").state == "untracked"


def test_outside_git(tmp_path: Path) -> None:
    (tmp_path / "GO_LIVE.md").write_text(TICKED)
    marks = ticks(tmp_path / "GO_LIVE.md", read)

    assert marks["backups-tested"].state == "outside"
    assert author_of(tmp_path / "GO_LIVE.md", 1).state == "outside"


def test_a_file_in_gits_own_folder_is_outside(repo: Repository) -> None:
    repo.commit(OPEN)
    repo.write(TICKED, ".git/GO_LIVE.md")

    assert repo.tick(name=".git/GO_LIVE.md").state == "outside"


def test_before_the_first_commit(repo: Repository) -> None:
    repo.write(TICKED)
    assert repo.tick().state == "untracked"
    repo.git("add", ".")
    assert repo.tick().state == "uncommitted"


def test_a_root_commit_is_an_answer(repo: Repository) -> None:
    root = repo.commit(TICKED)
    assert (repo.tick().state, repo.tick().commit) == ("committed", root)


def test_a_detached_head(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.commit(OPEN, 1)
    repo.git("checkout", "-q", "--detach", ticked)

    assert repo.tick().commit == ticked


def clone(repo: Repository, *options: str) -> Repository:
    target = repo.folder.parent / "clone"
    repo.git("clone", "-q", *options, repo.folder.as_uri(), str(target))
    return Repository(target)


def test_a_shallow_clone_cannot_know(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    repo.commit(TICKED, 1)
    repo.commit(TICKED + "more\n", 2)

    mark = clone(repo, "--depth=1").tick()

    assert (mark.state, mark.commit, mark.author, mark.at) == ("shallow", None, None, None)
    assert "fetch-depth: 0" in mark.detail and "git fetch --unshallow" in mark.detail


def test_a_clone_with_some_depth_knows_what_it_has(repo: Repository) -> None:
    repo.commit(TICKED, 0)
    repo.commit("other", 1, name="other.txt")
    second = repo.commit(TICKED.replace("[ ]", "[x]"), 2)
    repo.commit("another", 3, name="other.txt")

    marks = clone(repo, "--depth=3").ticks()

    assert marks["backups-tested"].state == "shallow"
    assert marks["pager-rings"].commit == second


def test_a_shallow_clone_that_reaches_back_before_the_file_knows(repo: Repository) -> None:
    repo.commit("other", 0, name="other.txt")
    repo.commit("another", 1, name="other.txt")
    ticked = repo.commit(TICKED, 2)

    assert clone(repo, "--depth=2").tick().commit == ticked


def test_an_unshallowed_clone_knows(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.commit(TICKED + "more\n", 1)
    copy = clone(repo, "--depth=1")
    copy.git("fetch", "-q", "--unshallow")

    assert copy.tick().commit == ticked


def test_lines_in_a_shallow_clone(repo: Repository) -> None:
    repo.commit("one\n", 0)
    second = repo.commit("one\ntwo\n", 1)
    copy = clone(repo, "--depth=2")
    copy.commit("one\ntwo\nthree\n", 2)

    assert author_of(copy.folder / "GO_LIVE.md", 1).state == "shallow"
    assert author_of(copy.folder / "GO_LIVE.md", 2).commit == second


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_is_unknown_and_fetches_nothing(repo: Repository, kind: str) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit(OPEN, 0)
    repo.commit(TICKED, 1)
    repo.commit(TICKED + "more\n", 2)
    copy = clone(repo, f"--filter={kind}")
    had = _objects(copy)

    mark = copy.tick()

    assert mark.state == "unknown"
    assert _objects(copy) == had
    assert len(mark.detail.splitlines()) == 1


def _objects(repo: Repository) -> set[str]:
    return {str(path) for path in (repo.folder / ".git/objects").rglob("*")}


def test_a_tick_in_a_submodule(repo: Repository, tmp_path: Path) -> None:
    docs = Repository(tmp_path / "docs")
    ticked = docs.commit(TICKED, 0, "Dora")
    repo.commit("x", name="x.txt")
    repo.git("submodule", "--quiet", "add", docs.folder.as_uri(), "docs")
    repo.record(1)

    assert repo.tick(name="docs/GO_LIVE.md").commit == ticked


def test_a_tick_in_a_linked_worktree(repo: Repository, tmp_path: Path) -> None:
    ticked = repo.commit(TICKED)
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "other")

    assert Repository(tmp_path / "linked").tick().commit == ticked


@pytest.mark.parametrize(
    "name",
    [
        "with space.md",
        'quote".md',
        "it's.md",
        "line\nbreak.md",
        "-leading.md",
        "--output=x.md",
        "清单/готово.md",
        ":(glob)*.md",
        "back\\slash.md",
        "@{u}.md",
        os.fsdecode(b"latin-\xe9.md"),
        "deep/er/and deeper/list.md",
    ],
)
def test_odd_names_also_renamed(repo: Repository, name: str) -> None:
    repo.commit(OPEN, 0, name="old.md")
    ticked = repo.commit(TICKED, 1, name="old.md")
    (repo.folder / name).parent.mkdir(parents=True, exist_ok=True)
    repo.git("mv", "--", "old.md", name)
    repo.record(2)
    second = repo.commit(TICKED.replace("[ ]", "[x]"), 3, name=f"./{name}")

    assert repo.tick(name=name).commit == ticked
    assert repo.tick("pager-rings", name).commit == second


def test_a_symbolic_link_stands_for_its_file(repo: Repository, tmp_path: Path) -> None:
    ticked = repo.commit(TICKED, 0, name="docs/list.md")
    (repo.folder / "link.md").symlink_to("docs/list.md")
    (tmp_path / "from outside").symlink_to(repo.folder / "docs")
    repo.git("add", "link.md")
    repo.record(1)

    assert repo.tick(name="link.md").commit == ticked
    marks = ticks(tmp_path / "from outside" / "list.md", read)
    assert marks["backups-tested"].commit == ticked


def test_a_relative_path(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    ticked = repo.commit(TICKED, name="docs/list.md")
    monkeypatch.chdir(repo.folder / "docs")

    assert ticks(Path("list.md"), read)["backups-tested"].commit == ticked


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "sha256", "--object-format=sha256")
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1)

    assert len(ticked) == 64
    assert repo.tick().commit == ticked


def test_names_are_as_mailmap_has_them(repo: Repository) -> None:
    repo.commit(TICKED, 0, "Bob")
    repo.commit("Robert Roe <robert@example.org> <bob@example.org>\n", 1, name=".mailmap")

    assert (repo.tick().author, repo.tick().email) == ("Robert Roe", "robert@example.org")
    assert author_of(repo.folder / "GO_LIVE.md", 3).author == "Robert Roe"


@pytest.mark.parametrize("time", ["0", "4102444800", "99999999999999", "18446744073709551615"])
def test_times_that_nobody_expects(repo: Repository, time: str) -> None:
    commit = _commit_object(repo, f"Bob <bob@example.org> {time} +0000")

    mark = repo.tick()
    assert (mark.state, mark.commit, mark.author) == ("committed", commit, "Bob")


@pytest.mark.parametrize(
    "identity",
    [
        "Bob <bob@example.org> -86400 +0000",
        "<> 0 +0000",
        "x",
        "Bob <b> 9 +9999",
        "\x07 <\x1b> 1 +0",
    ],
)
def test_identities_that_are_damaged(repo: Repository, identity: str) -> None:
    commit = _commit_object(repo, identity)

    mark = repo.tick()
    assert (mark.state, mark.commit) == ("committed", commit)
    assert mark.detail.isprintable()


def _commit_object(repo: Repository, identity: str) -> str:
    """A commit with a head that no well-behaved program writes."""
    repo.write(TICKED)
    repo.git("add", ".")
    tree = repo.git("write-tree")
    text = f"tree {tree}\nauthor {identity}\ncommitter {identity}\n\nodd\n"
    commit = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=text)
    (repo.folder / ".git/refs/heads/main").write_text(f"{commit}\n")
    return commit


def test_an_older_version_that_is_not_utf8_is_read_as_well_as_may_be(repo: Repository) -> None:
    repo.commit(OPEN.encode() + b"caf\xe9\n", 0)
    ticked = repo.commit(TICKED.encode() + b"caf\xe9\xff\n", 1)
    repo.commit(TICKED.replace("Pager", "The pager"), 2)

    assert repo.tick().commit == ticked


def test_utf16_is_read(repo: Repository) -> None:
    repo.commit(OPEN.encode("utf-16"), 0)
    ticked = repo.commit(TICKED.encode("utf-16"), 1)
    repo.commit(TICKED, 2)

    assert repo.tick().commit == ticked


def test_a_version_on_which_the_reader_breaks_is_passed_over(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.commit("BROKEN\n" + TICKED.replace("tested", "tried <b>"), 1)
    repo.commit(TICKED.replace("Backups", "All backups"), 2)

    assert ticks(repo.folder / "GO_LIVE.md", _fragile)["all-backups-tested"].commit == ticked


def test_a_tick_that_may_be_an_unreadable_versions_is_unknown(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    broken = repo.commit("BROKEN\n" + TICKED.replace("tested", "tried <b>"), 1)
    repo.commit(TICKED, 2)

    mark = ticks(repo.folder / "GO_LIVE.md", _fragile)["backups-tested"]
    assert (mark.state, mark.commit) == ("unknown", None)
    assert broken[:10] in mark.detail


def test_a_huge_version_is_not_read(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    huge = repo.commit(TICKED + "x" * 3_000_000, 1)
    repo.commit(TICKED, 2)

    mark = repo.tick()
    assert mark.state == "unknown" and huge[:10] in mark.detail


def _fragile(text: str) -> list[Seen]:
    if "BROKEN" in text:
        raise ZeroDivisionError
    return list(read(text))


def test_a_damaged_repository_is_unknown(repo: Repository) -> None:
    first = repo.commit(OPEN, 0)
    repo.commit(TICKED, 1)
    (repo.folder / ".git/objects" / first[:2] / first[2:]).unlink()

    mark = repo.tick()
    assert mark.state == "unknown"
    assert len(mark.detail.splitlines()) == 1


def test_an_older_text_that_is_lost_is_unknown(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    blob = repo.git("rev-parse", "HEAD:GO_LIVE.md")
    repo.commit(TICKED, 1)
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()

    assert repo.tick().state == "unknown"


def test_a_history_beyond_the_limit_is_unknown(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_readiness.provenance.history.MOST_COMMITS", 2)
    repo.commit(TICKED, 0)
    for day in range(1, 4):
        latest = repo.commit(f"{TICKED}{day}\n- [x] Day {day}\n", day)

    marks = repo.ticks()
    assert marks["backups-tested"].state == "unknown"
    assert marks["day-3"].commit == latest


def test_a_replacement_does_not_change_the_record(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0, "Bob")
    repo.git("checkout", "-q", "--orphan", "forged")
    forged = repo.commit(TICKED, 0, "Ada")
    repo.git("checkout", "-q", "main")
    repo.git("replace", ticked, forged)

    assert repo.tick().author == "Bob"


def test_without_time_it_is_unknown(repo: Repository) -> None:
    repo.commit(TICKED)
    mark = ticks(repo.folder / "GO_LIVE.md", read, timeout=0)["backups-tested"]

    assert mark.state == "unknown" and "within 0 s" in mark.detail


def test_a_cherry_picked_tick_is_its_own_commit(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    repo.git("checkout", "-q", "-b", "feature")
    ticked = repo.commit(TICKED, 1, "Bob")
    repo.git("checkout", "-q", "main")
    repo.commit("x", 2, name="x.txt")
    repo.git("cherry-pick", ticked, env={k: v for k, v in who(3, "").items() if "COMM" in k})

    assert (repo.tick().commit, repo.tick().author) == (repo.head(), "Bob")


def test_of_a_file_that_is_not_there_nothing_is_known(repo: Repository) -> None:
    assert repo.ticks("nowhere.md") == {}


def test_this_suite_has_git() -> None:
    assert subprocess.run(["git", "--version"], capture_output=True).returncode == 0
