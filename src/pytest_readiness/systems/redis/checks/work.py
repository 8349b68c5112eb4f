"""Whether it works, by one round trip."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis import roundtrip
from pytest_readiness.systems.redis.probe import RedisProbe


@readiness.blocker(
    remedy="See the error: READONLY wants the master, OOM memory, MISCONF a disk that takes saves.",
    writes=True,
)
def round_trip(redis_probe: RedisProbe) -> None:
    """Does a key that was written come back, and go away again?"""
    if redis_probe.declared.replica:
        not_applicable("it is declared to be a replica")
    trip = roundtrip.run(redis_probe)
    assert measure("writing and reading", trip.done) == "OK"
    assert measure("value read back", trip.read) == trip.written
    assert measure("keys left behind", trip.left) == 0
