"""Observing a Kafka cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Probe, Unreachable
from pytest_readiness.systems.kafka import (
    GroupIntent,
    KafkaSettings,
    TopicIntent,
    brokers,
    card,
    governance,
    groups,
    topics,
)
from pytest_readiness.systems.kafka.answers import Seen, Unseen
from pytest_readiness.systems.kafka.beside import Beside
from pytest_readiness.systems.kafka.client import connect, let_go
from pytest_readiness.systems.kafka.entrance import Entrance
from pytest_readiness.systems.kafka.facts import KafkaFacts
from pytest_readiness.systems.kafka.group_facts import Group
from pytest_readiness.systems.kafka.intent import resolved
from pytest_readiness.systems.kafka.reach import Anonymous, answering
from pytest_readiness.systems.kafka.reading import Server
from pytest_readiness.systems.kafka.session import Session, session
from pytest_readiness.systems.kafka.topic_facts import Topic
from pytest_readiness.systems.kafka.way import Way
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

_APPS_OWN = ("bootstrap", "protocol", "tls", "anonymous", "certificates", "app_operations")

NO_URL = "no url is given, only monitor_url: the application's way in was not seen"


class KafkaProbe(Probe[KafkaSettings, KafkaFacts]):
    """A cluster as a check sees it."""

    facts_type = KafkaFacts

    @classmethod
    def observe(cls, settings: KafkaSettings, watch: Watch) -> KafkaFacts:
        """What it costs: one connection a broker, and in turn

        - who the bootstrap server is (ApiVersions), and along with that its brokers and topics
          (Metadata), whose version is guessed; one that takes others is asked again;
        - where the way has a login: the mechanism goes along with the first question (and what
          SCRAM begins with), the proof takes a round trip, and Metadata goes along with that;
          over TLS, where brokers stumble over it, nothing goes along with the first question;
        - one flight to all brokers at once, of all that takes their ids and the topics' names;
          another broker is asked for its versions, and logged in to, on the way;
        - two more where groups are declared: theirs, once it is known which broker they are with,
          and where the partitions end that they have read.

        One connection more: for a bootstrap server at an address that no broker tells clients; and,
        beside ours, for a stranger without our login or certificate, where we have one.
        A ``monitor_url`` has its role do all this, while beside it the application dials every
        broker and asks, in the same round trip, for its own rights.
        """
        app, monitor = settings.ways()
        if app is None:
            assert monitor is not None
            seen = _enter(monitor, watch, settings, server=True)
            for name in _APPS_OWN:
                seen.values.pop(name, None)
                seen.unseen[name] = NO_URL
            return KafkaFacts(**seen.fields())
        if monitor is None:
            return KafkaFacts(**_enter(app, watch, settings, server=True).fields())
        with Beside(lambda part: _enter(monitor, part, settings, server=True), watch) as other:
            seen = _enter(app, watch, settings, server=False)
            _add_monitored(seen, other)
        return KafkaFacts(**seen.fields())

    @property
    def declared(self) -> KafkaSettings:
        """What the settings say of the target."""
        return self._settings

    @property
    def client(self) -> KafkaAdminClient:
        """A live ``kafka.KafkaAdminClient``, logged in as the application.

        Raises:
            Blocked: the target was not reached.
        """
        client: KafkaAdminClient = super().client
        return client

    @property
    def shown_version(self) -> str | None:
        return card.version(self.facts)

    def card(self) -> dict[str, str]:
        return card.card(self.facts)

    def connect(self) -> KafkaAdminClient:
        watch = Watch(self.timeout)
        with self._reachable():
            # The library leaks the socket of a connection that is refused, so one that answers.
            return connect(self.way, answering(self.way, watch), watch.left())

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except (Unreachable, DeadlineExceeded) as error:
            blocked(f"{self.target} was observed, but takes no client now: {error}")

    def disconnect(self, client: Any) -> None:
        let_go(client)

    @property
    def way(self) -> Way:
        """The application's way in; the monitoring role's where only that is given."""
        app, monitor = self._settings.ways()
        way = app or monitor
        assert way is not None
        return way

    @property
    def server(self) -> tuple[str, int]:
        """The bootstrap server that let the application in."""
        return next((b.host, b.port) for b in self.facts.bootstrap if b.problem is None)

    @property
    def topic_intents(self) -> dict[str, TopicIntent]:
        """What the settings say of topics, by name: patterns stand for the topics they match."""
        facts, intents = self.facts, self._settings.topics
        return topics.declared(intents, facts.topics) if intents else {}

    @property
    def group_intents(self) -> dict[str, GroupIntent]:
        """What the settings say of groups, by name."""
        facts, intents = self.facts, self._settings.groups
        return resolved(intents, facts.groups) if intents else {}

    @property
    def server_version(self) -> str | None:
        facts = self.facts
        return ".".join(map(str, facts.version)) if facts.sees("version") else None

    def intent(self, topic: str) -> TopicIntent:
        """What the settings say a topic should be; nothing for one that is not declared."""
        return self.topic_intents.get(topic, TopicIntent())

    def topic(self, name: str) -> Topic:
        """A topic: partitions, replication_factor, min_insync_replicas, exists and more.

        One that was not observed is asked for now, in two round trips as the application.
        """
        facts = self.facts
        known = facts.topics.get(name) if facts.sees("topics") else None
        if known is not None and (known.sees("configs") or not facts.configs_cut):
            return known
        return self._asked_topic(name)

    def _asked_topic(self, name: str) -> Topic:
        who = self.way.principal
        with self._reachable(), session(self.way, Watch(self.timeout), ([name],)) as inside:
            found = topics.named(inside.entrance.metadata[0], [name], who)
            if topics.chosen(found, ()):
                request = (None, topics.config_request([name]))
                answer = inside.ask(f"reading the settings of topic {name}", [request])[0]
                found = topics.configured(found, answer, who)
        return found[name]

    def group(self, name: str) -> Group:
        """A consumer group: exists, state, lag and more.

        Offsets of a group that is not declared are read now, as the application, in two to four
        round trips; ``groups.NAME`` in the settings has them observed.
        """
        facts = self.facts
        known = facts.groups.get(name)
        if known is None:
            gap = None if facts.all_topics else Unseen("ACLs are in force")
            return groups.unlisted(name, gap)
        if name in self.group_intents:
            return known
        layouts = facts.topics if facts.sees("topics") else {}
        with self._reachable(), session(self.way, Watch(self.timeout)) as inside:
            return groups.asked_now(inside, known, layouts, self.way.principal)


def _enter(way: Way, watch: Watch, settings: KafkaSettings, *, server: bool) -> Seen:
    """Come in by a way; what there is to see of the way, and of the server if asked.

    Raises:
        Unreachable: the cause in plain words.
    """
    named = topics.wanted(settings.topics) if server else []
    wanted: list[list[str] | None] = [None, named] if server else [[]]
    with session(way, watch, wanted) as inside:
        if server:
            seen = Server(inside, settings, way.principal).read()
        else:
            seen = Seen()
            dialled = [(node, None) for node in inside.nodes]
            asked = [(None, governance.cluster()), *dialled]
            answer = inside.ask("asking for rights, and dialling every broker", asked)[0]
            seen.put("brokers", brokers.dialled(inside))
            seen.put("app_operations", governance.operations(answer, way.principal))
        _way_in(seen, way, inside)
    return seen


def _way_in(seen: Seen, way: Way, inside: Session) -> None:
    entrance = inside.entrance
    seen.put("bootstrap", entrance.tried)
    seen.put("protocol", way.protocol)
    seen.put("tls", entrance.lane.link.tls)
    unseen = Unseen(f"{inside.where} neither served nor refused a client without login")
    seen.put("anonymous", _anonymous(entrance) or unseen)
    links = [entrance.lane.link, *(inside.links[node] for node in inside.reached)]
    seen.put("certificates", brokers.certificates(links))


def _anonymous(entrance: Entrance) -> Anonymous | None:
    if entrance.stranger is None:
        return "admitted"
    try:
        return entrance.stranger.result()
    except DeadlineExceeded:
        return None


def _add_monitored(seen: Seen, monitored: Beside[Seen]) -> None:
    """Add what the monitoring role sees of the server, or why it does not."""
    try:
        other = monitored.result()
    except (Unreachable, DeadlineExceeded) as error:
        reason = f"monitor_url: {error}"
        seen.unseen["*"] = reason
        seen.values["brokers"] = tuple(brokers.unseen(b, reason) for b in seen.values["brokers"])
        return
    inner = {b.id: b for b in other.values.pop("brokers")}
    # What the monitoring role may do is no matter of the application's rights.
    other.values.pop("app_operations", None)
    seen.values["brokers"] = tuple(brokers.merged(b, inner) for b in seen.values["brokers"])
    seen.values = {**other.values, **seen.values}
    seen.unseen = {**other.unseen, **seen.unseen}
