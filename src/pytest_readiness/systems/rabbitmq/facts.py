"""What is known of a RabbitMQ: typed, without secrets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pytest_readiness import recorder
from pytest_readiness.systems.base import Facts, fact
from pytest_readiness.systems.net import Link

ANSWERING = "answering"
"""State of a management API that is well."""

OURS = "pytest-readiness"
"""Name that our own connections give themselves."""

UNCOUNTED = "was told not to count"
"""How a reason says that a node's figures are switched off."""


class Management(msgspec.Struct, frozen=True, kw_only=True):
    """How the management API answered, and to whom."""

    address: str
    state: str
    """``answering``, or why it does not, in plain words."""
    user: str
    tags: tuple[str, ...] = ()
    """Tags of the user who asked; none of them: nothing is shown to it."""
    scheme: str = "http"
    """``http``, or ``https``, as it was asked."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that has run out on a node: publishers are blocked on all nodes."""

    node: str
    resource: str
    """``memory``, ``disk space``."""


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A port that a node serves."""

    node: str
    protocol: str
    """``amqp``, ``amqp/ssl``, ``http``, ``http/prometheus``, …"""
    address: str
    port: int


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who reads a queue."""

    tag: str
    user: str
    acknowledges: bool
    """Whether it says when it is done with a message; False: a message sent counts as done."""
    prefetch: int
    """Messages it may hold at once; 0 for any number."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A connection of a client, other than ours."""

    user: str
    host: str
    tls: bool
    heartbeat: int | None = None
    """Seconds; 0 for none, None where its protocol tells nothing of it."""


class Node(Facts, frozen=True, kw_only=True):
    """A node the cluster knows. One that is stopped gives no figures."""

    name: str
    running: bool
    partitions: tuple[str, ...] = fact()
    """Nodes it has lost sight of. Always empty from RabbitMQ 4.3 on."""
    mem_used: int = fact()
    """Bytes."""
    mem_limit: int = fact()
    """Bytes at which publishers are blocked."""
    mem_alarm: bool = fact()
    disk_free: int = fact()
    """Bytes."""
    disk_free_limit: int = fact()
    """Bytes below which publishers are blocked."""
    disk_free_alarm: bool = fact()
    fd_used: int = fact()
    """File descriptors."""
    fd_total: int = fact()
    proc_used: int = fact()
    """Erlang processes: some for each connection, channel and queue."""
    proc_total: int = fact()
    mechanisms: tuple[str, ...] = fact()
    """Ways of logging in that it offers: ``PLAIN``, ``ANONYMOUS``."""
    being_drained: bool = fact()
    """Whether it is in maintenance mode; not told before RabbitMQ 4."""

    def why(self, name: str) -> str:
        """Why a field was not seen."""
        reason = self.unseen.get(name) or self.unseen.get("*")
        what = name.replace("_", " ")
        return reason or f"{what} of node {self.name} is not told by this version of RabbitMQ"


class Queue(Facts, frozen=True, kw_only=True):
    """A queue of the target's vhost.

    ``exists`` can always be read. Reading anything else of a queue that does not exist fails the
    check with that cause: what would be measured is known to be wrong, not unknown.
    """

    name: str
    vhost: str
    exists: bool
    durable: bool = fact()
    auto_delete: bool = fact()
    exclusive: bool = fact()
    type: str = fact()
    """``classic``, ``quorum``, ``stream``."""
    state: str = fact()
    """``running``; ``down``, ``minority``, ``crashed``, ``stopped`` where it serves nobody."""
    messages: int = fact()
    """Ready and unacknowledged, up to 5 s old."""
    messages_ready: int = fact()
    """Waiting to be delivered; up to 5 s old, of a declared queue as it is now."""
    messages_unacknowledged: int = fact()
    """Delivered and not acknowledged, up to 5 s old."""
    messages_persistent: int = fact()
    """Those that a restart keeps, of a classic queue; of others all are."""
    consumers: int = fact()
    """Up to 5 s old, of a declared queue as it is now, but for streams."""
    dead_letter_exchange: str | None = fact()
    """By argument or by policy; None if it has none, empty for the default exchange."""
    dead_letter_routing_key: str | None = fact()
    """None if messages keep the key they came with."""
    dead_letter_queues: tuple[str, ...] = fact()
    """Durable queues that its dead letters reach. Followed for queues declared with dead_letter."""
    policy: str | None = fact()
    policy_definition: dict[str, Any] = fact()
    """Policy and operator policy as they work on it together."""
    arguments: dict[str, Any] = fact()
    members: tuple[str, ...] = fact()
    """Nodes with a replica, of a quorum queue or a stream."""
    online: tuple[str, ...] = fact()
    """Those of them that are up."""
    readers: tuple[Consumer, ...] = fact()
    """Who consumes it, of the declared queues."""

    def setting(self, name: str) -> Any:
        """A setting by argument or by policy, as ``max-length``; None if it has none."""
        arguments = {k.removeprefix("x-"): v for k, v in self.arguments.items()}
        return arguments[name] if name in arguments else self.policy_definition.get(name)

    def __getattribute__(self, name: str) -> Any:
        value = msgspec.Struct.__getattribute__(self, name)
        if value is msgspec.UNSET and not msgspec.Struct.__getattribute__(self, "exists"):
            what = f"queue {msgspec.Struct.__getattribute__(self, 'name')}"
            recorder.note(recorder.Comparison(what, "missing", None, "==", "present", False))
            vhost = msgspec.Struct.__getattribute__(self, "vhost")
            pytest.fail(f"the {what} does not exist in vhost {vhost}", pytrace=False)
        return Facts.__getattribute__(self, name)

    def why(self, name: str) -> str:
        """Why a field was not seen."""
        reason = self.unseen.get(name) or self.unseen.get("*")
        if reason is None and name == "dead_letter_queues":
            return f"where dead letters go is followed for queues.{self.name} with dead_letter only"
        if reason is None and name == "readers":
            return f"who consumes is looked at for declared queues only: queues.{self.name}"
        return reason or (
            f"queue {self.name} has no statistics yet, they are up to 5 s late: "
            f"run again, and see that management.disable_stats is not on"
        )


class RabbitFacts(Facts, frozen=True, kw_only=True):
    """One observation of a target: over AMQP as ``url``, over HTTP as who may monitor."""

    vhost: str
    product: str = fact()
    version: str = fact()
    cluster: str = fact()
    """The cluster's name."""
    link: Link = fact()
    """The application's connection: ``url``."""
    guest_accepted: bool = fact()
    """Whether guest, password guest, logs in from here."""
    guest_default: bool = fact()
    """Whether there is a user guest with password guest, wherever it may log in from."""
    credential_length: int = fact()
    """Characters of what the application logs in with."""
    application_tags: tuple[str, ...] = fact()
    """Tags of the application's user that give rights in the management API."""
    management: Management
    alarms: tuple[Alarm, ...] = fact()
    nodes: tuple[Node, ...] = fact()
    listeners: tuple[Listener, ...] = fact()
    vhosts_down: tuple[str, ...] = fact()
    """Virtual hosts that some node does not serve."""
    critical: tuple[str, ...] | None = fact()
    """Queues that would lose their majority with the node that answered; None on a single node."""
    mirroring: tuple[str, ...] = fact()
    """Policies of the vhost that mirror classic queues, which RabbitMQ 4 does no more."""
    clients: tuple[Client, ...] = fact()
    """Connections of others, up to 500 of them."""
    clients_unread: str | None = None
    """Why there may be more of them; None if all were read."""
    deprecated: tuple[str, ...] = fact()
    """Deprecated features in use; told from RabbitMQ 3.13 on."""
    flags_disabled: tuple[str, ...] = fact()
    """Stable feature flags that are not enabled; told to who monitors from RabbitMQ 4 on."""
    queues: dict[str, Queue] = msgspec.field(default_factory=dict)
    """The queues that were seen, by name."""
    queues_unread: str | None = None
    """Why a queue that is not in ``queues`` may exist all the same; None if all were read."""
