"""What each environment asks for, and which environment a run speaks of."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from pytest_readiness.policy.settings import ENVIRONMENTS

ASKED: dict[str, frozenset[str]] = {
    "production": frozenset(
        {
            "authentication",
            "backups",
            "encryption",
            "hardening",
            "intent",
            "limits",
            "monitoring",
            "topology",
        }
    ),
    "staging": frozenset({"authentication", "monitoring"}),
    "development": frozenset(),
}
"""Demands that an environment makes. A check without a demand is asked everywhere.

Source: a laptop needs no three brokers and no certificates; a staging box shows who is let in and
whether it is watched, but is no place to keep data, and what stays inside a private network is
encrypted where the data is real. What crosses the open internet is asked to be encrypted
everywhere. docs/environments.md holds the same table.
"""


def not_asked(demand: str | None, environment: str, single_node: bool) -> str | None:
    """Why a check with this demand is not asked here, or None if it is."""
    if demand is None:
        return None
    if demand == "topology" and single_node:
        return "the target is declared single_node"
    if demand in ASKED[environment]:
        return None
    asking = [name for name in ENVIRONMENTS if demand in ASKED[name]]
    return f"{demand} is asked in {' and '.join(asking)} only"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: localhost, 127/8, ::1 or a Unix socket's folder."""
    name = host.strip("[]").lower()
    if name in ("", "localhost") or name.startswith("/") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_public(host: str) -> bool:
    """Whether a host is an address that the open internet routes; a name never counts as one."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def assumed(hosts: Iterable[str]) -> tuple[str, str]:
    """Environment of a run that declares none, and from what it was concluded."""
    names = list(hosts)
    if not names:
        return "production", "no target says otherwise"
    if all(is_loopback(host) for host in names):
        return "development", "every target is on this machine"
    # Production hides behind private addresses too, so anything else counts as production.
    return "production", "a target is on another machine"
