"""What is known of a consumer group."""

from __future__ import annotations

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Facts, fact


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a group stands in a partition; offsets."""

    topic: str
    partition: int
    committed: int | None
    """None where the group has committed nothing."""
    start: int
    end: int

    @property
    def lag(self) -> int:
        """Records that wait; all of them where nothing was committed."""
        return max(0, self.end - (self.start if self.committed is None else self.committed))

    @property
    def lost(self) -> int:
        """Records that were deleted before the group came to them, or that it committed and that
        are not there any more, because the topic was made anew."""
        if self.committed is None:
            return 0
        return max(0, self.start - self.committed, self.committed - self.end)


class Group(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A consumer group."""

    name: str
    exists: bool = fact()
    state: str = fact()
    """``Stable``, ``Empty``, ``PreparingRebalance``, …"""
    kind: str = fact()
    """``classic``, ``consumer`` or ``share``; empty where the broker is too old to tell."""
    coordinator: int = -1
    """The broker that answers for it."""
    members: int = fact()
    """Consumers in it at this moment."""
    positions: tuple[Position, ...] = fact()
    """In every partition of the topics it has committed offsets of."""

    @property
    def lag(self) -> int:
        """Records that wait for it, all partitions together.

        Raises:
            Blocked: it has committed no offset yet, or its offsets were not seen.
        """
        positions = self.positions
        if not self.measured:
            blocked(f"group {self.name} has committed no offset: no traffic yet")
        return sum(position.lag for position in positions)

    @property
    def measured(self) -> bool:
        """Whether :attr:`lag` can be told."""
        seen = self.positions if self.sees("positions") else ()
        return any(p.committed is not None for p in seen)
