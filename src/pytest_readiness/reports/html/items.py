"""A finding as the page shows it, and the groups that findings stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.reports import facts, measured, parts
from pytest_readiness.reports.facts import GRAVE
from pytest_readiness.reports.html.texts import link
from pytest_readiness.reports.measured import Measured

_OPEN = 200
"""Failed findings whose details stand open: enough for any page that somebody reads through."""

_MOST_EVIDENCE = 40
"""Pieces of evidence shown of one finding; how many more there are is said."""


class Item(NamedTuple):
    """A finding, and what the page says of it."""

    finding: Finding
    id: str
    """Anchor: the same in each report of the same check on the same target."""
    name: str
    title: str | None
    """What the check asks, where the name does not say it."""
    system: str
    """Name of the system to filter by."""
    evidence: tuple[Measured, ...]
    unshown: int
    """Pieces of evidence that are not shown."""
    ref: str | None
    """Address of the reference, if it has one."""
    window: bool
    """Whether some of the evidence was watched over time."""
    opened: bool
    linked: tuple[tuple[str, str | None], ...]
    """What measures it: names, and anchors where they are in this report."""
    waits: tuple[tuple[str, str | None], ...]
    """What it is blocked behind, likewise."""

    @property
    def measured(self) -> str:
        """Evidence in one line: ``persistence: aof (one of aof, rdb)``."""
        return "; ".join(
            f"{one.name}: {one.measured}{f' ({one.expected})' if one.expected else ''}"
            for one in self.evidence
        )


class Cause(NamedTuple):
    """Why findings were not judged."""

    owner: str
    why: str
    items: tuple[Item, ...]


class Group(NamedTuple):
    """Findings of one owner."""

    name: str
    items: tuple[Item, ...]

    @property
    def names(self) -> str:
        """What passed, in few words, for paper: ``reachable, persistence, tls``."""
        return ", ".join(_short(item.finding) for item in self.items)


class Findings(NamedTuple):
    """All findings of a run, each of them once."""

    now: tuple[Item, ...]
    """Failed or in error, and to be mended before a launch."""
    later: tuple[Item, ...]
    """Failed or in error, and for the team to decide on."""
    causes: tuple[Cause, ...]
    waived: tuple[Item, ...]
    attested: tuple[Item, ...]
    passed: tuple[Group, ...]
    not_applicable: tuple[Group, ...]
    anchors: Mapping[str, str]
    """Label to anchor."""
    nodes: Mapping[str, Item]
    """Node id to item."""


def findings(card: Scorecard) -> Findings:
    """All findings, in the order and the groups of the page."""
    nodes = _items(card)
    wrong = [nodes[f.node] for f in facts.failed(card)]
    wrong = [item._replace(opened=place < _OPEN) for place, item in enumerate(wrong)]
    graver = facts.gravest_first(card.findings)

    def of(outcome: Outcome) -> tuple[Item, ...]:
        return tuple(nodes[f.node] for f in graver if f.outcome is outcome)

    return Findings(
        now=tuple(i for i in wrong if i.finding.severity in GRAVE),
        later=tuple(i for i in wrong if i.finding.severity not in GRAVE),
        causes=tuple(
            Cause(who, why, tuple(nodes[f.node] for f in found))
            for who, why, found in facts.causes(card)
        ),
        waived=of(Outcome.WAIVED),
        attested=of(Outcome.ATTESTED),
        passed=_groups(card, nodes, Outcome.PASSED),
        not_applicable=_groups(card, nodes, Outcome.NOT_APPLICABLE),
        anchors=_by_label(nodes.values()),
        nodes=nodes,
    )


def _short(finding: Finding) -> str:
    """A check's name where its target is named beside it."""
    if finding.item is not None:
        return finding.title or finding.label
    return finding.check.rpartition("::")[2].rpartition(".")[2]


def _groups(card: Scorecard, nodes: Mapping[str, Item], outcome: Outcome) -> tuple[Group, ...]:
    groups = []
    for part in parts.by_owner(card):
        own = facts.gravest_first(f for f in part.findings if f.outcome is outcome)
        if own:
            groups.append(Group(part.name, tuple(nodes[f.node] for f in own)))
    return tuple(groups)


def _by_label(items: Iterable[Item]) -> dict[str, str]:
    """Of two findings with one label, what is wrong is meant: lists name what is to be mended."""
    anchors: dict[str, str] = {}
    for item in sorted(items, key=lambda item: item.finding.outcome.order, reverse=True):
        anchors[item.finding.label] = item.id
    return anchors


def _items(card: Scorecard) -> dict[str, Item]:
    ids = _anchors(card.findings)
    systems = {f.node: part.name for part in parts.by_system(card) for f in part.findings}
    names = _names(card.findings, ids)
    return {f.node: _item(f, ids, systems[f.node], names) for f in card.findings}


def _item(
    finding: Finding,
    ids: Mapping[str, str],
    system: str,
    names: Mapping[str, str],
) -> Item:
    name, title = facts.named(finding), finding.title
    evidence = tuple(measured.evidence(finding))
    if len(evidence) > _MOST_EVIDENCE:
        # What does not hold is what somebody looks for.
        evidence = tuple(sorted(evidence, key=lambda one: one.ok))
    return Item(
        finding=finding,
        id=ids[finding.node],
        name=name,
        title=None if title is None or name.endswith(title) else title,
        system=system,
        evidence=evidence[:_MOST_EVIDENCE],
        unshown=max(len(evidence) - _MOST_EVIDENCE, 0),
        ref=link(finding.ref),
        window=any(one.window is not None for one in finding.evidence),
        opened=False,
        linked=tuple((one, names.get(one)) for one in finding.measured_by),
        waits=tuple((one, ids.get(one)) for one in finding.behind),
    )


def _names(findings: Iterable[Finding], ids: Mapping[str, str]) -> dict[str, str]:
    """What a link may call a finding, to the anchor of the one that is meant."""
    names: dict[str, str] = {}
    for finding in findings:
        for name in finding.names:
            names.setdefault(name, ids[finding.node])
    return names


def _anchors(findings: Iterable[Finding]) -> dict[str, str]:
    """Node id to anchor: from the name alone, so that a link finds it in tomorrow's report too."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for finding in findings:
        digest = sha256(finding.node.encode("utf-8", "replace")).hexdigest()
        length = next(n for n in range(8, 65) if f"f-{digest[:n]}" not in taken)
        ids[finding.node] = f"f-{digest[:length]}"
        taken.add(ids[finding.node])
    return ids
