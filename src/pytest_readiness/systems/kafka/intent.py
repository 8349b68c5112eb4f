"""What the settings say of topics and groups, whose names may be patterns: ``orders.*``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeVar

import msgspec

from pytest_readiness.policy.durations import seconds

Positive = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Policy = Literal["delete", "compact", "compact,delete", "delete,compact"]

FOR_EVER = "forever"

T = TypeVar("T")


class TopicIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.kafka.NAME.topics.TOPIC]``: what a topic should be."""

    partitions: Positive | None = None
    """Fewest partitions."""
    replication_factor: Positive | None = None
    """Fewest replicas of each partition, where more than the check asks for."""
    min_insync_replicas: Positive | None = None
    """Lowest ``min.insync.replicas``, where more than the check asks for."""
    retention: str | float | None = None
    """How long it keeps a record: ``"7d"``, seconds, or ``"forever"``."""
    cleanup_policy: Policy | None = None
    """``delete``, ``compact`` or ``compact,delete``."""
    max_message_bytes: Positive | None = None
    """Largest message that the service sends to it."""
    dead_letter: str | None = None
    """The topic that takes what consumers of this one cannot read."""
    max_records: Count | None = None
    """Most records in the dead-letter topic; without one, in the topic itself."""

    def problem(self) -> str | None:
        """What is wrong with the retention; None if nothing is."""
        try:
            _ = self.retention_ms
        except ValueError as error:
            return str(error)
        return None

    @property
    def retention_ms(self) -> int | None:
        """Declared retention in Kafka's words: -1 for ever; None where none is declared."""
        if self.retention is None:
            return None
        return -1 if self.retention == FOR_EVER else round(1000 * seconds(self.retention))


class GroupIntent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.kafka.NAME.groups.GROUP]``: what a consumer group should be."""

    max_lag: Count | None = None
    """Most records that may wait for it, in place of the check's threshold."""
    min_members: Count | None = None
    """Fewest consumers in it, in place of the check's threshold; 0 for one that comes and goes."""


def is_pattern(name: str) -> bool:
    """Whether a declared name stands for many."""
    return any(sign in name for sign in "*?[")


def exact(declared: Mapping[str, T]) -> list[str]:
    """The declared names that are no patterns."""
    return [name for name in declared if not is_pattern(name)]


def resolved(declared: Mapping[str, T], there: Iterable[str]) -> dict[str, T]:
    """Intent by name: of every exact one, there or not, and of all that a pattern matches."""
    found = {name: declared[name] for name in exact(declared)}
    patterns = [name for name in declared if is_pattern(name)]
    for name in sorted(there):
        first = next((p for p in patterns if fnmatchcase(name, p)), None)
        if first is not None:
            found.setdefault(name, declared[first])
    return found


def unmatched(declared: Mapping[str, T], there: Iterable[str]) -> list[str]:
    """The declared patterns that match nothing."""
    names = list(there)
    return [p for p in declared if is_pattern(p) and not any(fnmatchcase(n, p) for n in names)]


def limited(
    declared: Mapping[str, TopicIntent], found: Mapping[str, TopicIntent]
) -> dict[str, int | None]:
    """Topics whose records are counted, with the most that there may be where that is declared.

    Args:
        declared: as the settings have it: a pattern that matches nothing has dead letters too.
        found: intent by name of the topics it stands for.
    """
    most: dict[str, int | None] = {}
    for topic in declared.values():
        if topic.dead_letter is not None:
            most[topic.dead_letter] = topic.max_records
    for name, topic in found.items():
        if topic.dead_letter is None and topic.max_records is not None:
            most[name] = topic.max_records
    return most
