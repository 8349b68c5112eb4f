"""Where things stand in the repository, as a forge shows them: a file's path, a table's line."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from pytest_readiness.model import Finding, Scorecard

_TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables that name the top folder of what is checked out: GitHub's (and Gitea's), GitLab's."""

_QUOTES = r"[\"']?"


def folder(root: Path, environ: Mapping[str, str]) -> str | None:
    """pytest's root folder as seen from the top of the repository, ``""`` where it is that.

    Args:
        root: pytest's root folder.
        environ: a forge names the top in it; elsewhere the folder with ``.git`` is.

    Returns:
        None where the root folder is not in the repository.
    """
    named = next((environ[name] for name in _TOPS if environ.get(name)), None)
    here = Path(os.path.realpath(root))
    top = Path(os.path.realpath(named)) if named else _with_git(here)
    try:
        found = here.relative_to(top).as_posix()
    except ValueError:
        return None
    return "" if found == "." else found


def _with_git(here: Path) -> Path:
    for one in (here, *here.parents):
        if (one / ".git").exists():
            return one
    return here


def within(file: str | None, folder: str | None) -> str | None:
    """A file, given as seen from the root folder, as seen from the top; None if it is outside."""
    if not file or folder is None:
        return None
    found = posixpath.normpath(posixpath.join(folder, file))
    return None if found.startswith(("/", "../")) or found in (".", "..") else found


def from_top(card: Scorecard, folder: str | None) -> Scorecard:
    """The scorecard with the files in it as seen from the top of the repository."""
    if folder == "":
        return card
    settings = within(card.about.settings_file, folder)
    return replace(
        card,
        about=replace(card.about, settings_file=settings),
        findings=tuple(
            replace(f, file=within(f.file, folder)) if f.file else f for f in card.findings
        ),
    )


def line_of(settings: str, prefix: str, finding: Finding) -> int | None:
    """The line of a target's own table in the settings, from 1 on.

    Args:
        settings: the text of the file.
        prefix: what stands before a table's name, ``tool.readiness.`` or nothing.
        finding: its system and target name the table.

    Returns:
        None where the table is not written as ``[redis.cache]`` exactly once.
    """
    if not finding.system or not finding.target:
        return None
    names = [*filter(None, prefix.split(".")), finding.system, finding.target]
    dotted = r"[ \t]*\.[ \t]*".join(f"{_QUOTES}{re.escape(name)}{_QUOTES}" for name in names)
    table = re.compile(rf"^[ \t]*\[[ \t]*{dotted}[ \t]*\][ \t\r]*(?:#.*)?$", re.MULTILINE)
    found = list(table.finditer(settings))
    return settings.count("\n", 0, found[0].start()) + 1 if len(found) == 1 else None
