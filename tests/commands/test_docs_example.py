"""The page about commands: its settings load, its script does what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pytest_readiness.policy.files import Source
from pytest_readiness.policy.held_commands import commands
from pytest_readiness.policy.settings import Settings
from pytest_readiness.policy.typed import typed

from .made import command, failure

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_its_settings_load() -> None:
    found = blocks("toml")
    assert len(found) == 3
    for block in found:
        table: dict[str, Any] = tomllib.loads(block)["tool"]["readiness"]
        source = Source(file="pyproject.toml", prefix="tool.readiness.")
        assert commands(source, typed(source, "", table, Settings)).commands


def test_its_script_fails_and_passes_as_it_says(tmp_path: Path) -> None:
    (script,) = blocks("sh")
    (said,) = blocks("text")
    file = tmp_path / "production-checks.sh"
    file.write_text(script)
    file.chmod(0o755)
    (tmp_path / "secrets").mkdir()
    for name in "abc":
        (tmp_path / "secrets" / name).touch(0o644)
        (tmp_path / "secrets" / name).chmod(0o644)
    made = command("./production-checks.sh")
    assert failure(made, tmp_path) == said.strip()
    for name in "abc":
        (tmp_path / "secrets" / name).chmod(0o600)
    assert failure(made, tmp_path) == ""


def test_every_sentence_of_its_table_is_ours() -> None:
    ours = "".join(
        path.read_text("utf-8")
        for path in (Path(__file__).parents[2] / "src/pytest_readiness/commands").glob("*.py")
    )
    for words in ("did not end within", "; its last line: ", "was killed by", "on PATH; install",
                  "is not executable: chmod +x", "in its first line, which does not"):  # fmt: skip
        assert words in PAGE.replace("\n", " ")
        assert words in ours
