"""Reading a cluster through a connected client: one flight for nearly all, one for settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_readiness.systems.kafka import brokers, groups, topics
from pytest_readiness.systems.kafka.answers import CLUSTER_REFUSED as REFUSED
from pytest_readiness.systems.kafka.answers import NO_AUTHORIZER, Seen, Unseen, grant, missing
from pytest_readiness.systems.kafka.facts import Broker, Topic
from pytest_readiness.systems.kafka.session import Session

if TYPE_CHECKING:
    from pytest_readiness.systems.kafka import KafkaSettings

_ANY = 1
"""Matches everything in a filter of ACLs."""


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
        own = brokers.questions(self.nodes)
        answers = self.session.ask("describing the cluster", [*common, *own, *self._lists()])
        everything, named, acls, cluster = answers[: len(common)]
        rest = answers[len(common) :]
        self._version()
        self._authorizer(acls)
        self._cluster(cluster, everything)
        self.seen.put("principal", self.principal)
        told = brokers.described(known, self.nodes, rest[: len(own)], self.principal)
        self.seen.put("brokers", told)
        self._topics(everything, named)
        self._groups(rest[len(own) :], len(known))
        return self.seen

    @property
    def _any(self) -> Any:
        """A broker for what any one can answer; where none is reached, the bootstrap server."""
        return self.nodes[0] if self.nodes else self.session.bootstrap

    def _questions(self) -> list[tuple[Any, Any]]:
        from kafka.protocol.admin import DescribeAclsRequest, DescribeClusterRequest

        acls = DescribeAclsRequest(
            resource_type_filter=_ANY,
            resource_name_filter=None,
            pattern_type_filter=_ANY,
            principal_filter=None,
            host_filter=None,
            operation=_ANY,
            permission_type=_ANY,
        )
        # Answers come in this order: what all else hangs on first, should one request be one too
        # many for an imitation of Kafka that then closes the connection.
        requests = [topics.metadata(None), topics.metadata(self.settings.topics)]
        requests += [acls, DescribeClusterRequest(include_fenced_brokers=True)]
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
            return
        self.seen.put("authorizer", missing(answer, "DescribeAcls", needed))

    def _cluster(self, described: Any, everything: Any) -> None:
        unseen = missing(everything, "Metadata", "")
        self.seen.put("cluster_id", unseen or getattr(everything, "cluster_id", None))
        unseen = missing(described, "DescribeCluster", "")
        if unseen is None and described.API_VERSION < 2:
            unseen = Unseen("brokers tell fenced ones from 4.0 on")
        fenced = unseen or tuple(b.broker_id for b in described.brokers if b.is_fenced)
        self.seen.put("fenced", fenced)

    def _topics(self, everything: Any, named: Any) -> None:
        found = topics.visible(everything)
        if isinstance(found, Unseen):
            self.seen.put("topics", found)
            return
        found |= topics.named(named, self.settings.topics, self.principal)
        hiding = self.seen.values.get("authorizer", True)
        if not found and hiding:
            needed = grant(self.principal, "Describe", "--topic '*'")
            self.seen.put("topics", Unseen(f"no topic is visible; this shows all: {needed}"))
            return
        self.seen.put("topics", self._configured(found))

    def _configured(self, found: dict[str, Topic]) -> dict[str, Topic]:
        names = topics.chosen(found, self.settings.topics)
        if not names:
            return found
        request = (self._any, topics.config_request(names))
        answer = self.session.ask(f"reading the settings of {len(names)} topics", [request])[0]
        there = sum(t.sees("exists") and t.exists for t in found.values())
        self.seen.put("configs_cut", there - len(names))
        return topics.configured(found, answer, self.principal)

    def _groups(self, answers: Sequence[Any], brokers_known: int) -> None:
        found, gap = groups.listed(answers, self.sees_all, self.principal)
        if len(answers) < brokers_known:
            gap = Unseen("not every broker was reached, and each lists its own groups")
        names = self.settings.groups
        if gap is not None and not found and not names:
            self.seen.put("groups", gap)
            return
        layouts = self.seen.values.get("topics", {})
        for name in names:
            self.session.watch.at(f"reading the offsets of group {name}")
            group = found.get(name) or groups.unlisted(name, gap)
            found[name] = groups.positioned(self.session.admin, group, layouts, self.principal)
        self.seen.put("groups", found)
