"""Records of a run -> findings: each judged by what stands in its file, in git and in the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from pytest_readiness.model import ChecklistItem, Finding, Outcome, Signature
from pytest_readiness.policy.checklists.items import Item
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import rules_for
from pytest_readiness.policy.links import measured_by
from pytest_readiness.policy.records import Attestation
from pytest_readiness.provenance.lines import authors_of
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.provenance.ticks import Seen, ticks
from pytest_readiness.records import attestations, items
from pytest_readiness.records.judged import Judged
from pytest_readiness.records.linking import linked
from pytest_readiness.run.part import texts
from pytest_readiness.run.state import Record, Run
from pytest_readiness.waiving import dated, excused

_NOT_YET = Judged(Outcome.BLOCKED, "")
"""What others measure, until it is held against what these found."""


class Judge:
    """Judges the records of one run."""

    def __init__(self, run: Run, root: Path) -> None:
        self.run = run
        self.root = root
        self._dated = dated(run.policy.settings.waivers, run.today)

    def findings(self, held: Sequence[Record], measured: Sequence[Finding]) -> list[Finding]:
        """One finding a record.

        Args:
            held: the records to judge.
            measured: findings of the checks that were run.
        """
        signed = [r for r in held if r.system == "attestation"]
        ticked = [r for r in held if r.system == "checklist"]
        found = [self._finding(r, j) for r, j in (*self._signed(signed), *self._ticked(ticked))]
        own = {finding.node for finding in found}
        judged = [f for f in linked((*measured, *found)) if f.node in own]
        return [self._excused(finding) for finding in judged]

    def _ticked(self, held: Sequence[Record]) -> list[tuple[Record, Judged]]:
        # Git is asked about files in which a tick counts.
        counting = [r for r in held if self._item(r).ticked and not self._item(r).links]
        marks = {file: self._marks_of(file) for file in {r.target or "" for r in counting}}
        return [(r, self._of_item(self._item(r), marks.get(r.target or "", {}))) for r in held]

    def _of_item(self, item: Item, marks: Mapping[str, Mark]) -> Judged:
        if item.links:
            return _NOT_YET
        attestors = self.run.policy.settings.checklists.attestors
        return items.judged(item, marks.get(item.slug), attestors, self.run.today)

    def _item(self, record: Record) -> Item:
        return self._items[record.target or "", record.name]

    @cached_property
    def _items(self) -> dict[tuple[str, str], Item]:
        documents = self.run.policy.documents
        return {(d.file, item.slug): item for d in documents for item in d.items}

    def _marks_of(self, file: str) -> Mapping[str, Mark]:
        """Who ticked the items of a checklist, by slug."""
        # Of older versions: one need not have the headings that the settings name.
        rules = replace(rules_for(file, self.run.policy.settings.checklists), headings={})

        def reader(text: str) -> list[Seen]:
            return [Seen(i.slug, i.line, i.title, i.ticked) for i in read(file, text, rules).items]

        return ticks(self.root / file, reader)

    def _signed(self, held: Sequence[Record]) -> list[tuple[Record, Judged]]:
        if not held:
            return []
        known: dict[str, Attestation] = {a.id: a for a in self.run.policy.settings.attestations}
        marks = self._marks(held)
        return [
            (r, attestations.judged(known[r.name], marks.get(r.line or 0), self.run.today))
            for r in held
        ]

    def _marks(self, held: Sequence[Record]) -> dict[int, Mark]:
        """Who wrote the line of each sign-off."""
        path = self.run.policy.path
        lines = [r.line for r in held if r.line]
        return authors_of(Path(path), lines) if path and lines else {}

    def _finding(self, record: Record, judged: Judged) -> Finding:
        clean = self.run.redactor.clean
        spec = record.spec
        item = self._item(record) if record.system == "checklist" else None
        return Finding(
            check=clean(spec.id),
            system=record.system,
            target=record.target and clean(record.target),
            node=record.node,
            severity=spec.severity,
            outcome=judged.outcome,
            message=clean(judged.message),
            title=clean(spec.title),
            remedy=spec.remedy and clean(spec.remedy),
            ref=spec.ref and clean(spec.ref),
            owner=spec.owner and clean(spec.owner),
            file=record.file and clean(record.file),
            line=record.line,
            signed=judged.signed and Signature(**texts(judged.signed, clean)),
            measured_by=measured_by(item) if item else (),
            item=ChecklistItem(**texts(self._told(record, item), clean)) if item else None,
        )

    def _excused(self, finding: Finding) -> Finding:
        """The finding under the waivers."""
        said = finding.outcome, finding.message
        told = excused(finding.check, finding.target, finding.severity, said, self._dated)
        outcome, message = told
        assert outcome is not None
        return replace(finding, outcome=outcome, message=self.run.redactor.clean(message))

    def _told(self, record: Record, item: Item) -> ChecklistItem:
        """What the report says of an item beside its finding."""
        return ChecklistItem(
            ticked=item.ticked,
            section=" / ".join(item.section) or None,
            parent=self._titles.get((record.target or "", item.parent or "")),
            severity_from=item.severity_from,
            acceptance=item.acceptance,
            due=item.due.isoformat() if item.due else None,
        )

    @cached_property
    def _titles(self) -> dict[tuple[str, str], str]:
        """Titles of the items that have others below them."""
        documents = self.run.policy.documents
        return {(d.file, group.slug): group.title for d in documents for group in d.groups}
