"""The JSON report: the scorecard itself, in a stable order, for programs."""

from __future__ import annotations

import msgspec

from pytest_readiness.model import Scorecard


def render(scorecard: Scorecard) -> bytes:
    """The scorecard as indented UTF-8 JSON that ends in a newline."""
    return msgspec.json.format(msgspec.json.encode(scorecard), indent=2) + b"\n"
