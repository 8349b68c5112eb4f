"""Free ports of 127.0.0.1, never the same one twice in one process, nor in two workers of a run."""

from __future__ import annotations

import os
import random
import socket
import threading

HOST = "127.0.0.1"

# Below the range that the kernel hands to outgoing connections: nobody takes a port
# between the moment it was found free and the moment the server listens on it.
_LOWEST, _LANES, _LANE = 20_000, 8, 1_500

# Two workers must not find the same port free before either listens on it.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
_lowest = _LOWEST + _LANE * (int(_worker) % _LANES if _worker.isdigit() else 0)

_lock = threading.Lock()
_given: set[int] = set()
_random = random.SystemRandom()


def free_port() -> int:
    """A port on which nothing listens and that this process has not given out before."""
    with _lock:
        for _ in range(1_000):
            port = _random.randrange(_lowest, _lowest + _LANE)
            if port not in _given and _can_bind(port):
                _given.add(port)
                return port
    raise OSError(f"no free port from {_lowest} on")


def is_open(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _can_bind(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True
