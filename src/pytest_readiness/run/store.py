"""What the workers of one run share: a target is observed, a command run by the first that asks.

A folder that only its owner may enter, one lock and one file for each. The lock is the kernel's:
it goes with the process that holds it, so a worker killed in the middle is replaced by the next.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import pickle
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from pytest_readiness.systems.base import Observation

try:
    import fcntl
except ImportError:  # no such locks on this platform: each worker observes for itself
    fcntl = None  # type: ignore[assignment]  # the absence is the point

_PAUSE = 0.02


Held = TypeVar("Held")


class Store(ABC, Generic[Held]):
    """One of each for all processes that share the folder."""

    suffix: str
    """How the names of its files end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @abstractmethod
    def dumps(self, held: Held) -> bytes:
        """What is held, for a file."""

    @abstractmethod
    def loads(self, data: bytes) -> Held:
        """The same out of a file."""

    def get(self, key: str, make: Callable[[], Held], patience: float) -> Held:
        """What another worker has made, or we make ourselves.

        Args:
            key: of what it is, fit for a file name.
            make: makes it now; bounded by itself.
            patience: seconds to wait for another worker; then we make our own.
        """
        path = self._folder / f"{key}{self.suffix}"
        with self._locked(key, patience):
            held = self._read(path)
            if held is None:
                held = make()
                self._write(path, held)
        return held

    def _read(self, path: Path) -> Held | None:
        try:
            return self.loads(path.read_bytes())
        except (
            OSError,
            EOFError,
            TypeError,
            ValueError,
            pickle.UnpicklingError,
            msgspec.ValidationError,
        ):
            return None

    def _write(self, path: Path, held: Held) -> None:
        # Without the file the others make their own: dearer, but not wrong.
        with contextlib.suppress(OSError):
            new = path.with_suffix(f".{os.getpid()}")
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(self.dumps(held))
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


class FactsStore(Store[Observation]):
    """One observation a target."""

    suffix = ".facts"

    def dumps(self, held: Observation) -> bytes:
        """Facts as they are."""
        # Not JSON, which loses NaN and large numbers: workers must judge what we do.
        return marshal.dumps(msgspec.to_builtins(held))

    def loads(self, data: bytes) -> Observation:
        """Facts, held against their types."""
        return msgspec.convert(marshal.loads(data), Observation)


class RanStore(Store[Any]):
    """How each command ended."""

    suffix = ".ran"

    def dumps(self, held: Any) -> bytes:
        """Its end and its output; in a folder of our own, so no stranger's pickle is read."""
        return pickle.dumps(held)

    def loads(self, data: bytes) -> Any:
        """The same."""
        return pickle.loads(data)
