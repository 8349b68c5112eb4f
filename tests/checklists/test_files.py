"""Which files are checklists, and what is said of those that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_readiness.policy.checklists.files import LARGEST, files, text_of
from pytest_readiness.policy.errors import SettingsError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("docs/a.md", "docs/b.md", "docs/deep/c.md", "docs/[x].md", "node_modules/p/R.md",
                 ".venv/site-packages/q/S.md", "README.md", "docs/logo.png"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("- [ ] a\n")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["docs/a.md"], ["docs/a.md"]),
        (["./docs/a.md", "docs/a.md", "docs/deep/../a.md"], ["docs/a.md"]),
        (["docs/b.md", "docs/a.md"], ["docs/a.md", "docs/b.md"]),
        (["docs/*.md"], ["docs/[x].md", "docs/a.md", "docs/b.md"]),
        (["docs/[x].md"], ["docs/[x].md"]),
        (["docs/**/c.md"], ["docs/deep/c.md"]),
        (["**/?.md"], ["docs/a.md", "docs/b.md", "docs/deep/c.md"]),
        (["**/*.md"], ["README.md", "docs/[x].md", "docs/a.md", "docs/b.md", "docs/deep/c.md"]),
        ([], []),
    ],
)
def test_files_of_patterns(project: Path, patterns: list[str], names: list[str]) -> None:
    found = files(project, patterns)
    assert [path.relative_to(project).as_posix() for path in found] == names


def test_a_file_beside_the_root_and_one_by_its_whole_path(project: Path) -> None:
    assert files(project / "docs/deep", ["../a.md"]) == [project / "docs/a.md"]
    assert files(project / "docs/deep", ["../?.md"]) == [
        project / "docs/a.md",
        project / "docs/b.md",
    ]
    assert files(project / "docs", [str(project / "README.md")]) == [project / "README.md"]


def test_a_link_to_a_file_is_that_file(project: Path) -> None:
    (project / "docs/z.md").symlink_to(project / "docs/a.md")
    assert len(files(project, ["docs/[az].md"])) == 1


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("docs/aa.md", "no file matches 'docs/aa.md'; did you mean 'a.md'?"),
        ("dosc/a.md", "no file matches 'dosc/a.md'; there is no folder 'dosc' in "),
        ("x/**/*.md", "no file matches 'x/**/*.md'"),
        ("docs", "'docs' is a folder; write 'docs/**/*.md'"),
        ("docs/", "'docs/' is a folder; write 'docs/**/*.md'"),
        ("a\0b", "no file matches 'a\\x00b'"),
    ],
)
def test_a_pattern_that_matches_nothing(project: Path, pattern: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        files(project, [pattern])
    assert str(caught.value).startswith(f"checklists.files: {problem}")


def test_text_of_a_file(project: Path) -> None:
    path = project / "docs/a.md"
    path.write_bytes(b"\xef\xbb\xbf- [ ] \xe4\xb8\xad\r\n")
    assert text_of(path, "docs/a.md") == (path.read_bytes(), "\ufeff- [ ] 中\r\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- [ ] ä\n".encode("utf-16"), "not UTF-8 on line 1; save it as UTF-8"),
        (b"- [ ] a\n- [ ] \xe4\n", "not UTF-8 on line 2; save it as UTF-8"),
        (b"a" * (LARGEST + 1), "larger than 2 MB; name only the files with task lists"),
    ],
)
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        text_of(path, "docs/a.md")
    assert str(caught.value) == f"checklists.files: docs/a.md: {problem}"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a\.md: cannot be read: No such file"):
        text_of(tmp_path / "a.md", "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(SettingsError, match=r"no file matches 'pipe\.md'"):
        files(tmp_path, ["pipe.md"])
