"""States of Redis as a broker: lists, streams, groups, and what may be seen of them."""

from __future__ import annotations

import time
from typing import Any

from tests.catalogue.redis_servers import (
    PASSWORDS,
    admin,
    apply_recipe,
    filled,
    judged,
    reading,
    until,
)
from tests.catalogue.states import Said, state
from tests.recipes import blocks
from tests.sandbox import Sandbox
from tests.sandbox.place import password
from tests.sandbox.redis import RedisServer

QUEUES = {"list_backlog", "streams_exist", "stream_length"}
GROUPS = {"group_lag", "group_pending", "group_consumers"}


def broker(box: Sandbox) -> RedisServer:
    return box.start("redis", settings={"appendonly": "yes"})


def stream(client: Any, name: str, messages: int, group: str | None = None) -> None:
    """A stream anew, with a group that has read none of it."""
    client.delete(name)
    with client.pipeline(transaction=False) as flight:
        for n in range(messages):
            flight.xadd(name, {"n": n})
        flight.execute()
    if group:
        client.xgroup_create(name, group, id="0", mkstream=True)


@state("redis", failed={"intent_declared"}, not_applicable=QUEUES | GROUPS)
def a_broker_without_intent(box: Sandbox) -> Said:
    return judged(broker(box), role="broker")


@state("redis", passed=QUEUES | GROUPS | {"intent_declared"})
def a_broker_that_delivers(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "orders", 5, "billing")
        client.delete("jobs:mail")
        client.rpush("jobs:mail", *range(10))
        with reading(server.url, "orders", "billing"):
            until(lambda: client.xinfo_groups("orders")[0]["consumers"] == 1)
            groups = {"billing": {"max_lag": 10, "min_consumers": 1}}
            streams = {"orders": {"max_length": 10, "groups": groups}}
            return judged(server, role="broker", lists={"jobs:*": {}, "empty": {}}, streams=streams)


@state("redis", failed={"list_backlog", "stream_length", *GROUPS}, passed={"streams_exist"})
def a_broker_that_falls_behind(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "late", 2100, "billing")
        client.xreadgroup("billing", "gone", {"late": ">"}, count=1050)
        client.delete("piled")
        client.rpush("piled", *range(1001))
    streams = {"late": {"max_length": 2000, "groups": {"b*": {"min_consumers": 2}}}}
    said = judged(server, role="broker", lists={"pil?d": {}}, streams=streams)
    assert said["list_backlog"].message == "list piled: length is 1001 items, must be <= 1000"
    lag = "group billing of stream late: lag is 1050 messages, must be <= 1000"
    assert said["group_lag"].message == lag
    return said


@state("redis", failed={"streams_exist"}, blocked={"stream_length", *GROUPS})
def a_stream_that_nobody_made(box: Sandbox) -> Said:
    groups = {"billing": {"min_consumers": 1}}
    streams = {"never-made:*": {"max_length": 10, "groups": groups}}
    return judged(broker(box), role="broker", streams=streams)


@state("redis", failed={"streams_exist", "list_backlog"}, blocked=GROUPS)
def a_group_that_nobody_made(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "lonely", 1)
    groups = {"billing": {"min_consumers": 1}}
    # The stream's name as a list's: a key of another type.
    said = judged(server, lists={"lonely": {}}, streams={"lonely": {"groups": groups}})
    assert said["streams_exist"].message.startswith("group billing of stream lonely is missing")
    return said


@state("redis", blocked={"group_lag"}, passed={"group_pending"})
def a_lag_that_the_server_does_not_know(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "holes", 5, "billing")
        client.xreadgroup("billing", "worker", {"holes": ">"}, count=1)
        client.xdel("holes", client.xrange("holes")[3][0])
    said = judged(server, streams={"holes": {"groups": {"billing": {}}}})
    # There are four, which is as much as it can lag by.
    assert said["group_lag"].outcome == "passed"
    return judged(server, streams={"holes": {"groups": {"billing": {"max_lag": 3}}}})


@state("redis", failed={"group_consumers"})
def a_consumer_that_died_at_work(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "dropped", 5, "billing")
        client.xreadgroup("billing", "dead", {"dropped": ">"}, count=1)
    # Five minutes of silence, cut short to what the server can measure.
    time.sleep(0.01)
    streams = {"dropped": {"groups": {"billing": {"min_consumers": 1}}}}
    return judged(server, limits={"idle": 0.0}, streams=streams)


@state("redis", blocked={"group_consumers"}, passed={"group_lag"})
def a_consumer_that_nobody_needs_yet(box: Sandbox) -> Said:
    server = broker(box)
    with admin(server) as client:
        stream(client, "idle", 0, "billing")
        client.xgroup_createconsumer("idle", "billing", "patient")
    time.sleep(0.01)
    streams = {"idle": {"groups": {"billing": {"min_consumers": 1}}}}
    return judged(server, limits={"idle": 0.0}, streams=streams)


PRODUCER = password()


def guarded(box: Sandbox) -> RedisServer:
    """A producer that may only write, and a monitor that may look at no queue."""
    server = box.start("redis", password=PASSWORDS["ADMIN_PASSWORD"])
    with admin(server) as client:
        apply_recipe(client)
        writer = ("resetkeys", "~jobs:*", "~events", "-@all", "+lpush", "+xadd")
        client.execute_command("ACL", "SETUSER", "app", "on", f">{PRODUCER}", *writer)
        stream(client, "events", 1, "billing")
        client.delete("jobs:mail")
        client.lpush("jobs:mail", 1)
    return server


def as_producer(server: RedisServer, **settings: Any) -> Said:
    return judged(f"redis://app:{PRODUCER}@127.0.0.1:{server.port}/0", **settings)


INTENT: dict[str, Any] = {
    "lists": {"jobs:*": {}},
    "streams": {"events": {"groups": {"billing": {"max_lag": 10}}}},
}


@state("redis", blocked={"list_backlog", "streams_exist", "group_lag", "round_trip"})
def a_producer_that_may_not_look(box: Sandbox) -> Said:
    said = as_producer(guarded(box), **INTENT)
    assert "ACL SETUSER app +scan" in said["list_backlog"].message
    assert "+xinfo|groups ~events" in said["streams_exist"].message
    return said


@state("redis", passed={"list_backlog", "streams_exist", "group_lag", "round_trip"})
def rights_given_as_the_recipe_says(box: Sandbox) -> Said:
    server = guarded(box)
    with admin(server) as client:
        for recipe in blocks("redis")[1:]:
            client.execute_command(*filled(recipe).split())
    monitor = f"redis://monitor:{PASSWORDS['MONITOR_PASSWORD']}@127.0.0.1:{server.port}/0"
    return as_producer(server, monitor_url=monitor, **INTENT)
