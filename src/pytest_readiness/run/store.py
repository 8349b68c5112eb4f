"""Facts shared by the workers of one run: each target is observed by the first that asks.

A folder that only its owner may enter, one lock and one file a target. The lock is the kernel's:
it goes with the process that holds it, so a worker killed in the middle is replaced by the next.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from pytest_readiness.systems.base import Observation

try:
    import fcntl
except ImportError:  # no such locks on this platform: each worker observes for itself
    fcntl = None  # type: ignore[assignment]  # the absence is the point

_PAUSE = 0.02


class FactsStore:
    """One observation a target for all processes that share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str, observe: Callable[[], Observation], patience: float) -> Observation:
        """The observation of a target: another worker's, or our own.

        Args:
            key: system and target, fit for a file name.
            observe: observes now; bounded by itself.
            patience: seconds to wait for another worker; then we observe for ourselves.
        """
        path = self._folder / f"{key}.facts"
        with self._locked(key, patience):
            seen = self._read(path)
            if seen is None:
                seen = observe()
                self._write(path, seen)
        return seen

    def _read(self, path: Path) -> Observation | None:
        try:
            return msgspec.convert(marshal.loads(path.read_bytes()), Observation)
        except (OSError, EOFError, TypeError, ValueError, msgspec.ValidationError):
            return None

    def _write(self, path: Path, seen: Observation) -> None:
        # Without the file the others observe for themselves: dearer, but not wrong.
        with contextlib.suppress(OSError):
            new = path.with_suffix(f".{os.getpid()}")
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                # Not JSON, which loses NaN and large numbers: workers must judge what we do.
                stream.write(marshal.dumps(msgspec.to_builtins(seen)))
            new.replace(path)

    @contextlib.contextmanager
    def _locked(self, key: str, patience: float) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        try:
            lock = os.open(self._folder / f"{key}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield
            return
        try:
            ends = time.monotonic() + patience
            while time.monotonic() < ends:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    time.sleep(_PAUSE)
            yield
        finally:
            os.close(lock)
