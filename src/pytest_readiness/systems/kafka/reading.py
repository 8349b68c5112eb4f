"""Reading a cluster that let us in and told its topics: a flight for all else; where groups are
declared a second one for theirs, and a third for where their partitions begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_readiness.systems.kafka import brokers, governance, groups, intent, offsets, topics
from pytest_readiness.systems.kafka.answers import CLUSTER_REFUSED as REFUSED
from pytest_readiness.systems.kafka.answers import NO_AUTHORIZER, Seen, Unseen, grant, missing
from pytest_readiness.systems.kafka.group_facts import Group
from pytest_readiness.systems.kafka.session import Question, Session
from pytest_readiness.systems.kafka.topic_facts import Topic

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka import KafkaSettings


class Server:
    """What one role sees of the server."""

    def __init__(self, session: Session, settings: KafkaSettings, principal: str) -> None:
        self.session = session
        self.settings = settings
        self.principal = principal
        self.seen = Seen()
        self.sees_all = False
        """Whether the role may describe the cluster, or nothing forbids it."""

    def read(self) -> Seen:
        """Everything about the server, and its brokers with their settings and disks."""
        everything, named = self.session.entrance.metadata[:2]
        found = self._found(everything, named)
        known = {} if isinstance(found, Unseen) else found
        names = topics.chosen(known, topics.declared(self.settings.topics, known))
        limited = topics.counted(self.settings.topics, known)
        search = offsets.Search(limited)
        configs, own, lists, cluster, ends, rest = self._described(names, search)
        self._cluster(everything, *cluster)
        self._brokers(own)
        known = self._configured(known, names, configs)
        bounds = search.bounds(ends, self.principal, self.session.reached)
        known |= {t.name: _holding(known[t.name], offsets.records(t, bounds)) for t in limited}
        listed = self._listed(lists)
        there = {} if isinstance(listed, Unseen) else listed
        if self.settings.groups:
            there, rest = self._declared(known, there)
        self._controllers(*rest)
        known = topics.moving(known, governance.adding(rest[1]))
        hidden = found if isinstance(found, Unseen) else self._hidden(found)
        self.seen.put("topics", hidden or known)
        self.seen.put("groups", listed if isinstance(listed, Unseen) else there)
        return self.seen

    def _described(self, names: Sequence[str], search: offsets.Search) -> list[list[Any]]:
        """The answers to all that takes the brokers' ids and the topics' names.

        Raises:
            Unreachable: there are none; the server fell silent once it had let us in.
        """
        nodes = self.session.nodes
        # What most hangs on goes first: an imitation of Kafka hangs up at a request that is one
        # too many for it.
        parts = [
            [(None, topics.config_request(names))] if names else [],
            brokers.questions(nodes),
            [(node, groups.listing()) for node in nodes],
            [(None, ask()) for ask in (governance.acls, governance.cluster, governance.levels)],
            search.questions(),
            [] if self.settings.groups else self._rest(None),
        ]
        what = "describing the cluster"
        answers = self._asked(what, parts)
        # A broker that was not reached is a fact of its own, and no fault of those that were.
        reached = {None, *self.session.links}
        asked = [node for part in parts for node, _ in part]
        told = [answer for part in answers for answer in part]
        self.session.heard(what, [a for n, a in zip(asked, told, strict=True) if n in reached])
        return answers

    def _asked(self, what: str, parts: Sequence[Sequence[Question]]) -> list[list[Any]]:
        """The answers to each part, all asked in one flight."""
        answers = iter(self.session.ask(what, [question for part in parts for question in part]))
        return [[next(answers) for _ in part] for part in parts]

    def _version(self) -> None:
        from kafka.protocol.broker_version_data import BROKER_API_VERSIONS

        version = tuple(self.session.versions.broker_version[:2])
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

    def _cluster(self, everything: Any, acls: Any, described: Any, features: Any) -> None:
        self._version()
        self._authorizer(acls)
        self.seen.put("features", governance.features(features))
        self.seen.put("principal", self.principal)
        unseen = missing(everything, "Metadata", "")
        self.seen.put("cluster_id", unseen or getattr(everything, "cluster_id", None))
        unseen = missing(described, "DescribeCluster", "")
        if unseen is None and described.API_VERSION < 2:
            unseen = Unseen("brokers tell fenced ones from 4.0 on")
        fenced = unseen or tuple(b.broker_id for b in described.brokers if b.is_fenced)
        self.seen.put("fenced", fenced)
        self.seen.put("app_operations", governance.operations(described, self.principal))

    def _brokers(self, answers: Sequence[Any]) -> None:
        pairs = dict(
            zip(self.session.nodes, zip(answers[::2], answers[1::2], strict=True), strict=True)
        )
        told = {node: pairs[node] for node in self.session.reached}
        known = brokers.dialled(self.session)
        self.seen.put("brokers", brokers.described(known, told, self.principal))

    def _found(self, everything: Any, named: Any) -> dict[str, Topic] | Unseen:
        found = topics.visible(everything)
        if isinstance(found, Unseen):
            return found
        return found | topics.named(named, topics.wanted(self.settings.topics), self.principal)

    def _hidden(self, found: Mapping[str, Topic]) -> Unseen | None:
        """Why there may be topics where none was seen."""
        values = self.seen.values
        if found or not values.get("authorizer", True) or values["sees_topics"]:
            return None
        needed = grant(self.principal, "Describe", "--topic '*'")
        return Unseen(f"no topic is visible; this shows all: {needed}")

    def _configured(
        self, known: dict[str, Topic], names: Sequence[str], answers: Sequence[Any]
    ) -> dict[str, Topic]:
        if not names:
            return known
        exist = sum(t.sees("exists") and t.exists for t in known.values())
        self.seen.put("configs_cut", exist - len(names))
        return topics.configured(known, answers[0], self.principal)

    def _listed(self, answers: Sequence[Any]) -> dict[str, Group] | Unseen:
        session = self.session
        told = dict(zip(session.nodes, answers, strict=True))
        heard = [told[node] for node in session.reached]
        found, gap = groups.listed(session.reached, heard, self.sees_all, self.principal)
        if len(heard) < len(session.brokers):
            gap = Unseen("not every broker was reached, and each lists its own groups")
        self.seen.put("groups_hidden", None if gap is None else gap.reason)
        if gap is not None and not found and not self.settings.groups:
            return gap
        exact = intent.exact(self.settings.groups)
        return found | {n: groups.unlisted(n, gap) for n in exact if n not in found}

    def _declared(
        self, known: Mapping[str, Topic], there: dict[str, Group]
    ) -> tuple[dict[str, Group], list[Any]]:
        """Members and offsets of the declared groups that were listed, and then what may stay
        unanswered; and where the topics of these groups end."""
        named = [there[name] for name in intent.resolved(self.settings.groups, there)]
        asked = [g for g in named if g.sees("exists") and g.exists][: groups.MOST]
        # By the last broker, so that it holds up nothing else.
        last = self.session.reached[-1] if self.session.reached else None
        parts = [groups.questions(asked, self.session), self._rest(last)]
        members, rest = self._asked(f"reading {len(asked)} groups", parts)
        told = groups.described(asked, members, self.principal)
        consumed = {n: groups.consumed(c, known) for n, c in told.committed.items()}
        wanted = {t.name: t for own in consumed.values() for t in own}
        bounds = offsets.read(self.session, wanted.values(), self.principal)
        there = there | told.groups
        for name, committed in told.committed.items():
            there[name] = groups.positioned(there[name], committed, consumed[name], bounds)
        return there, rest

    def _rest(self, node: int | None) -> list[Question]:
        """What may stay unanswered, and all that is asked after it at the same broker."""
        hashing = [governance.hashing()] if self._scram else []
        return [(node, request) for request in (*governance.controllers(), *hashing)]

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


def _holding(topic: Topic, records: int | Unseen) -> Topic:
    if isinstance(records, Unseen):
        unseen: Mapping[str, str] = {**topic.unseen, "records": records.reason}
        return msgspec.structs.replace(topic, unseen=unseen)
    return msgspec.structs.replace(topic, records=records)
