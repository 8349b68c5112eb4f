"""Consumer groups: which there are, and how far behind the declared ones are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from pytest_readiness.systems.kafka.answers import GROUP_REFUSED, Unseen, grant, missing
from pytest_readiness.systems.kafka.facts import Group, Position, Topic

MOST = 5000
"""Partitions whose offsets are read for one group."""


class Listing(NamedTuple):
    """Groups that brokers listed, and why there may be others."""

    groups: dict[str, Group]
    gap: Unseen | None
    """None where these are all there are."""


def listed(answers: Sequence[Any], sees_all: bool, principal: str) -> Listing:
    """All groups, from the answers of all brokers.

    Args:
        answers: one of each broker, or an exception in its place.
        sees_all: whether the role may describe the cluster; else it sees its own groups only.
        principal: whom a grant must name.
    """
    needed = grant(principal, "Describe", "--cluster")
    groups: dict[str, Group] = {}
    gap = None if sees_all else Unseen(f"not all groups are visible; this shows them: {needed}")
    for answer in answers:
        unseen = missing(answer, "ListGroups", needed)
        gap = unseen or gap
        if unseen is None:
            groups |= {told.group_id: _group(told) for told in answer.groups}
    return Listing(groups, gap)


def _group(told: Any) -> Group:
    fields = {"name": told.group_id, "exists": True}
    # Told from 2.6 and 3.8 on.
    state, kind = getattr(told, "group_state", None), getattr(told, "group_type", None)
    unseen = {} if state else {"state": "the broker is too old to tell the state of a group"}
    if state:
        fields["state"] = state
    return Group(kind=kind or "", unseen=unseen, **fields)


def unlisted(name: str, gap: Unseen | None) -> Group:
    """A group that no broker listed."""
    if gap is not None:
        reason = f"group {name} is not among those visible: {gap.reason}"
        return Group(name=name, unseen={"*": reason})
    words = f"group {name} does not exist: no traffic yet"
    return Group(name=name, exists=False, unseen={"*": words})


def positioned(admin: Any, group: Group, topics: Mapping[str, Topic], principal: str) -> Group:
    """A group with its offsets, from two to four round trips.

    Args:
        admin: a ``kafka.KafkaAdminClient``.
        group: what is known of the group.
        topics: layouts of the topics it may have committed offsets of.
        principal: whom a grant must name.
    """
    if not group.sees("exists") or not group.exists:
        # To ask for the coordinator of a group that is not there has a broker make the topic
        # of all groups, if that is not there either: an observation does not write.
        return group
    try:
        return msgspec.structs.replace(group, positions=_positions(admin, group.name, topics))
    except Exception as error:  # whatever the library makes of an answer, the offsets are unseen
        code = getattr(error, "errno", 0)
        needed = f"{grant(principal, 'Describe', f'--group {group.name}')} --topic …"
        reason = missing(error, f"OffsetFetch of group {group.name}", needed)
        if code == GROUP_REFUSED:
            reason = missing(None, f"OffsetFetch of group {group.name}", needed, code)
        assert reason is not None
        return msgspec.structs.replace(group, unseen={**group.unseen, "positions": reason.reason})


def _positions(admin: Any, name: str, topics: Mapping[str, Topic]) -> tuple[Position, ...]:
    from kafka import OffsetSpec, TopicPartition

    committed = {
        (p.topic, p.partition): told.offset
        for p, told in admin.list_group_offsets({name: None})[name].items()
        if told.offset >= 0
    }
    # All partitions of these topics: one without a commit is behind as well. A topic that was
    # deleted since, or a partition without a leader, has no offsets to compare with.
    partitions = [
        TopicPartition(topic, p.index)
        for topic in sorted({topic for topic, _ in committed} & topics.keys())
        for p in topics[topic].layout
        if p.leader >= 0
    ]
    if len(partitions) > MOST:
        raise OverflowError(f"it has offsets of {len(partitions)} partitions, more than {MOST}")
    if not partitions:
        return ()
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    starts = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    return tuple(
        Position(p.topic, p.partition, committed.get(tuple(p)), starts[p].offset, ends[p].offset)
        for p in partitions
    )
