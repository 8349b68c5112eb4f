"""Reports onto the disk: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import writer_for


def write(scorecard: Scorecard, path: Path) -> str | None:
    """Write one report; returns why it could not be written, or None.

    A temporary file is renamed into place, so that a reader never sees half a report and a run
    that fails to write leaves no report of an earlier one looking like its own.
    """
    try:
        content = writer_for(path.name)(scorecard)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "wb") as stream:
                stream.write(content)
            # mkstemp's 0600 would keep a report from the CI's own user.
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except (OSError, ValueError) as error:  # a name or a text that no file can hold
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def discard(path: Path) -> None:
    """Remove an earlier run's report, so that it cannot be taken for this run's."""
    with contextlib.suppress(OSError, ValueError):
        path.unlink(missing_ok=True)


def _umask() -> int:
    # For a moment another thread's files may be made under it: so a strict one.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
