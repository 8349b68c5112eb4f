"""Replies of a server -> typed facts. Whatever is missing stays unseen, with the reason."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from pytest_readiness import clock
from pytest_readiness.systems.redis import facts
from pytest_readiness.systems.redis.wire import INFO, Command, Replies

SETTINGS = {name: name.replace("_", "-") for name in facts.Config.__struct_fields__}
SETTINGS.pop("unseen")
SERVER_COMMANDS: tuple[Command, ...] = (
    INFO,
    *(("CONFIG", "GET", setting) for setting in SETTINGS.values()),
)
WHOAMI: Command = ("ACL", "WHOAMI")

_NOT_TOLD = "this server does not tell it in INFO"


def rights_of(user: str) -> Command:
    """The command that tells a user's rights; only its rules on commands are kept."""
    return ("ACL", "GETUSER", user)


class Info:
    """INFO, taken apart; a field that is not there or is no number stays unseen."""

    def __init__(self, reply: bytes) -> None:
        lines = (line.partition(":") for line in reply.decode(errors="replace").splitlines())
        self.fields = {name: value for name, colon, value in lines if colon}

    def text(self, *names: str) -> Any:
        """The first of these fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), UNSET)

    def whole(self, name: str) -> Any:
        """A field that is a whole number."""
        text = self.fields.get(name, "")
        return int(text) if text.lstrip("-").isdecimal() else UNSET

    def number(self, name: str) -> Any:
        """A field that is a number."""
        try:
            return float(self.fields[name])
        except (KeyError, ValueError):
            return UNSET


def refusal(error: object, what: str, user: str, grant: str) -> str:
    """Why a command told nothing, and the grant that would change it."""
    from redis.exceptions import NoPermissionError

    if isinstance(error, NoPermissionError):
        return f"{what} is refused to user {user}: ACL SETUSER {user} {grant}"
    if isinstance(error, Exception):
        return f"{what} is not answered ({str(error)[:80]})"
    return f"{what} told nothing"


def server_facts(replies: Replies, user: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts about the server by name, and the reasons for those that were not seen."""
    config = _config(replies, user)
    reply = replies[INFO]
    if not isinstance(reply, bytes):
        why = refusal(reply, "INFO", user, "+info")
        groups = ("server", "replication", "persistence", "memory", "clients", "stats")
        return {"config": config}, dict.fromkeys(groups, why)
    info = Info(reply)
    return {
        "server": _server(info),
        "replication": _replication(info),
        "persistence": _persistence(info, config),
        "memory": _memory(info, config),
        "clients": _clients(info, config),
        "stats": facts.Stats(
            evicted=info.whole("evicted_keys"),
            rejected=info.whole("rejected_connections"),
            fork_us=info.whole("latest_fork_usec"),
            unseen={"*": _NOT_TOLD},
        ),
        "config": config,
    }, {}


def _config(replies: Replies, user: str) -> facts.Config:
    seen: dict[str, str] = {}
    unseen: dict[str, str] = {}
    for field, setting in SETTINGS.items():
        reply = replies[("CONFIG", "GET", setting)]
        if isinstance(reply, list) and len(reply) == 2:
            seen[field] = bytes(reply[1]).decode(errors="replace")
        elif isinstance(reply, list):
            unseen[field] = f"this server has no setting {setting}"
        else:
            unseen[field] = refusal(reply, f"CONFIG GET {setting}", user, "+config|get")
    return facts.Config(**seen, unseen=unseen)


def _server(info: Info) -> facts.Server:
    valkey = "valkey_version" in info.fields or info.fields.get("server_name") == "valkey"
    return facts.Server(
        engine="valkey" if valkey else "redis",
        # Valkey tells a frozen redis_version for old clients' sake.
        version=info.text("valkey_version") if valkey else info.text("redis_version"),
        mode=info.text("server_mode", "redis_mode"),
        uptime=info.whole("uptime_in_seconds"),
        unseen={"*": _NOT_TOLD},
    )


def _replication(info: Info) -> facts.Replication:
    role: Any = {"master": "master", "slave": "replica"}.get(info.fields.get("role", ""), UNSET)
    count = info.whole("connected_slaves")
    listed = [info.fields.get(f"slave{n}") for n in range(0 if count is UNSET else count)]
    down = info.whole("master_link_down_since_seconds")
    return facts.Replication(
        role=role,
        replicas=tuple(_replica(text) for text in listed if text),
        offset=info.whole("master_repl_offset"),
        link=info.fields.get("master_link_status"),
        link_down_seconds=None if down is UNSET else down,
        unseen={"*": _NOT_TOLD},
    )


def _replica(text: str) -> facts.Replica:
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    lag, offset = parts.get("lag", ""), parts.get("offset", "")
    return facts.Replica(
        state=parts.get("state", "?"),
        lag=int(lag) if lag.isdecimal() else None,
        offset=int(offset) if offset.isdecimal() else None,
    )


def _persistence(info: Info, config: facts.Config) -> facts.Persistence:
    aof = info.text("aof_enabled")
    if aof is UNSET and config.sees("appendonly"):
        aof = "1" if config.appendonly == "yes" else "0"
    return facts.Persistence(
        aof=UNSET if aof is UNSET else aof == "1",
        changes=info.whole("rdb_changes_since_last_save"),
        last_save_age=_save_age(info),
        last_save=info.text("rdb_last_bgsave_status"),
        last_aof_write=info.fields.get("aof_last_write_status", "ok"),
        last_aof_rewrite=info.fields.get("aof_last_bgrewrite_status", "ok"),
        unseen={"*": _NOT_TOLD},
    )


_START = 2
"""Seconds after the start in which a "last save" is the start itself: a server begins by
noting its own start as the time of the last save."""


def _save_age(info: Info) -> Any:
    saved, uptime = info.whole("rdb_last_save_time"), info.whole("uptime_in_seconds")
    if saved is UNSET or uptime is UNSET:
        return UNSET
    micros = info.whole("server_time_usec")
    # The server's own clock where it tells it: ours may be off.
    now = clock.now().timestamp() if micros is UNSET else micros / 1e6
    saves = info.whole("rdb_saves")
    none = saved <= now - uptime + _START if saves is UNSET else saves == 0
    return None if none else max(0.0, now - saved)


def _memory(info: Info, config: facts.Config) -> facts.Memory:
    maximum = info.whole("maxmemory")
    if maximum is UNSET:
        maximum = _whole(config, "maxmemory")
    policy = info.text("maxmemory_policy")
    if policy is UNSET and config.sees("maxmemory_policy"):
        policy = config.maxmemory_policy
    return facts.Memory(
        used=info.whole("used_memory"),
        maximum=maximum,
        policy=policy,
        machine=info.whole("total_system_memory"),
        fragmentation=info.number("mem_fragmentation_ratio"),
        unseen={"*": _NOT_TOLD},
    )


def _clients(info: Info, config: facts.Config) -> facts.Clients:
    maximum = info.whole("maxclients")
    if maximum is UNSET:
        maximum = _whole(config, "maxclients")
    return facts.Clients(
        connected=info.whole("connected_clients"),
        maximum=maximum,
        blocked=info.whole("blocked_clients"),
        unseen={"maximum": config.why("maxclients"), "*": _NOT_TOLD},
    )


def _whole(config: facts.Config, name: str) -> Any:
    """A setting that is a whole number, where INFO does not tell it."""
    text = getattr(config, name) if config.sees(name) else ""
    return int(text) if text.isdecimal() else UNSET


def app_facts(own: Replies, user: str, others: Replies) -> facts.App:
    """The application's user and its rights.

    Args:
        own: replies to the application's own connection.
        user: whom its URL logs in.
        others: replies to the monitor, which may see what the application may not.
    """
    from redis.exceptions import NoPermissionError

    name = own.get(WHOAMI)
    known = name.decode(errors="replace") if isinstance(name, bytes) else user
    rights = rights_of(user)
    told = _commands(own.get(rights)) or _commands(others.get(rights))
    if told is not None:
        subtracts = any(word.startswith("-") for word in told.split())
        return facts.App(user=known, commands=told, unlimited="+@all" in told and not subtracts)
    why = refusal(own.get(rights), f"ACL GETUSER {user}", user, "+acl|getuser")
    # Who holds every right may ask for rights; one who is refused does not hold them all.
    refused = isinstance(own.get(rights), NoPermissionError)
    unlimited: Any = False if refused else msgspec.UNSET
    return facts.App(user=known, unlimited=unlimited, unseen={"*": why})


def _commands(reply: object) -> str | None:
    """The rules on commands, and nothing else: the reply holds hashes of passwords."""
    if not isinstance(reply, list):
        return None
    pairs = dict(zip(map(_word, reply[::2]), reply[1::2], strict=False))
    return _word(pairs.get("commands")) if "commands" in pairs else None


def _word(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
