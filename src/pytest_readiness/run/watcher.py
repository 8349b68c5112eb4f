"""Observing one target on a thread of its own, bounded, with every failure in plain words."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec

from pytest_readiness.redact import Redactor
from pytest_readiness.systems.base import (
    ClientMissing,
    Observation,
    System,
    TargetSettings,
    Unreachable,
)
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

GRACE = 0.3
"""Seconds the observing thread has, past the deadline, to hand in a cause of its own."""


def observe(system: System, settings: TargetSettings, redactor: Redactor) -> Observation:
    """Observe a target once, within its timeout plus a grace of 0.3 seconds.

    The observing thread is a daemon: one that does not wake up even though its sockets were shut
    down keeps neither this call nor the process.
    """
    watch = Watch(settings.timeout)
    results: list[Observation] = []
    done = threading.Event()
    start = time.monotonic()

    def work() -> None:
        results.append(_observed(system, settings, watch, redactor))
        done.set()

    threading.Thread(target=work, name=f"readiness-{system.name}", daemon=True).start()
    if not done.wait(settings.timeout):
        watch.expire()
        done.wait(GRACE)
    result = results[0] if results else Observation(failure=watch.describe())
    elapsed = 1000 * (time.monotonic() - start)
    return msgspec.structs.replace(result, elapsed_ms=round(elapsed, 2))


def _observed(
    system: System, settings: TargetSettings, watch: Watch, redactor: Redactor
) -> Observation:
    try:
        facts: Any = system.probe_type().observe(settings, watch)
        return Observation(facts=msgspec.to_builtins(facts))
    except (Unreachable, DeadlineExceeded) as error:
        return Observation(failure=redactor.clean(str(error), 300))
    except ClientMissing as error:
        return Observation(failure=str(error), broken=True)
    except BaseException as error:  # a bug in a probe is a finding, not the end of the run
        if not watch.remaining:
            # What broke, broke because the deadline shut its socket down.
            return Observation(failure=watch.describe())
        words = f"{type(error).__name__} while {watch.phase}: {error}"
        return Observation(failure=redactor.clean(words, 300), broken=True)
