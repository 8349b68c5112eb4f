"""A way into a cluster: where its bootstrap servers are, and how a client logs in there."""

from __future__ import annotations

import ssl
from functools import cached_property
from typing import Literal, get_args

import msgspec

from pytest_readiness.systems import net
from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.urls import is_port, is_scheme

PORT = 9092

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

_PROTOCOLS: dict[str, Protocol] = {name.lower(): name for name in get_args(Protocol)}
_SCHEMES = ("kafka", *_PROTOCOLS)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One role's way into a cluster."""

    addresses: tuple[tuple[str, int], ...]
    protocol: Protocol
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True

    def __repr__(self) -> str:
        # Shown in tracebacks: nothing of the password.
        return f"<Way {self.protocol} {self.addresses}>"

    @property
    def encrypted(self) -> bool:
        """Whether it goes over TLS."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def logs_in(self) -> bool:
        """Whether it logs in with a user and a password."""
        return self.protocol.startswith("SASL_")

    @property
    def principal(self) -> str:
        """Whom a grant must name, as far as it can be told from here."""
        if self.username is not None:
            return f"User:{self.username}"
        return "User:<the certificate's subject>" if self.cert_file else "User:ANONYMOUS"

    def tls(self, *, named: bool = True) -> ssl.SSLContext | None:
        """A fresh client context, None on a plaintext way.

        Args:
            named: whether to show the client certificate, where there is one.

        Raises:
            Unreachable: a file of certificates cannot be read.
        """
        if not self.encrypted:
            return None
        context = net.tls_context(self.ca_file, verify=self.verify)
        if named and self.cert_file is not None:
            try:
                context.load_cert_chain(self.cert_file, self.key_file)
            except (OSError, ssl.SSLError) as error:
                raise Unreachable(
                    f"the client certificate {self.cert_file} cannot be read: {error}"
                ) from None
        return context


class Door:
    """A way in, with the one client context that all its connections share."""

    def __init__(self, way: Way) -> None:
        self.way = way

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """None on a plaintext way.

        Raises:
            Unreachable: a file of certificates cannot be read.
        """
        return self.way.tls()


def prefixed(url: str) -> Protocol | None:
    """The security protocol a list of bootstrap servers starts with, if it does."""
    scheme, found, _ = url.partition("://")
    return _PROTOCOLS.get(scheme.strip().lower()) if found else None


def addresses(url: str) -> list[tuple[str, int]]:
    """Hosts and ports of a list of bootstrap servers; each may carry a prefix of its own.

    Raises:
        ValueError: what is wrong with it, without repeating what may be a password.
    """
    parts = [part.strip() for part in url.split(",") if part.strip()]
    if not parts:
        raise ValueError("names no bootstrap server: host:port,host:port")
    first = prefixed(url)
    for part in parts:
        scheme, found, _ = part.partition("://")
        if found and scheme.lower() not in _SCHEMES:
            # What is no scheme may hold a password and is not repeated.
            named = f" {scheme!r}" if is_scheme(scheme) else ""
            raise ValueError(f"scheme{named} is none of {', '.join(_SCHEMES)}")
        if found and prefixed(part) not in (first, None):
            raise ValueError("its servers start with different security protocols")
    return [_address(part.rpartition("://")[2].rstrip("/")) for part in parts]


def _address(text: str) -> tuple[str, int]:
    if "@" in text:
        raise ValueError("holds a user; username and password are settings of their own")
    if "/" in text:
        raise ValueError("has a server with a path: host:port,host:port")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(PORT)
    elif ":" in host and not host.startswith("["):
        raise ValueError("an IPv6 address stands in brackets: [::1]:9092")
    host = host.strip("[]")
    if not host:
        raise ValueError("has a server without a host: host:port,host:port")
    if not is_port(port):
        raise ValueError(f"the port of {' '.join(host.split())} is no number from 1 to 65535")
    return host, int(port)
