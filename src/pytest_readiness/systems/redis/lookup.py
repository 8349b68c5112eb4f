"""Looking for the declared lists, streams and groups, in the flight that asks all else.

Only a declared pattern costs flights of its own: SCAN, never KEYS, and no more than ROUNDS of it;
and one more to ask for the consumers of groups that were declared by pattern.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Literal

from pytest_readiness.systems.redis import GroupIntent, RedisSettings, StreamIntent
from pytest_readiness.systems.redis.queues import Found, Group, Queues
from pytest_readiness.systems.redis.replies import pairs, refusal, understood, word
from pytest_readiness.systems.redis.resp import Command, Replies, is_error
from pytest_readiness.systems.redis.wire import Session

ROUNDS = 100
"""Calls of SCAN at most, each of which looks through COUNT keys or a few more."""
COUNT = 1000
NAMES = 200
"""Keys of one pattern that are looked at."""

ODD = "\ufffd"
"""What bytes that are no text become."""

Scan = tuple[str, str]
"""Type and pattern."""


def is_pattern(name: str) -> bool:
    """Whether a declared name stands for several."""
    return any(sign in name for sign in "*?[")


class Lookup:
    """What was declared, looked for over one connection."""

    def __init__(self, settings: RedisSettings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._unseen: dict[str, str] = {}
        declared = [("list", name) for name in settings.lists]
        declared += [("stream", name) for name in settings.streams]
        # A plain name is looked up as it is; a pattern has names once it was resolved.
        self._names = {one: [] if is_pattern(one[1]) else [one[1]] for one in declared}
        self._resolve([one for one in declared if is_pattern(one[1])])

    def _resolve(self, patterns: list[Scan]) -> None:
        cursors = dict.fromkeys(patterns, "0")
        watch = self._session.watch
        for _ in range(ROUNDS):
            # Half of the time is left to those who ask for facts.
            if not cursors or watch.remaining < watch.seconds / 2:
                break
            replies = self._session.ask([_scan(one, at) for one, at in cursors.items()])
            for one, at in list(cursors.items()):
                cursors[one] = self._scanned(one, replies[_scan(one, at)])
            cursors = {one: at for one, at in cursors.items() if at != "0"}
        for kind, pattern in cursors:
            self._unseen[f"{kind} {pattern}"] = (
                f"there are too many keys to find all that match {pattern}; declare them by name"
            )

    def _scanned(self, one: Scan, reply: object) -> str:
        if not isinstance(reply, list):
            self._unseen[" ".join(one)] = refusal(reply, "SCAN", self._session.user, "+scan")
            return "0"
        names = self._names[one]
        found = {word(name) for name in reply[1]}
        if any(ODD in name for name in found):
            # Asked for as it reads, such a key would seem to be missing, and so empty.
            self._unseen[" ".join(one)] = f"a key that matches {one[1]} has a name that is no UTF-8"
            found = {name for name in found if ODD not in name}
        # SCAN may name a key twice.
        names += sorted(found - set(names))
        if len(names) > NAMES:
            del names[NAMES:]
            self._unseen[" ".join(one)] = f"more than {NAMES} keys match {one[1]}"
            return "0"
        return word(reply[0])

    @property
    def commands(self) -> tuple[Command, ...]:
        """What is asked of each name, beside all other facts."""
        found: list[Command] = []
        for (kind, declared), names in self._names.items():
            for name in names:
                if kind == "list":
                    found.append(("LLEN", name))
                else:
                    found += [("XLEN", name), ("XINFO", "GROUPS", name)]
                    plain = _listening(self._settings.streams[declared])
                    found += [_consumers(name, g) for g in plain if not is_pattern(g)]
        return tuple(found)

    def read(self, replies: Replies) -> Queues:
        """What the replies say of everything declared."""
        found: dict[str, list[Found]] = {"list": [], "stream": []}
        for (kind, declared), names in self._names.items():
            if not names and f"{kind} {declared}" not in self._unseen:
                found[kind].append(Found(declared=declared, name=declared, kind="none"))
            told = (self._found(kind, declared, name, replies) for name in names)
            found[kind] += [one for one in told if one is not None]
        streams = [one for one in found["stream"] if one.kind == "stream"]
        groups, why = understood(lambda: (self._groups(streams, replies), ""), "XINFO")
        if why:
            self._unseen |= {f"stream {name}": why for name in self._settings.streams}
            groups, found["stream"] = (), []
        return Queues(
            lists=tuple(found["list"]),
            streams=tuple(found["stream"]),
            groups=groups,
            unseen=self._unseen,
        )

    def _found(self, kind: str, declared: str, name: str, replies: Replies) -> Found | None:
        asked = [("LLEN", name)] if kind == "list" else [("XINFO", "GROUPS", name), ("XLEN", name)]
        for command in asked:
            reply = replies.get(command)
            if isinstance(reply, (int, list)):
                continue
            if str(reply).startswith("no such key"):
                return Found(declared=declared, name=name, kind="none")
            if str(reply).startswith("WRONGTYPE"):
                return Found(declared=declared, name=name, kind="other")
            self._unseen[f"{kind} {declared}"] = self._refused(reply, command, name)
            return None
        length: int = replies[asked[-1]]
        # A list that is empty does not exist; a stream may be empty and there.
        there: Literal["list", "stream"] = "list" if kind == "list" else "stream"
        return Found(declared=declared, name=name, kind=there, length=length)

    def _refused(self, reply: object, command: Command, name: str) -> str:
        if is_error(reply, "MOVED"):
            return f"{name} is held by another node of the cluster; give that node's address"
        what, grant = " ".join(command), "|".join(command[:-1]).lower()
        return refusal(reply, what, self._session.user, f"+{grant} ~{name}")

    def _groups(self, streams: list[Found], replies: Replies) -> tuple[Group, ...]:
        met = [
            (stream, declared, entry)
            for stream in streams
            for entry in map(pairs, replies[("XINFO", "GROUPS", stream.name)])
            for declared in self._settings.streams[stream.declared].groups
            if fnmatchcase(word(entry["name"]), declared)
        ]
        asked = {
            _consumers(stream.name, word(entry["name"]))
            for stream, declared, entry in met
            if declared in _listening(self._settings.streams[stream.declared])
        }
        late = sorted(asked - set(replies))[:NAMES]
        if late:
            replies = {**replies, **self._session.ask(late)}
        return tuple(self._group(*one, replies) for one in met)

    def _group(self, stream: Found, declared: str, entry: dict[str, Any], known: Replies) -> Group:
        name, lag = word(entry["name"]), entry.get("lag")
        command = _consumers(stream.name, name)
        told = known.get(command)
        idle = None
        if isinstance(told, list):
            idle = tuple(pairs(one)["idle"] / 1000 for one in told)
        elif told is not None:
            key = f"consumers of {stream.declared} {declared}"
            self._unseen[key] = refusal(
                told, " ".join(command), self._session.user, f"+xinfo|consumers ~{stream.name}"
            )
        return Group(
            stream=stream.name,
            of=stream.declared,
            declared=declared,
            name=name,
            pending=entry["pending"],
            lag=lag if isinstance(lag, int) else None,
            consumers=entry["consumers"],
            idle=idle,
        )


def _scan(one: Scan, cursor: str) -> Command:
    return ("SCAN", cursor, "MATCH", one[1], "COUNT", str(COUNT), "TYPE", one[0])


def _consumers(stream: str, group: str) -> Command:
    return ("XINFO", "CONSUMERS", stream, group)


def _listening(intent: StreamIntent) -> dict[str, GroupIntent]:
    """Groups somebody must be at work in."""
    return {name: one for name, one in intent.groups.items() if one.min_consumers}
