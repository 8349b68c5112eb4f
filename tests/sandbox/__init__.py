"""Real servers on free ports of 127.0.0.1, in temporary folders, for tests and a demo."""

from __future__ import annotations

from .box import SYSTEMS, Sandbox
from .errors import MissingError, SandboxError
from .server import Server

__all__ = ["SYSTEMS", "MissingError", "Sandbox", "SandboxError", "Server"]
