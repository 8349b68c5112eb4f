"""What the management API shows, and of what it does not show, who would see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.rabbitmq import RabbitSettings, questions
from pytest_readiness.systems.rabbitmq.api import (
    CONNECTIONS,
    WHO,
    Answer,
    Api,
    Unseen,
    grant,
    opened,
)
from pytest_readiness.systems.rabbitmq.aside import together
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Alarm, Management
from pytest_readiness.systems.rabbitmq.nodes import alarms_of, read_nodes
from pytest_readiness.systems.rabbitmq.topology import Queues, read_queues
from pytest_readiness.systems.rabbitmq.trust import Trust
from pytest_readiness.systems.watch import DeadlineExceeded, Watch

GUEST = ("guest", "guest")
_OVERVIEW = ("product", "version", "cluster", "listeners")
_SINGLE = ("vhosts_down", "critical", "mirroring", "deprecated", "flags_disabled")
_FIELDS = (
    *("application_tags", "guest_default", "alarms", "nodes", "clients", "listeners"),
    *_SINGLE,
)


class Managed(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen over the management API: fields of the facts, and why others are missing."""

    management: Management
    fields: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    queues: Queues
    guest_refused: bool = False
    """Whether the API has refused guest's password itself, or knows no guest."""


def seen(settings: RabbitSettings, trust: Trust, watch: Watch) -> Managed:
    """Ask who we are, then for all that this user may see, at the same time.

    Who we are comes first: with a wrong password it is one failed login, which is logged and
    counted, and not a dozen, which locks an account elsewhere. It costs no time, for the other
    connections are made meanwhile.

    A management API that is down, or that shows nothing to this user, is no error here:
    its facts are then unseen, with the reason.
    """
    way = settings.management
    try:
        with opened(way, trust.context(way), watch) as api:
            return _as_whom(api, settings)
    except (Unreachable, DeadlineExceeded) as error:
        return lost(settings, str(error))


def lost(settings: RabbitSettings, why: str) -> Managed:
    """What is seen of an API that does not answer: nothing, and why."""
    way = settings.management
    where = net.at(way.host, way.port)
    return _nothing(Management(address=where, state=why, user=way.user or "", scheme=way.scheme))


def _nothing(who: Management, why: str | None = None, **fields: Any) -> Managed:
    why = why or f"the management API shows nothing: {who.state}"
    unseen = {name: why for name in _FIELDS if name not in fields}
    return Managed(management=who, fields=fields, unseen=unseen, queues=Queues(unread=why))


def _as_whom(api: Api, settings: RabbitSettings) -> Managed:
    user, answer = api.login[0], _introduced(api)
    said: dict[str, Answer] = {}
    scheme = settings.management.scheme
    who = Management(address=api.where, state=ANSWERING, user=user, scheme=scheme)
    if questions.untagged(answer):
        why = f"user {user} may not use the management API: {grant(user, 'monitoring')}"
        guest = _results({"guest_default": lambda: _guest_default(api, said)})[0]
        found = _nothing(who, why, **_is_application((), settings, api), **guest)
        return _and_guest(found, said)
    if answer.status in (401, 403):
        return _nothing(_in_state(who, f"{api.where} refuses user {user}: {answer.reason}"))
    if not answer.ok or not isinstance(answer.body, dict) or "tags" not in answer.body:
        words = f"status {answer.status}, which is not RabbitMQ's"
        return _nothing(_in_state(who, f"{api.where} answers with {words}"))
    who = msgspec.structs.replace(who, tags=_tags(answer))
    return _and_guest(_read(api, settings, who, said), said)


def _introduced(api: Api) -> Answer:
    """What the API says to who asks; the other connections are opened meanwhile.

    Nobody else's password is sent before that: to an address that is no RabbitMQ, or to a broker
    that refuses who monitors it.
    """
    ready = {f"connection {number}": api.connect for number in range(1, CONNECTIONS)}
    answer: Answer | Exception = together({WHO: api.first, **ready}, CONNECTIONS)[WHO]
    if isinstance(answer, Exception):
        raise answer
    return answer


def _and_guest(managed: Managed, said: dict[str, Answer]) -> Managed:
    answer = said.get("guest")
    refused = answer is not None and questions.guest_refused(answer)
    return msgspec.structs.replace(managed, guest_refused=refused)


def _guest_default(api: Api, said: dict[str, Answer]) -> bool:
    if api.login != GUEST:
        said["guest"] = api.get(WHO, login=GUEST)
    return questions.guest_default(said.get("guest"), api)


def _in_state(who: Management, state: str) -> Management:
    return msgspec.structs.replace(who, state=state)


def _tags(answer: Answer) -> tuple[str, ...]:
    tags = answer.body["tags"]
    # One text with commas until 3.8.
    return tuple(t for t in (tags.split(",") if isinstance(tags, str) else tags) if t)


def _read(api: Api, settings: RabbitSettings, who: Management, said: dict[str, Answer]) -> Managed:
    # What takes more than one question is begun first.
    fields, unseen = _results(
        {
            "queues": lambda: read_queues(api, settings.vhost, settings.queues),
            "vhosts_down": lambda: questions.vhosts_down(api),
            "nodes": lambda: read_nodes(api, who),
            "overview": lambda: questions.overview(api, who),
            "alarms": lambda: _alarms(api),
            "critical": lambda: questions.critical(api),
            "mirroring": lambda: questions.mirroring(api, settings.vhost),
            "clients": lambda: questions.clients(api, who),
            "deprecated": lambda: questions.deprecated(api),
            "flags_disabled": lambda: questions.flags_disabled(api),
            "guest_default": lambda: _guest_default(api, said),
            "application_tags": lambda: _application_tags(api, settings, who),
        }
    )
    if "overview" in unseen:
        unseen |= dict.fromkeys(_OVERVIEW, unseen.pop("overview"))
    else:
        unseen["listeners"] = questions.without_listeners(who)
    fields |= fields.pop("clients", {})
    fields |= fields.pop("overview", {})
    _fall_back_on_nodes(fields, unseen)
    queues = fields.pop("queues", None) or Queues(unread=unseen.pop("queues"))
    return Managed(management=who, fields=fields, unseen=unseen, queues=queues)


def _results(calls: dict[str, Callable[[], Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """What calls made at the same time return, and why others do not, by their names."""
    results = together(calls, CONNECTIONS)
    unseen = {name: _why(name, r) for name, r in results.items() if isinstance(r, Exception)}
    return {name: r for name, r in results.items() if name not in unseen}, unseen


def _fall_back_on_nodes(fields: dict[str, Any], unseen: dict[str, str]) -> None:
    """The alarms as the nodes tell of them, where the version knows no other way."""
    if "alarms" in fields and fields["alarms"] is None:
        fields["alarms"] = alarms_of(fields.get("nodes"))
        if fields["alarms"] is None:
            del fields["alarms"]
            unseen["alarms"] = "needs RabbitMQ >= 3.8.10, or nodes that tell of their alarms"


def _why(name: str, error: Exception) -> str:
    if isinstance(error, (Unseen, Unreachable, DeadlineExceeded)):
        return str(error)
    # One answer of a shape nobody has seen yet must not cost all the others.
    return f"{name.replace('_', ' ')} could not be read: {type(error).__name__}: {error}"


def _alarms(api: Api) -> tuple[Alarm, ...] | None:
    """The alarms in effect; None if the version does not know the question."""
    answer = api.get("health", "checks", "alarms")
    if answer.status == 404:
        return None
    if answer.status == 503 and isinstance(answer.body, dict) and "alarms" in answer.body:
        return tuple(
            Alarm(node=str(a.get("node", "?")), resource=str(a.get("resource", "?")))
            for a in answer.body["alarms"]
        )
    api.insist(answer, "alarms")
    return ()


def _application_tags(api: Api, settings: RabbitSettings, who: Management) -> tuple[str, ...]:
    found = _is_application(who.tags, settings, api)
    if found:
        return tuple(found["application_tags"])
    way = settings.application
    if way is None:
        raise Unseen("only monitor_url is given: the application's rights need url")
    answer = api.get(WHO, login=(way.user or "guest", way.password or "guest"))
    if questions.untagged(answer):
        return ()
    api.insist(answer, "tags of the application's user")
    return _tags(answer)


def _is_application(
    tags: tuple[str, ...], settings: RabbitSettings, api: Api
) -> dict[str, tuple[str, ...]]:
    """The tags as the application's, where it is the application's user that asks."""
    way = settings.application
    same = way is not None and (way.user or "guest") == api.login[0]
    return {"application_tags": tags} if same else {}
