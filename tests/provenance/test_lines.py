"""Who wrote a line."""

from __future__ import annotations

from pytest_readiness.provenance.lines import author_of, authors_of

from .repositories import Repository

SIGNED = '[[attestations]]\nid = "pager"\nby = "Ada"\n'
NAME = "readiness.toml"


def test_each_line_has_its_author(repo: Repository) -> None:
    repo.commit(SIGNED.replace("Ada", "nobody"), 0, "Bob", name=NAME)
    repo.commit(SIGNED, 1, "Ada", name=NAME)
    repo.write("# new\n" + SIGNED, NAME)

    marks = authors_of(repo.folder / NAME, range(1, 5))

    assert [marks[n].author for n in range(1, 5)] == [None, "Bob", "Bob", "Ada"]
    assert marks[1].state == "uncommitted"


def test_spaces_and_line_ends_are_no_change(repo: Repository) -> None:
    first = repo.commit(SIGNED, 0, "Ada", name=NAME)
    repo.commit(SIGNED.replace(" = ", "=").replace("\n", "\r\n"), 1, "Eve", name=NAME)
    repo.commit("\n# above\n" + SIGNED.replace("by", "  by"), 2, "Eve", name=NAME)

    assert author_of(repo.folder / NAME, 5).commit == first


def test_a_renamed_file_keeps_its_authors(repo: Repository) -> None:
    first = repo.commit(SIGNED, 0, "Ada", name="old.toml")
    repo.git("mv", "old.toml", NAME)
    repo.record(1, "Eve")

    assert author_of(repo.folder / NAME, 3).commit == first


def test_a_copied_signature_is_its_copiers(repo: Repository) -> None:
    repo.commit(SIGNED, 0, "Ada", name=NAME)
    repo.commit(SIGNED + SIGNED.replace("pager", "rollback"), 1, "Eve", name=NAME)

    marks = authors_of(repo.folder / NAME, [3, 6])
    assert (marks[3].author, marks[6].author) == ("Ada", "Eve")


def test_a_changed_line_is_the_changers(repo: Repository) -> None:
    repo.commit(SIGNED, 0, "Ada", name=NAME)
    repo.commit(SIGNED.replace("pager", "all"), 1, "Eve", name=NAME)

    assert author_of(repo.folder / NAME, 2).author == "Eve"
    assert author_of(repo.folder / NAME, 3).author == "Ada"


def test_a_line_that_comes_by_a_merge(repo: Repository) -> None:
    repo.commit("a = 1\nb = 2\nc = 3\n", 0, "Ada", name=NAME)
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit("a = 1\nb = 2\nc = 3\n" + SIGNED, 1, "Bob", name=NAME)
    repo.git("checkout", "-q", "main")
    repo.commit("a = 0\nb = 2\nc = 3\n", 2, "Cid", name=NAME)
    repo.merge("feature", 3)

    marks = authors_of(repo.folder / NAME, [1, 2, 6])
    assert [marks[n].author for n in (1, 2, 6)] == ["Cid", "Ada", "Bob"]


def test_states_of_files(repo: Repository) -> None:
    repo.commit("x", name="x.txt")
    repo.write(SIGNED, NAME)
    assert author_of(repo.folder / NAME, 1).state == "untracked"
    repo.git("add", NAME)
    assert author_of(repo.folder / NAME, 1).state == "uncommitted"


def test_a_line_that_the_file_has_not(repo: Repository) -> None:
    repo.commit(SIGNED, name=NAME)
    for line in (0, -3, 99):
        mark = author_of(repo.folder / NAME, line)
        assert (mark.state, mark.detail) == ("unknown", f"the file has no line {line}")


def test_nothing_asked_nothing_answered(repo: Repository) -> None:
    repo.commit(SIGNED, name=NAME)
    assert authors_of(repo.folder / NAME, []) == {}


def test_a_file_that_is_not_there_is_unknown(repo: Repository) -> None:
    mark = author_of(repo.folder / NAME, 1)
    assert (mark.state, mark.detail) == (
        "unknown",
        "the file cannot be read: No such file or directory",
    )


ROLLBACK = '[[attestations]]\nid = "rollback"\nby = "Bob"\n'


def test_a_table_that_was_moved_keeps_its_authors(repo: Repository) -> None:
    repo.commit(SIGNED, 0, "Ada", name=NAME)
    repo.commit(f"{SIGNED}\n{ROLLBACK}", 1, "Bob", name=NAME)
    repo.commit(f"{ROLLBACK}\n{SIGNED}", 2, "Eve", name=NAME)

    marks = authors_of(repo.folder / NAME, [3, 7])
    assert (marks[3].author, marks[7].author) == ("Bob", "Ada")


def test_a_signature_moved_into_another_table_is_its_movers(repo: Repository) -> None:
    unsigned = '[[attestations]]\nid = "rollback"\n'
    repo.commit(f"{SIGNED}\n{unsigned}", 0, "Ada", name=NAME)
    pager, by, _ = SIGNED.partition('by = "Ada"\n')
    repo.commit(f"{pager}\n{unsigned}{by}", 1, "Eve", name=NAME)

    assert author_of(repo.folder / NAME, 6).author == "Eve"
