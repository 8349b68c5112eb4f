"""Consumer groups: which there are, who is in the declared ones, and how far behind they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from pytest_readiness.systems.kafka import offsets
from pytest_readiness.systems.kafka.answers import Unseen, grant, missing
from pytest_readiness.systems.kafka.group_facts import Group, Position
from pytest_readiness.systems.kafka.session import Session
from pytest_readiness.systems.kafka.topic_facts import Topic

MOST = 200
"""Groups whose members and offsets are read."""
MOST_PARTITIONS = 5000
"""Partitions whose offsets are read for one group."""

_MANY_GROUPS, _BY_TOPIC_NAME = 8, 9
"""Versions of OffsetFetch: from one on it takes several groups, after the other no topic names."""

Committed = dict[tuple[str, int], int]


class Listing(NamedTuple):
    """Groups that brokers listed, and why there may be others."""

    groups: dict[str, Group]
    gap: Unseen | None
    """None where these are all there are."""


def listing() -> Any:
    """The request for all groups that a broker answers for."""
    from kafka.protocol.admin import ListGroupsRequest

    return ListGroupsRequest()


def listed(nodes: Sequence[int], answers: Sequence[Any], sees_all: bool, principal: str) -> Listing:
    """All groups, from the answers of all brokers.

    Args:
        nodes: the brokers that were asked; each lists the groups that it answers for.
        answers: one of each broker, or an exception in its place.
        sees_all: whether the role may describe the cluster; else it sees its own groups only.
        principal: whom a grant must name.
    """
    needed = grant(principal, "Describe", "--cluster")
    groups: dict[str, Group] = {}
    gap = None if sees_all else Unseen(f"not all groups are visible; this shows them: {needed}")
    for node, answer in zip(nodes, answers, strict=True):
        unseen = missing(answer, "ListGroups", needed)
        gap = unseen or gap
        if unseen is None:
            groups |= {told.group_id: _group(told, node) for told in answer.groups}
    return Listing(groups, gap)


def _group(told: Any, node: int) -> Group:
    fields = {"name": told.group_id, "exists": True, "coordinator": node}
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


def questions(groups: Iterable[Group], session: Session) -> list[tuple[Any, Any]]:
    """Members and offsets of groups that were listed: two requests each, to its coordinator.

    The broker that lists a group is its coordinator. To ask for the coordinator of a group that
    is not there has a broker make the topic of all groups: an observation does not write.
    """
    from kafka.protocol.admin import DescribeGroupsRequest
    from kafka.protocol.consumer import OffsetFetchRequest

    versions = session.versions.api_versions
    highest = versions.get(OffsetFetchRequest.API_KEY, (0, 0))[1]
    asked: list[tuple[Any, Any]] = []
    for group in groups:
        if highest < _MANY_GROUPS:
            fetch = OffsetFetchRequest(group_id=group.name, topics=None, min_version=2)
        else:
            one = OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group.name, topics=None)
            fetch = OffsetFetchRequest(
                groups=[one], min_version=_MANY_GROUPS, max_version=_BY_TOPIC_NAME
            )
        describe = DescribeGroupsRequest(groups=[group.name], include_authorized_operations=False)
        asked += [(group.coordinator, describe), (group.coordinator, fetch)]
    return asked


class Described(NamedTuple):
    """Groups with their members, and what they have committed."""

    groups: dict[str, Group]
    committed: dict[str, Committed]
    """Of those whose offsets were seen."""


def described(groups: Sequence[Group], answers: Sequence[Any], principal: str) -> Described:
    """Groups as the answers to :func:`questions` tell them."""
    found: dict[str, Group] = {}
    committed: dict[str, Committed] = {}
    for group, members, fetched in zip(groups, answers[::2], answers[1::2], strict=True):
        unseen = dict(group.unseen)
        told = _members(group, members, principal)
        if isinstance(told, Unseen):
            unseen["members"] = told.reason
        offsets_ = _committed(group, fetched, principal)
        if isinstance(offsets_, Unseen):
            unseen["positions"] = offsets_.reason
        else:
            committed[group.name] = offsets_
        known = {} if isinstance(told, Unseen) else {"members": told}
        found[group.name] = msgspec.structs.replace(group, unseen=unseen, **known)
    return Described(found, committed)


def _members(group: Group, answer: Any, principal: str) -> int | Unseen:
    if group.sees("state") and group.state in ("Empty", "Dead"):
        return 0
    if group.kind.lower() not in ("", "classic"):
        return Unseen(
            f"group {group.name} is one of the new protocol (KIP-848), whose members "
            "kafka-python cannot count"
        )
    request = f"DescribeGroups of group {group.name}"
    needed = grant(principal, "Describe", f"--group {group.name}")
    told: Any = answer if isinstance(answer, Exception) else answer.groups[0]
    return missing(told, request, needed) or len(told.members)


def _committed(group: Group, answer: Any, principal: str) -> Committed | Unseen:
    request = f"OffsetFetch of group {group.name}"
    needed = f"{grant(principal, 'Describe', f'--group {group.name}')} --topic …"
    unseen = missing(answer, request, needed)
    if unseen is not None:
        return unseen
    told = answer.groups[0] if getattr(answer, "groups", None) else answer
    unseen = missing(told, request, needed)
    if unseen is not None:
        return unseen
    partitions = [(t.name, p) for t in told.topics for p in t.partitions]
    for _, partition in partitions:
        if partition.error_code:
            return missing(partition, request, needed) or Unseen(request)
    return {
        (n, p.partition_index): p.committed_offset for n, p in partitions if p.committed_offset >= 0
    }


def consumed(committed: Committed, topics: Mapping[str, Topic]) -> list[Topic]:
    """The topics a group has committed offsets of; one that was deleted since has no end."""
    names = sorted({name for name, _ in committed} & topics.keys())
    return [topics[name] for name in names if topics[name].sees("layout")]


def positioned(
    group: Group, committed: Committed, topics: Sequence[Topic], bounds: offsets.Bounds
) -> Group:
    """A group with its offsets in all partitions of its topics: one without a commit is behind
    as well; one without a leader has no end to compare with."""
    positions: list[Position] = []
    count = sum(topic.partitions for topic in topics)
    if count > MOST_PARTITIONS:
        words = f"group {group.name} has offsets of {count} partitions, more than {MOST_PARTITIONS}"
        return _without_positions(group, words)
    for topic in topics:
        for partition in topic.layout:
            key = (topic.name, partition.index)
            bound = bounds.get(key) if partition.leader >= 0 else None
            if isinstance(bound, Unseen):
                return _without_positions(group, bound.reason)
            if bound is not None:
                positions.append(Position(*key, committed.get(key), *bound))
    return msgspec.structs.replace(group, positions=tuple(positions))


def _without_positions(group: Group, reason: str) -> Group:
    return msgspec.structs.replace(group, unseen={**group.unseen, "positions": reason})


def asked_now(session: Session, group: Group, topics: Mapping[str, Topic], principal: str) -> Group:
    """A group with its members and offsets, in two round trips."""
    if not group.sees("exists") or not group.exists:
        return group
    what = f"reading the offsets of group {group.name}"
    answers = session.ask(what, questions([group], session))
    found = described([group], answers, principal)
    committed = found.committed.get(group.name)
    if committed is None:
        return found.groups[group.name]
    own = consumed(committed, topics)
    bounds = offsets.read(session, own, principal)
    return positioned(found.groups[group.name], committed, own, bounds)
