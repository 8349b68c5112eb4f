"""The generated pages of the documentation: ``python -m tests.docs_pages`` writes them anew.

They come from the code itself (marks, structures and the texts under their fields), and a test
fails when a page on the disk differs from what the code says.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pytest_readiness.markers import SEVERITIES
from pytest_readiness.plugin import OPTIONS
from pytest_readiness.policy.checks import CheckSettings
from pytest_readiness.policy.commands import Command, Expect
from pytest_readiness.policy.records import (
    Attestation,
    Checklists,
    FileReading,
    History,
    Reading,
    Waiver,
)
from pytest_readiness.policy.settings import Settings
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.run.listing import known
from pytest_readiness.systems import registry
from pytest_readiness.systems.base import TargetSettings
from tests.docs_schemas import report_schema
from tests.docs_settings_schema import pyproject_schema, settings_schema
from tests.docs_texts import texts
from tests.docs_words import words_page

DOCS = Path(__file__).parent.parent / "docs"


def checks_page() -> str:
    """docs/checks.md: how many checks there are, by system and severity."""
    catalogue = Catalogue(registry())
    count = len(catalogue.checks)
    lines = [
        "# The built-in checks",
        "",
        (
            f"{count} checks. `pytest --readiness-list` prints those of your settings, with what "
            "is off and why; `pytest --readiness-explain ID` prints one. Which are asked depends "
            "on the environment ([environments](environments.md)); a check that writes runs only "
            "with `--readiness-writes` or `writes = true`; an optional one only when its table "
            'has `enabled = true`, with `catalogue = "full"`, or where an argument names it '
            "(`readiness::redis::latency_monitored`). Severity and thresholds are set "
            'in `[tool.readiness.checks."<id>"]`, for one target in its `targets.NAME` '
            "([settings](settings.md)). What the monitoring user of each system needs to see it "
            "all is in [privileges](privileges/)."
        ),
        "",
        f"| system | checks | {' | '.join(SEVERITIES)} | of these optional |",
        f"|---|---|{'---|' * len(SEVERITIES)}---|",
    ]
    for system in registry():
        checks = catalogue.of(system)
        by_severity = [sum(c.severity.value == name for c in checks) for name in SEVERITIES]
        cells = [f"[{system}](checks/{system}.md)", len(checks), *by_severity]
        cells.append(sum(c.optional for c in checks))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def system_page(system: str) -> str:
    """docs/checks/<system>.md: every check of one system."""
    checks = Catalogue(registry()).of(system)
    lines = [
        f"# The checks of {system}",
        "",
        (
            f"{len(checks)} checks. What the monitoring user needs: "
            f"[privileges](../privileges/{system}.md). How to change one: "
            "[settings](../settings.md)."
        ),
        "",
        "| check | severity | category | question |",
        "|---|---|---|---|",
    ]
    for check in checks:
        cells = [f"[`{check.id}`](#{_anchor(check.id)})", check.severity.value]
        cells += [check.category or "", check.title + (" (optional)" if check.optional else "")]
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    for check in checks:
        lines += ["", f"## {check.id}", "", f"{_cell(check.title)} **{check.severity.value}**", ""]
        lines += [f"- {key}: {_cell(text)}" for key, text in known(check)]
    return "\n".join(lines) + "\n"


def _anchor(check: str) -> str:
    """As GitHub and GitLab make one of a heading."""
    return check.replace(".", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def settings_page() -> str:
    """docs/settings.md: every option and every setting."""
    lines = [
        "# Options and settings",
        "",
        "Settings stand in `readiness.toml`, or in `pyproject.toml` with `tool.readiness.` before "
        "every key. `${NAME}` is replaced by an environment variable and must be set; "
        "`${NAME:-default}` need not be. `[profile.NAME]` holds the same tables, laid over the "
        "rest by `--readiness-profile NAME`. Where no target is configured, targets come from "
        + ", ".join(f"`{v}`" for s in registry().values() for v in s.variables)
        + ".",
        "",
        "## Options of pytest",
        "",
        "| option | meaning |",
        "|---|---|",
        *(f"| `{name}` | {_cell(text)} |" for name, _, text in OPTIONS),
        "",
        (
            "`readiness::redis`, `readiness::redis::persistence` and "
            "`readiness::redis::persistence[cache]` as arguments select built-in checks."
        ),
        "",
        "## `[tool.readiness]`",
        "",
        *_fields(Settings),
        "",
        "## `[[tool.readiness.waivers]]`",
        "",
        *_fields(Waiver),
        "",
        "## `[tool.readiness.checklists]`",
        "",
        *_fields(Checklists),
        "",
        '`overrides."docs/GO_LIVE.md"`:',
        "",
        *_fields(FileReading),
        "",
        '`headings."Backups"` of these:',
        "",
        *_fields(Reading),
        "",
        "## `[[tool.readiness.attestations]]`",
        "",
        *_fields(Attestation),
        "",
        "## `[[tool.readiness.commands]]`",
        "",
        *_fields(Command),
        "",
        "`expect` of these, one table or a list of them:",
        "",
        *_fields(Expect),
        "",
        "## `[tool.readiness.history]`",
        "",
        *_fields(History),
        "",
        '## `[tool.readiness.checks."<id>"]`',
        "",
        (
            "Beside these keys, every threshold of the check by its name ([checks](checks.md)). "
            "The id of a user's own check is its node id without parameters."
        ),
        "",
        *_fields(CheckSettings, without=("thresholds",)),
        "",
        "## Every target",
        "",
        *_fields(TargetSettings),
    ]
    for name, system in registry().items():
        lines += ["", f"## `[tool.readiness.{name}.NAME]`", ""]
        own = set(typing.get_type_hints(TargetSettings)) - {"platform", "vendor"}
        lines += _fields(system.settings, without=tuple(own))
        lines += _intents(system.settings)
    return "\n".join(lines) + "\n"


def _intents(kind: type[msgspec.Struct]) -> list[str]:
    """Tables for the structures that a target's fields hold."""
    lines: list[str] = []
    for name, hint in typing.get_type_hints(kind).items():
        is_table = typing.get_origin(hint) is dict
        parts = typing.get_args(hint)
        inner = parts[1] if is_table else next((p for p in parts if _is_struct(p)), None)
        if inner is not None and _is_struct(inner):
            lines += ["", f"`{name}{'.NAME' if is_table else ''}`:", "", *_fields(inner)]
    return lines


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _fields(kind: type[msgspec.Struct], without: tuple[str, ...] = ()) -> list[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    said = texts(kind)
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        if field.name in without:
            continue
        text = said.get(field.name)
        assert text, f"{kind.__name__}.{field.name} has no text below it"
        cells = [f"`{field.name}`", _type(hints[field.name]), _default(field), text]
        rows.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return rows


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT or field.default in (None, ()):
        return ""
    if field.default is msgspec.NODEFAULT:
        return "required"
    value = field.default
    if isinstance(value, msgspec.Struct):
        return ""
    value = value.value if isinstance(value, Enum) else value
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(hint: Any) -> str:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin is typing.Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is dict and hasattr(parts[1], "__members__"):
        return "severities by word"
    if origin is dict and parts[1] is str:
        return "texts by name"
    if origin in (dict, tuple, list):
        return {dict: "tables by name", tuple: "list", list: "list"}[origin]
    if parts:
        return " or ".join(_type(part) for part in parts if part is not type(None))
    names = {"str": "text", "bool": "true or false", "int": "whole number", "float": "number"}
    if _is_struct(hint):
        return "table"
    if hasattr(hint, "__members__"):
        return ", ".join(f"`{member.value}`" for member in hint)
    return names.get(hint.__name__, hint.__name__)


SCHEMAS: dict[str, Callable[[], str]] = {
    "report-1.json": report_schema,
    "settings-1.json": settings_schema,
    "pyproject-1.json": pyproject_schema,
}

PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks_page,
    "checklist-words.md": words_page,
    "settings.md": settings_page,
    **{f"schema/{name}": made for name, made in SCHEMAS.items()},
    # Once more where whoever installs the package gets them: python -m pytest_readiness schema.
    **{f"../src/pytest_readiness/data/schema/{name}": made for name, made in SCHEMAS.items()},
    **{f"checks/{system}.md": partial(system_page, system) for system in registry()},
}


def main() -> None:
    """Write the generated pages."""
    for name, page in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
