"""The library's reading, in sips: it reads until nothing waits, before it looks at any of it.

From a server that sends without end, faster than that, it would take gigabytes in two seconds.
"""

from __future__ import annotations

from typing import Any

_READS = 64
"""Reads, of 4096 bytes each, after which it is made to look at what came."""


class _Sips:
    """A plaintext socket that seems empty now and then; what waits stays with the kernel."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._left = _READS

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, size: int) -> bytes:
        if not self._left:
            self._left = _READS
            raise BlockingIOError
        self._left -= 1
        data: bytes = self._sock.recv(size)
        return data


def sipping(client: Any) -> Any:
    """The same inner client of the library, whose plaintext connections are read in sips.

    TLS keeps bytes where no selector sees them, so a sip could wait for ever for its rest.
    """
    manager = client._manager
    build = manager._build_transport

    async def built(*args: Any, **kwargs: Any) -> Any:
        transport = await build(*args, **kwargs)
        if not manager.ssl_enabled:
            transport._sock = _Sips(transport._sock)
        return transport

    manager._build_transport = built
    return client
