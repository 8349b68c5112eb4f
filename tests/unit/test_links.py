"""Links of checklist items: held against the catalogue, and what they ask of checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy, load
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry

SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
SETTINGS = """
[checklists]
files = ["GO.md"]
[redis.cache]
url = "redis://cache"
[redis.sessions]
url = "redis://sessions"
[[attestations]]
id = "pager"
title = "t"
severity = "low"
"""


def read(folder: Path, list_: str, settings: str = "") -> Policy:
    (folder / "GO.md").write_text(list_)
    (folder / "readiness.toml").write_text(SETTINGS + settings)
    return load(folder, SYSTEMS, CATALOGUE, {})


def item(*comments: str) -> str:
    return "".join(f"- [ ] item {i} <!-- readiness: {c} -->\n" for i, c in enumerate(comments))


@pytest.mark.parametrize(
    ("list_", "settings", "words"),
    [
        (item("check=redis.nope"), "", "GO.md:1: unknown check 'redis.nope'"),
        (item("check=redis.persistance"), "", "did you mean 'redis.persistence'?"),
        (item("check=attestation.pagr"), "", "did you mean 'attestation.pager'?"),
        (item("check=redis.persistence target=cash"), "", "did you mean 'cache'?"),
        (item("check=kafka.reachable target=x"), "", "GO.md:1: kafka.reachable: no kafka target"),
        (item("check=redis.memory_headroom usd=3"), "", "has no threshold 'usd'; did you mean"),
        (item("check=attestation.pager min=3"), "", "has no thresholds that could be set"),
        (
            item("check=redis.memory_headroom used=95", "check=redis.memory_headroom used=80"),
            "",
            "GO.md:2: redis.memory_headroom: used is 80 here and 95 in GO.md:1; one check has one",
        ),
        (
            item("check=redis.memory_headroom target=cache used=95"),
            '[checks."redis.memory_headroom".targets.cache]\nused = 70\n',
            "used is 95 here and 70 in the settings",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, list_: str, settings: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, list_, settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_links_ask_becomes_settings(tmp_path: Path) -> None:
    linked = item(
        "check=redis.memory_headroom target=cache used=80",
        "check=redis.memory_headroom target=sessions used=70",
        "check=redis.latency_monitored",
        "check=tests/test_a.py::test_x check=attestation.pager",
    )
    policy = read(tmp_path, linked, '[checks."redis.memory_headroom"]\nused = 75\n')
    assert policy.change("redis.memory_headroom", "cache").thresholds == {"used": 80}
    assert policy.change("redis.memory_headroom", "sessions").thresholds == {"used": 70}
    assert policy.change("redis.memory_headroom", None).thresholds == {"used": 75}
    # An optional check that a list rests on is asked.
    assert policy.change("redis.latency_monitored", "cache").enabled is True


def test_what_is_switched_off_stays_off(tmp_path: Path) -> None:
    off = '[checks."redis.persistence"]\nenabled = false\nreason = "r"\n'
    policy = read(tmp_path, item("check=redis.persistence target=cache"), off)
    assert policy.change("redis.persistence", "cache").enabled is False
