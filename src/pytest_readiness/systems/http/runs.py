"""Runs of many requests: one after the other for the time they take, a few at once for success."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping

import msgspec

from pytest_readiness.systems.asking import Caller
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.exchange import Answer
from pytest_readiness.systems.http.facts import Burst, Latency
from pytest_readiness.systems.watch import DeadlineExceeded

AT_ONCE = 5
ENOUGH = 5
"""Answers below which a percentile is no figure."""
TOO_MANY_REQUESTS = 429


UNENDED = {"broken": "a body that breaks off", "cut": "a body too large to be read to its end"}
"""Why an answer whose head is good does not count."""


class Run(msgspec.Struct, kw_only=True):
    """What a sequence of requests gave."""

    times: list[float] = []
    warming: list[float] = []
    """Of the requests before, which count only where the deadline left too few others."""
    answered: int = 0
    """With whatever status."""
    unended: int = 0
    """Of the times, those of requests that the deadline cut off: each would have been longer."""
    failed: int = 0
    limited: int = 0
    why: str | None = None
    connections: int = 0


def sequential(caller: Caller, path: str, headers: Mapping[str, str], wanted: int) -> Run:
    """Ask a path again and again on one kept connection; the first answer is not counted.

    A request that the deadline cuts off counts with the time it had waited: leaving it out would
    make a service that hangs look quick.
    """
    run = Run()
    made = caller.connections - caller.served
    for number in range(wanted + 1):
        start = time.monotonic()
        try:
            reply = caller.ask(path, headers).reply
        except DeadlineExceeded:
            run.times.append(1000 * (time.monotonic() - start))
            run.unended += 1
            break
        except Unreachable as error:
            run.failed, run.why = run.failed + 1, str(error)
            continue
        run.answered += 1
        if reply.status == TOO_MANY_REQUESTS:
            run.limited, run.why = run.limited + 1, "status 429"
        elif reply.status >= 400:
            run.failed, run.why = run.failed + 1, f"status {reply.status}"
        elif reply.end == "late":
            run.times.append(reply.ms)
            run.unended += 1
            break
        elif reply.end != "complete":
            run.failed, run.why = run.failed + 1, UNENDED[reply.end]
        else:
            (run.times if number else run.warming).append(reply.ms)
    run.connections = caller.connections - made
    return run


def latency(run: Run, path: str, wanted: int) -> Latency:
    """The run in percentiles.

    Raises:
        Unreachable: there was nothing to measure.
    """
    few = len(run.times) < min(ENOUGH, wanted)
    times = sorted([*run.times, *run.warming] if few else run.times)
    if not times:
        raise Unreachable(f"no answer of {path} could be measured: {run.why}")
    return Latency(
        path=path,
        wanted=wanted,
        counted=len(times),
        cut_off=run.unended,
        failed=run.failed,
        limited=run.limited,
        connections=run.connections,
        p50=_percentile(times, 50),
        p95=_percentile(times, 95),
        worst=round(times[-1], 2),
    )


def _percentile(times: list[float], percent: int) -> float:
    return round(times[math.ceil(len(times) * percent / 100) - 1], 2)


def burst(said: Mapping[str, Answer | Unreachable], path: str, wanted: int) -> Burst:
    """How many went well, of those that ended."""
    ended = [one for one in said.values() if not _cut_off(one)]
    states = [_state(one) if isinstance(one, Answer) else str(one) for one in ended]
    good = [one for one in states if isinstance(one, int) and 200 <= one < 300]
    limited = states.count(TOO_MANY_REQUESTS)
    failed = Counter(
        f"status {one}" if isinstance(one, int) else one
        for one in states
        if one not in good and one != TOO_MANY_REQUESTS
    )
    return Burst(
        path=path,
        wanted=wanted,
        answered=len(states),
        good=len(good),
        limited=limited,
        failures=dict(failed.most_common(3)),
    )


def _cut_off(one: Answer | Unreachable) -> bool:
    return isinstance(one, Answer) and one.reply.status < 400 and one.reply.end == "late"


def _state(answer: Answer) -> int | str:
    reply = answer.reply
    return UNENDED.get(reply.end, reply.status) if reply.status < 400 else reply.status
