"""A way into a cluster that was taken: one connection a broker, opened when there is something to
ask it, and let go without a trace."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.kafka.entrance import Entrance, come_in, enter
from pytest_readiness.systems.kafka.lane import Lane, closed, unanswered
from pytest_readiness.systems.kafka.way import Door, Way
from pytest_readiness.systems.kafka.words import LOOK, doing, gone, words
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

Question = tuple[Any, Any]
"""Node id (None for the bootstrap server) and request."""

MOST = 100
"""Brokers that are dialled; more are left unseen."""

_SHARE = 0.8
"""Of the time left, what one flight of requests may take, so that an answer that does not come
costs its own facts and not those that came."""

_DIALLING = 0.4
"""Of the time left, what it may take until a broker has answered for the first time."""

_GRACE = 0.1
"""Seconds that a thread has to see that its time is over."""


class Session:
    """A cluster that let us in."""

    def __init__(self, door: Door, watch: Watch, entrance: Entrance, stack: ExitStack) -> None:
        self.entrance = entrance
        self.where = net.at(*entrance.address)
        """The bootstrap server it came in by, for people."""
        self.brokers: list[Any] = list(entrance.metadata[0].brokers)
        """As the bootstrap server tells them: ``node_id``, ``host``, ``port``, ``rack``."""
        self.problems: dict[int, str] = {}
        """Why brokers that were dialled cannot be asked."""
        self.links: dict[int, net.Link] = {}
        """What was seen of the way to those that can."""
        self._door = door
        self._watch = watch
        self._stack = stack
        self._versions = entrance.lane.versions
        self._addresses = {None: entrance.address}
        self._addresses |= {b.node_id: (b.host, b.port) for b in self.brokers[:MOST]}
        # A broker that tells clients the very address we came in by is reached already.
        at = (b.node_id for b in self.brokers if (b.host, b.port) == entrance.address)
        self._entered = next(at, None)
        self._lanes: dict[Any, Lane] = {None: entrance.lane}
        if self._entered is not None:
            self.links[self._entered] = entrance.lane.link

    @property
    def versions(self) -> Any:
        """``BrokerVersionData`` of the bootstrap server."""
        return self._versions

    @property
    def nodes(self) -> list[int]:
        """Ids of the brokers that may be dialled."""
        return [broker.node_id for broker in self.brokers[:MOST]]

    @property
    def reached(self) -> list[int]:
        """Ids of those that have answered."""
        return [node for node in self.nodes if node in self.links]

    def ask(self, phase: str, questions: Sequence[Question]) -> list[Any]:
        """Send all requests at once; the answers in their order, an exception for each missing.

        Args:
            phase: what is being done.
            questions: a broker that was not asked before is dialled; a request of None dials it,
                and nothing else.

        Raises:
            DeadlineExceeded: the time was over before they were sent.
        """
        self._watch.at(f"{phase} at {self.where}")
        lanes: dict[Any, list[int]] = {}
        for number, (node, _) in enumerate(questions):
            lanes.setdefault(None if node == self._entered else node, []).append(number)
        ends = time.monotonic() + _SHARE * self._watch.left()
        answers: dict[int, Any] = {}

        def line(node: Any) -> None:
            numbers = [n for n in lanes[node] if questions[n][1] is not None]
            requests = [questions[n][1] for n in numbers]
            answers.update(zip(numbers, self._flown(node, requests, ends), strict=True))

        self._side_by_side(line, list(lanes), ends)
        late = _late()
        return [answers.get(number, late) for number in range(len(questions))]

    def heard(self, what: str, answers: Sequence[Any]) -> None:
        """See that something was answered at all: a server may fall silent once it let us in.

        Raises:
            Unreachable: nothing was, and not for want of questions that it knows.
        """
        lost = [answer for answer in answers if unanswered(answer)]
        if lost and all(isinstance(answer, Exception) for answer in answers):
            look = gone(self.entrance.address, LOOK * self._watch.seconds)
            raise Unreachable(words(lost[0], self._door.way, self.where, what) + look)

    def _side_by_side(self, line: Any, nodes: list[Any], ends: float) -> None:
        if len(nodes) == 1 and nodes[0] in self._lanes:
            line(nodes[0])
            return
        dialling = time.monotonic() + _DIALLING * self._watch.left() + _GRACE
        threads = [
            threading.Thread(target=line, args=(n,), name="readiness-broker", daemon=True)
            for n in nodes
        ]
        for thread in threads:
            thread.start()
        for thread, node in zip(threads, nodes, strict=True):
            thread.join(max(0.0, dialling - time.monotonic()))
            if node in self._lanes:
                thread.join(max(0.0, ends + _GRACE - time.monotonic()))
            elif node not in self.problems and node in self._addresses:
                # Not even a name server answered; whoever waits for one cannot be woken.
                where = net.at(*self._addresses[node])
                self.problems[node] = f"no answer from {where} in time"

    def _flown(self, node: Any, requests: list[Any], ends: float) -> list[Any]:
        """One broker's answers. It may hang up at a request that is one too many for it, as
        imitations of Kafka do: what was asked behind that one is asked once more."""
        try:
            lane = self._lanes.get(node)
            if lane is None or lane.broken is not None:
                answers = self._dialled(node, requests, ends)
            else:
                answers = lane.ask(requests, ends).answers
        except (Unreachable, DeadlineExceeded) as error:
            return [_lost(error)] * len(requests)
        lost = [number for number, answer in enumerate(answers) if closed(answer)][1:]
        if lost:
            with contextlib.suppress(Unreachable, DeadlineExceeded):
                again = self._dialled(node, [requests[n] for n in lost], ends)
                for number, answer in zip(lost, again, strict=True):
                    answers[number] = answer
        return answers

    def _dialled(self, node: Any, requests: list[Any], ends: float) -> list[Any]:
        """Answers on a new connection.

        Raises:
            Unreachable: there is none; the cause in plain words.
            DeadlineExceeded: there is none yet.
        """
        part = Watch(_DIALLING * self._watch.left())
        address = self._addresses.get(node)
        if address is None:
            raise Unreachable(f"broker {node} is unknown to the one that was asked")
        with ExitStack() as own:
            own.enter_context(self._watch.closing(part.expire))
            try:
                lane, flight = come_in(self._door, address, part, own, requests, self._versions)
            except Unreachable as error:
                self.problems.setdefault(node, str(error))
                raise
            except DeadlineExceeded:
                words = f"no answer from {net.at(*address)} within {part.seconds:.2g} s"
                self.problems.setdefault(node, words)
                raise
            self._stack.push(own.pop_all())
        self._lanes[node] = lane
        self.links[node] = lane.link
        return lane.settle(flight, ends).answers


@contextlib.contextmanager
def session(
    way: Way, watch: Watch, wanted: Sequence[Sequence[str] | None] = ([],)
) -> Iterator[Session]:
    """Come in by a way, and be gone with all threads and sockets after the block.

    Args:
        way: the role's way in.
        watch: bounds it.
        wanted: topics to ask for at once, each list by a request; None for all.

    Raises:
        Unreachable: nobody lets us in; the causes in plain words.
        ClientMissing: kafka-python is not installed, or one before 3.0.
    """
    with ExitStack() as stack:
        door = Door(way)
        entrance = enter(door, watch, wanted, stack)
        watch.at(f"{doing(way)} at {net.at(*entrance.address)}")
        yield Session(door, watch, entrance, stack)


def _late() -> Exception:
    from kafka.errors import KafkaTimeoutError

    error: Exception = KafkaTimeoutError()
    return error


def _lost(error: Exception) -> Exception:
    from kafka.errors import KafkaConnectionError

    lost: Exception = KafkaConnectionError(str(error))
    return lost
