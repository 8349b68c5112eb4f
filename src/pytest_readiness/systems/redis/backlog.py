"""Judging declared lists, streams and groups: what their checks share."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.redis import GroupIntent, StreamIntent
from pytest_readiness.systems.redis.lookup import is_pattern
from pytest_readiness.systems.redis.probe import RedisProbe
from pytest_readiness.systems.redis.queues import Found, Group, Queues


def declared_streams(probe: RedisProbe) -> Mapping[str, StreamIntent]:
    """The streams that were declared.

    Raises:
        NotApplicable: none was.
    """
    _, streams = probe.facts, probe.declared.streams
    if not streams:
        not_applicable("no stream is declared: streams.NAME in the target's settings")
    return streams


def declared_groups(probe: RedisProbe) -> list[tuple[Group, GroupIntent]]:
    """The declared groups that are there, and what they should be.

    Raises:
        NotApplicable: none was declared.
        Blocked: none of them is there, or was seen.
    """
    streams = declared_streams(probe)
    if not any(stream.groups for stream in streams.values()):
        not_applicable("no group is declared: streams.NAME.groups.GROUP in the settings")
    queues = probe.facts.queues
    met = [(one, streams[one.of].groups[one.declared]) for one in queues.groups]
    if not met:
        all_there(probe)
        blocked("none of the declared groups was seen")
    return met


def missing(queues: Queues, stream: Found, group: str) -> bool:
    """Whether a stream has no group of that name or pattern."""
    wanted = (stream.name, stream.declared, group)
    return wanted not in {(one.stream, one.of, one.declared) for one in queues.groups}


def all_seen(probe: RedisProbe, kind: str) -> None:
    """End a check that found nothing wrong, if there is more than was seen.

    Raises:
        Blocked: something of that kind was not seen.
    """
    facts = probe.facts
    why = [text for name, text in facts.queues.unseen.items() if name.startswith(f"{kind} ")]
    if why:
        blocked("; ".join(why[:3]))
    declared = probe.declared.lists if kind == "list" else probe.declared.streams
    patterns = [name for name in declared if is_pattern(name)]
    if patterns and facts.sees("cluster") and facts.cluster is not None:
        blocked(f"{patterns[0]} finds the keys of this node of the cluster only; give their names")


def all_there(probe: RedisProbe) -> None:
    """End a check that found nothing wrong, if a stream or a group is missing.

    Raises:
        Blocked: it has nothing to judge there; streams_exist fails.
    """
    all_seen(probe, "stream")
    queues = probe.facts.queues
    for found in queues.streams:
        if found.kind != "stream":
            blocked(f"stream {found.name} is missing")
        for group in probe.declared.streams[found.declared].groups:
            if missing(queues, found, group):
                blocked(f"group {group} of stream {found.name} is missing")
