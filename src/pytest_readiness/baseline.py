"""This run held against an earlier one: pure, no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

from pytest_readiness.comparable import warnings
from pytest_readiness.model import Change, Comparison, Finding, Outcome, Scorecard
from pytest_readiness.score import whole

_GOOD = (Outcome.PASSED, Outcome.ATTESTED)

Canonical = Callable[[str], str]
"""The present id of a check, which an earlier run may have called otherwise."""


class _Pair(NamedTuple):
    """What the two runs found under one node id."""

    node: str
    before: Finding | None
    now: Finding | None


def same_id(check: str) -> str:
    """The id itself, where nobody knows of checks that were renamed."""
    return check


def compare(
    card: Scorecard, earlier: Scorecard, *, file: str, canonical: Canonical = same_id
) -> Comparison:
    """What is new, mended, as before and gone since an earlier run.

    A check is the same if its node id is, with the present id of one that was renamed. An item
    of a checklist that is measured by other checks is told only where they are not: it moves with
    them.

    Args:
        card: this run.
        earlier: the baseline.
        file: its name, for people.
        canonical: the present id of a check.
    """
    canonical = cache(canonical)
    now, before = _by_node(card.findings, canonical), _by_node(earlier.findings, canonical)
    pairs = [_Pair(node, before.get(node), now.get(node)) for node in sorted({*now, *before})]
    known = _Known(card, earlier, canonical, _held(card.findings))
    groups: dict[str, list[_Pair]] = {}
    for pair in pairs:
        groups.setdefault(_group(pair), []).append(pair)
    gone = groups.pop("disappeared", [])
    told = {
        name: _told(known, _without_items(found, now.values(), canonical))
        for name, found in groups.items()
        if name
    }
    all_seen = whole(card.scope)
    return Comparison(
        file=file,
        started=earlier.about.started,
        commit=earlier.about.commit,
        verdict=earlier.verdict,
        score=earlier.score,
        warnings=warnings(
            card,
            earlier,
            unseen=0 if all_seen else len(gone),
            unjudged=sum(_was_unjudged(pair) for pair in pairs),
        ),
        disappeared=_told(known, gone) if all_seen else (),
        **told,
    )


def _by_node(findings: Iterable[Finding], canonical: Canonical) -> dict[str, Finding]:
    """Findings by node id with present ids; of two checks that became one, the worse."""
    found: dict[str, Finding] = {}
    for finding in findings:
        node = _node(finding, canonical)
        other = found.get(node)
        if other is None or finding.outcome.order < other.outcome.order:
            found[node] = finding
    return found


def _node(finding: Finding, canonical: Canonical) -> str:
    present = canonical(finding.check)
    if present == finding.check:
        return finding.node
    old, new = (f"readiness::{name.replace('.', '::', 1)}" for name in (finding.check, present))
    rest = finding.node.removeprefix(old)
    return f"{new}{rest}" if rest != finding.node and rest[:1] in ("", "[") else finding.node


def _group(pair: _Pair) -> str:
    """The field of the comparison that a pair belongs to; empty where nothing is to be told."""
    before = pair.before.outcome if pair.before else None
    if pair.now is None:
        return "disappeared"
    now = pair.now.outcome
    if now.wrong:
        return "still_failing" if before is not None and before.wrong else "new_failures"
    if before is None:
        return ""
    if not now.applies:
        return "no_longer_judged" if before.applies else ""
    return "fixed" if before.wrong and now in _GOOD else ""


def _was_unjudged(pair: _Pair) -> bool:
    """Whether a check fails of which the earlier run could not tell."""
    failing = pair.now is not None and pair.now.outcome in (Outcome.FAILED, Outcome.ERROR)
    return failing and pair.before is not None and pair.before.outcome is Outcome.BLOCKED


def _without_items(
    pairs: Iterable[_Pair], findings: Iterable[Finding], canonical: Canonical
) -> list[_Pair]:
    """The pairs without items that say what the check that measures them says already."""
    said: dict[str, set[str]] = {}
    for finding in findings:
        if not finding.measured_by:
            for name in (canonical(finding.check), finding.label, finding.node):
                said.setdefault(name, set()).add(_kind(finding))
    return [
        pair
        for pair in pairs
        if pair.now is None
        or not any(
            _kind(pair.now) in said.get(name, ())
            for check in pair.now.measured_by
            for name in (canonical(check), check)
        )
    ]


def _kind(finding: Finding) -> str:
    """Outcomes that an item and what measures it share."""
    if finding.outcome.wrong:
        return "wrong"
    return "good" if finding.outcome in _GOOD else "aside"


class _Known:
    """What the two runs looked at, by which a change is told from a change of the looking."""

    def __init__(
        self,
        card: Scorecard,
        earlier: Scorecard,
        canonical: Canonical,
        held: Mapping[str, str],
    ) -> None:
        self._targets = {(t.system, t.name) for t in card.about.targets}
        self._were = {(t.system, t.name) for t in earlier.about.targets}
        self._checks = {canonical(f.check) for f in card.findings}
        self._had = {canonical(f.check) for f in earlier.findings}
        self._relaxed = {item.what for item in card.about.relaxed}
        self._canonical = canonical
        self._held = held

    def change(self, pair: _Pair) -> Change:
        """A pair in words."""
        finding = pair.now or pair.before
        assert finding is not None, "a pair has one at least"
        why = self._gone(finding) if pair.now is None else None
        if pair.before is None:
            why = self._new(finding)
        return Change(
            label=finding.label,
            node=pair.node,
            severity=finding.severity,
            before=pair.before.outcome if pair.before else None,
            now=pair.now.outcome if pair.now else None,
            why=why,
            behind=self._held.get(finding.node) if pair.now else None,
        )

    def _new(self, finding: Finding) -> str | None:
        if finding.target is not None and (finding.system, finding.target) not in self._were:
            return "new target"
        return "new check" if self._canonical(finding.check) not in self._had else None

    def _gone(self, finding: Finding) -> str | None:
        check = self._canonical(finding.check)
        for name in (check, f"{check}[{finding.target}]"):
            if f"{name}: switched off" in self._relaxed:
                return "switched off by the settings"
        target = (finding.system, finding.target)
        if target in self._were and target not in self._targets:
            return "the target is not configured any more"
        return "no such check in this run" if check not in self._checks else None


def _told(known: _Known, pairs: Iterable[_Pair]) -> tuple[Change, ...]:
    """The gravest first, and before them nothing that only waits for another."""
    changes = map(known.change, pairs)
    return tuple(sorted(changes, key=lambda c: (c.behind is not None, c.severity.rank, c.node)))


def _held(findings: Iterable[Finding]) -> dict[str, str]:
    """Node ids of what is blocked by another finding alone, and that one's label."""
    found = list(findings)
    labels = {f.node: f.label for f in found}
    down = {_seen(f): f.label for f in found if _is_down(f)}
    held = {}
    for finding in found:
        if finding.outcome is Outcome.BLOCKED:
            # The first that is known: one cause is enough to look for the rest there.
            named = next((labels[node] for node in finding.behind if node in labels), None)
            cause = named or down.get(_seen(finding))
            if cause is not None and cause != finding.label:
                held[finding.node] = cause
    return held


def _is_down(finding: Finding) -> bool:
    return finding.check == f"{finding.system}.reachable" and finding.outcome.wrong


def _seen(finding: Finding) -> tuple[str | None, ...]:
    """A target from one vantage point."""
    return finding.system, finding.target, finding.vantage
