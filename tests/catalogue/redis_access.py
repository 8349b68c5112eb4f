"""States of Redis: who gets in, with what rights, over what wire."""

from __future__ import annotations

import socket
from unittest import mock

from pytest_readiness.systems.redis.checks import encryption
from tests.catalogue.redis_servers import (
    ALL,
    PASSWORDS,
    admin,
    apply_recipe,
    judged,
    nowhere,
    occupied,
)
from tests.catalogue.states import Said, state
from tests.sandbox import Sandbox
from tests.sandbox.ports import HOST
from tests.sandbox.redis import RedisServer

APP = "app-of-the-catalogue-77d1"
ROOT = "root-of-the-catalogue-2f81"


@state("redis", failed={"reachable"}, blocked=ALL - {"reachable"})
def a_server_that_is_down(box: Sandbox) -> Said:
    return judged(nowhere(), replicas=1, lists={"jobs": {}}, streams={"events": {}})


@state(
    "redis",
    failed={
        *("password_required", "app_user_limited", "app_keys_limited", "encrypted"),
        *("dangerous_commands_denied", "maxmemory_set", "latency_monitored", "role_declared"),
    },
    passed={"reachable", "answer_time", "passwords_not_guessable", "users_have_passwords"},
    not_applicable={
        *("certificate_valid", "certificate_verified", "plaintext_port_closed"),
        *("encrypted_across_public_network", "persistence", "backups", "eviction_policy"),
        *("version_supported", "version_abandoned", "version_minimum", "intent_declared"),
        *("something_to_evict", "no_slow_commands", "fork_quick", "cache_hits"),
        *("list_backlog", "streams_exist", "replicas_online", "write_reaches_replicas"),
    },
)
def a_stock_server(box: Sandbox) -> Said:
    return judged(box.start("redis"))


def careless(box: Sandbox) -> RedisServer:
    """A well-known password, a user without one, and DEBUG for everybody."""
    return box.start(
        "redis",
        password="foobared",
        acl=("user batch on nopass ~batch:* +@read",),
        settings={"enable-debug-command": "yes", "tcp-keepalive": "0"},
    )


@state(
    "redis",
    failed={
        *("passwords_not_guessable", "users_have_passwords", "debug_commands_closed"),
        *("failed_logins", "dead_clients_dropped"),
    },
    passed={"password_required"},
)
def a_careless_server(box: Sandbox) -> Said:
    server = careless(box)
    with socket.create_connection((HOST, server.port)) as stranger:
        stranger.sendall(b"AUTH wrong-by-far\r\n" * 11 + b"QUIT\r\n")
        stranger.recv(4096)
    said = judged(server, timeout=10)
    assert "batch" in said["users_have_passwords"].message
    assert "127.0.0.1" in said["failed_logins"].message
    assert "foobared" not in repr(said)
    return said


@state("redis", failed={"answer_time", "no_slow_commands"})
def a_server_busy_with_one_command(box: Sandbox) -> Said:
    server = box.start("redis", settings={"enable-debug-command": "yes"})
    with occupied(server, 0.6):
        said = judged(server)
    assert "DEBUG" in said["no_slow_commands"].message
    return said


@state(
    "redis",
    passed={"app_user_limited", "password_required"},
    blocked={
        *("dangerous_commands_denied", "passwords_not_guessable", "users_have_passwords"),
        *("failed_logins", "debug_commands_closed", "app_keys_limited", "no_slow_commands"),
        *("memory_headroom", "maxmemory_set", "persistence", "append_only_file_synced"),
        *("last_save_ok", "backups", "eviction_policy", "accepts_writes", "cluster_state"),
        *("connections_headroom", "replicas_online", "dead_clients_dropped", "fragmentation"),
        *("round_trip", "version_supported", "nothing_evicted", "latency_monitored"),
    },
)
def an_application_that_may_not_look(box: Sandbox) -> Said:
    acl = (f"user app on >{APP} ~app:* +@all -@admin -@dangerous",)
    said = judged(box.start("redis", password=ROOT, acl=acl), role="store")
    for name, grant in (
        ("dangerous_commands_denied", "ACL SETUSER app +acl|dryrun"),
        ("passwords_not_guessable", "ACL SETUSER app +acl|list"),
        ("no_slow_commands", "ACL SETUSER app +slowlog"),
        ("round_trip", "~readiness-*"),
    ):
        assert grant in said[name].message
    return said


@state(
    "redis",
    passed={
        *("dangerous_commands_denied", "app_user_limited", "app_keys_limited"),
        *("passwords_not_guessable", "users_have_passwords", "failed_logins"),
    },
)
def a_monitor_made_by_the_recipe(box: Sandbox) -> Said:
    acl = (f"user app on >{APP} ~app:* ~readiness-* +@all -@admin -@dangerous",)
    server = box.start("redis", password=ROOT, acl=acl)
    with admin(server) as client:
        apply_recipe(client)
    monitor = f"redis://monitor:{PASSWORDS['MONITOR_PASSWORD']}@127.0.0.1:{server.port}/0"
    said = judged(server, monitor_url=monitor, role="store")
    with admin(server) as client:
        refused = [entry for entry in client.acl_log() if entry["username"] == "monitor"]
    assert PASSWORDS["MONITOR_PASSWORD"] not in repr(said)
    assert refused == [], "the monitor asks for more than the recipe gives it"
    assert {one.outcome for one in said.values()} <= {"passed", "failed", "not_applicable"}
    return said


@state(
    "redis",
    failed={"plaintext_port_closed"},
    passed={"encrypted", "certificate_verified", "certificate_valid"},
)
def tls_beside_plaintext(box: Sandbox) -> Said:
    server = box.start("redis", tls=True, plaintext=True)
    return judged(f"{server.url}?ssl_ca_certs={box.ca}")


@state("redis", failed={"certificate_verified"}, passed={"certificate_valid"})
def tls_that_verifies_nothing(box: Sandbox) -> Said:
    server = box.start("redis", tls=True, plaintext=True)
    return judged(f"{server.url}?ssl_cert_reqs=none")


@state("redis", failed={"certificate_valid"}, passed={"plaintext_port_closed"})
def a_certificate_about_to_expire(box: Sandbox) -> Said:
    said = judged(f"{box.start('redis', tls='expiring').url}?ssl_ca_certs={box.ca}")
    # A third of its 35 days.
    assert "days left, must be >= 11.7" in said["certificate_valid"].message
    return said


@state("redis", failed={"encrypted_across_public_network"})
def plaintext_across_the_open_internet(box: Sandbox) -> Said:
    # Nothing here has an address of the open internet: that it is one is taken for granted.
    with mock.patch.object(encryption, "is_public", return_value=True):
        return judged(box.start("redis"))


@state("redis", passed={"encrypted_across_public_network"})
def tls_across_the_open_internet(box: Sandbox) -> Said:
    server = box.start("redis", tls=True, plaintext=True)
    with mock.patch.object(encryption, "is_public", return_value=True):
        return judged(f"{server.url}?ssl_ca_certs={box.ca}")
