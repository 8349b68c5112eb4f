"""The commit in which a tick changed, whatever else was done to its line and its file."""

from __future__ import annotations

import datetime as dt

from .repositories import FIRST, Repository, who

OPEN = "# Go live\n\n- [ ] Backups tested\n- [ ] Pager rings\n"
TICKED = "# Go live\n\n- [x] Backups tested\n- [ ] Pager rings\n"


def test_the_commit_that_ticked_is_named_with_author_and_time(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1, "Bob")
    repo.commit(TICKED + "- [ ] Third\n", 2)

    mark = repo.tick()

    assert (mark.state, mark.commit) == ("committed", ticked)
    assert (mark.author, mark.email) == ("Bob", "bob@example.org")
    assert mark.at == dt.datetime.fromtimestamp(FIRST + 86_400, dt.timezone.utc)
    assert mark.detail == f"Bob, 2023-11-15, commit {ticked[:10]}"


def test_open_items_have_no_mark(repo: Repository) -> None:
    repo.commit(TICKED)
    assert list(repo.ticks()) == ["backups-tested"]


def test_an_item_that_was_ticked_when_added_is_the_commit_that_added_it(repo: Repository) -> None:
    first = repo.commit(TICKED, 0)
    second = repo.commit(TICKED + "- [x] Third\n", 1)

    assert repo.tick().commit == first
    assert repo.tick("third").commit == second


def test_rewording_is_no_tick(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1)
    repo.commit(TICKED.replace("Backups tested", "Backups are tested, all"), 2, "Eve")

    assert repo.tick("backups-are-tested-all").commit == ticked


def test_another_item_in_the_same_place_is_a_new_one(repo: Repository) -> None:
    repo.commit(TICKED, 0)
    other = repo.commit(TICKED.replace("Backups tested", "Certificates renew"), 1)

    assert repo.tick("certificates-renew").commit == other


def test_another_number_is_another_claim(repo: Repository) -> None:
    repo.commit("- [x] Covers FR-117 in full\n- [x] P95 is below 500 ms\n", 0)
    other = repo.commit("- [x] Covers FR-118 in full\n- [x] P95 is below 300 ms\n", 1)

    assert {mark.commit for mark in repo.ticks().values()} == {other}


def test_rewording_and_ticking_at_once_is_a_tick(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED.replace("Backups tested", "Backups tested twice"), 1)

    assert repo.tick("backups-tested-twice").commit == ticked


def test_indenting_and_another_bullet_are_no_ticks(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1)
    repo.commit(TICKED.replace("- [x]", "  - [x]"), 2)
    repo.commit(TICKED.replace("- [x]", "* [X]"), 3)

    assert repo.tick().commit == ticked


def test_moving_an_item_is_no_tick(repo: Repository) -> None:
    rest = "".join(f"- [ ] Item {n}\n" for n in range(40))
    repo.commit("# A\n- [ ] Backups tested\n" + rest, 0)
    ticked = repo.commit("# A\n- [x] Backups tested\n" + rest, 1)
    repo.commit("# A\n" + rest + "\n# B\n\n- [x] Backups tested\n", 2)

    assert repo.tick().commit == ticked


def test_other_line_ends_are_no_ticks(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1)
    repo.commit(TICKED.replace("\n", "\r\n"), 2)
    repo.commit("\ufeff" + TICKED.replace("\n", "\r"), 3)

    assert repo.tick().commit == ticked


def test_of_two_ticks_the_last_one_counts(repo: Repository) -> None:
    repo.commit(TICKED, 0, "Ada")
    repo.commit(OPEN, 1, "Bob")
    again = repo.commit(TICKED, 2, "Cid")

    assert (repo.tick().commit, repo.tick().author) == (again, "Cid")


def test_a_revert_of_a_revert_is_a_tick(repo: Repository) -> None:
    repo.commit(OPEN, 0)
    ticked = repo.commit(TICKED, 1)
    repo.git("revert", "--no-edit", ticked, env={"GIT_EDITOR": "true", **who(2, "Bob")})
    repo.git("revert", "--no-edit", "HEAD", env={"GIT_EDITOR": "true", **who(3, "Bob")})

    assert repo.tick().commit == repo.head()


def test_an_item_that_was_away_is_ticked_by_who_brought_it_back(repo: Repository) -> None:
    repo.commit(TICKED, 0)
    repo.commit("# Go live\n\n- [ ] Pager rings\n", 1)
    back = repo.commit(TICKED, 2)

    assert repo.tick().commit == back


def test_a_file_that_was_away_is_ticked_by_who_brought_it_back(repo: Repository) -> None:
    repo.commit(TICKED, 0)
    repo.git("rm", "-q", "GO_LIVE.md")
    repo.record(1)
    back = repo.commit(TICKED, 2)

    assert repo.tick().commit == back


def test_a_copied_checklist_is_ticked_by_its_copier(repo: Repository) -> None:
    repo.commit(TICKED, 0, "Ada")
    copied = repo.commit(TICKED, 1, "Bob", name="V2.md")

    assert repo.tick(name="V2.md").commit == copied
    assert repo.tick().author == "Ada"


def test_a_copied_line_is_ticked_by_its_copier(repo: Repository) -> None:
    first = repo.commit("# A\n\n- [x] Backups tested\n\n# B\n", 0, "Ada")
    copied = repo.commit("# A\n\n- [x] Backups tested\n\n# B\n\n- [x] Backups tested\n", 1, "Bob")
    assert repo.tick().commit == first
    assert repo.tick("backups-tested-2").commit == copied


def test_a_copy_above_the_original_does_not_take_its_place(repo: Repository) -> None:
    first = repo.commit("# A\n\n- [ ] Other\n\n# B\n\n- [x] Backups tested\n", 0, "Ada")
    both = "# A\n\n- [x] Backups tested\n- [ ] Other\n\n# B\n\n- [x] Backups tested\n"
    copied = repo.commit(both, 1, "Bob")

    assert repo.tick().commit == copied
    assert repo.tick("backups-tested-2").commit == first


def test_of_equal_titles_one_is_ticked_by_itself(repo: Repository) -> None:
    two = "# A\n\n- [{}] Backups tested\n\n# B\n\n- [{}] Backups tested\n"
    repo.commit(two.format(" ", " "), 0)
    second = repo.commit(two.format(" ", "x"), 1)
    first = repo.commit(two.format("x", "x"), 2)

    assert repo.tick().commit == first
    assert repo.tick("backups-tested-2").commit == second


def test_ticks_that_change_places_are_both_new(repo: Repository) -> None:
    two = "- [{}] Backups tested\n- [{}] Pager rings\n"
    repo.commit(two.format(" ", "x"), 0)
    swapped = repo.commit(two.format("x", " "), 1)

    assert repo.tick().commit == swapped


def test_an_item_that_leaves_a_code_fence_is_new(repo: Repository) -> None:
    repo.commit("# A\n```\n- [x] Backups tested\n```\n", 0)
    shown = repo.commit("# A\n- [x] Backups tested\n", 1)

    assert repo.tick().commit == shown


def test_an_empty_commit_and_other_files_change_nothing(repo: Repository) -> None:
    ticked = repo.commit(TICKED, 0)
    repo.commit("other", 1, name="other.txt")
    repo.record(2)

    assert repo.tick().commit == ticked


def test_marks_with_numbers_code_and_comments_are_told_apart_by_the_reader(
    repo: Repository,
) -> None:
    first = repo.commit("- [x] Alpha <!-- one -->\n- [ ] Beta\n", 0)
    second = repo.commit("- [x] Alpha <!-- two\n-->\n- [x] Beta\n", 1)
    marks = repo.ticks()

    assert marks["alpha-two"].commit == first
    assert marks["beta"].commit == second


def test_a_fence_that_is_closed_above_makes_items(repo: Repository) -> None:
    body = "- [x] Backups tested\n- [ ] Pager rings\n"
    repo.commit("```\nnot closed\n" + body, 0)
    shown = repo.commit("```\nclosed\n```\n" + body, 1)

    assert repo.tick().commit == shown
