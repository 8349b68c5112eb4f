"""Observations at the same time: as many as the settings allow, in all and of one host."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection

from pytest_readiness.systems.base import Observation


class Pending:
    """An observation that waits for its turn, is under way, or is done."""

    def __init__(
        self, work: Callable[[], Observation], hosts: Collection[str], patience: float, pool: Pool
    ) -> None:
        self.hosts = frozenset(hosts)
        self.patience = patience
        self.awaited = False
        self._work = work
        self._pool = pool
        self._begun = threading.Event()
        self._done = threading.Event()
        self._ends = 0.0
        self._result: Observation | None = None

    def begin(self) -> None:
        """Its time runs from now on."""
        self._ends = time.monotonic() + self.patience
        self._begun.set()

    def run(self) -> None:
        """Observe."""
        try:
            self._result = self._work()
        except Exception as error:  # a bug of ours is a finding, not a silent thread
            self._result = Observation(failure=f"{type(error).__name__}: {error}", broken=True)
        self._done.set()

    @property
    def done(self) -> Observation | None:
        """The observation, if it has ended; waits for nothing."""
        return self._result if self._done.is_set() else None

    def result(self) -> Observation:
        """The observation; waits for it, but never longer than it may take."""
        if self._done.is_set() and self._result is not None:
            return self._result
        if self._begun.wait(self._pool.hurry(self)):
            self._done.wait(max(0.0, self._ends - time.monotonic()))
        return self._result or Observation(failure=f"no answer within {self.patience:g} s")


class Pool:
    """Runs observations on daemon threads, no more at once than the limits say.

    Daemon threads, and no executor: at the end of the process an executor waits for its threads,
    and a system that hangs would keep the run.

    Args:
        at_once: observations under way at the same time.
        per_host: those of them that go to one host.
    """

    def __init__(self, at_once: int, per_host: int) -> None:
        self._at_once = at_once
        self._per_host = per_host
        self._lock = threading.Lock()
        self._waiting: list[Pending] = []
        self._running: list[Pending] = []
        self._busy: Counter[str] = Counter()

    def add(
        self, work: Callable[[], Observation], hosts: Collection[str], patience: float
    ) -> Pending:
        """An observation to run as soon as the limits let it.

        Args:
            work: observes; bounded by itself.
            hosts: where it goes.
            patience: seconds it may take once it is under way.
        """
        pending = Pending(work, hosts, patience, self)
        with self._lock:
            self._waiting.append(pending)
            self._fill()
        return pending

    def hurry(self, pending: Pending) -> float:
        """Let one go before the others that wait; returns the seconds after which it must have
        begun: none of those under way takes longer than it may."""
        with self._lock:
            pending.awaited = True
            if pending in self._waiting:
                self._waiting.remove(pending)
                self._waiting.insert(0, pending)
            return sum(other.patience for other in self._running)

    def stop(self) -> None:
        """Begin no other observation."""
        with self._lock:
            self._waiting.clear()

    def _fill(self) -> None:
        while (pending := self._next()) is not None:
            name = "readiness-observe"
            threading.Thread(target=self._run, args=(pending,), name=name, daemon=True).start()

    def _next(self) -> Pending | None:
        """The next whose turn it is, begun; call it with the lock."""
        if len(self._running) >= self._at_once:
            return None
        kept: set[str] = set()
        for pending in self._waiting:
            full = any(self._busy[host] >= self._per_host for host in pending.hosts)
            if pending.awaited and full:
                kept |= pending.hosts  # or others would overtake it for ever
            elif not full and kept.isdisjoint(pending.hosts):
                self._waiting.remove(pending)
                self._running.append(pending)
                self._busy.update(pending.hosts)
                pending.begin()
                return pending
        return None

    def _run(self, pending: Pending | None) -> None:
        while pending is not None:
            pending.run()
            with self._lock:
                self._running.remove(pending)
                self._busy.subtract(pending.hosts)
                pending = self._next()
                # One that was on several hosts may have made room for more than one.
                self._fill()
