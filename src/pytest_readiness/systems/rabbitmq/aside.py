"""Work that nobody else watches: with deadlines of its own, and on daemon threads only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Generic, TypeVar

from pytest_readiness.systems.watch import DeadlineExceeded, Watch

T = TypeVar("T")

_GRACE = 0.1
"""Seconds the work has, past its deadline, to hand in what it has seen."""


class Aside(Generic[T]):
    """Work that has begun. Leaving the context shuts its sockets down, done or not."""

    def __init__(self, work: Callable[[Watch], T], seconds: float, name: str) -> None:
        self._watch = Watch(seconds)
        self._done = threading.Event()
        self._value: list[T] = []
        self._error: list[BaseException] = []
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[Watch], T]) -> None:
        try:
            self._value.append(work(self._watch))
        except BaseException as error:  # handed to the thread that asks for the result
            self._error.append(error)
        self._done.set()

    def __enter__(self) -> Aside[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watch.expire()

    def result(self) -> T:
        """What the work returned, or raised.

        Raises:
            DeadlineExceeded: it has returned nothing within its time.
        """
        if not self._done.wait(self._watch.remaining):
            self._watch.expire()
            self._done.wait(_GRACE)
        if self._value:
            return self._value[0]
        raise self._error[0] if self._error else DeadlineExceeded(self._watch.describe())


@contextmanager
def bounded(seconds: float) -> Iterator[Watch]:
    """A watch that really expires, for work that nobody else watches."""
    watch = Watch(seconds)
    timer = threading.Timer(seconds, watch.expire)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


def together(calls: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Make calls at the same time, each on a daemon thread; what one raises is its result.

    Each call must be bounded by itself.
    """
    results: dict[str, Any] = {}

    def run(name: str, call: Callable[[], Any]) -> None:
        try:
            results[name] = call()
        except Exception as error:
            results[name] = error

    threads = [
        threading.Thread(target=run, args=item, name=f"readiness-{item[0]}", daemon=True)
        for item in calls.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
