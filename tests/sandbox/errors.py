"""What can go wrong while a server of the sandbox is started."""

from __future__ import annotations


class SandboxError(RuntimeError):
    """A server did not start, or did not do what it was told."""


class MissingError(SandboxError):
    """Something that must be installed first; the message says what and how to get it."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(f"{what} is missing: {how}")
        self.what = what
        self.how = how
