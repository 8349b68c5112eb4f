"""Declared queues: by name, or by a pattern that stands for many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from pytest_readiness.systems.rabbitmq import QueueIntent


def is_pattern(name: str) -> bool:
    """Whether a declared name stands for all queues that match it."""
    return any(sign in name for sign in "*?[")


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern stands for, sorted."""
    return sorted(name for name in names if name == pattern or fnmatchcase(name, pattern))


def expanded(declared: Mapping[str, QueueIntent], names: Iterable[str]) -> dict[str, QueueIntent]:
    """Intents by the names of queues: of its own name before those of patterns, in their order."""
    names = list(names)
    found = {name: intent for name, intent in declared.items() if not is_pattern(name)}
    for pattern, intent in declared.items():
        if is_pattern(pattern):
            for name in matching(pattern, names):
                found.setdefault(name, intent)
    return found
