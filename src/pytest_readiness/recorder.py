"""What the running check leaves behind: comparisons made, measures never compared, blocks raised.

pytest runs one check at a time in a process, on one thread, so one module-level recorder is
enough; a check that measures on threads of its own records into the same one. Outside a readiness
run nothing records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.model import Window


@dataclass(frozen=True)
class Comparison:
    """One comparison of a measure, as it was made."""

    name: str
    value: object
    unit: str | None
    op: str | None
    expected: object
    ok: bool
    where: tuple[str, int] = ("", 0)
    """File and line of the comparison."""
    direct: bool = True
    """Whether it was written as a comparison; ``in`` and ``index`` compare behind the scenes."""
    window: Window | None = None
    """How the value came about, where the check tells it."""


@dataclass
class Recorder:
    """Collects what one phase of one check leaves behind."""

    comparisons: list[Comparison] = field(default_factory=list)
    waiting: dict[int, str] = field(default_factory=dict)
    """Measures made and not compared yet: serial number to name."""
    blocked: list[str] = field(default_factory=list)
    raised: BaseException | None = None
    """What the check itself raised, whatever other plugins made of it."""
    denied: str = ""
    """The assertion that failed last, if nothing has held since."""
    doubts: list[str] = field(default_factory=list)
    """Assertions that failed and were swallowed, after which something else held."""


_current: Recorder | None = None
# A serial number and not id(): a measure that is dropped at once frees its id for the next one,
# whose comparison would then hide that the first was never compared.
_serials = count()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record into a fresh recorder until the block ends."""
    previous = _current
    try:
        yield record_anew()
    finally:
        _restore(previous)


def record_anew() -> Recorder:
    """Record into a fresh recorder from now on."""
    global _current
    _current = Recorder()
    return _current


def _restore(recorder: Recorder | None) -> None:
    global _current
    _current = recorder


def expect_comparison(name: str) -> int:
    """Remember that a measure was made and must be compared; returns its serial number."""
    serial = next(_serials)
    if _current is not None:
        _current.waiting[serial] = name
    return serial


def used(serial: int) -> None:
    """Remember that a measure took part in a comparison."""
    if _current is not None:
        _current.waiting.pop(serial, None)


def note(comparison: Comparison) -> None:
    """Leave a comparison as evidence."""
    if _current is None:
        return
    _current.comparisons.append(comparison)
    if comparison.ok and _current.denied:
        # Tried again, or another way: what failed before may be meant to be swallowed.
        _current.doubts.append(_current.denied)
        _current.denied = ""


def deny(text: str) -> None:
    """Remember that an assertion failed, even if somebody swallows it."""
    if _current is not None:
        _current.denied = text


def remember_blocked(reason: str) -> None:
    """Remember that a block was raised, even if somebody swallows it."""
    if _current is not None:
        _current.blocked.append(reason)
