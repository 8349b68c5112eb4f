"""One of several runs that share the targets between them: ``--readiness-shard 2/8``.

By the order of the settings: the first target is the first shard's, the second the second's, and
so on in turns. Whatever asks for no target is the first shard's, and a check that asks for several
is run where the first of them is judged. So each check is run in exactly one shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.policy import shards
from pytest_readiness.policy.load import TargetSpec


class Shard:
    """The part of the targets that this run judges.

    Args:
        name: ``2/8``.
        targets: all that are configured, in their order.
    """

    def __init__(self, name: str, targets: Sequence[TargetSpec]) -> None:
        part = shards.one(name)
        self.name = name
        (self._number,) = part.numbers
        self._of = part.of
        self._places = {(t.system, t.name): place for place, t in enumerate(targets)}
        self.elsewhere: set[str] = set()
        """Node ids of the checks that other shards run."""

    def owns(self, looked_at: Iterable[tuple[str, str]]) -> bool:
        """Whether a check that looks at these targets is run in this shard."""
        places = [self._places[key] for key in looked_at if key in self._places]
        return min(places, default=0) % self._of == self._number - 1
