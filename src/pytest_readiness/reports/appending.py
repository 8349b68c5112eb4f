"""Text onto the end of a file that others add to at the same time: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this platform: one write a line has to do
    fcntl = None  # type: ignore[assignment]  # the absence is the point

PATIENCE = 10.0
"""Seconds that another run may take to add its line: it needs a millisecond."""

_PAUSE = 0.01
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)


def add_line(line: bytes, path: Path, patience: float = PATIENCE) -> str | None:
    """Add a line to the file, which is made where there is none; why it was not, or None.

    Half a line at the end, of a run that was killed or a disk that was full, is left as it is:
    ours begins after it. Where our own does not fit, nothing of it stays.

    Args:
        line: what to add, without its end.
        path: the file; a link is followed.
        patience: seconds to wait for other runs.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path, time.monotonic() + patience) as handle:
            _add(handle, line + b"\n")
    except (OSError, ValueError) as error:  # a name that no file can have
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def add(made: Callable[[int], bytes], path: Path, patience: float = PATIENCE) -> str | None:
    """Add to a file that somebody else has made; why it was not, or None.

    Args:
        made: what to add, of the bytes that are there already; empty to add nothing.
        path: the file; where there is none, none is made.
        patience: seconds to wait for others.
    """
    try:
        with _locked(path, time.monotonic() + patience, create=False) as handle:
            content = made(os.fstat(handle).st_size)
            if content:
                _add(handle, content)
    except (OSError, ValueError) as error:  # a name that no file can have
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def _add(handle: int, content: bytes) -> None:
    """One write, so that also a run that knows of no lock finds whole lines."""
    size = os.fstat(handle).st_size
    if size:
        os.lseek(handle, -1, os.SEEK_END)
        content = content if os.read(handle, 1) == b"\n" else b"\n" + content
    written = os.write(handle, content)
    if written < len(content):
        with contextlib.suppress(OSError):
            # Where there are no locks, another line may already stand behind our half.
            if os.fstat(handle).st_size == size + written:
                os.ftruncate(handle, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextlib.contextmanager
def _locked(path: Path, until: float, *, create: bool = True) -> Iterator[int]:
    """The file, open and ours alone, and still the one of that name.

    Raises:
        OSError: it cannot be opened, is no file, or another process does not let go of it.
    """
    while True:
        handle = _open(path, create)
        try:
            _lock(handle, until)
            if _is(handle, path) or time.monotonic() >= until:
                yield handle
                return
        finally:
            # The lock goes with it.
            os.close(handle)


def _open(path: Path, create: bool) -> int:
    flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
    # Not blocking, so that a pipe nobody reads is seen for what it is.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a file")
    return handle


def _lock(handle: int, until: float) -> None:
    if fcntl is None:
        return
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                # A file system without locks: one write a line is all that can be done.
                return
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise
        if time.monotonic() >= until:
            raise OSError(
                errno.ETIMEDOUT, "another process holds its lock and does not let go of it"
            )
        time.sleep(_PAUSE)


def _is(handle: int, path: Path) -> bool:
    """Whether a file still has its name: it may have been put aside while we waited."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
