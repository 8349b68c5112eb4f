"""Commands, sign-offs and checklists in ``--readiness-list`` and ``--readiness-explain``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from pytest_readiness.policy.checklists.items import Document, Item
from pytest_readiness.policy.commands import Command, Expect
from pytest_readiness.policy.errors import nearest
from pytest_readiness.policy.links import measured_by
from pytest_readiness.policy.records import Attestation
from pytest_readiness.records.judged import left, until
from pytest_readiness.run.listing_lines import entry, rows, section, wrapped
from pytest_readiness.run.selection import PREFIX
from pytest_readiness.run.state import Record, Run

_KINDS = ("attestation", "checklist", "command")
_READ = {
    "comment": "said by its comment",
    "priority": "by its priority {!r}",
    "token": "by {!r} in its text",
    "parent": "by {!r} of the item above it",
    "heading": "by {!r} of a heading above it",
}
_DAY = 86400

Pairs = Iterable[tuple[str, Any]]


def of_records(name: str) -> bool:
    """Whether a name can only be that of a record or a command."""
    return name.removeprefix(PREFIX).replace("::", ".").partition(".")[0] in _KINDS


def listed(run: Run, width: int) -> Iterator[str]:
    """All that the settings ask for beside the checks of targets: a section a kind or file."""
    clean, settings = run.redactor.clean, run.policy.settings
    commands = settings.commands
    if commands:
        told = [(c.severity.value, f"command.{c.id}", clean(c.asks)) for c in commands]
        yield from section(f"commands: {len(told)}", rows(told))
    signed = settings.attestations
    if signed:
        told = [(a.severity.value, f"attestation.{a.id}", clean(a.title)) for a in signed]
        yield from section(f"sign-offs: {len(told)}", rows(told))
    for document in run.policy.documents:
        yield from _document(run, document, width)


def _document(run: Run, document: Document, width: int) -> Iterator[str]:
    clean, items = run.redactor.clean, document.items
    told = []
    for item in items:
        linked = f" (measured by {', '.join(measured_by(item))})" if item.links else ""
        told.append((item.severity.value, f"checklist.{item.slug}", clean(item.title + linked)))
    ticked = sum(item.ticked for item in items)
    linked_items = sum(bool(item.links) for item in items)
    count = f"{len(items)} item{'s' if len(items) != 1 else ''}, {ticked} ticked"
    count += f", {linked_items} measured by checks" if linked_items else ""
    yield from section(f"{clean(document.file)}: {count}", rows(told))
    for note in (*document.unread, *document.called_out):
        yield from wrapped(clean(f"note: {note}"), width, "  ", "    ")


def explained(run: Run, name: str, width: int) -> list[str]:
    """All that is known of a record or a command; of each where several files have an item.

    Empty where the name is none of theirs.

    Raises:
        pytest.UsageError: it looks like one of theirs, and there is none.
    """
    found = [*_commands(run, name), *_records(run, name)]
    if not found and of_records(name):
        specs = (record.spec.id for record in run.records.values())
        commands = (f"command.{command.id}" for command in run.policy.settings.commands)
        meant = nearest(name, {*specs, *commands, *run.written_down})
        raise pytest.UsageError(f"readiness: no check {name!r}{meant} (--readiness-list shows all)")
    lines: list[str] = []
    for title, asks, pairs in found:
        lines += ["", title] if lines else [title]
        lines += [*wrapped(run.redactor.clean(asks), width, "", ""), ""]
        for key, text in pairs:
            if text:
                lines += entry(key, run.redactor.clean(str(text)), width)
    return lines


def _records(run: Run, name: str) -> Iterator[tuple[str, str, Pairs]]:
    for record in run.records.values():
        label = f"{record.spec.id}[{record.target}]"
        written = f"{record.file}:{record.line}"
        if name in (record.node, record.spec.id, label, written):
            title = f"{record.spec.id} ({record.spec.severity.value})"
            yield title, record.spec.title, _of_record(run, record)


def _of_record(run: Run, record: Record) -> Pairs:
    yield "written", f"{record.file}:{record.line}" if record.line else record.file
    yield "node", record.node
    if record.system == "checklist":
        [document] = [d for d in run.policy.documents if d.file == record.target]
        [item] = [i for i in document.items if i.line == record.line]
        yield from _of_item(item)
    else:
        signed = run.policy.settings.attestations
        [found] = [a for a in signed if f"attestation.{a.id}" == record.spec.id]
        yield from _of_attestation(run, found)


def _of_item(item: Item) -> Pairs:
    state = "ticked" if item.ticked else "open"
    state += f", a blank is still to be filled in: {item.blank}" if item.blank else ""
    yield "under", " / ".join(item.section)
    yield "severity", f"{item.severity.value}, {_read(item)}"
    yield "tick", state
    for link, label in zip(item.links, measured_by(item), strict=True):
        limits = ", ".join(f"{name} {value:g}" for name, value in link.limits.items())
        yield "measured", f"by {label}" + (f" with {limits}" if limits else "")
    yield "acceptance", item.acceptance
    yield "owner", item.owner
    yield "ref", item.ref
    yield "due", item.due
    if not item.links:
        yield "holds", _days(item.valid_for) or "without an end"


def _read(item: Item) -> str:
    form = _READ.get(item.severity_from)
    kind = "ticked" if item.ticked else "open"
    return form.format(item.severity_word) if form else f"the default of {kind} items there"


def _of_attestation(run: Run, found: Attestation) -> Pairs:
    signed = found.by and found.on
    yield "signed", f"by {found.by} on {found.on}" if signed else "by nobody yet"
    if found.on is not None and signed and found.valid_for is not None:
        end = until(found.on, float(found.valid_for))
        over = f", {left((end - run.today).days)}" if end >= run.today else ", which is over"
        yield "holds", f"until {end}{over}"
    else:
        yield "holds", _days(found.valid_for) or "without an end"
    yield "evidence", found.evidence
    yield "owner", found.owner
    yield "remedy", found.remedy


def _days(seconds: str | float | None) -> str | None:
    return None if seconds is None else f"{float(seconds) / _DAY:g} days from then on"


def _commands(run: Run, name: str) -> Iterator[tuple[str, str, Pairs]]:
    for command in run.policy.settings.commands:
        if name in (f"command.{command.id}", f"{PREFIX}command::{command.id}"):
            title = f"command.{command.id} ({command.severity.value})"
            yield title, command.asks, _of_command(run, command)


def _of_command(run: Run, command: Command) -> Pairs:
    text = command.run if isinstance(command.run, str) else shlex.join(command.run)
    yield "written", run.policy.source
    yield "node", f"{PREFIX}command::{command.id}"
    yield "runs", f"{text} (by /bin/sh -e)" if command.shell else text
    yield "in", command.cwd or "the project's root"
    # Their values may be anything, and are nobody's business here.
    yield "with", ", ".join(command.env)
    yield "takes", f"{command.seconds:g} s at most"
    yield "expects", "exit status 0"
    for expect in command.expectations:
        yield "expects", _expected(expect)
    yield "owner", command.owner
    yield "remedy", command.remedy


def _expected(expect: Expect) -> str:
    kind = expect.kind.replace("_", " ")
    most, least = (v if v is None else f"{v:g}" for v in (expect.at_most, expect.at_least))
    # As a report writes it: true, 1 and "1" are three different values.
    same = None if expect.equals is None else json.dumps(expect.equals, ensure_ascii=False)
    bounds = (("equals", same), ("at most", most), ("at least", least))
    limits = [f"{word} {value}" for word, value in bounds if value is not None]
    unit = f" {expect.unit}" if expect.unit else ""
    return f"{kind} {expect.sought}" + (f" {' and '.join(limits)}{unit}" if limits else "")
