"""Replies of CLUSTER commands -> facts about the cluster a node belongs to."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from pytest_readiness.systems.redis import facts
from pytest_readiness.systems.redis.replies import refusal, word
from pytest_readiness.systems.redis.resp import Command, Replies

CLUSTER_INFO: Command = ("CLUSTER", "INFO")
CLUSTER_NODES: Command = ("CLUSTER", "NODES")

SLOTS = 16384
"""Slots that a cluster's nodes share among them."""


def cluster_facts(replies: Replies, mode: object, user: str) -> tuple[Any, str]:
    """The cluster as this node sees it, None if it is in none, or why it was not seen."""
    if mode is UNSET:
        return UNSET, "the server does not tell in INFO whether it is a node of a cluster"
    if mode != "cluster":
        return None, ""
    reply = replies.get(CLUSTER_INFO)
    if not isinstance(reply, bytes):
        return UNSET, refusal(reply, "CLUSTER INFO", user, "+cluster|info +cluster|nodes")
    told = dict(line.partition(":")[::2] for line in word(reply).splitlines())
    lone, masters = _lone_masters(replies.get(CLUSTER_NODES))
    return facts.Cluster(
        state=told["cluster_state"],
        slots_ok=int(told["cluster_slots_ok"]),
        lone_masters=lone,
        masters=masters,
    ), ""


def _lone_masters(reply: object) -> tuple[tuple[str, ...] | None, int]:
    """Masters with slots that have no working replica, and the number of all with slots."""
    if not isinstance(reply, bytes):
        return None, 0
    nodes = [line.split(" ") for line in word(reply).splitlines()]
    nodes = [node for node in nodes if len(node) >= 8]
    followed = {node[3] for node in nodes if "slave" in node[2] and _works(node)}
    # A master without slots holds nothing that could be lost.
    masters = [node for node in nodes if "master" in node[2] and len(node) > 8]
    lone = [node[1].partition("@")[0] for node in masters if node[0] not in followed]
    return tuple(lone), len(masters)


def _works(node: list[str]) -> bool:
    return "fail" not in node[2] and "noaddr" not in node[2] and node[7] == "connected"
