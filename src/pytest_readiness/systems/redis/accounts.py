"""Replies of ACL commands -> facts about users. No password, and no hash of one, is kept."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import UNSET

from pytest_readiness.systems.redis import facts
from pytest_readiness.systems.redis.replies import HOUR, pairs, refusal, understood, word
from pytest_readiness.systems.redis.resp import Command, Replies, is_error

WHOAMI: Command = ("ACL", "WHOAMI")
ACL_LIST: Command = ("ACL", "LIST")
ACL_LOG: Command = ("ACL", "LOG", "64")

DANGEROUS: dict[str, tuple[str, ...]] = {
    "FLUSHALL": ("FLUSHALL",),
    "KEYS": ("KEYS", "*"),
    "CONFIG SET": ("CONFIG", "SET", "maxmemory", "0"),
    "SHUTDOWN": ("SHUTDOWN",),
    "REPLICAOF": ("REPLICAOF", "NO", "ONE"),
}
"""One of each kind: losing all data, stopping all clients, changing the server, ending it."""

_TRIED_FIRST = """
redis valkey foobared password passw0rd P@ssw0rd password123 redis123 mypassword yourpassword
your_password mysecretpassword secret changeme change-me admin root default test guest user pass
example letmein qwerty 1234 12345 123456 12345678 123456789 1234567890
"""
"""Passwords of documentation, of images' examples and of every attacker's first page."""


def rights_of(user: str) -> Command:
    """The command that tells a user's rights; only its rules on commands are kept."""
    return ("ACL", "GETUSER", user)


def dry_runs(user: str) -> tuple[Command, ...]:
    """Commands that ask whether a user might run a dangerous one; none of them runs it."""
    return tuple(("ACL", "DRYRUN", user, *tried) for tried in DANGEROUS.values())


def app_facts(own: Replies, user: str, others: Replies, asking: str) -> facts.App:
    """The application's user and its rights.

    Args:
        own: replies to the application's own connection.
        user: whom its URL logs in.
        others: replies to the monitor, which may see what the application may not.
        asking: who asks about rights: the monitor, or the application where there is none.
    """
    name = own.get(WHOAMI)
    known = name.decode(errors="replace") if isinstance(name, bytes) else user
    rights = rights_of(user)
    told = _rules(own.get(rights)) or _rules(others.get(rights))
    dangerous, why_not = _dangerous({**own, **others}, user, asking)
    unseen = {"dangerous": why_not}
    if told is not None:
        commands, keys, selectors = told
        # A selector of Redis 7 is a second set of rights: what it allows is allowed.
        wide = [theirs for rules, theirs in selectors if _unlimited(rules)]
        return facts.App(
            user=known,
            commands=commands,
            keys=" ".join([keys, *wide]).strip(),
            unlimited=_unlimited(commands) or bool(wide),
            dangerous=dangerous,
            unseen=unseen,
        )
    why = refusal(own.get(rights), f"ACL GETUSER {user}", user, "+acl|getuser")
    # Who holds every right may ask for rights; one who is refused does not hold them all.
    refused = is_error(own.get(rights), "NOPERM")
    unlimited: Any = False if refused else UNSET
    unseen["*"] = why
    return facts.App(user=known, unlimited=unlimited, dangerous=dangerous, unseen=unseen)


def _unlimited(commands: str) -> bool:
    """Whether these rules allow every command."""
    return "+@all" in commands and not any(part.startswith("-") for part in commands.split())


def _rules(reply: object) -> tuple[str, str, list[tuple[str, str]]] | None:
    """The rules on commands and on keys, those of selectors too, and nothing else: the reply holds
    hashes of passwords."""
    known = pairs(reply)
    if "commands" not in known:
        return None
    keys = known.get("keys", "")
    # Redis 6 lists the patterns, without the sign that later ones put before them.
    shown = " ".join(f"~{word(key)}" for key in keys) if isinstance(keys, list) else word(keys)
    more = [known for known in map(pairs, known.get("selectors") or ()) if "commands" in known]
    selectors = [(word(one["commands"]), word(one.get("keys", ""))) for one in more]
    return word(known["commands"]), shown, selectors


def _dangerous(replies: Replies, user: str, asking: str) -> tuple[Any, str]:
    """Dangerous commands a user may run, or why that was not seen."""
    allowed = []
    for (name, _), asked in zip(DANGEROUS.items(), dry_runs(user), strict=True):
        reply = replies.get(asked)
        if isinstance(reply, bytes):
            allowed += [name] if reply == b"OK" else []
        elif f"command '{name.split()[0].lower()}' not found" not in str(reply).lower():
            # One that was renamed away is not there to be run.
            return UNSET, refusal(reply, "ACL DRYRUN", asking, "+acl|dryrun")
    return tuple(allowed), ""


def users(reply: object, user: str) -> tuple[Any, str]:
    """Users who may log in, or why they were not seen."""
    if not isinstance(reply, list) or not reply:
        return UNSET, refusal(reply, "ACL LIST", user, "+acl|list")
    rules = [word(line).split() for line in reply]
    if any(rule[0] != "user" for rule in rules):
        raise ValueError("no list of users")
    return tuple(_user(rule) for rule in rules if "on" in rule[2:]), ""


def _user(rule: list[str]) -> facts.User:
    name = rule[1]
    hashes = {part[1:] for part in rule if part.startswith("#")}
    return facts.User(
        name=name,
        nopass="nopass" in rule,
        guessable=bool(hashes & _hashes(name, *_TRIED_FIRST.split())),
    )


def _hashes(*passwords: str) -> set[str]:
    return {hashlib.sha256(password.encode()).hexdigest() for password in passwords}


def failed_logins(reply: object, user: str) -> tuple[Any, str]:
    """Refused logins of the last hour by address, or why they were not seen.

    The names that were tried are not kept: people type passwords into the wrong field.
    """
    if not isinstance(reply, list):
        return UNSET, refusal(reply, "ACL LOG", user, "+acl|log")
    counts: dict[str, int] = {}
    for entry in map(pairs, reply):
        if word(entry["reason"]) == "auth" and float(word(entry["age-seconds"])) <= HOUR:
            client = word(entry.get("client-info"))
            told = dict(part.partition("=")[::2] for part in client.split())
            address = told.get("addr", "?").rpartition(":")[0] or "?"
            counts[address] = counts.get(address, 0) + int(entry["count"])
    found = (facts.FailedLogins(address=a, count=n) for a, n in counts.items())
    return tuple(sorted(found, key=lambda one: -one.count)), ""


def account_facts(replies: Replies, user: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts about all users by name, and the reasons for those that were not seen."""
    known, why_users = understood(lambda: users(replies.get(ACL_LIST), user), "ACL LIST")
    failed, why_failed = understood(lambda: failed_logins(replies.get(ACL_LOG), user), "ACL LOG")
    seen = {"users": known, "failed_logins": failed}
    why = {"users": why_users, "failed_logins": why_failed}
    return (
        {name: value for name, value in seen.items() if value is not msgspec.UNSET},
        {name: reason for name, reason in why.items() if reason},
    )
