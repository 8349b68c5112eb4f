"""Many questions at the same time, on a few kept connections to one door."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from pytest_readiness.systems.asking import Caller, Door
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

T = TypeVar("T")


class Pool:
    """Connections to one door that go from one who asks to the next.

    No more are open than there are callers at the same time: the workers of the flights that are
    on their way, and who asks by :meth:`caller`.

    Args:
        door: where to.
        watch: bounds all that is asked; may be set anew for what is asked from then on.
        name: of the system, for its threads.
        wide: whether the server surely serves several connections at a time. One that may serve a
            single one to its end must not be kept by a connection while another one waits.
    """

    def __init__(self, door: Door, watch: Watch, name: str, *, wide: bool) -> None:
        self.door = door
        self.watch = watch
        self.name = name
        self._wide = wide
        self._lock = threading.Lock()
        self._idle: list[Caller] = []
        self._busy: list[Caller] = []
        self._over = False

    def flight(self, jobs: Mapping[str, Callable[[Caller], T]], workers: int) -> Flight[T]:
        """Begin jobs at the same time, on this many connections at most."""
        return Flight(self, jobs, workers)

    @contextlib.contextmanager
    def caller(self) -> Iterator[Caller]:
        """Somebody who asks, on a kept connection where one is idle."""
        caller = self.taken()
        try:
            yield caller
        finally:
            self.let_go(caller)

    def taken(self) -> Caller:
        """Somebody who asks, until let go."""
        with self._lock:
            caller = self._idle.pop() if self._idle else Caller(self.door, self.watch)
            self._busy.append(caller)
        caller.watch = self.watch
        return caller

    def let_go(self, caller: Caller) -> None:
        """Keep a connection for the next who asks."""
        with self._lock:
            self._busy.remove(caller)
            waits = not self._wide and any(not one.served for one in self._busy)
            if not (self._over or waits):
                self._idle.append(caller)
                return
        caller.hang_up()

    def close(self) -> None:
        """Close the connections; one that is being asked on, when that ends."""
        with self._lock:
            self._over = True
            idle, self._idle = self._idle, []
        for caller in idle:
            caller.hang_up()


class Flight(Generic[T]):
    """Jobs that are begun at the same time; each thread has one connection."""

    def __init__(self, pool: Pool, jobs: Mapping[str, Callable[[Caller], T]], workers: int) -> None:
        self._pool = pool
        self._jobs = jobs
        self._answers: dict[str, T | Unreachable | None] = {}
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        names = list(jobs)
        for name in names[workers:]:
            self._waiting.put(name)
        # Taken before the first is let go: how many there are hangs on no thread's speed.
        begun = [(name, pool.taken()) for name in names[:workers]]
        self._working = len(begun)
        self._lock = threading.Lock()
        self._done = threading.Event()
        if not begun:
            self._done.set()
        for each in begun:
            threading.Thread(
                target=self._work, args=each, name=f"readiness-{pool.name}-ask", daemon=True
            ).start()

    def wait(self, seconds: float) -> None:
        """Until all are answered and their connections let go, or the time is over."""
        self._done.wait(seconds)

    def said(self) -> dict[str, T | Unreachable]:
        """What came until now, in the order of the jobs; not what the deadline cut off."""
        answers = dict(self._answers)
        found = {name: answers.get(name) for name in self._jobs}
        return {name: said for name, said in found.items() if said is not None}

    def _work(self, name: str, caller: Caller) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._answers[name] = self._one(caller, name)
                name = self._waiting.get_nowait()
        self._pool.let_go(caller)
        with self._lock:
            self._working -= 1
            if not self._working:
                self._done.set()

    def _one(self, caller: Caller, name: str) -> T | Unreachable | None:
        try:
            return self._jobs[name](caller)
        except DeadlineExceeded:
            return None
        except Unreachable as error:
            return error if self._pool.watch.remaining else None
        except Exception as error:  # whatever it is must reach the thread that waits
            return Unreachable(f"{type(error).__name__}: {error}")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Begin what bounds itself on a thread of its own; what is given back waits for its result."""
    results: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # it belongs to who waits
            problems.append(error)

    thread = threading.Thread(target=run, name="readiness-beside", daemon=True)
    thread.start()

    def result() -> T:
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    return result
