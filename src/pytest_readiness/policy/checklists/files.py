"""The files that are checklists, and their text."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from pytest_readiness.policy.errors import SettingsError, nearest

LARGEST = 2_000_000
"""Bytes that are read of one file; a list that people tick has a thousandth of them."""
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})
"""Folders of other people's files, which no wildcard is meant to find."""


def files(root: Path, patterns: Sequence[str]) -> list[Path]:
    """The checklists of a project, sorted, each once.

    Args:
        root: the folder that the patterns start from.
        patterns: names and patterns; ``**`` stands for any folders, hidden ones left out.

    Raises:
        SettingsError: a pattern that matches no file.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        for path in _matching(root, pattern):
            found.setdefault(path.resolve(), path)
    return sorted(found.values())


def _matching(root: Path, pattern: str) -> list[Path]:
    exact = root / pattern
    try:
        if exact.is_file():
            # Also one whose name has brackets in it.
            return [Path(os.path.normpath(exact))]
        names = glob.glob(pattern, root_dir=root, recursive=True)
        paths = [root / name for name in names if not _FOREIGN & set(Path(name).parts)]
        matching = [Path(os.path.normpath(path)) for path in paths if path.is_file()]
        folder = exact.is_dir()
    except (OSError, ValueError) as error:
        raise SettingsError(f"checklists.files: {pattern!r}: {_cause(error)}") from None
    if matching:
        return matching
    if folder:
        raise SettingsError(
            f"checklists.files: {pattern!r} is a folder; write '{pattern.rstrip('/')}/**/*.md'"
        )
    raise SettingsError(f"checklists.files: no file matches {pattern!r}{_meant(root, pattern)}")


def _meant(root: Path, pattern: str) -> str:
    """``; did you mean 'docs/GO_LIVE.md'?`` for a name beside which there is one like it."""
    folder, _, name = pattern.rpartition("/")
    try:
        beside = [p.name for p in (root / folder).iterdir() if p.is_file()]
    except (OSError, ValueError):
        return f"; there is no folder {folder!r} in {root}" if folder and "*" not in folder else ""
    return nearest(name, beside)


def text_of(path: Path, name: str) -> tuple[bytes, str]:
    """A checklist's bytes and its text.

    Args:
        path: the file.
        name: as named to the user.

    Raises:
        SettingsError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"checklists.files: {name}: cannot be read: {_cause(error)}") from None
    if len(content) > LARGEST:
        problem = f"larger than {LARGEST // 1_000_000} MB; name only the files with task lists"
        raise SettingsError(f"checklists.files: {name}: {problem}")
    try:
        return content, content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(content[: error.start].splitlines()) or 1
        problem = f"not UTF-8 on line {line}; save it as UTF-8"
        raise SettingsError(f"checklists.files: {name}: {problem}") from None


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
