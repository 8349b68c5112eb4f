"""The dates of a certificate, which Python's ssl module tells of verified ones only."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


class Validity(NamedTuple):
    """When a certificate holds, in seconds since 1970."""

    issued: float
    expires: float


class _Element(NamedTuple):
    tag: int
    content: bytes
    rest: bytes


def validity(der: bytes) -> Validity | None:
    """The validity of a certificate in DER; None if these bytes are none (RFC 5280, 4.1)."""
    try:
        body = _element(_element(der, _SEQUENCE).content, _SEQUENCE).content
        first = _element(body)
        # The version comes first where there is one; serial number, algorithm and issuer follow.
        rest = first.rest if first.tag == _VERSION else body
        for _ in range(3):
            rest = _element(rest).rest
        dates = _element(rest, _SEQUENCE).content
        issued = _element(dates)
        return Validity(_seconds(issued), _seconds(_element(issued.rest)))
    except (IndexError, ValueError, OverflowError):
        return None


def _element(data: bytes, wanted: int | None = None) -> _Element:
    """The first element of DER: tag, length, content."""
    tag, size, start = data[0], data[1], 2
    if wanted is not None and tag != wanted:
        raise ValueError(f"tag {tag:#x} where {wanted:#x} belongs")
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise ValueError("cut short")
    return _Element(tag, data[start : start + size], data[start + size :])


def _seconds(element: _Element) -> float:
    text = element.content.decode("ascii")
    if element.tag == _UTC_TIME:
        # Two digits of the year: 50 and up are of the last century.
        text = ("19" if text[:2] >= "50" else "20") + text
    elif element.tag != _GENERALIZED_TIME:
        raise ValueError(f"tag {element.tag:#x} is no time")
    when = dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.timezone.utc)
    return when.timestamp()
