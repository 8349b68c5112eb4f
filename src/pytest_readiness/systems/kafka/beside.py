"""What is done on a thread beside our own, and let go with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Generic, TypeVar

from pytest_readiness.systems.watch import DeadlineExceeded, Watch

T = TypeVar("T")

_GRACE = 0.1
"""Seconds that the thread has to see that its time is over."""


class Beside(Generic[T]):
    """Does something while the block is run; shut down when it ends, through or not."""

    def __init__(self, work: Callable[[Watch], T], watch: Watch) -> None:
        self._work = work
        self._watch = watch
        self._part = Watch(watch.left())
        self._stack = ExitStack()
        self._done: list[T] = []
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="readiness-beside", daemon=True)

    def __enter__(self) -> Beside[T]:
        self._stack.enter_context(self._watch.closing(self._part.expire))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._part.expire()
        self._thread.join(_GRACE)
        self._stack.close()

    def result(self) -> T:
        """What came of it, waited for as long as there is time.

        Raises:
            DeadlineExceeded: it is not through in time.
        """
        self._thread.join(self._part.remaining)
        if self._failed:
            raise self._failed[0]
        if not self._done:
            raise DeadlineExceeded(self._part.describe())
        return self._done[0]

    def _run(self) -> None:
        try:
            self._done.append(self._work(self._part))
        except BaseException as error:  # for whoever waits for it
            self._failed.append(error)
