"""What is blocked only by waived findings, and is waived with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from pytest_readiness.model import Finding, Outcome
from pytest_readiness.waiving.words import CAUSE, WITH, cut, some

_UNREACHED = (" is not reachable: ", " was not observed: ")
"""What a finding says that is blocked by its target."""

_Place = tuple[str | None, str | None, str | None]
"""System, target and vantage point."""


def behind(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, where what is blocked only by waived findings is waived with them."""
    found = list(findings)
    waived = {f.node: f.label for f in found if f.outcome is Outcome.WAIVED}
    if not waived:
        return found
    doors = _doors(found)
    met = {f.node for f in found if f.outcome in (Outcome.PASSED, Outcome.ATTESTED)}
    waits = {
        f.node: [node for node in f.behind or _door(f, doors, waived) if node not in met]
        for f in found
        if f.outcome is Outcome.BLOCKED
    }
    labels = {f.node: f.label for f in found}
    with_what: dict[str, str] = {}
    more = True
    while more:
        # What waits for something that waits is waived in a later round.
        ready = [n for n in waits if n not in waived and _all_in(waits[n], waived)]
        more = bool(ready)
        for node in ready:
            with_what[node] = some([waived[w] for w in waits[node]])
        waived.update((node, labels[node]) for node in ready)
    return [_with(f, with_what[f.node]) if f.node in with_what else f for f in found]


def _all_in(nodes: Collection[str], waived: Collection[str]) -> bool:
    return bool(nodes) and all(node in waived for node in nodes)


def _with(finding: Finding, names: str) -> Finding:
    message = f"{cut(finding.message, CAUSE)}{WITH}{names})"
    return msgspec.structs.replace(finding, outcome=Outcome.WAIVED, message=message)


def _doors(findings: Iterable[Finding]) -> dict[_Place, str]:
    """Node ids of the findings on whether a target is there, by target and vantage point."""
    return {
        (f.system, f.target, f.vantage): f.node
        for f in findings
        if f.check == f"{f.system}.reachable"
    }


def _door(finding: Finding, doors: dict[_Place, str], waived: dict[str, str]) -> tuple[str, ...]:
    """What a finding waits for that is blocked because its target is down."""
    if not any(words in finding.message for words in _UNREACHED):
        return ()
    here = (finding.system, finding.target, finding.vantage)
    if here in doors:
        return (doors[here],)
    # Where vantage points share the work, one of them asked whether the target is there at all.
    same = [node for place, node in doors.items() if place[:2] == here[:2] and node in waived]
    return tuple(same[:1])
