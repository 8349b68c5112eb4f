"""The words of PostgreSQL's protocol that are spoken by hand, and what the answers mean."""

from __future__ import annotations

import struct

from pytest_readiness.systems.postgres.dsn import Dsn

PROTOCOL, SSL_REQUEST = 196608, 80877103

_AUTH = {
    0: "nothing",
    2: "kerberos",
    3: "a password in plain text",
    5: "an MD5 password",
    7: "GSSAPI",
    9: "SSPI",
    10: "SCRAM",
}

CAUSES = {
    "57P03": "{where} takes no logins yet: {text}",
    "53300": "{where} has no free connection: {text}",
    "28000": "{where} refuses this login by its rules: {text}",
    "28P01": "{where} refuses the password: {text}",
    "3D000": "{where} has no such database: {text}",
}
"""Plain causes by SQLSTATE."""

NOT_NOW = ("53300", "57P03")
"""Refusals that say nothing of encryption: no free connection, starting up."""


def asked(code: int) -> str:
    """What a request for authentication asks for; the code says how."""
    return _AUTH.get(code, f"method {code}")


def startup(way: Dsn) -> bytes:
    """The message that asks for a session of the way's role in its database."""
    words = b"".join(
        part.encode() + b"\0" for part in ("user", way.login, "database", way.catalog, "")
    )
    return struct.pack("!II", 8 + len(words), PROTOCOL) + words


def fields(body: bytes) -> dict[bytes, str]:
    """The fields of an error, by their letter: C is the SQLSTATE, M the text."""
    return {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
