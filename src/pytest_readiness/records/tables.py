"""How far each checklist is: done of all, by number and by weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from pytest_readiness.model import Checklist, ChecklistGroup, Finding, Outcome
from pytest_readiness.policy.checklists.items import Document, Group

_DONE = (Outcome.PASSED, Outcome.ATTESTED)


def checklists(
    documents: Iterable[Document], findings: Iterable[Finding], clean: Callable[[str], str]
) -> tuple[Checklist, ...]:
    """How far the checklists of a run are.

    Args:
        documents: the checklists.
        findings: those of the run.
        clean: makes a text harmless, as the names in findings are.
    """
    blank = [_blank(document, clean) for document in documents]
    return recounted(blank, findings)


def recounted(lists: Iterable[Checklist], findings: Iterable[Finding]) -> tuple[Checklist, ...]:
    """The same checklists, counted by these findings: those of several runs, say."""
    by_file: dict[str, dict[str, Finding]] = {}
    for finding in findings:
        if finding.system == "checklist" and finding.target is not None:
            by_file.setdefault(finding.target, {})[finding.node] = finding
    return tuple(_counted(one, by_file.get(one.file, {})) for one in lists)


def _blank(document: Document, clean: Callable[[str], str]) -> Checklist:
    file = clean(document.file)
    groups = tuple(_group(file, group, clean) for group in document.groups)
    notes = (*document.unread, *document.called_out)
    return Checklist(file=file, done=0, total=0, groups=groups, notes=notes)


def _group(file: str, group: Group, clean: Callable[[str], str]) -> ChecklistGroup:
    return ChecklistGroup(
        title=group.title,
        line=group.line,
        done=0,
        total=len(group.items),
        ticked=group.ticked,
        nodes=tuple(f"readiness::checklist::{file}::{clean(slug)}" for slug in group.items),
    )


def _counted(one: Checklist, found: Mapping[str, Finding]) -> Checklist:
    judged = [f for f in found.values() if f.outcome.applies]
    total = sum(f.severity.weight for f in judged)
    done = sum(f.severity.weight for f in judged if f.outcome in _DONE)
    return replace(
        one,
        done=_done(judged),
        total=len(judged),
        score=math.floor(10000 * done / total + 1e-9) / 100 if total else None,
        groups=tuple(_recounted(group, found) for group in one.groups),
    )


def _recounted(group: ChecklistGroup, found: Mapping[str, Finding]) -> ChecklistGroup:
    below = [found[node] for node in group.nodes if node in found]
    judged = [f for f in below if f.outcome.applies]
    return replace(group, done=_done(judged), total=len(judged))


def _done(findings: Sequence[Finding]) -> int:
    return sum(f.outcome in _DONE for f in findings)
