"""From where a process looks at the targets, and how that place is called.

A worker of pytest-xdist on another host, behind another network or with other variables sees
other things than its neighbour. What it found is named by its vantage point.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pytest_readiness.policy.scalars import VANTAGE

FOLDER = "readiness_folder"
"""Key under which a worker is told where the facts of its vantage point are shared."""

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_HOSTS = ("ssh", "vagrant_ssh", "socket")


class Place(NamedTuple):
    """A vantage point."""

    name: str | None
    """None where there is but one, and nobody named it."""
    names_checks: bool = False
    """Whether node ids bear the name: where each place judges all, its findings stand apart."""

    def node(self, nodeid: str) -> str:
        """A node id as reports have it: ``readiness::redis::reachable[cache@dublin]``.

        Within the brackets, like any parameter: what reads node ids knows no other place.
        """
        if self.name is None or not self.names_checks:
            return nodeid
        head = nodeid[:-1] if nodeid.endswith("]") else f"{nodeid}["
        return f"{head}@{self.name}]"


HERE = Place(None)


def place_of(spec: str, otherwise: str | None) -> str | None:
    """The vantage point of a gateway, as ``--tx`` describes it.

    Its own ``env:READINESS_VANTAGE=dublin`` names it, else the ``id=`` that somebody gave it,
    else the host that it is on, or the proxy that it is started through.

    Args:
        spec: ``ssh=ci@dublin//python=python3.13``, without the id that a gateway gets by itself.
        otherwise: the name of the controller's own place.
    """
    keys = {}
    for part in spec.split("//"):
        key, _, value = part.partition("=")
        keys[key] = value
    named = keys.get(f"env:{VANTAGE}") or keys.get("id") or keys.get("via")
    for key in _HOSTS:
        # What stands before it may be options of ssh, and who logs in.
        named = named or keys.get(key, "").rpartition(" ")[2].rpartition("@")[2]
    return _UNFIT.sub("-", named or "")[:63].strip("-._") or otherwise
