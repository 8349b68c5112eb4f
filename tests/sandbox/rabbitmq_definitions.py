"""The definitions that a RabbitMQ node imports when it starts."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

_TAGS = {"app": "", "monitor": "monitoring", "admin": "administrator", "guest": "administrator"}

# RabbitMQ 3.10 drops a row that lacks one of these, and says nothing.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "queues": {"vhost": "/", "durable": True, "auto_delete": False, "arguments": {}},
    "exchanges": {
        "vhost": "/",
        "type": "direct",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    },
    "bindings": {"vhost": "/", "destination_type": "queue", "routing_key": "", "arguments": {}},
    "policies": {"vhost": "/", "apply-to": "all", "priority": 0},
}


def complete(passwords: Mapping[str, str], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The sandbox' users and their permissions, and all that the caller wants besides."""
    own: dict[str, list[Any]] = {
        "vhosts": [{"name": "/"}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [
            {"user": name, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
            for name in passwords
        ],
    }
    theirs = {
        kind: [{**_DEFAULTS[kind], **row} for row in rows] if kind in _DEFAULTS else rows
        for kind, rows in wanted.items()
    }
    return {**theirs, **{kind: [*rows, *theirs.get(kind, [])] for kind, rows in own.items()}}


def absent(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """The named things that were wanted and are not there, as `kind name`."""
    return [
        f"{kind} {row['name']}"
        for kind in ("vhosts", "queues", "exchanges", "policies")
        for row in wanted.get(kind, [])
        if row["name"] not in {found["name"] for found in present[kind]}
    ]


def _user(name: str, password: str) -> dict[str, str]:
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": _TAGS[name],
    }
