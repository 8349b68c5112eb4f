"""What is known of the lists and streams that were declared as queues."""

from __future__ import annotations

from typing import Literal

import msgspec


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A list or a stream that was declared, by name or by pattern."""

    declared: str
    name: str
    kind: Literal["list", "stream", "none", "other"]
    length: int = 0


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer group of a stream, declared by name or by pattern."""

    stream: str
    of: str
    """The name or the pattern the stream was declared by."""
    declared: str
    name: str
    pending: int
    """Messages delivered and not acknowledged."""
    lag: int | None = None
    """Messages not delivered yet; None if the server does not know."""
    consumers: int = 0
    """Consumers registered: they stay so when they have gone."""
    idle: tuple[float, ...] | None = None
    """For each consumer, seconds since it last asked; None if that was not told."""


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """The declared lists, streams and groups."""

    lists: tuple[Found, ...] = ()
    streams: tuple[Found, ...] = ()
    groups: tuple[Group, ...] = ()
    unseen: dict[str, str] = {}
    """What of them could not be seen, and why: ``list jobs`` to a reason."""
