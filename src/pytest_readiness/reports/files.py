"""Reports onto the disk: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import OF_A_REPOSITORY, extension, writer_for
from pytest_readiness.reports.forges.places import from_top

_LONGEST = 40
"""Characters of a file's name in that of its temporary one, which must not be too long itself."""


def write_all(scorecard: Scorecard, paths: Iterable[Path], folder: str | None = "") -> list[str]:
    """Write the reports; returns a line for each that could not be written.

    One that is asked for twice is written once.

    Args:
        scorecard: what to write.
        paths: the files.
        folder: as for :func:`write`.
    """
    problems: list[str] = []
    for path in {_place(path): path for path in paths}.values():
        problem = write(scorecard, path, folder)
        if problem is not None:
            problems.append(problem)
    return problems


def _place(path: Path) -> str:
    try:
        return os.path.join(os.path.realpath(path.parent), path.name)
    except (OSError, ValueError):  # writing it will say what is wrong with it
        return str(path)


def write(scorecard: Scorecard, path: Path, folder: str | None = "") -> str | None:
    """Write one report; returns why it could not be written, or None.

    A temporary file is renamed into place, so that a reader never sees half a report and a run
    that fails to write leaves no report of an earlier one looking like its own. A link is replaced,
    and not what it leads to: somebody else may have laid it.

    Args:
        scorecard: what to write.
        path: the file; its extension is the format.
        folder: pytest's root folder as seen from the top of the repository, from which a forge
            looks at files; None where it is outside.
    """
    try:
        if extension(path.name) in OF_A_REPOSITORY:
            scorecard = from_top(scorecard, folder)
        content = writer_for(path.name)(scorecard)
    except Exception as error:  # whatever a format trips over, the others are still written
        return f"{path}: it could not be made: {_told(error)}"
    try:
        _make_folder(path.parent)
        # mkstemp's 0600 would keep a report from the CI's own user.
        replaced(path, content, 0o666 & ~_umask())
    except (OSError, ValueError) as error:  # a name or a text that no file can hold
        return f"{path}: {_reason(error)}{_left_over(path)}"
    return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder") from None


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _told(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "")
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _left_over(path: Path) -> str:
    """A warning where the report of an earlier run could not be removed either."""
    with contextlib.suppress(OSError, ValueError):
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_size:
            return "; what stands there is an earlier run's"
    return ""


def replaced(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file in the place of another, so that nobody ever sees half of it.

    Args:
        path: what to replace; a link itself, and not what it leads to.
        content: what is to stand in it.
        mode: its permissions; those of the file that is there without.

    Raises:
        OSError: it cannot be written; what was there stays.
        ValueError: no file can have the name.
    """
    _refuse_what_is_no_file(path)
    mode = path.stat().st_mode & 0o7777 if mode is None else mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_LONGEST]}.")
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _refuse_what_is_no_file(path: Path) -> None:
    """Renaming onto a device would put a file into its place, for the whole machine.

    Raises:
        OSError: there is a folder, a device or a pipe of that name.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OSError(errno.EINVAL, "it is not a regular file")


def discard(path: Path) -> None:
    """Remove an earlier run's report, so that it cannot be taken for this run's.

    Where nothing may be removed from the folder, the file is emptied. Of a link, the link goes and
    what it leads to stays; what is no file, such as a device, is left alone.
    """
    with contextlib.suppress(OSError, ValueError):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            path.unlink()
        elif stat.S_ISREG(mode):
            try:
                path.unlink()
            except OSError:
                os.close(os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)))


def _umask() -> int:
    # For a moment another thread's files may be made under it: so a strict one.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
