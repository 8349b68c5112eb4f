"""What a broker of this age on one machine cannot show: newer versions, clients from elsewhere.

The answers are those of RabbitMQ 4.0.5, put into a real management API's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

from pytest_readiness.systems.rabbitmq.checks import entry
from tests.catalogue.rabbitmq_servers import good, seen, until
from tests.catalogue.states import Said, state
from tests.judging import judge
from tests.sandbox import Sandbox
from tests.sandbox.rabbitmq import RabbitServer
from tests.sandbox.scripted_rabbitmq import in_front_of

_OF_A_NODE = "rabbit@elsewhere"
_FLAG = {"name": "quorum_queue_non_voters", "stability": "stable", "provided_by": "rabbit"}
_KHEPRI = {"name": "khepri_db", "stability": "experimental", "state": "disabled"}
_TRANSIENT = {"name": "transient_nonexcl_queues", "deprecation_phase": "permitted_by_default"}


def _version(version: str, **more: Any) -> Any:
    return lambda said: {**said, "rabbitmq_version": version, **more}


def _nodes(count: int, anonymous: bool, **more: Any) -> Any:
    """The answering node as of RabbitMQ 4, and others that are like it but for `more`."""
    way = {"name": "ANONYMOUS", "description": "", "enabled": anonymous}

    def answer(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first = {**rows[0], "being_drained": False}
        first["auth_mechanisms"] = [*first["auth_mechanisms"], way]
        others = [{**first, "name": f"{_OF_A_NODE}{n}", **more} for n in range(1, count)]
        return [first, *others]

    return answer


def _four(box: Sandbox, script: Mapping[str, Any]) -> Said:
    """A broker that tells the script of itself, as seen by somebody who only monitors."""
    with good(box) as server, in_front_of(server.management_url, script) as url:
        return judge(seen(server, url=None, monitor_url=url), "rabbitmq")


@state(
    "rabbitmq",
    failed={
        *("feature_flags_enabled", "no_deprecated_features", "anonymous_login_off"),
        *("nodes_in_service", "version_supported", "guest_user_absent", "no_partitions"),
        "vhosts_running",
    },
    passed={"version_abandoned", "nodes_running", "cluster_size"},
    not_applicable={"no_mirroring"},
    blocked={"encrypted", "guest_refused", "app_not_administrator", "app_password_long"},
)
def a_newer_version_left_half_upgraded(box: Sandbox) -> Said:
    local_only = {"error": "not_authorized", "reason": "User can only log in via localhost"}
    drained = {"being_drained": True, "partitions": ["rabbit@lost"]}
    script = {
        "/api/overview": _version("4.1.4"),
        "/api/nodes": _nodes(3, anonymous=True, **drained),
        # The health check, which is not scripted, finds nothing amiss on its own node.
        "/api/vhosts": lambda rows: [{**r, "cluster_state": {_OF_A_NODE: "stopped"}} for r in rows],
        "/api/feature-flags": (200, [{**_FLAG, "state": "disabled"}, _KHEPRI]),
        "/api/deprecated-features/used": (200, [_TRANSIENT]),
    }
    guest = (401, local_only)
    with good(box) as server, in_front_of(server.management_url, script, guest) as url:
        return judge(seen(server, url=None, monitor_url=url), "rabbitmq")


@state(
    "rabbitmq",
    passed={
        *("feature_flags_enabled", "no_deprecated_features", "anonymous_login_off"),
        *("nodes_in_service", "version_supported", "version_abandoned", "guest_user_absent"),
        "vhosts_running",
    },
    not_applicable={"no_partitions", "no_mirroring"},
)
def a_newer_version_in_good_order(box: Sandbox) -> Said:
    script = {
        "/api/overview": _version("4.3.1"),
        "/api/nodes": _nodes(3, anonymous=False),
        "/api/feature-flags": (200, [{**_FLAG, "state": "enabled"}, _KHEPRI]),
        "/api/deprecated-features/used": (200, []),
    }
    return _four(box, script)


@state(
    "rabbitmq",
    blocked={
        *("feature_flags_enabled", "no_deprecated_features", "anonymous_login_off"),
        *("nodes_in_service", "vhosts_running", "node_expendable", "no_mirroring"),
        *("disk_limit_set", "file_descriptors", "process_headroom", "clients_encrypted"),
    },
)
def a_newer_version_that_shows_little(box: Sandbox) -> Said:
    refused = (401, {"error": "not_authorised", "reason": "Not monitor user"})
    paths = ("feature-flags", "deprecated-features/used", "nodes", "connections", "policies/%2F")
    health = ("health/checks/virtual-hosts", "health/checks/node-is-quorum-critical")
    script: dict[str, Any] = {f"/api/{path}": refused for path in (*paths, *health)}
    # What a policy says does not matter to version 4, so this one is the last that it does to.
    said = _four(box, {**script, "/api/overview": _version("4.2.0")})
    older = _four(box, {**script, "/api/overview": _version("3.13.7")})
    return {**said, "no_mirroring": older["no_mirroring"]}


@state("rabbitmq", failed={"clients_encrypted", "plain_listener_closed"}, passed={"encrypted"})
def clients_from_elsewhere_without_tls(box: Sandbox) -> Said:
    def everywhere(said: dict[str, Any]) -> dict[str, Any]:
        rows = [{**row, "ip_address": "::"} for row in said["listeners"]]
        return {**said, "listeners": rows}

    def elsewhere(said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "items": [{**row, "peer_host": "10.0.0.7"} for row in said["items"]]}

    script = {"/api/overview": everywhere, "/api/connections": elsewhere}
    with good(box) as server, in_front_of(server.management_url, script) as url:
        _connected(server)
        return judge(seen(server, monitor_url=url), "rabbitmq")


@state("rabbitmq", blocked={"clients_encrypted", "heartbeats_on"})
def more_clients_than_were_read(box: Sandbox) -> Said:
    def many(said: dict[str, Any]) -> dict[str, Any]:
        rows = [{**row, "timeout": 60} for row in said["items"]]
        return {**said, "items": rows, "filtered_count": 3000}

    with good(box) as server:
        _connected(server)
        with in_front_of(server.management_url, {"/api/connections": many}) as url:
            return judge(seen(server, monitor_url=url), "rabbitmq")


def _connected(server: RabbitServer) -> None:
    """Wait until the API tells of the connection that `good` has made."""
    until(server.management_url, "connections", lambda rows: any("ssl" in row for row in rows))


@state("rabbitmq", failed={"encrypted_across_public_network"})
def without_tls_across_the_internet(box: Sandbox) -> Said:
    with good(box) as server, mock.patch.object(entry, "is_public", return_value=True):
        return judge(seen(server, url=server.plain_url), "rabbitmq")


@state("rabbitmq", passed={"encrypted_across_public_network"})
def with_tls_across_the_internet(box: Sandbox) -> Said:
    with good(box) as server, mock.patch.object(entry, "is_public", return_value=True):
        return judge(seen(server), "rabbitmq")
