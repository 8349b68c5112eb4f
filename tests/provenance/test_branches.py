"""Ticks that come by merges, rebases and renamed files."""

from __future__ import annotations

import datetime as dt

import pytest

from .repositories import EPOCH_DAY, FIRST, Repository, who

LIST = "# Go live\n\n- [{}] Backups tested\n{}- [{}] Pager rings\n"
GAP = "".join(f"- [ ] Between {n}\n" for n in range(6))


def items(first: str, second: str) -> str:
    return LIST.format(first, GAP, second)


def test_a_tick_on_a_branch_is_the_branchs_commit(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0)
    repo.git("checkout", "-q", "-b", "feature")
    ticked = repo.commit(items("x", " "), 1, "Bob")
    repo.git("checkout", "-q", "main")
    repo.merge("feature", 2)

    assert (repo.tick().commit, repo.tick().author) == (ticked, "Bob")


def test_each_branch_keeps_its_tick(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0)
    repo.git("checkout", "-q", "-b", "feature")
    first = repo.commit(items("x", " "), 1)
    repo.git("checkout", "-q", "main")
    second = repo.commit(items(" ", "x"), 2)
    merged = repo.merge("feature", 3)

    assert merged not in (first, second)
    assert repo.tick().commit == first
    assert repo.tick("pager-rings").commit == second


@pytest.mark.parametrize("merged_into", ["main", "feature"])
def test_of_ticks_on_two_branches_the_later_counts(repo: Repository, merged_into: str) -> None:
    repo.commit(items(" ", " "), 0)
    repo.git("checkout", "-q", "-b", "feature")
    later = repo.commit(items("x", " "), 5, "Bob")
    repo.git("checkout", "-q", "main")
    repo.commit(items("x", "x"), 2, "Ada")
    repo.git("checkout", "-q", merged_into)
    repo.merge("main" if merged_into == "feature" else "feature", 6)

    assert repo.tick().commit == later


def test_a_tick_renewed_on_a_branch_counts_though_the_text_is_the_same(repo: Repository) -> None:
    repo.commit(items("x", " "), 0, "Ada")
    repo.git("checkout", "-q", "-b", "renew")
    repo.commit(items(" ", " "), 90, "Bob")
    renewed = repo.commit(items("x", " "), 91, "Bob")
    repo.git("checkout", "-q", "main")
    repo.commit(items("x", "x"), 92)
    repo.merge("renew", 93)

    assert repo.tick().commit == renewed


def test_a_tick_made_while_a_conflict_was_solved_is_the_merges(repo: Repository) -> None:
    repo.commit("- [ ] Backups tested\n", 0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit("- [ ] Backups tested by hand\n", 1)
    repo.git("checkout", "-q", "main")
    repo.commit("- [ ] Backups tested by robots\n", 2)
    repo.git("merge", "-q", "-s", "ours", "--no-commit", "feature", env=who(3, "Mia"))
    merged = repo.commit("- [x] Backups tested by both\n", 3, "Mia")

    assert (repo.tick("backups-tested-by-both").commit) == merged


def test_a_conflict_solved_for_one_side_keeps_that_sides_tick(repo: Repository) -> None:
    repo.commit("- [ ] Backups tested\n", 0)
    repo.git("checkout", "-q", "-b", "feature")
    ticked = repo.commit("- [x] Backups tested\n", 1, "Bob")
    repo.git("checkout", "-q", "main")
    repo.commit("- [ ] Backups tested now\n", 2)
    repo.git("merge", "-q", "-s", "ours", "--no-commit", "feature", env=who(3, "Mia"))
    repo.commit("- [x] Backups tested now\n", 3, "Mia")

    assert repo.tick("backups-tested-now").commit == ticked


def test_an_octopus(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0)
    for name, text in (("one", items("x", " ")), ("two", items(" ", "x"))):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.commit(text, 1, name.title())
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-m", "both", "one", "two", env=who(3, "Mia"))

    marks = repo.ticks()
    assert (marks["backups-tested"].author, marks["pager-rings"].author) == ("One", "Two")


def test_unrelated_histories(repo: Repository) -> None:
    repo.commit("other", 0, name="other.txt")
    repo.git("checkout", "-q", "--orphan", "docs")
    repo.git("rm", "-rfq", ".")
    ticked = repo.commit(items("x", " "), 1)
    repo.git("checkout", "-q", "main")
    repo.merge("docs", 2, "Mia", "--allow-unrelated-histories")

    assert repo.tick().commit == ticked


def test_a_rebased_tick_is_as_old_as_its_author_made_it(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0)
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit(items("x", " "), 1, "Bob")
    repo.git("checkout", "-q", "main")
    repo.commit("other", 2, name="other.txt")
    repo.git("checkout", "-q", "feature")
    repo.git(
        "rebase",
        "-q",
        "main",
        env={"GIT_COMMITTER_DATE": who(200, "x")["GIT_AUTHOR_DATE"]}
        | {"GIT_COMMITTER_NAME": "M", "GIT_COMMITTER_EMAIL": "m@example.org"},
    )

    mark = repo.tick()
    assert mark.commit == repo.head()
    assert mark.at == dt.datetime.fromtimestamp(FIRST + EPOCH_DAY, dt.timezone.utc)


def test_an_author_cannot_date_a_tick_after_its_commit(repo: Repository) -> None:
    repo.write(items("x", " "))
    repo.git("add", ".")
    repo.record(500, "Eve", committed=3)

    at = dt.datetime.fromtimestamp(FIRST + 3 * EPOCH_DAY, dt.timezone.utc)
    assert repo.tick().at == at


def test_a_renamed_file_is_followed(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0, name="docs/old.md")
    ticked = repo.commit(items("x", " "), 1, name="docs/old.md")
    repo.git("mv", "docs/old.md", "GO_LIVE.md")
    repo.record(2, "Eve")

    assert repo.tick().commit == ticked


def test_a_file_renamed_twice_and_edited_at_once_is_followed(repo: Repository) -> None:
    first = repo.commit(items("x", " "), 0, name="a.md")
    repo.git("mv", "a.md", "b.md")
    both = repo.commit(items("x", "x"), 1, "Bob", name="b.md")
    repo.git("mv", "b.md", "GO_LIVE.md")
    repo.commit(items("x", "x").replace("# Go live", "# Ready?"), 2)

    assert repo.tick().commit == first
    assert repo.tick("pager-rings").commit == both


def test_a_name_that_was_used_before_by_another_file(repo: Repository) -> None:
    repo.commit("nothing of interest\n" * 20, 0, name="GO_LIVE.md")
    ticked = repo.commit(items("x", " "), 1, name="new.md")
    repo.git("rm", "-q", "GO_LIVE.md")
    repo.record(2)
    repo.git("mv", "new.md", "GO_LIVE.md")
    repo.record(3)

    assert repo.tick().commit == ticked


def test_a_rename_there_and_back(repo: Repository) -> None:
    ticked = repo.commit(items("x", " "), 0)
    repo.git("mv", "GO_LIVE.md", "other.md")
    repo.record(1)
    repo.git("mv", "other.md", "GO_LIVE.md")
    repo.record(2)

    assert repo.tick().commit == ticked


def test_renamed_on_one_branch_and_ticked_on_the_other(repo: Repository) -> None:
    repo.commit(items(" ", " "), 0, name="old.md")
    repo.git("checkout", "-q", "-b", "feature")
    repo.git("mv", "old.md", "GO_LIVE.md")
    repo.record(1)
    repo.git("checkout", "-q", "main")
    ticked = repo.commit(items("x", " "), 2, "Bob", name="old.md")
    repo.merge("feature", 3)

    assert repo.tick().commit == ticked


def test_a_renamed_file_that_is_not_committed_yet(repo: Repository) -> None:
    ticked = repo.commit(items("x", " "), 0, name="old.md")
    repo.git("mv", "old.md", "GO_LIVE.md")

    assert repo.tick().commit == ticked
