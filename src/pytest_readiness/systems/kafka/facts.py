"""What is known of a Kafka cluster once it was observed."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Facts, fact

CAPPED_SINCE = (3, 7)
"""From Kafka 3.7 on (KAFKA-15583) a broker asks for no more in-sync replicas than there are
replicas; before, a ``min.insync.replicas`` above the replication factor refuses every write."""


class Partition(msgspec.Struct, frozen=True, array_like=True):
    """Where a partition lives; numbers are broker ids."""

    index: int
    leader: int
    """-1 where there is none."""
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    """Replicas in sync."""
    offline: tuple[int, ...] = ()


class Topic(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A topic. All is unseen where the role may not describe it."""

    name: str
    exists: bool = fact()
    internal: bool = False
    """Kafka's own or a tool's: ``__consumer_offsets``, ``_schemas``."""
    layout: tuple[Partition, ...] = fact()
    configs: dict[str, str] = fact()
    """Settings in force, defaults included; a part of them (``topics.KEYS``)."""

    @property
    def partitions(self) -> int:
        """Number of partitions; 0 for a topic that does not exist."""
        return len(self.layout)

    @property
    def replication_factor(self) -> int:
        """Replicas of the partition that has the fewest; 0 for a topic that does not exist."""
        return min((len(p.replicas) for p in self.layout), default=0)

    @property
    def min_insync_replicas(self) -> int:
        """``min.insync.replicas``: in-sync replicas that a write with acks=all waits for."""
        return int(self.config("min.insync.replicas"))

    @property
    def spare_replicas(self) -> int:
        """Replicas that may be down before a write with acks=all is refused."""
        return self.replication_factor - self.min_insync_replicas

    @property
    def retention_ms(self) -> int:
        """``retention.ms``; -1 for ever."""
        return int(self.config("retention.ms"))

    @property
    def cleanup_policy(self) -> str:
        """``delete``, ``compact`` or ``compact,delete``."""
        return self.config("cleanup.policy")

    @property
    def unclean_leader_election(self) -> bool:
        """Whether a replica that is behind may become the leader, which loses records."""
        return self.config("unclean.leader.election.enable") == "true"

    @property
    def leaderless(self) -> tuple[str, ...]:
        """Partitions without a leader, as ``topic-partition``."""
        return tuple(f"{self.name}-{p.index}" for p in self.layout if p.leader < 0)

    @property
    def under_replicated(self) -> tuple[str, ...]:
        """Partitions with fewer replicas in sync than they have, as ``topic-partition``."""
        return tuple(f"{self.name}-{p.index}" for p in self.layout if len(p.isr) < len(p.replicas))

    def under_min_isr(self, capped: bool) -> tuple[str, ...]:
        """Partitions that refuse writes with acks=all, as ``topic-partition``.

        Args:
            capped: whether the broker asks for no more replicas than there are (3.7 and later).
        """
        wanted = self.min_insync_replicas
        return tuple(
            f"{self.name}-{p.index}"
            for p in self.layout
            if len(p.isr) < (min(wanted, len(p.replicas)) if capped else wanted)
        )

    def config(self, key: str) -> str:
        """A setting in force.

        Raises:
            Blocked: the settings were not seen, or the broker does not tell this one.
        """
        value = self.configs.get(key)
        if value is None:
            blocked(f"the broker does not tell {key} of topic {self.name}")
        return value


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a group stands in a partition; offsets."""

    topic: str
    partition: int
    committed: int | None
    """None where the group has committed nothing."""
    start: int
    end: int

    @property
    def lag(self) -> int:
        """Records that wait; all of them where nothing was committed."""
        return max(0, self.end - (self.start if self.committed is None else self.committed))


class Group(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A consumer group."""

    name: str
    exists: bool = fact()
    state: str = fact()
    """``Stable``, ``Empty``, ``PreparingRebalance``, …"""
    kind: str = fact()
    """``classic``, ``consumer`` or ``share``; empty where the broker is too old to tell."""
    positions: tuple[Position, ...] = fact()
    """In every partition of the topics it has committed offsets of."""

    @property
    def lag(self) -> int:
        """Records that wait for it, all partitions together.

        Raises:
            Blocked: it has committed no offset yet, or its offsets were not seen.
        """
        positions = self.positions
        if not self.measured:
            blocked(f"group {self.name} has committed no offset: no traffic yet")
        return sum(position.lag for position in positions)

    @property
    def measured(self) -> bool:
        """Whether :attr:`lag` can be told."""
        seen = self.positions if self.sees("positions") else ()
        return any(p.committed is not None for p in seen)


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
    topics: dict[str, Topic] = fact()
    """All that the role may see, and the declared ones."""
    configs_cut: int = 0
    """Topics whose settings were not read, because there are too many (``topics.MOST``)."""
    groups: dict[str, Group] = fact()
    """All that the role may see, and the declared ones; offsets of the declared ones only."""

    @property
    def all_topics(self) -> bool:
        """Whether the topics seen are all there are: nothing hides them."""
        return self.sees("authorizer") and not self.authorizer

    @property
    def min_isr_capped(self) -> bool:
        """Whether brokers ask for no more in-sync replicas than there are replicas."""
        return self.version >= CAPPED_SINCE
