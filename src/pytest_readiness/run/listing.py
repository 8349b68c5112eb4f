"""``--readiness-list`` and ``--readiness-explain``: the catalogue under the present settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

import pytest

from pytest_readiness.markers import Threshold
from pytest_readiness.policy.environments import ASKED
from pytest_readiness.policy.errors import SettingsError, nearest_check
from pytest_readiness.policy.load import TargetSpec
from pytest_readiness.reports.text.lines import cut
from pytest_readiness.run import listing_records
from pytest_readiness.run.asked import Asked
from pytest_readiness.run.catalogue import Catalogue, CheckSpec
from pytest_readiness.run.listing_lines import Row, entry, rows, section, wrapped
from pytest_readiness.run.selection import PREFIX
from pytest_readiness.run.start import known_systems, resolved, told
from pytest_readiness.run.state import Check, Run

_WIDEST = 120


def show(config: pytest.Config) -> int:
    """Print what the options ask for; returns pytest's exit status.

    Raises:
        pytest.UsageError: the settings cannot be used, or there is no such check.
    """
    columns = shutil.get_terminal_size((0, 0)).columns
    width = min(columns or _WIDEST, _WIDEST)
    name = config.getoption("--readiness-explain")
    try:
        run = resolved(config, targets_needed=False)
    except SettingsError as error:
        if name is None or listing_records.of_records(name):
            raise pytest.UsageError(f"readiness: {told(error)}") from None
        # What a check asks does not hang on a variable that is not set here.
        catalogue = Catalogue(known_systems(config))
        here = entry("here", told(error), width)
        lines = [*explained(catalogue, name, width), *here]
    else:
        if name is not None:
            lines = listing_records.explained(run, name, width) or [
                *explained(run.catalogue, name, width),
                *_here(run, name, width),
            ]
        else:
            # Piped into a file or a search, it has no width that a question must fit in.
            lines = [cut(line, columns) if columns else line for line in listed(run, width)]
    for line in lines:
        print(line)
    return 0


def listed(run: Run, width: int) -> Iterator[str]:
    """Every check of every configured target: asked, not asked and why, off and why."""
    assumed = f" (assumed: {run.environment_assumed})" if run.environment_assumed else ""
    if run.policy.targets:
        yield f"{run.environment}{assumed}, settings from {run.policy.source}"
    else:
        yield "no target is configured; these are the checks of all systems"
        for system in run.systems:
            checks = run.catalogue.of(system)
            found = [_row(c.severity.value, c) for c in checks]
            yield from section(f"{system}: {len(checks)} checks", rows(found))
    for target in run.policy.targets:
        yield from _target(run, target, width)
    yield from listing_records.listed(run, width)


def _target(run: Run, target: TargetSpec, width: int) -> Iterator[str]:
    asked, unasked, off = [], [], []
    checks = run.catalogue.of(target.system)
    for check in checks:
        why_off = run.off(check, target.name)
        why_not = Asked(run).reason(Check(check, check.system, target.name, built_in=True))
        if why_off is not None:
            off.append((check, why_off))
        elif why_not is not None:
            unasked.append((check, why_not))
        else:
            asked.append(_row(_severity(run, check, target.name), check))
    count = f"{len(asked)} asked, {len(unasked)} not asked, {len(off)} off"
    name = f"{target.system}[{target.name}] at {target.settings.address}: {count}"
    yield from section(name, rows(asked, (check.id for check in checks)))
    for title, group in (("not asked", unasked), ("off", off)):
        if group:
            yield f"  {title}"
            for check, why in group:
                yield from wrapped(f"{check.id}: {why}", width, "    ", "      ")


def _row(severity: str, check: CheckSpec) -> Row:
    return severity, check.id, check.title


def _severity(run: Run, check: CheckSpec, target: str) -> str:
    changed = run.policy.change(check.id, target).severity
    return (changed or check.severity).value


def explained(catalogue: Catalogue, name: str, width: int) -> Iterator[str]:
    """All that is known of one check.

    Raises:
        pytest.UsageError: there is no such check.
    """
    plain = _plain(name)
    check = catalogue.get(plain)
    if check is None:
        if "::" in name and not name.startswith(PREFIX):
            raise pytest.UsageError(
                f"readiness: {name!r} is not built in; see it where it is written"
            )
        hint = nearest_check(plain, catalogue.ids())
        raise pytest.UsageError(f"readiness: no check {name!r}{hint} (--readiness-list shows all)")
    yield f"{check.id} ({check.severity.value}, {check.category or 'no category'})"
    yield from wrap(check.title, width)
    yield ""
    for key, text in known(check):
        yield from entry(key, text, width)


def _plain(name: str) -> str:
    """The id in what a report, or a command line, names a check by."""
    return name.removeprefix(PREFIX).replace("::", ".").partition("[")[0]


def _here(run: Run, name: str, width: int) -> Iterator[str]:
    """How a check stands on each target of the present settings."""
    check = run.catalogue.get(_plain(name))
    for target in run.policy.targets:
        if check is not None and target.system == check.system:
            yield from entry(f"on {target.name}", _standing(run, check, target.name), width)


def known(check: CheckSpec) -> Iterator[tuple[str, str]]:
    """What a check's mark says of it, as words: name of the entry, and its text."""
    for threshold in check.thresholds:
        yield "judges by", _bound(threshold, threshold.default)
    pairs: list[tuple[str, Any]] = [
        ("remedy", check.remedy),
        ("effort", check.effort),
        ("asked in", asked_in(check)),
        ("since", f"server version {check.since}" if check.since else None),
        ("needs", check.privilege),
        ("source", check.source),
        ("writes", "yes, and removes what it wrote" if check.writes else None),
        ("managed", "the platform does it for its customers" if check.managed else None),
        ("optional", "off unless named or the catalogue is full" if check.optional else None),
        ("was", ", ".join(check.aliases)),
    ]
    yield from ((key, str(text)) for key, text in pairs if text)


def asked_in(check: CheckSpec) -> str:
    """The environments that ask for a check, and what for."""
    if check.demand is None:
        return "every environment"
    names = [name for name, demands in ASKED.items() if check.demand in demands]
    return f"{' and '.join(names)} ({check.demand})"


def _bound(threshold: Threshold, value: float) -> str:
    sign = "at most" if threshold.kind == "at_most" else "at least"
    unit = f" {threshold.unit}" if threshold.unit else ""
    source = f" ({threshold.source})" if threshold.source else ""
    return f"{threshold.name} {sign} {value:g}{unit}{source}"


def _standing(run: Run, check: CheckSpec, target: str) -> str:
    """How a check stands on a target: off, not asked, or asked with what was changed."""
    off = run.off(check, target)
    if off is not None:
        return off
    not_asked = Asked(run).reason(Check(check, check.system, target, built_in=True))
    if not_asked is not None:
        return f"not asked: {not_asked}"
    change = run.policy.change(check.id, target)
    changed = [f"{name} {value:g}" for name, value in change.thresholds.items()]
    changed += [f"severity {change.severity.value}"] if change.severity else []
    return f"asked{' with ' + ', '.join(changed) if changed else ''}"
