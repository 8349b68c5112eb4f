"""Reports onto the disk: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePath

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import OF_A_REPOSITORY, extension, writer_for
from pytest_readiness.reports.forges.places import from_top

_LONGEST = 40
"""Characters of a file's name in that of its temporary one, which must not be too long itself."""


def write_all(scorecard: Scorecard, paths: Iterable[Path], folder: str | None = "") -> list[str]:
    """Write the reports; returns a line for each that could not be written.

    One that is asked for twice is written once. Two of different formats cannot be one file, as
    where one is a link to the other: the first is written.

    Args:
        scorecard: what to write.
        paths: the files.
        folder: as for :func:`write`.
    """
    problems: list[str] = []
    written: dict[str, Path] = {}
    for path in paths:
        first = written.setdefault(_place(path), path)
        if first is path:
            problem = write(scorecard, path, folder)
        elif _format(first) != _format(path):
            problem = f"{path}: it is the same file as {first}"
        else:
            continue
        if problem is not None:
            problems.append(problem)
    return problems


def _place(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # writing it will say what is wrong with it
        return str(path)


def _format(path: PurePath) -> str:
    return extension(path.name)


def write(scorecard: Scorecard, path: Path, folder: str | None = "") -> str | None:
    """Write one report; returns why it could not be written, or None.

    A temporary file is renamed into place, so that a reader never sees half a report and a run
    that fails to write leaves no report of an earlier one looking like its own. A link is
    followed: what it points to is replaced, and it stays.

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
        target = Path(os.path.realpath(path))
        _make_folder(target.parent)
        # mkstemp's 0600 would keep a report from the CI's own user.
        replaced(target, content, 0o666 & ~_umask())
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
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size:
            return "; what stands there is an earlier run's"
    return ""


def replaced(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file in the place of another, so that nobody ever sees half of it.

    Args:
        path: what to replace; of a link, what it points to.
        content: what is to stand in it.
        mode: its permissions; those of the file that is there without.

    Raises:
        OSError: it cannot be written; what was there stays.
        ValueError: no file can have the name.
    """
    path = Path(os.path.realpath(path))
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
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def discard(path: Path) -> None:
    """Remove an earlier run's report, so that it cannot be taken for this run's.

    Where nothing may be removed from the folder, the file is emptied. A link stays, and what is
    no file, such as a device, is left alone.
    """
    with contextlib.suppress(OSError, ValueError):
        target = os.path.realpath(path)
        if not stat.S_ISREG(os.stat(target).st_mode):
            return
        try:
            os.unlink(target)
        except OSError:
            os.truncate(target, 0)


def _umask() -> int:
    # For a moment another thread's files may be made under it: so a strict one.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
