"""A scorecard and where it was read, and what keeps two from being one."""

from __future__ import annotations

from typing import NamedTuple

from pytest_readiness.model import Scorecard
from pytest_readiness.policy.shards import Part, some


class Disagreement(Exception):
    """Reports that cannot be one: a line that says on what, and in which files."""


class Report(NamedTuple):
    """A scorecard and where it was read."""

    name: str
    """The file as the user named it."""
    card: Scorecard

    @property
    def part(self) -> Part | None:
        """The shards that it holds; None if it is of no shard.

        Raises:
            Disagreement: it names none that there can be.
        """
        if self.card.scope.shard is None:
            return None
        try:
            return some(self.card.scope.shard)
        except ValueError as error:
            raise Disagreement(f"{self.name}: {error}") from None


def differ(one: Report, two: Report, on_what: str) -> Disagreement:
    """That two reports speak of one thing in two ways."""
    return Disagreement(f"{one.name} and {two.name} disagree on {on_what}")


def shown(value: object) -> str:
    """A value in such a line."""
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
