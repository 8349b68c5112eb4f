"""A plugin of a user's that writes down what the hook gives it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pytest_readiness.model import Scorecard


def pytest_readiness_scorecard(config: pytest.Config, scorecard: Scorecard) -> None:
    """Write the scorecard, and raise with as much of it as an error may quote."""
    text = repr(scorecard)
    Path(config.rootpath, "told.txt").write_text(text, errors="replace")
    Path(config.rootpath, "told.json").write_bytes(msgspec.json.encode(scorecard))
    raise RuntimeError(text)
