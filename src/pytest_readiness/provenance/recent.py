"""A memory that does not grow with the length of a history."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MOST = 256


class Recent(dict[K, V]):
    """Keeps what was put in last: a walk does not come back to what is long past."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > _MOST:
            del self[next(iter(self))]
