"""What the checks of several systems say alike: reachable, certificates, versions."""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pytest

from pytest_readiness import clock, recorder
from pytest_readiness.evidence import measure
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.base import Probe

DAY = 86400.0

ABANDONED_DAYS = 365
"""Days out of support after which a version is not merely old but abandoned."""


class ProbeError(Exception):
    """The observation itself broke: a client is missing, or the tool has a bug."""


def reach(probe: Probe[Any, Any]) -> None:
    """Judge whether the target was observed; the one check that a dead target fails.

    Raises:
        ProbeError: the observation broke for a reason of its own.
    """
    seen = probe.observation
    limit_ms = 1000 * probe.timeout
    if seen.failure is None:
        assert measure("answer", seen.elapsed_ms, unit="ms") <= limit_ms
        return
    if seen.broken:
        raise ProbeError(seen.failure)
    recorder.note(recorder.Comparison("answer", None, "ms", "<=", limit_ms, False))
    pytest.fail(seen.failure, pytrace=False)


def certificate_valid(expires: float | None, issued: float | None, at_most_days: float) -> None:
    """Judge the days left of a certificate.

    Args:
        expires: end of its validity, seconds since 1970; None where its dates cannot be read.
        issued: start of its validity, likewise.
        at_most_days: days wanted; less for a short-lived one: a third of its lifetime, so that
            one renewed every 90 days or every week does not alarm between renewals.
    """
    if expires is None:
        blocked("the dates of the certificate cannot be read")
    wanted = at_most_days
    if issued is not None:
        wanted = min(wanted, (expires - issued) / DAY / 3)
    left = (expires - clock.now().timestamp()) / DAY
    # Of a certificate that lives for an hour, a tenth of a day would be nothing at all.
    digits = 1 if wanted >= 1 else 4
    assert measure("certificate", round(left, digits), unit="days left") >= round(wanted, digits)


class Support(NamedTuple):
    """End of a version line's support."""

    line: str
    ends: dt.date
    table: dt.date
    """When the table was written."""


@cache
def _support_table() -> dict[str, Any]:
    text = files("pytest_readiness").joinpath("data/support.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def support(product: str, version: str) -> Support | None:
    """End of support of the line a version belongs to; None if the table does not know it."""
    table = _support_table()
    lines: dict[str, str] = table["products"].get(product, {})
    numbers = re.findall(r"\d+", version)[:2]
    for line in (".".join(numbers), ".".join(numbers[:1])):
        if line in lines:
            ends = dt.date.fromisoformat(lines[line])
            return Support(line, ends, dt.date.fromisoformat(table["written"]))
    return None


def supported(product: str, version: str, vendor: str | None, *, grace_days: float) -> None:
    """Judge whether a version is supported, or out of support by no more than some days.

    Args:
        product: name in the table: ``postgres``, ``valkey``, ``rabbitmq``.
        version: as the server tells it.
        vendor: who patches it beyond its makers' support, which settles the question.
        grace_days: 0 for the plain question; 365 for the graver one.
    """
    if vendor is not None:
        not_applicable(f"{vendor} patches it beyond its makers' support")
    known = support(product, version)
    if known is None:
        not_applicable(f"no end of support is known for {product} {version}")
    past = max((clock.today() - known.ends).days, 0)
    if not grace_days and past > ABANDONED_DAYS:
        not_applicable("out of support for more than a year, which version_abandoned judges")
    what = (
        f"time since support of {product} {known.line} ended ({known.ends}, list of {known.table})"
    )
    assert measure(what, past, unit="days") <= grace_days


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers to compare: ``3.12.1-rc1`` is (3, 12, 1)."""
    match = re.match(r"\d{1,18}(?:\.\d{1,18})*", version.strip().lstrip("v"))
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def asked_since(probe: Probe[Any, Any], since: str | None) -> None:
    """End a check that a server is too old for as not applicable.

    A version that the server does not tell decides nothing: the check then looks for itself.
    """
    version = probe.server_version if since is not None and not probe.observation.failure else None
    if since is not None and version is not None and numbers(version) < numbers(since):
        not_applicable(f"asked from version {since} on; this is {version}")


def at_least_version(version: str, minimum: str | None) -> None:
    """Judge a version against the lowest that the team accepts."""
    if minimum is None:
        not_applicable("no minimum_version is set")
    wanted = numbers(minimum)
    have = numbers(version)[: max(len(wanted), 1)]
    assert measure("version", have) >= wanted
