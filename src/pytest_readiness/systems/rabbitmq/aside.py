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

    def soon(self, seconds: float) -> T | None:
        """What the work returned, if it does so within a time; it goes on working without."""
        self._done.wait(seconds)
        return self._value[0] if self._value else None


class Later(Generic[T]):
    """A value that one thread will have, and another waits for."""

    def __init__(self) -> None:
        self._come = threading.Event()
        self._value: list[T] = []

    def put(self, value: T) -> None:
        """Hand it over."""
        self._value.append(value)
        self._come.set()

    def within(self, watch: Watch) -> T | None:
        """The value, as soon as it is there; None if it does not come in time."""
        with watch.closing(self._come.set):
            self._come.wait(watch.remaining)
        return self._value[0] if self._value else None


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


def together(calls: Mapping[str, Callable[[], Any]], workers: int) -> dict[str, Any]:
    """Make calls at the same time, on daemon threads; what one raises is its result.

    Each call must be bounded by itself. Those named first are begun first.

    Args:
        calls: the calls by name.
        workers: threads that share them.
    """
    results: dict[str, Any] = {}
    waiting = iter(tuple(calls.items()))
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                name, call = next(waiting, ("", None))
            if call is None:
                return
            try:
                results[name] = call()
            except Exception as error:
                results[name] = error

    # The caller's own thread does its share.
    threads = [
        threading.Thread(target=run, name=f"readiness-together-{number}", daemon=True)
        for number in range(min(workers, len(calls)) - 1)
    ]
    for thread in threads:
        thread.start()
    run()
    for thread in threads:
        thread.join()
    return results
