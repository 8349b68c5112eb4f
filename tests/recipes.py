"""The recipes of docs/privileges, as the tests run them: what is documented is what is proven."""

from __future__ import annotations

import re
from pathlib import Path

PRIVILEGES = Path(__file__).parent.parent / "docs" / "privileges"

_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(system: str) -> list[str]:
    """The fenced blocks of a system's page, in their order."""
    return _FENCE.findall((PRIVILEGES / f"{system}.md").read_text("utf-8"))


def block(system: str) -> str:
    """The first fenced block of a system's page: its monitoring user."""
    return blocks(system)[0]
