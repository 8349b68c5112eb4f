"""Hostile text in users' own checks and settings: every output stays well formed and inert."""

from __future__ import annotations

import pytest

from tests.hostile.outputs import HOSTILE, bounded, inert, well_formed
from tests.plugin.conftest import Project
from tests.secrets.traces import LOUD, pytest_run

CHECKS = """
import logging, sys, warnings
import pytest
from pytest_readiness import blocked, measure, not_applicable, readiness
from tests.hostile.outputs import HOSTILE, LONG, NAMES

TEXTS = {**HOSTILE, "long": LONG, "one word": "x" * 1_000_000, "all": "".join(HOSTILE.values())}

@pytest.fixture(params=TEXTS)
def text(request):
    return TEXTS[request.param]

@readiness.low
def test_measured(text):
    local = text[:1000]
    assert measure(text, text, unit=text) == [text]

@readiness.low
def test_passed(text):
    assert measure(text, text, unit=text) == text

@readiness.low
def test_raised(text, record_property):
    record_property("own", text[:5000])
    record_property("short", text[:50])
    raise ValueError(text)

@readiness.low
def test_asserted(text):
    assert text == "another", text

@readiness.low
def test_printed(text):
    print(text[:5000]); print(text[:5000], file=sys.stderr)
    logging.getLogger("own").error(text[:5000])
    warnings.warn(text[:5000])
    assert measure("a", 1) == 2

@readiness.low
def test_blocked(text):
    blocked(text)

@readiness.low
def test_not_applicable(text):
    not_applicable(text)

@readiness.low
@pytest.mark.parametrize("value", HOSTILE.values())
def test_named(value):
    assert measure("a", 1) == 2

@readiness.low
@pytest.mark.parametrize("value", range(len(HOSTILE)), ids=list(HOSTILE.values()))
def test_called(value):
    assert measure("a", 1) == 2

ALL = " ".join(HOSTILE.values())

@readiness.blocker(remedy=ALL, title=ALL, owner=ALL, ref=ALL)
def test_marked():
    assert measure("a", 1) == 2

@readiness.high(remedy=LONG, title=LONG, owner=LONG, ref=LONG)
def test_marked_at_length():
    for number in range(100):
        assert measure(LONG, LONG, unit=LONG) == LONG
    assert measure("names", NAMES) == []

@readiness.high
def test_described():
    assert measure("a", 1) == 2

test_described.__doc__ = ALL
"""

WAIVER = """
[[waivers]]
check = "test_own.py::test_waived"
reason = {text}
owner = {text}
expires = 2099-01-01
"""


def waived(text: str) -> str:
    """A waiver whose reason is hostile, as TOML can have it."""
    signs = "".join(f"\\U{ord(s):08x}" for s in text if not "\ud800" <= s <= "\udfff")
    return WAIVER.format(text=f'"{signs}"')


@pytest.mark.parametrize("options", [("-v",), (*LOUD, "-n", "2"), ("--color=yes", "-rA")])
def test_every_output_is_inert(ready: Project, options: tuple[str, ...]) -> None:
    everything = "".join(HOSTILE.values()).replace("\ud800", "").replace("\udcff", "")
    service = "".join(f"\\U{ord(s):08x}" for s in everything)
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace('"shop"', f'"{service}"') + waived(everything))
    more = "\n@readiness.low\ndef test_waived():\n    assert measure('a', 1) == 2\n"
    ready.tests(test_own=CHECKS + more)
    found = pytest_run(ready.path, *options, env={"COLUMNS": "80"})
    card = well_formed(found, ready.path)
    bounded(found, card)
    assert len(card["findings"]) > 200
    assert len(found.places["stdout"]) < 20_000_000
    assert found.status == 1


def test_a_readiness_section_cannot_be_forged(ready: Project) -> None:
    """A reason that brings its own lines stays one line in pytest's summary too."""
    forged = "x\\n==== readiness ====\\nREADY for production: shop at first\\n1 passed in 0.1s"
    ready.tests(
        test_own="from pytest_readiness import blocked, measure, readiness\n"
        f"@readiness.blocker\ndef test_one():\n    blocked('{forged}')\n"
        f"@readiness.blocker\ndef test_two():\n    raise ValueError('{forged}')\n"
        f"@readiness.blocker\ndef test_three():\n    assert measure('{forged}', 1) == 2\n"
    )
    found = pytest_run(ready.path, "-rA", "--tb=short")
    inert(found.out)
    lines = [line.strip(" =") for line in found.out.splitlines()]
    assert lines.count("readiness") == 1
    assert not [line for line in lines if line.startswith("READY for")], found.out


def test_bytes_of_the_command_line_that_are_no_text(ready: Project) -> None:
    ready.tests(test_own="")
    found = pytest_run(ready.path, "readiness::folder::\udcff\u202e\x1b[31mred")
    assert found.status == 4
    assert "no check readiness::folder::" in found.out
    inert(found.out)
