"""Observations at the same time: never more than the limits say, and each gets its turn."""

from __future__ import annotations

import threading
from collections import Counter

from pytest_readiness.run.pool import Pending, Pool
from pytest_readiness.systems.base import Observation

PATIENCE = 20.0


class Crowd:
    """Work that stays until it is told to go, and knows the most that was there at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.here: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.order: list[str] = []
        self._lock = threading.Condition()

    def add(self, pool: Pool, host: str, *hosts: str) -> Pending:
        return pool.add(lambda: self._work(host), (host, *hosts), PATIENCE)

    def _work(self, host: str) -> Observation:
        with self._lock:
            self.order.append(host)
            self.here.update((host, "all"))
            self.most |= self.here
            self._lock.notify_all()
        self.go.wait(PATIENCE)
        with self._lock:
            self.here.subtract((host, "all"))
        return Observation(failure=host)

    def wait_for(self, count: int) -> None:
        with self._lock:
            assert self._lock.wait_for(lambda: self.here["all"] >= count, PATIENCE)


def test_no_more_at_once_than_the_limit() -> None:
    crowd, pool = Crowd(), Pool(3, 3)
    waiting = [crowd.add(pool, f"host{i}") for i in range(10)]
    crowd.wait_for(3)
    crowd.go.set()
    assert [each.result().failure for each in waiting] == [f"host{i}" for i in range(10)]
    assert crowd.most["all"] == 3


def test_a_host_has_a_limit_of_its_own_and_others_go_on() -> None:
    crowd, pool = Crowd(), Pool(4, 2)
    waiting = [crowd.add(pool, name) for name in ("a", "a", "a", "a", "b")]
    crowd.wait_for(3)
    assert sorted(crowd.order) == ["a", "a", "b"]
    crowd.go.set()
    assert all(each.result().failure for each in waiting)
    assert crowd.most["a"] == 2


def test_a_cluster_counts_at_each_of_its_hosts() -> None:
    crowd, pool = Crowd(), Pool(4, 1)
    both, other = crowd.add(pool, "a", "b"), crowd.add(pool, "b")
    crowd.wait_for(1)
    assert crowd.order == ["a"]
    crowd.go.set()
    assert (both.result().failure, other.result().failure) == ("a", "b")
    assert crowd.most["all"] == 1


def test_what_a_check_waits_for_goes_first() -> None:
    crowd, pool = Crowd(), Pool(1, 1)
    waiting = [crowd.add(pool, f"host{i}") for i in range(4)]
    crowd.wait_for(1)
    pool.hurry(waiting[3])
    crowd.go.set()
    assert [each.result().failure for each in waiting] == [f"host{i}" for i in range(4)]
    assert crowd.order == ["host0", "host3", "host1", "host2"]


def test_nothing_begins_after_the_stop() -> None:
    crowd, pool = Crowd(), Pool(1, 1)
    crowd.add(pool, "first")
    crowd.wait_for(1)
    crowd.add(pool, "second")
    pool.stop()
    crowd.go.set()
    crowd.add(pool, "third").result()
    assert crowd.order == ["first", "third"]


def test_work_that_hangs_is_given_up() -> None:
    go, pool = threading.Event(), Pool(1, 1)
    hung = pool.add(lambda: Observation(failure=str(go.wait(PATIENCE))), (), 0.05)
    behind = pool.add(lambda: Observation(failure="seen"), (), 0.05)
    assert hung.result().failure == "no answer within 0.05 s"
    assert behind.result().failure == "no answer within 0.05 s"
    go.set()


def test_a_bug_is_told_and_frees_its_place() -> None:
    pool = Pool(1, 1)
    broken = pool.add(lambda: Observation(failure=str(1 // 0)), ("a",), PATIENCE)
    after = pool.add(lambda: Observation(failure="seen"), ("a",), PATIENCE)
    assert broken.result().broken
    assert after.result().failure == "seen"


def test_nobody_overtakes_what_a_check_waits_for_at_its_hosts() -> None:
    crowd, pool = Crowd(), Pool(4, 1)
    begun = [crowd.add(pool, "a"), crowd.add(pool, "b")]
    crowd.wait_for(2)
    cluster, behind = crowd.add(pool, "cluster", "a", "b"), crowd.add(pool, "a")
    pool.hurry(cluster)
    crowd.go.set()
    assert all(each.result().failure for each in (*begun, cluster, behind))
    assert crowd.order[2:] == ["cluster", "a"]
