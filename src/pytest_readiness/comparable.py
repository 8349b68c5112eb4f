"""Why two runs can be compared in part only: one line each, and never silently."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pytest_readiness.model import Finding, Scope, Scorecard, Target

_NAMED: tuple[tuple[str, Callable[[Scorecard], Any]], ...] = (
    ("service", lambda card: card.about.service),
    ("environment", lambda card: card.about.environment),
    ("profile", lambda card: card.about.profile),
    ("pytest-readiness", lambda card: card.about.versions.get("pytest-readiness")),
    ("target_score", lambda card: card.limits.target_score),
    ("minimum_score", lambda card: card.limits.minimum_score),
    ("max_failed_high", lambda card: card.limits.max_failed_high),
    ("minimum_coverage", lambda card: card.limits.minimum_coverage),
)
"""What the two may name differently."""

_MOST = 3
"""Targets that a line names."""


def warnings(card: Scorecard, earlier: Scorecard, *, unseen: int, unjudged: int) -> tuple[str, ...]:
    """All that a reader of the comparison has to know first.

    Args:
        card: this run.
        earlier: the baseline.
        unseen: checks of the baseline that this run, which is not whole, has not judged.
        unjudged: checks that fail now and were blocked in the baseline.
    """
    found = [_differs(what, read(card), read(earlier)) for what, read in _NAMED]
    found += [_settings(card, earlier), _addresses(card, earlier), _places(card, earlier)]
    if (left := _left_out(earlier.scope)) is not None:
        found.append(f"the baseline is of a part ({left}): what it left out counts as new here")
    if unseen:
        why = _left_out(card.scope) or "it broke off"
        checks = "1 check" if unseen == 1 else f"{unseen} checks"
        found.append(
            f"{checks} of the baseline {_were(unseen)} not judged in this run ({why}): whether "
            "they are still there cannot be told"
        )
    if unjudged:
        checks = "1 check that fails" if unjudged == 1 else f"{unjudged} checks that fail"
        found.append(
            f"{checks} now {_were(unjudged)} blocked in the baseline and {_counts(unjudged)} as "
            "still failing: whether it began since cannot be told"
        )
    return tuple(line for line in found if line is not None)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _counts(count: int) -> str:
    return "counts" if count == 1 else "count"


def _differs(what: str, now: object, before: object) -> str | None:
    return None if now == before else f"{what} was {_shown(before)} then, and is {_shown(now)} now"


def _shown(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _settings(card: Scorecard, earlier: Scorecard) -> str | None:
    now, before = card.about.asked, earlier.about.asked
    if now == before:
        return None
    if before is None:
        return "the baseline does not say which settings it was made by"
    return "the settings ask for something else than then: checks, thresholds or what is declared"


def _addresses(card: Scorecard, earlier: Scorecard) -> str | None:
    before = {(t.system, t.name): t for t in earlier.about.targets}
    moved = [
        (before[key], target)
        for target in card.about.targets
        if (key := (target.system, target.name)) in before and before[key].address != target.address
    ]
    if not moved:
        return None
    shown = ", ".join(_moved(then, now) for then, now in moved[:_MOST])
    more = f" and {len(moved) - _MOST} more" if len(moved) > _MOST else ""
    return f"other addresses: {shown}{more}"


def _moved(then: Target, now: Target) -> str:
    return f"{now.system}[{now.name}] was {then.address}, is {now.address}"


def _places(card: Scorecard, earlier: Scorecard) -> str | None:
    now, before = _named_in(card.findings), _named_in(earlier.findings)
    if now == before:
        return None
    return (
        f"seen from {_listed(before)} then, and from {_listed(now)} now: a check is the same only "
        "from the same place"
    )


def _named_in(findings: Iterable[Finding]) -> list[str]:
    """Vantage points that stand in node ids: where the work is shared, they say nothing."""
    return sorted({f.vantage for f in findings if f.vantage and f.node.endswith(f"@{f.vantage}]")})


def _listed(places: list[str]) -> str:
    return ", ".join(places) or "no named place"


def _left_out(scope: Scope) -> str | None:
    shard = f"shard {scope.shard}" if scope.shard else None
    return ", ".join(filter(None, (scope.left_out, shard, scope.missing, scope.broken))) or None
