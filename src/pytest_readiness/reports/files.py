"""Reports onto the disk: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import OF_A_REPOSITORY, extension, writer_for
from pytest_readiness.reports.forges.places import from_top


def write(scorecard: Scorecard, path: Path, folder: str | None = "") -> str | None:
    """Write one report; returns why it could not be written, or None.

    A temporary file is renamed into place, so that a reader never sees half a report and a run
    that fails to write leaves no report of an earlier one looking like its own.

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
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp's 0600 would keep a report from the CI's own user.
        replaced(path, content, 0o666 & ~_umask())
    except (OSError, ValueError) as error:  # a name or a text that no file can hold
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def replaced(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file in the place of another, so that nobody ever sees half of it.

    Args:
        path: what to replace.
        content: what is to stand in it.
        mode: its permissions; those of the file that is there without.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    mode = path.stat().st_mode & 0o7777 if mode is None else mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def discard(path: Path) -> None:
    """Remove an earlier run's report, so that it cannot be taken for this run's."""
    with contextlib.suppress(OSError, ValueError):
        path.unlink(missing_ok=True)


def _umask() -> int:
    # For a moment another thread's files may be made under it: so a strict one.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
