"""Redis as a broker: the lists and streams the service lives by."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.redis import backlog
from pytest_readiness.systems.redis.probe import RedisProbe

STREAMS = "Redis streams guide"
QUEUES = "awesome-prometheus-alerts, too many messages in a queue"


@readiness.high(
    remedy="Declare what a broker delivers: lists.NAME = { max_length = 1000 }, "
    "streams.NAME = { groups.GROUP = { max_lag = 1000, min_consumers = 1 } }.",
    category="delivery",
    effort="minutes",
    source="what is not declared cannot be judged",
    demand="intent",
)
def intent_declared(redis_probe: RedisProbe) -> None:
    """Is it declared which lists and streams a broker delivers by?"""
    _ = redis_probe.facts
    declared = redis_probe.declared
    if declared.role != "broker":
        not_applicable("its role is not broker")
    count = len(declared.lists) + len(declared.streams)
    # Without them, delivery is not judged.
    assert measure("lists and streams declared to judge delivery by", count) >= 1


@readiness.high(
    remedy="Start more workers or stop the producer, and look at what the workers wait for.",
    thresholds=[at_most("length", 1000, unit="items", source=QUEUES)],
    category="delivery",
    effort="hours",
    source=QUEUES,
    privilege="ACL +llen ~LIST, +scan for patterns",
)
def list_backlog(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Are the declared lists free of a backlog?"""
    queues, declared = redis_probe.facts.queues, redis_probe.declared.lists
    if not declared:
        not_applicable("no list is declared: lists.NAME in the target's settings")
    for found in queues.lists:
        # A list that is empty does not exist.
        kind = "another" if found.kind == "other" else "list"
        assert measure(f"type of key {found.name}", kind) == "list"
        most = declared[found.declared].max_length
        most = limits.length if most is None else most
        assert measure(f"list {found.name}: length", found.length, unit="items") <= most
    backlog.all_seen(redis_probe, "list")


@readiness.blocker(
    remedy="XGROUP CREATE STREAM GROUP $ MKSTREAM",
    category="delivery",
    effort="minutes",
    source=STREAMS,
    since="5.0",
    privilege="ACL +xlen +xinfo ~STREAM, +scan for patterns",
)
def streams_exist(redis_probe: RedisProbe) -> None:
    """Are the declared streams and their groups there?"""
    queues, streams = redis_probe.facts.queues, backlog.declared_streams(redis_probe)
    for found in queues.streams:
        there = {"none": "missing", "stream": "present"}.get(found.kind, "no stream")
        assert measure(f"stream {found.name}", there) == "present"
        for group in streams[found.declared].groups:
            shown = "missing" if backlog.missing(queues, found, group) else "present"
            assert measure(f"group {group} of stream {found.name}", shown) == "present"
    backlog.all_seen(redis_probe, "stream")


@readiness.medium(
    remedy="Trim it where it is written: XADD STREAM MAXLEN ~ 100000 …; or XTRIM.",
    category="capacity",
    effort="hours",
    source=STREAMS,
    since="5.0",
    privilege="ACL +xlen +xinfo ~STREAM, +scan for patterns",
)
def stream_length(redis_probe: RedisProbe) -> None:
    """Are the declared streams kept short?"""
    streams = backlog.declared_streams(redis_probe)
    if all(stream.max_length is None for stream in streams.values()):
        not_applicable("no stream has a max_length")
    found = [one for one in redis_probe.facts.queues.streams if one.kind == "stream"]
    for one in found:
        most = streams[one.declared].max_length
        if most is not None:
            name = f"stream {one.name}: length"
            assert measure(name, one.length, unit="messages") <= most
    backlog.all_there(redis_probe)


@readiness.high(
    remedy="Start more consumers, and look at what they wait for: XINFO GROUPS STREAM.",
    thresholds=[at_most("lag", 1000, unit="messages", source=QUEUES)],
    category="delivery",
    effort="hours",
    source=STREAMS,
    since="5.0",
    privilege="ACL +xinfo ~STREAM",
)
def group_lag(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Do the declared groups keep up with their streams?"""
    unknown = []
    lengths = {found.name: found.length for found in redis_probe.facts.queues.streams}
    for group, intent in backlog.declared_groups(redis_probe):
        most = limits.lag if intent.max_lag is None else intent.max_lag
        name = f"group {group.name} of stream {group.stream}"
        if group.lag is not None:
            assert measure(f"{name}: lag", group.lag, unit="messages") <= most
        elif lengths[group.stream] <= most:
            # It cannot lag by more than there is.
            least = measure(f"{name}: messages in the stream", lengths[group.stream])
            assert least <= most
        else:
            unknown.append(name)
    if unknown:
        blocked(
            f"the server does not know the lag of {', '.join(unknown[:3])}: Redis tells it from "
            "7.0 on, and not once messages were deleted or the group was set by hand (XGROUP "
            "SETID STREAM GROUP ID ENTRIESREAD N mends that); group_pending is judged"
        )
    backlog.all_there(redis_probe)


@readiness.medium(
    remedy="See who holds them: XPENDING STREAM GROUP; XAUTOCLAIM takes over those of the dead.",
    thresholds=[at_most("pending", 1000, unit="messages", source=QUEUES)],
    category="delivery",
    effort="hours",
    source=STREAMS,
    since="5.0",
    privilege="ACL +xinfo ~STREAM",
)
def group_pending(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Do the declared groups acknowledge what they get?"""
    for group, intent in backlog.declared_groups(redis_probe):
        most = limits.pending if intent.max_pending is None else intent.max_pending
        name = f"group {group.name} of stream {group.stream}: not acknowledged"
        assert measure(name, group.pending, unit="messages") <= most
    backlog.all_there(redis_probe)


@readiness.high(
    remedy="Start the service that reads it; XINFO CONSUMERS STREAM GROUP shows who did.",
    thresholds=[at_most("idle", 300, unit="s", source="a blocking read returns sooner")],
    category="delivery",
    effort="minutes",
    source=STREAMS,
    since="5.0",
    privilege="ACL +xinfo ~STREAM",
)
def group_consumers(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Is somebody at work in the declared groups?"""
    asking = [
        (group, intent.min_consumers)
        for group, intent in backlog.declared_groups(redis_probe)
        if intent.min_consumers
    ]
    if not asking:
        backlog.all_there(redis_probe)
        not_applicable("no declared group has min_consumers")
    quiet = []
    for group, least in asking:
        name = f"group {group.name} of stream {group.stream}"
        assert measure(f"{name}: consumers", group.consumers) >= least
        if group.idle is None:
            continue
        active = sum(idle <= limits.idle for idle in group.idle)
        if active < least and not group.lag:
            lag = ", lag unknown" if group.lag is None else ""
            quiet.append(f"{name} ({group.pending} not acknowledged{lag})")
            continue
        unit = f"that asked within {limits.idle:g} s"
        assert measure(f"{name}: consumers", active, unit=unit) >= least
    if quiet:
        # One that waits in a blocking read, or is long at work, looks like one that has died.
        blocked(f"no traffic: nothing is known to wait, and nobody asked: {', '.join(quiet)}")
    backlog.all_seen(redis_probe, "consumers")
    backlog.all_there(redis_probe)
