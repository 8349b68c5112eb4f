"""Servers that are damaged and get over it: one that was only frozen serves the next run too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sandbox import Server


class Shelf:
    """Keeps what a run gives back alive, for a module whose servers take long to start."""

    def __init__(self) -> None:
        self._kept: list[Server] = []

    def lend(self, start: Callable[[], Server]) -> Any:
        """A server of the borrower's own, as good as new; its ``stop`` gives it back."""
        try:
            return Lent(self._kept.pop(), self._kept)
        except IndexError:
            return Lent(start(), self._kept)

    def clear(self) -> None:
        """Stop them: the module is done."""
        while self._kept:
            self._kept.pop().kill()


class Lent:
    """A server that goes back to its shelf instead of being stopped."""

    def __init__(self, server: Server, shelf: list[Server]) -> None:
        self._server = server
        self._shelf = shelf

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def stop(self) -> None:
        if self._server.alive:
            self._server.resume()
            self._shelf.append(self._server)
        else:
            self._server.kill()
