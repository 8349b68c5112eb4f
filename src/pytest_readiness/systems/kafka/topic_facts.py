"""What is known of a topic."""

from __future__ import annotations

import msgspec

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.base import Facts, fact


class Partition(msgspec.Struct, frozen=True, array_like=True):
    """Where a partition lives; numbers are broker ids."""

    index: int
    leader: int
    """-1 where there is none."""
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    """Replicas in sync."""
    offline: tuple[int, ...] = ()
    adding: tuple[int, ...] = ()
    """Replicas that a move to other brokers adds, which are not in sync until it ends."""

    @property
    def lacking(self) -> bool:
        """Whether a replica is not in sync that should be; one that is just added need not."""
        return len(self.isr) < len(self.replicas) - len(self.adding)


class Topic(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A topic. All is unseen where the role may not describe it."""

    name: str
    exists: bool = fact()
    internal: bool = False
    """Kafka's own or a tool's: ``__consumer_offsets``, ``_schemas``."""
    layout: tuple[Partition, ...] = fact()
    configs: dict[str, str] = fact()
    """Settings in force, defaults included; a part of them (``topics.KEYS``)."""
    records: int = fact()
    """Records it holds, of topics whose settings limit them: dead-letter topics."""

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
    def kept_for_ever(self) -> bool:
        """Whether nothing ever leaves it: no compaction, no limit in time, none in size."""
        if "compact" in self.cleanup_policy:
            return False
        # With an empty policy, which newer brokers take, the limits do not count.
        if "delete" not in self.cleanup_policy:
            return True
        return self.retention_ms < 0 and int(self.config("retention.bytes")) < 0

    @property
    def max_message_bytes(self) -> int:
        """``max.message.bytes``: the largest batch that is taken, after compression."""
        return int(self.config("max.message.bytes"))

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
        return tuple(f"{self.name}-{p.index}" for p in self.layout if p.lacking)

    @property
    def led_elsewhere(self) -> tuple[str, ...]:
        """Partitions that another replica leads than the preferred one, the first."""
        return tuple(
            f"{self.name}-{p.index}" for p in self.layout if p.leader not in p.replicas[:1]
        )

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
