"""Where partitions begin and end: one flight, of two requests for each broker that leads some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from pytest_readiness.systems.kafka.answers import Unseen, grant, missing
from pytest_readiness.systems.kafka.session import Session
from pytest_readiness.systems.kafka.topic_facts import Topic

Bounds = dict[tuple[str, int], "tuple[int, int] | Unseen"]
"""Topic and partition to the offset of the first record and the one after the last."""

_LATEST, _EARLIEST = -1, -2


class Search:
    """Partitions whose bounds are asked for, by the brokers that lead them."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._led: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for topic in topics:
            for partition in topic.layout:
                if partition.leader >= 0:
                    self._led[partition.leader][topic.name].append(partition.index)

    def questions(self) -> list[tuple[Any, Any]]:
        """Two requests for each broker that leads some."""
        led = self._led.items()
        return [(n, _request(own, at)) for n, own in led for at in (_EARLIEST, _LATEST)]

    def bounds(self, answers: Sequence[Any], principal: str, reached: Collection[int]) -> Bounds:
        """First and next offset of every partition that has a leader.

        Args:
            answers: to the questions.
            principal: whom a grant must name.
            reached: the brokers that could be asked.
        """
        bounds: Bounds = {}
        pairs = zip(answers[::2], answers[1::2], strict=True)
        for (leader, own), (start, end) in zip(self._led.items(), pairs, strict=True):
            if leader in reached:
                bounds |= _bounds(own, start, end, principal)
                continue
            for name, index in ((name, index) for name, part in own.items() for index in part):
                words = f"broker {leader}, which leads {name}-{index}, was not reached"
                bounds[name, index] = Unseen(words)
        return bounds


def read(session: Session, topics: Iterable[Topic], principal: str) -> Bounds:
    """First and next offset of every partition that has a leader, in one flight."""
    search = Search(topics)
    questions = search.questions()
    if not questions:
        return {}
    answers = session.ask("reading where partitions begin and end", questions)
    return search.bounds(answers, principal, session.reached)


def _request(partitions: dict[str, list[int]], timestamp: int) -> Any:
    from kafka.protocol.consumer import ListOffsetsRequest

    kind = ListOffsetsRequest.ListOffsetsTopic
    topics = [
        kind(
            name=name,
            partitions=[
                kind.ListOffsetsPartition(partition_index=i, timestamp=timestamp) for i in numbers
            ],
        )
        for name, numbers in partitions.items()
    ]
    # Version 1 is the first that answers with one offset.
    return ListOffsetsRequest(isolation_level=0, topics=topics, min_version=1)


def _bounds(partitions: dict[str, list[int]], first: Any, last: Any, principal: str) -> Bounds:
    starts, ends = _offsets(first, principal), _offsets(last, principal)
    found: Bounds = {}
    for name, numbers in partitions.items():
        for key in ((name, number) for number in numbers):
            pair = _told(starts, key), _told(ends, key)
            if isinstance(pair[0], Unseen):
                found[key] = pair[0]
            elif isinstance(pair[1], Unseen):
                found[key] = pair[1]
            else:
                found[key] = pair[0], pair[1]
    return found


def _told(
    offsets: dict[tuple[str, int], int | Unseen] | Unseen, key: tuple[str, int]
) -> int | Unseen:
    if isinstance(offsets, Unseen):
        return offsets
    return offsets.get(key, Unseen(f"ListOffsets tells nothing of {key[0]}-{key[1]}"))


def _offsets(answer: Any, principal: str) -> dict[tuple[str, int], int | Unseen] | Unseen:
    unseen = missing(answer, "ListOffsets", "")
    if unseen is not None:
        return unseen
    return {
        (topic.name, p.partition_index): missing(
            p,
            f"ListOffsets of topic {topic.name}",
            grant(principal, "Describe", f"--topic {topic.name}"),
        )
        or p.offset
        for topic in answer.topics
        for p in topic.partitions
    }


def records(topic: Topic, bounds: Bounds) -> int | Unseen:
    """How many records a topic holds, all partitions together."""
    total = 0
    for partition in topic.layout:
        bound = bounds.get((topic.name, partition.index))
        if bound is None:
            return Unseen(f"{topic.name}-{partition.index} has no leader to ask")
        if isinstance(bound, Unseen):
            return bound
        total += bound[1] - bound[0]
    return total
