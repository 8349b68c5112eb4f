"""Whom a target's certificates are verified against: read once, however many connections."""

from __future__ import annotations

import ssl
import threading

from pytest_readiness.systems import net
from pytest_readiness.systems.urls import Url


class Trust:
    """The authorities of a target; safe to use from several threads."""

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self, way: Url) -> ssl.SSLContext | None:
        """A verifying TLS context for an encrypted way; None for a plain one.

        Raises:
            Unreachable: the file of authorities cannot be read.
        """
        if way.scheme not in ("amqps", "https"):
            return None
        with self._lock:
            if self._context is None:
                self._context = net.tls_context(self._ca_file)
            return self._context
