"""Single questions to the management API, each a small answer however large the broker is."""

from __future__ import annotations

from typing import Any

from pytest_readiness.systems.rabbitmq.api import Answer, Api, Unseen, grant
from pytest_readiness.systems.rabbitmq.facts import OURS, Client, Listener, Management

NO_TAG = "Not management user"
_LOCAL_ONLY = "User can only log in via localhost"
_LOGIN_FAILED = "Login failed"

MOST = 500
"""Connections that are read of a broker."""


def untagged(answer: Answer) -> bool:
    """Whether the password was right, and only the tag is missing."""
    # The status is the same as for a wrong password; RabbitMQ does not translate its reasons.
    return answer.status in (401, 403) and answer.reason == NO_TAG


def guest_default(answer: Answer | None, api: Api) -> bool:
    """Whether there is a user guest with password guest, even one who must log in elsewhere.

    The API says of a right password that its owner may log in via localhost only: over AMQP
    that could not be told from a wrong one.

    Args:
        answer: what it says to guest; None where it is guest who asks anyway.
        api: who was asked.

    Raises:
        Unseen: the answer is neither yes nor no.
    """
    if answer is None:
        return True
    if answer.status in (401, 403):
        return answer.reason in (NO_TAG, _LOCAL_ONLY)
    api.insist(answer, "whether guest may log in")
    return True


def guest_refused(answer: Answer | None) -> bool:
    """Whether the API itself has found that there is no such user, or no such password."""
    return answer is not None and answer.status == 401 and answer.reason == _LOGIN_FAILED


def overview(api: Api, who: Management) -> dict[str, Any]:
    """Product, version, name of the cluster; its listeners, for one who may see them."""
    columns = ("product_name", "rabbitmq_version", "cluster_name")
    said = api.need("overview", columns=",".join((*columns, "listeners")))
    # The product is named since 3.8.
    values = (said.get("product_name", "RabbitMQ"), *(said.get(name) for name in columns[1:]))
    named = zip(("product", "version", "cluster"), values, strict=True)
    found: dict[str, Any] = {key: value for key, value in named if value}
    if _monitors(who) and said.get("listeners"):
        found["listeners"] = tuple(_listener(row) for row in said["listeners"])
    return found


def _listener(row: dict[str, Any]) -> Listener:
    return Listener(
        node=str(row.get("node", "?")),
        protocol=str(row["protocol"]),
        address=str(row.get("ip_address", "?")),
        port=int(row["port"]),
    )


def _monitors(who: Management) -> bool:
    return bool({"monitoring", "administrator"} & set(who.tags))


def needs_monitoring(who: Management, what: str) -> str:
    """Why something is not shown to a user without the tag ``monitoring``."""
    return f"user {who.user} may not see {what}: {grant(who.user, 'monitoring')}"


def without_listeners(who: Management) -> str:
    """Why an overview has no listeners: the user's rights, or a broker that does not count."""
    if not _monitors(who):
        return needs_monitoring(who, "the listeners")
    return "the listeners are not told: see management_agent.disable_metrics_collector"


def vhosts_down(api: Api) -> tuple[str, ...]:
    """Virtual hosts that are down on some node.

    Raises:
        Unseen: this user, or this version, does not see it.
    """
    answer = _health(api, "virtual-hosts", "3.8.10")
    if answer.status == 503 and isinstance(answer.body, dict) and "virtual-hosts" in answer.body:
        return tuple(str(name) for name in answer.body["virtual-hosts"])
    api.insist(answer, "the virtual hosts' health")
    # The health check speaks of the node that answers, and of no other.
    rows = api.need("vhosts", columns="name,cluster_state")
    states = [(row["name"], row["cluster_state"]) for row in rows]
    return tuple(
        f"{name} on {node}"
        for name, nodes in states
        for node, state in nodes.items()
        if state == "stopped"
    )


def critical(api: Api) -> tuple[str, ...] | None:
    """Queues and streams that would lose their majority with this node; None if it is alone.

    Raises:
        Unseen: this user, or this version, does not see it.
    """
    answer = _health(api, "node-is-quorum-critical", "3.8.10")
    if answer.status == 503 and isinstance(answer.body, dict) and "queues" in answer.body:
        return tuple(_name(row) for row in answer.body["queues"])
    api.insist(answer, "whether the node is critical")
    return None if "single node" in str(answer.body.get("reason")) else ()


def _name(row: Any) -> str:
    if isinstance(row, dict):
        return str(row.get("readable_name") or row.get("name") or "?")
    return str(row)


def _health(api: Api, check: str, since: str) -> Answer:
    answer = api.get("health", "checks", check)
    if answer.status == 404:
        raise Unseen(f"needs RabbitMQ >= {since}")
    return answer


def mirroring(api: Api, vhost: str) -> tuple[str, ...]:
    """Policies of a vhost that mirror classic queues.

    Raises:
        Unseen: this user may not see the vhost.
    """
    answer = api.get("policies", vhost, columns="name,definition")
    api.insist(answer, f"the policies of vhost {vhost}")
    rows = answer.body
    return tuple(str(row["name"]) for row in rows if "ha-mode" in (row.get("definition") or {}))


def clients(api: Api, who: Management) -> dict[str, Any]:
    """Connections of others, and why there may be more of them, None if all were read.

    Raises:
        Unseen: this user sees its own only.
    """
    if not _monitors(who):
        raise Unseen(needs_monitoring(who, "others' connections"))
    columns = "type,user,ssl,peer_host,timeout,user_provided_name,client_properties"
    said = api.need("connections", page=1, page_size=MOST, columns=columns)
    total, rows = said["filtered_count"], said["items"]
    found = tuple(_client(row) for row in rows if _is_client(row))
    more = f"{len(rows)} of {total} connections were read"
    return {"clients": found, "clients_unread": more if len(rows) < total else None}


def _is_client(row: dict[str, Any]) -> bool:
    # A direct one, of a plugin within the broker, crosses no network and has no TLS to tell of.
    name = row.get("user_provided_name") or row.get("client_properties", {}).get("connection_name")
    return type(row.get("ssl")) is bool and row.get("type") != "direct" and name != OURS


def _client(row: dict[str, Any]) -> Client:
    beat = row.get("timeout")
    return Client(
        user=str(row.get("user", "?")),
        host=str(row.get("peer_host", "?")),
        tls=row["ssl"],
        heartbeat=beat if type(beat) is int else None,
    )


def deprecated(api: Api) -> tuple[str, ...]:
    """Names of deprecated features in use.

    Raises:
        Unseen: this user, or this version, does not see it.
    """
    answer = api.get("deprecated-features", "used")
    if answer.status == 404:
        raise Unseen("needs RabbitMQ >= 3.13")
    api.insist(answer, "deprecated features")
    return tuple(str(row["name"]) for row in answer.body)


def flags_disabled(api: Api) -> tuple[str, ...]:
    """Names of stable feature flags that are not enabled.

    Raises:
        Unseen: this user does not see it, before RabbitMQ 4 administrators do.
    """
    flags = api.need("feature-flags")
    waiting = (f for f in flags if f.get("stability") == "stable" and f["state"] != "enabled")
    return tuple(str(flag["name"]) for flag in waiting)
