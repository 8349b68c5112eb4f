"""What is known of a Kafka cluster once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.kafka.group_facts import Group
from pytest_readiness.systems.kafka.topic_facts import Topic

CAPPED_SINCE = (3, 7)
"""From Kafka 3.7 on (KAFKA-15583) a broker asks for no more in-sync replicas than there are
replicas; before, a ``min.insync.replicas`` above the replication factor refuses every write."""


class LogDir(msgspec.Struct, frozen=True, kw_only=True):
    """A folder in which a broker keeps partitions; sizes in bytes."""

    path: str
    error: str | None = None
    """Kafka's name of what is wrong with it: ``KafkaStorageError``."""
    total: int | None = None
    """None where the broker does not tell it (before 3.3)."""
    usable: int | None = None


class Broker(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A broker, as it makes itself known to clients (``advertised.listeners``)."""

    id: int
    host: str
    port: int
    rack: str | None = None
    problem: str | None = fact()
    """Why it cannot be reached from here at the address it tells; None if it can."""
    configs: dict[str, str] = fact()
    """Settings in force, defaults included; a part of them (``brokers.KEYS``)."""
    log_dirs: tuple[LogDir, ...] = fact()

    def config(self, key: str) -> str:
        """A setting in force.

        Raises:
            Blocked: the settings were not seen, or the broker does not tell this one.
        """
        value = self.configs.get(key)
        if value is None:
            blocked(f"broker {self.id} does not tell {key}")
        return value


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A broker's certificate, verified; seconds since 1970."""

    address: str
    expires: float
    issued: float | None = None


class Bootstrap(msgspec.Struct, frozen=True, kw_only=True):
    """A bootstrap server of the settings that was tried."""

    host: str
    port: int
    problem: str | None = None
    """Why it did not answer; None for the one that did."""


class Voter(msgspec.Struct, frozen=True, array_like=True):
    """A controller that votes, compared with the one that leads."""

    id: int
    behind: int
    """Records of metadata that it has not fetched yet."""
    behind_ms: int | None
    """Milliseconds since it had all, by the leader's clock; None where brokers do not tell it."""
    fetches: bool = True
    """False of one that has fetched nothing since the leader was elected."""


class Quorum(msgspec.Struct, frozen=True, kw_only=True):
    """The controllers that keep the cluster's metadata (KRaft)."""

    leader: int
    """-1 where there is none."""
    voters: tuple[Voter, ...]


class Credential(msgspec.Struct, frozen=True, array_like=True):
    """How a user's password is kept for SCRAM."""

    user: str
    mechanism: str
    iterations: int


class Feature(msgspec.Struct, frozen=True, array_like=True):
    """A feature of the cluster that an upgrade finishes: ``metadata.version``."""

    name: str
    level: int
    """In force."""
    highest: int
    """What the broker that was asked could do."""


class KafkaFacts(Facts, frozen=True, kw_only=True):
    """A cluster. The way in is the application's; the rest is what the role with the most
    rights saw: ``monitor_url``'s if it is given."""

    bootstrap: tuple[Bootstrap, ...] = fact()
    protocol: str = fact()
    """``PLAINTEXT``, ``SSL``, ``SASL_PLAINTEXT`` or ``SASL_SSL``."""
    tls: str | None = fact()
    """TLS version on the application's way in, ``TLSv1.3``; None on a plaintext one."""
    anonymous: Literal["admitted", "refused"] = fact()
    """What becomes of a client that shows no credentials on the application's way in."""
    certificates: tuple[Certificate, ...] = fact()
    """Of every broker that was reached over TLS and verified."""
    brokers: tuple[Broker, ...] = fact()
    fenced: tuple[int, ...] = fact()
    """Registered brokers that take no part (KRaft)."""
    cluster_id: str | None = fact()
    version: tuple[int, ...] = fact()
    """Inferred from the versions of the requests it takes: major and minor, never the patch."""
    newest: bool = False
    """Whether the version is the newest that the client library can tell, so it may be newer."""
    principal: str = "User:ANONYMOUS"
    """The role that saw the server's facts; whom a grant must name."""
    authorizer: bool = fact()
    """Whether ACLs are in force."""
    open_acls: tuple[str, ...] = fact()
    """What ACLs let every user change, as ``Write on topic orders``."""
    sees_topics: bool = False
    """Whether the ACLs let the role describe every topic."""
    app_operations: tuple[str, ...] = fact()
    """What the application's own user may do to the cluster, as far as it may ask: ``Alter``."""
    quorum: Quorum | None = fact()
    """None where the metadata is kept otherwise: in ZooKeeper, or by no Apache Kafka."""
    reassigning: tuple[str, ...] = fact()
    """Partitions that are moved at this moment, as ``topic-partition``."""
    credentials: tuple[Credential, ...] | None = fact()
    """Of SCRAM users; None where clients do not log in by SCRAM."""
    features: tuple[Feature, ...] = fact()
    topics: dict[str, Topic] = fact()
    """All that the role may see, and the declared ones."""
    configs_cut: int = 0
    """Topics whose settings were not read, because there are too many (``topics.MOST``)."""
    groups: dict[str, Group] = fact()
    """All that the role may see, and the declared ones; members and offsets of those only."""
    groups_hidden: str | None = None
    """Why there may be groups that were not listed; None where these are all."""

    @property
    def all_topics(self) -> bool:
        """Whether the topics seen are all there are: nothing hides them."""
        return self.sees_topics or (self.sees("authorizer") and not self.authorizer)

    @property
    def min_isr_capped(self) -> bool:
        """Whether brokers ask for no more in-sync replicas than there are replicas."""
        return self.version >= CAPPED_SINCE
