"""Many questions at the same time, over few connections, and no longer than there is time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

T = TypeVar("T")


class Together(Generic[T]):
    """Jobs that threads take from a queue, each thread with a connection of its own."""

    def __init__(
        self, door: Door, jobs: Mapping[str, Callable[[Caller], T]], watch: Watch, workers: int
    ) -> None:
        self._watch = watch
        self._jobs = jobs
        self._answers: dict[str, T | Unreachable | None] = {}
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._done = threading.Event()
        for name in jobs:
            self._waiting.put(name)
        if not jobs:
            self._done.set()
        for _ in range(min(workers, len(jobs))):
            threading.Thread(
                target=self._work, args=(door,), name="readiness-http-ask", daemon=True
            ).start()

    def wait(self, seconds: float) -> None:
        """Until all are answered, or the time is over."""
        self._done.wait(seconds)

    def said(self) -> dict[str, T | Unreachable]:
        """What came until now; what the deadline cut off is not in it."""
        return {name: said for name, said in dict(self._answers).items() if said is not None}

    def _work(self, door: Door) -> None:
        with door.caller(self._watch) as caller:
            while True:
                try:
                    name = self._waiting.get_nowait()
                except queue.Empty:
                    return
                self._answers[name] = self._one(caller, name)
                if len(self._answers) == len(self._jobs):
                    self._done.set()

    def _one(self, caller: Caller, name: str) -> T | Unreachable | None:
        try:
            return self._jobs[name](caller)
        except DeadlineExceeded:
            return None
        except Unreachable as error:
            return error if self._watch.remaining else None
        except Exception as error:  # whatever it is must reach the thread that waits
            return Unreachable(f"{type(error).__name__}: {error}")
