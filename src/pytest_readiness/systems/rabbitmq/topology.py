"""Queues as the management API lists them, and where their dead letters go."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from pytest_readiness.systems.rabbitmq import QueueIntent
from pytest_readiness.systems.rabbitmq.api import CONNECTIONS, Answer, Api, Unseen
from pytest_readiness.systems.rabbitmq.aside import together
from pytest_readiness.systems.rabbitmq.facts import Queue
from pytest_readiness.systems.rabbitmq.figures import awaited
from pytest_readiness.systems.rabbitmq.intents import expanded, is_pattern
from pytest_readiness.systems.rabbitmq.readers import with_readers

MOST = 2000
"""Queues that are read of a vhost; declared ones are read in any case."""
_PAGE = 500
CLOSELY = 50
"""Queues found by a pattern that are looked at one by one; those declared by name always are."""
_READERS = ""
"""Who reads all the queues, beside what is asked about one: no queue has this name."""
_EXCHANGES = 10
"""Exchanges that are followed from one dead-letter exchange."""

_TYPES: dict[str, type] = {
    **dict.fromkeys(("durable", "auto_delete", "exclusive"), bool),
    **dict.fromkeys(("type", "state", "policy"), str),
    **dict.fromkeys(("messages", "messages_ready", "messages_unacknowledged"), int),
    **dict.fromkeys(("messages_persistent", "consumers"), int),
    **dict.fromkeys(("members", "online"), list),
    "arguments": dict,
}
_COLUMNS = ",".join(("name", *_TYPES, "effective_policy_definition"))


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """The queues of a vhost that were read, and why others may exist, None if all were."""

    found: dict[str, Queue] = {}
    unread: str | None = None


def read_queues(api: Api, vhost: str, declared: Mapping[str, QueueIntent]) -> Queues:
    """The vhost's queues, up to 2,000, and all declared ones.

    Raises:
        Unreachable: no answer, in plain words.
        Unseen: this user may not see the vhost's queues.
    """
    found, total = _listed(api, vhost)
    listed = len(found)
    named = {name: intent for name, intent in declared.items() if not is_pattern(name)}
    wanted = {*named, *(i.dead_letter for i in declared.values() if i.dead_letter)}
    if listed < total:
        for name in sorted(n for n in wanted - set(found) if not is_pattern(n)):
            answer = api.get("queues", vhost, name, columns=_COLUMNS)
            if answer.status != 404:
                api.insist(answer, f"queue {name}")
                found[name] = _queue(answer.body, vhost)
    _look_closely(api, vhost, expanded(declared, found), set(named), found)
    unread = f"{listed} of {total} queues of vhost {vhost} were read; declare it: queues.NAME"
    return Queues(found=found, unread=unread if listed < total else None)


def _look_closely(
    api: Api,
    vhost: str,
    declared: Mapping[str, QueueIntent],
    named: set[str],
    found: dict[str, Queue],
) -> None:
    """Figures, consumers and dead letters of the declared queues, in place."""
    many = [name for name in declared if name not in named]
    for name in many[CLOSELY:]:
        why = f"{CLOSELY} of {len(many)} queues that match were looked at: declare {name} itself"
        unseen = {**found[name].unseen, "readers": why, "dead_letter_queues": why}
        found[name] = msgspec.structs.replace(found[name], unseen=unseen)
    closely = [name for name in declared if name in found and name not in many[CLOSELY:]]
    for name in closely:
        found[name] = _counted(api, vhost, found[name])
    calls: dict[str, Callable[[], Any]] = {
        name: partial(_letters, api, vhost, found[name], found)
        for name in closely
        if declared[name].dead_letter is not None
    }
    queues = [found[name] for name in closely]
    letters = _all({**calls, _READERS: lambda: with_readers(api, queues)})
    found.update(letters.pop(_READERS))
    for name, (names, why) in letters.items():
        found[name] = _with_letters(found[name], names, why)


def _counted(api: Api, vhost: str, queue: Queue) -> Queue:
    """The queue with its figures, which a new queue has none of for some seconds."""

    def again() -> Queue:
        return _queue(api.need("queues", vhost, queue.name, columns=_COLUMNS), vhost)

    return awaited(api, queue, again, _whole)


def _whole(queue: Queue) -> bool:
    # One whose node is down is counted by nobody.
    down = queue.sees("state") and queue.state == "down"
    return queue.sees("policy_definition") or down


def _listed(api: Api, vhost: str) -> tuple[dict[str, Queue], int]:
    found: dict[str, Queue] = {}
    page, pages, total = 0, 1, 0
    while page < min(pages, MOST // _PAGE):
        page += 1
        answer = api.get("queues", vhost, page=page, page_size=_PAGE, columns=_COLUMNS)
        if page > 1 and answer.status == 400:
            # Queues were deleted meanwhile, and the last page with them.
            return found, len(found)
        _allowed(api, vhost, answer)
        pages, total = answer.body["page_count"], answer.body["filtered_count"]
        found.update({row["name"]: _queue(row, vhost) for row in answer.body["items"]})
    return found, total


def _allowed(api: Api, vhost: str, answer: Answer) -> None:
    user = api.login[0]
    if answer.status in (401, 403):
        # A monitor needs to be let into the vhost, but needs no right to anything in it.
        right = f"rabbitmqctl set_permissions -p {shlex.quote(vhost)} {shlex.quote(user)} '' '' ''"
        raise Unseen(f"user {user} may not see the queues of vhost {vhost}: {right}")
    api.insist(answer, f"the queues of vhost {vhost}")


def _queue(row: Mapping[str, Any], vhost: str) -> Queue:
    name = str(row["name"])
    # What is not known is left out, null, or a word where a number belongs.
    known = {key: row[key] for key, kind in _TYPES.items() if type(row.get(key)) is kind}
    known |= {key: tuple(value) for key, value in known.items() if type(value) is list}
    if "policy" in row:
        known["policy"] = row["policy"]
    arguments = known.setdefault("arguments", {})
    policy = row.get("effective_policy_definition")
    if policy is not None:
        # An empty definition comes as an empty list from older versions.
        known["policy_definition"] = policy or {}
    for field in ("dead-letter-exchange", "dead-letter-routing-key"):
        key = field.replace("-", "_")
        if f"x-{field}" in arguments:
            known[key] = arguments[f"x-{field}"]
        elif policy is not None:
            known[key] = (policy or {}).get(field)
    return Queue(name=name, vhost=vhost, exists=True, **known)


def _all(calls: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """What calls made at the same time return, by their names; what one raises is raised."""
    results = together(calls, CONNECTIONS)
    for result in results.values():
        if isinstance(result, Exception):
            raise result
    return results


def _letters(
    api: Api, vhost: str, queue: Queue, known: dict[str, Queue]
) -> tuple[tuple[str, ...], str | None]:
    """Durable queues that the dead letters of a queue reach; or why that was not seen."""
    if not queue.sees("dead_letter_exchange") or not queue.sees("dead_letter_routing_key"):
        return (), queue.why("dead_letter_exchange")
    exchange, key = queue.dead_letter_exchange, queue.dead_letter_routing_key
    names = set() if exchange is None else _reached(api, vhost, exchange, key)
    return tuple(sorted(name for name in names if _durable(api, vhost, name, known))), None


def _with_letters(queue: Queue, names: tuple[str, ...], why: str | None) -> Queue:
    if why is None:
        return msgspec.structs.replace(queue, dead_letter_queues=names)
    return msgspec.structs.replace(queue, unseen={**queue.unseen, "dead_letter_queues": why})


def _durable(api: Api, vhost: str, name: str, known: dict[str, Queue]) -> bool:
    if name not in known:
        answer = api.get("queues", vhost, name, columns=_COLUMNS)
        if answer.status == 404:
            return False
        api.insist(answer, f"queue {name}")
        known[name] = _queue(answer.body, vhost)
    return known[name].durable


def _reached(api: Api, vhost: str, first: str, key: str | None) -> set[str]:
    """Names of the queues that a message with a routing key reaches from an exchange.

    Without a key of the queue's own, messages keep the one they were published with, which
    nobody knows here: every binding then counts.
    """
    if first == "":
        return {key} if key else set()
    reached: set[str] = set()
    exchanges, done = [first], set[str]()
    while exchanges and len(done) < _EXCHANGES:
        name = exchanges.pop()
        done.add(name)
        said = _all(
            {
                "kind": partial(api.get, "exchanges", vhost, name, columns="type"),
                "bindings": partial(api.get, "exchanges", vhost, name, "bindings", "source"),
            }
        )
        if said["kind"].status == 404:
            continue
        api.insist(said["kind"], f"exchange {name}")
        api.insist(said["bindings"], f"the bindings of exchange {name}")
        kind = str(said["kind"].body["type"])
        for binding in said["bindings"].body:
            if not _matches(kind, str(binding["routing_key"]), key):
                continue
            if binding["destination_type"] == "queue":
                reached.add(binding["destination"])
            elif binding["destination"] not in done:
                exchanges.append(binding["destination"])
    return reached


def _matches(kind: str, pattern: str, key: str | None) -> bool:
    if key is None or kind not in ("direct", "topic"):
        return True
    return pattern == key if kind == "direct" else topic(pattern.split("."), key.split("."))


def topic(pattern: list[str], words: list[str]) -> bool:
    """Whether a topic binding's words match a routing key's: ``*`` is one word, ``#`` any."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return topic(pattern[1:], words) or bool(words and topic(pattern, words[1:]))
    return bool(words) and pattern[0] in ("*", words[0]) and topic(pattern[1:], words[1:])
