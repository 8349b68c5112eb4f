"""What the tests of false greens and false alarms share: checks to write, conftests to add to."""

from __future__ import annotations

from tests.plugin.conftest import Project

HEAD = """
import threading, unittest, warnings
import pytest
from pytest_readiness import blocked, measure, not_applicable, readiness
"""
BAD = "@readiness.blocker\ndef test_bad():\n    assert measure('a', 1) == 2\n"
LOW = "@readiness.low\ndef test_low():\n    assert measure('a', 1) == 2\n"
GOOD = "@readiness.blocker\ndef test_good():\n    assert measure('a', 1) == 1\n"


def conftest(project: Project, text: str, folder: str = ".") -> None:
    """Add to the conftest of a folder."""
    path = project.path / folder / "conftest.py"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as stream:
        stream.write(f"\nimport os, pytest\nfrom pytest_readiness import readiness\n{text}")
