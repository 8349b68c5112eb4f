"""The nodes of a cluster, as the management API shows them."""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_readiness.systems.rabbitmq.api import Api, Unseen, grant
from pytest_readiness.systems.rabbitmq.facts import UNCOUNTED, Alarm, Management, Node
from pytest_readiness.systems.rabbitmq.figures import awaited, switched_off

_BYTES = ("mem_used", "mem_limit", "disk_free", "disk_free_limit")
_FLAGS = ("mem_alarm", "disk_free_alarm")
# Of these some versions tell nothing.
_MORE: dict[str, type] = {
    **dict.fromkeys(("fd_used", "fd_total", "proc_used", "proc_total"), int),
    "being_drained": bool,
}
_COLUMNS = ",".join(("name", "running", "partitions", *_BYTES, *_FLAGS, *_MORE, "auth_mechanisms"))


def read_nodes(api: Api, who: Management) -> tuple[Node, ...]:
    """All nodes the cluster knows; those that run with their figures, once they are there.

    Raises:
        Unreachable: no answer, in plain words.
        Unseen: this user may not see them.
    """
    if not {"monitoring", "administrator"} & set(who.tags):
        raise Unseen(f"user {who.user} may not see the nodes: {grant(who.user, 'monitoring')}")
    nodes = awaited(api, _listed(api), lambda: _listed(api), _whole)
    if _whole(nodes) or not switched_off(api):
        return nodes
    return tuple(_uncounted(node) for node in nodes)


def alarms_of(nodes: tuple[Node, ...] | None) -> tuple[Alarm, ...] | None:
    """The alarms that nodes tell of themselves, up to 5 s late; None if one tells nothing."""
    running = [node for node in nodes or () if node.running]
    if not running or not all(node.sees(name) for node in running for name in _FLAGS):
        return None
    memory = [Alarm(node=n.name, resource="memory") for n in running if n.mem_alarm]
    disk = [Alarm(node=n.name, resource="disk space") for n in running if n.disk_free_alarm]
    return (*memory, *disk)


def _listed(api: Api) -> tuple[Node, ...]:
    nodes = tuple(_node(row) for row in api.need("nodes", columns=_COLUMNS))
    if not nodes:
        raise Unseen(f"{api.where} lists no node, though one answers")
    return nodes


def _whole(nodes: tuple[Node, ...]) -> bool:
    return all(not node.unseen for node in nodes if node.running)


def _node(row: dict[str, Any]) -> Node:
    # A figure that is not known comes as a text, or not at all.
    known = {k: row[k] for k in _BYTES if type(row.get(k)) is int}
    known |= {k: row[k] for k in _FLAGS if type(row.get(k)) is bool}
    if "partitions" in row:
        known["partitions"] = tuple(row["partitions"])
    name, whole = str(row["name"]), len(known) == len(_BYTES) + len(_FLAGS) + 1
    why = f"node {name} gives no figures: it is stopped, or has started less than 5 s ago"
    known |= {key: row[key] for key, kind in _MORE.items() if type(row.get(key)) is kind}
    if "auth_mechanisms" in row:
        offered = (m for m in row["auth_mechanisms"] if m.get("enabled"))
        known["mechanisms"] = tuple(str(m["name"]) for m in offered)
    return Node(
        name=name, running=bool(row.get("running")), unseen={} if whole else {"*": why}, **known
    )


def _uncounted(node: Node) -> Node:
    why = (
        f"node {node.name} gives no figures, it {UNCOUNTED}: "
        "see management.disable_stats and management_agent.disable_metrics_collector"
    )
    return msgspec.structs.replace(node, unseen={"*": why}) if node.unseen else node
