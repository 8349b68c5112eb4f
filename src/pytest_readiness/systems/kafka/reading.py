"""Reading a cluster through a connected client: a flight for nearly all, a second one for the
settings of topics and the groups, a third for where partitions begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_readiness.systems.kafka import brokers, governance, groups, intent, offsets, topics
from pytest_readiness.systems.kafka.answers import CLUSTER_REFUSED as REFUSED
from pytest_readiness.systems.kafka.answers import NO_AUTHORIZER, Seen, Unseen, grant, missing
from pytest_readiness.systems.kafka.facts import Broker
from pytest_readiness.systems.kafka.group_facts import Group
from pytest_readiness.systems.kafka.session import Session
from pytest_readiness.systems.kafka.topic_facts import Topic

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka import KafkaSettings


class Server:
    """What one role sees of the server."""

    def __init__(
        self, session: Session, settings: KafkaSettings, nodes: Sequence[int], principal: str
    ) -> None:
        self.session = session
        self.settings = settings
        self.nodes = nodes
        """Brokers that can be asked."""
        self.principal = principal
        self.seen = Seen()
        self.sees_all = False
        """Whether the role may describe the cluster, or nothing forbids it."""

    def read(self, known: Sequence[Broker]) -> Seen:
        """Everything about the server, and the brokers given with their settings and disks."""
        common = self._questions()
        answers = self.session.ask("describing the cluster", [*common, *self._lists()])
        everything, named, acls, cluster, features = answers[: len(common)]
        self._version()
        self._authorizer(acls)
        self._cluster(cluster, everything)
        self.seen.put("features", governance.features(features))
        self.seen.put("principal", self.principal)
        listed = self._groups(answers[len(common) :], len(known))
        self._details(known, self._topics(everything, named), listed)
        return self.seen

    @property
    def _any(self) -> Any:
        """A broker for what any one can answer; where none is reached, the bootstrap server."""
        return self.nodes[0] if self.nodes else self.session.bootstrap

    def _questions(self) -> list[tuple[Any, Any]]:
        # What all else hangs on: an imitation of Kafka closes the connection at a request that is
        # one too many for it, and that would be one of those that come later.
        requests = [topics.metadata(None), topics.metadata(topics.wanted(self.settings.topics))]
        requests += [governance.acls(), governance.cluster(), governance.levels()]
        return [(self._any, request) for request in requests]

    def _lists(self) -> list[tuple[Any, Any]]:
        from kafka.protocol.admin import ListGroupsRequest

        return [(node, ListGroupsRequest()) for node in self.nodes]

    def _version(self) -> None:
        from kafka.protocol.broker_version_data import BROKER_API_VERSIONS

        version = tuple(self.session.manager.broker_version[:2])
        self.seen.put("version", version)
        self.seen.put("newest", version >= max(BROKER_API_VERSIONS)[:2])

    def _authorizer(self, answer: Any) -> None:
        code = getattr(answer, "error_code", None)
        needed = grant(self.principal, "Describe", "--cluster")
        if code in (0, REFUSED, NO_AUTHORIZER):
            self.seen.put("authorizer", code != NO_AUTHORIZER)
            self.sees_all = code != REFUSED
        else:
            self.seen.put("authorizer", missing(answer, "DescribeAcls", needed))
        unseen = missing(answer, "DescribeAcls", needed)
        self.seen.put("open_acls", unseen or governance.open_acls(answer))
        self.seen.put("sees_topics", not unseen and governance.sees_topics(answer, self.principal))

    def _cluster(self, described: Any, everything: Any) -> None:
        unseen = missing(everything, "Metadata", "")
        self.seen.put("cluster_id", unseen or getattr(everything, "cluster_id", None))
        unseen = missing(described, "DescribeCluster", "")
        if unseen is None and described.API_VERSION < 2:
            unseen = Unseen("brokers tell fenced ones from 4.0 on")
        fenced = unseen or tuple(b.broker_id for b in described.brokers if b.is_fenced)
        self.seen.put("fenced", fenced)
        self.seen.put("app_operations", governance.operations(described, self.principal))

    def _topics(self, everything: Any, named: Any) -> dict[str, Topic] | Unseen:
        found = topics.visible(everything)
        if isinstance(found, Unseen):
            return found
        found |= topics.named(named, topics.wanted(self.settings.topics), self.principal)
        values = self.seen.values
        if not found and values.get("authorizer", True) and not values["sees_topics"]:
            needed = grant(self.principal, "Describe", "--topic '*'")
            return Unseen(f"no topic is visible; this shows all: {needed}")
        return found

    def _groups(self, answers: Sequence[Any], brokers_known: int) -> dict[str, Group] | Unseen:
        found, gap = groups.listed(self.nodes, answers, self.sees_all, self.principal)
        if len(answers) < brokers_known:
            gap = Unseen("not every broker was reached, and each lists its own groups")
        self.seen.put("groups_hidden", None if gap is None else gap.reason)
        if gap is not None and not found and not self.settings.groups:
            return gap
        exact = intent.exact(self.settings.groups)
        return found | {n: groups.unlisted(n, gap) for n in exact if n not in found}

    def _details(
        self,
        nodes: Sequence[Broker],
        found: dict[str, Topic] | Unseen,
        listed: dict[str, Group] | Unseen,
    ) -> None:
        """Settings of topics and of brokers, their disks, members and offsets of declared groups;
        then where their topics end, and the ones whose records are limited."""
        known = {} if isinstance(found, Unseen) else found
        there = {} if isinstance(listed, Unseen) else listed
        names = topics.chosen(known, topics.declared(self.settings.topics, known))
        asked = self._declared(there)
        parts = [
            [(self._any, topics.config_request(names))] if names else [],
            groups.questions(asked, self.session),
            brokers.questions(self.nodes),
            self._rest(),
        ]
        what = f"reading the settings of {len(names)} topics, and {len(asked)} groups"
        answers = iter(self.session.ask(what, [question for part in parts for question in part]))
        settings, members, own, rest = ([next(answers) for _ in part] for part in parts)
        self.seen.put("brokers", brokers.described(nodes, self.nodes, own, self.principal))
        self._controllers(*rest)
        if names:
            exist = sum(t.sees("exists") and t.exists for t in known.values())
            self.seen.put("configs_cut", exist - len(names))
            known = topics.configured(known, settings[0], self.principal)
        known = topics.moving(known, governance.adding(rest[1]))
        known, there = self._counted(known, there, groups.described(asked, members, self.principal))
        self.seen.put("topics", found if isinstance(found, Unseen) else known)
        self.seen.put("groups", listed if isinstance(listed, Unseen) else there)

    def _declared(self, there: Mapping[str, Group]) -> list[Group]:
        """The declared groups that were listed."""
        found = [there[name] for name in intent.resolved(self.settings.groups, there)]
        return [group for group in found if group.sees("exists") and group.exists][: groups.MOST]

    def _rest(self) -> list[tuple[Any, Any]]:
        """What may stay unanswered, by the last broker, so that it holds up nothing else."""
        last = self.nodes[-1] if self.nodes else self._any
        hashing = [governance.hashing()] if self._scram else []
        return [(last, request) for request in (*governance.controllers(), *hashing)]

    @property
    def _scram(self) -> bool:
        """Whether clients log in by SCRAM."""
        ways = [way for way in self.settings.ways() if way is not None]
        return any(way.logs_in and way.mechanism.startswith("SCRAM") for way in ways)

    def _controllers(self, quorum: Any, moves: Any, hashing: Any = None) -> None:
        version = self.seen.values["version"]
        elsewhere = version >= governance.QUORUM_SINCE and governance.untaken(quorum)
        self.seen.put("quorum", None if elsewhere else governance.quorum(quorum, self.principal))
        self.seen.put("reassigning", governance.reassigning(moves, self.principal))
        told = governance.credentials(hashing, self.principal) if self._scram else None
        self.seen.put("credentials", told)

    def _counted(
        self, known: dict[str, Topic], there: dict[str, Group], told: groups.Described
    ) -> tuple[dict[str, Topic], dict[str, Group]]:
        consumed = {n: groups.consumed(c, known) for n, c in told.committed.items()}
        limited = topics.counted(self.settings.topics, known)
        wanted = {t.name: t for own in (*consumed.values(), limited) for t in own}
        bounds = offsets.read(self.session, wanted.values(), self.principal, self.nodes)
        there = there | told.groups
        for name, committed in told.committed.items():
            there[name] = groups.positioned(there[name], committed, consumed[name], bounds)
        return known | {t.name: _holding(t, offsets.records(t, bounds)) for t in limited}, there


def _holding(topic: Topic, records: int | Unseen) -> Topic:
    if isinstance(records, Unseen):
        unseen: Mapping[str, str] = {**topic.unseen, "records": records.reason}
        return msgspec.structs.replace(topic, unseen=unseen)
    return msgspec.structs.replace(topic, records=records)
