"""Sign-offs in the settings: what is refused, and the line that each signature stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.load import Policy, load
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry

SYSTEMS = registry()
CATALOGUE = Catalogue(SYSTEMS)
HEAD = '[[attestations]]\nid = "pager"\ntitle = "t"\nseverity = "high"\n'


def read(
    folder: Path, text: str, file: str = "readiness.toml", profile: str | None = None
) -> Policy:
    (folder / file).write_text(text)
    return load(folder, SYSTEMS, CATALOGUE, {}, profile=profile)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'on = "2026-01-01"',
            "attestations[0].on: expected a date, got a text; without quotes",
        ),
        ("on = 2026-01-01T10:00:00Z", "attestations[0].on: expected a day without a time: on = "),
        ('valid_for = "soon"', "attestations[0].valid_for: 'soon' is no duration"),
        ('valid_for = "1h"', "attestations[0].valid_for: less than a day; write 90d"),
        ("bye = 1", "attestations[0].bye: unknown key; did you mean 'by'?"),
        ('[[attestations]]\nid = "pager"\ntitle = "u"\nseverity = "low"', "is signed for twice"),
        ('[[attestations]]\nid = "a b"\ntitle = "u"\nseverity = "low"', "attestations[1].id: "),
        ('[[attestations]]\nid = "b"\ntitle = "u"', "attestations[1].severity: missing"),
        ('[[attestations]]\nid = "b"\ntitle = "u"\nseverity = "hi"', "did you mean 'high'?"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, f"{HEAD}{text}\n")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_seconds(tmp_path: Path) -> None:
    policy = read(tmp_path, f'{HEAD}valid_for = "90d"\n')
    assert policy.settings.attestations[0].valid_for == 90 * 86400


SIGNED = 'by = "Ana"\non = 2026-01-01\n'


def test_lines_of_signatures(tmp_path: Path) -> None:
    text = (
        "# [[attestations]]\n"
        f"service = 'shop'\n\n{HEAD}# signed after the drill\n{SIGNED}\n"
        "[redis.cache]\nurl = 'redis://x'\n"
        "[[ attestations ]]\nby = 'Bob'\nid = 'rollback'\ntitle = '''\nby = \"Eve\"\n'''\n"
        "severity = 'low'\n"
    )
    policy = read(tmp_path, text)
    lines = text.splitlines()
    assert lines[policy.lines["pager"] - 1] == 'by = "Ana"'
    assert lines[policy.lines["rollback"] - 1] == "by = 'Bob'"


def test_lines_in_pyproject_and_profile(tmp_path: Path) -> None:
    other = HEAD.replace("[[attest", "[[tool.readiness.profile.staging.attest")
    text = HEAD.replace("[[attest", "[[tool.readiness.attest") + SIGNED + other + SIGNED
    policy = read(tmp_path, text, "pyproject.toml")
    assert policy.lines == {"pager": 5}
    policy = read(tmp_path, text, "pyproject.toml", "staging")
    assert policy.lines == {"pager": 11}


@pytest.mark.parametrize(
    "text",
    [
        'attestations = [{ id = "pager", title = "t", severity = "high", by = "Ana" }]\n',
        HEAD.replace("pager", "${HOME_OF_PAGER:-pager}") + SIGNED,
    ],
)
def test_no_line_is_better_than_another_ones(tmp_path: Path, text: str) -> None:
    policy = read(tmp_path, text)
    assert [a.id for a in policy.settings.attestations] == ["pager"]
    assert policy.lines == {}
