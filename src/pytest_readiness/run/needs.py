"""Checks that need others: found by their names, and put behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import pytest

from pytest_readiness.policy.errors import meant_check, nearest
from pytest_readiness.run.records import RecordItem
from pytest_readiness.run.state import CHECK, Run


class Wanted(NamedTuple):
    """What one check waits for."""

    items: tuple[pytest.Item, ...] = ()
    lacking: tuple[str, ...] = ()
    """What it needs and nothing here judges, with the reason."""


NONE = Wanted()
WANTED: pytest.StashKey[Wanted] = pytest.StashKey()


def needed_by(item: pytest.Item, known: Callable[[pytest.Item], bool]) -> list[pytest.Item]:
    """What a check needs, each behind what it needs itself, as far as it is not known yet.

    In one loop: one function call for each would go as deep as the needs do.
    """
    done: dict[pytest.Item, None] = {}
    waiting = [(other, False) for other in reversed(item.stash.get(WANTED, NONE).items)]
    while waiting:
        other, seen = waiting.pop()
        if seen:
            done[other] = None
        elif other not in done and not known(other):
            waiting.append((other, True))
            further = other.stash.get(WANTED, NONE).items
            waiting += [(one, False) for one in reversed(further)]
    return list(done)


def arrange(items: list[pytest.Item], checks: Sequence[pytest.Item], run: Run) -> None:
    """Put each selected check behind those that it needs; the rest stays as it was.

    Args:
        items: the selected ones, changed in place.
        checks: all that were collected.
        run: the run.

    Raises:
        pytest.UsageError: a need of no check, of a record, or of each other.
    """
    if not any(item.stash[CHECK].spec.needs for item in checks):
        return
    by_name: dict[str, list[pytest.Item]] = {}
    for item in checks:
        for name in {item.nodeid, item.stash[CHECK].spec.id, item.stash[CHECK].label}:
            by_name.setdefault(name, []).append(item)
    wanted = {i: _wanted(i, by_name, run) for i in checks if i.stash[CHECK].spec.needs}
    selected = set(items)
    items[:] = [item for item in _in_order(checks, items, wanted) if item in selected]
    # Not before: other hooks are called even where the needs cannot be used.
    for item, found in wanted.items():
        item.stash[WANTED] = found


def _wanted(item: pytest.Item, by_name: Mapping[str, list[pytest.Item]], run: Run) -> Wanted:
    found: dict[pytest.Item, None] = {}
    lacking = []
    for need in item.stash[CHECK].spec.needs:
        candidates = _candidates(item, need, by_name)
        off = _off(item, need, candidates, run)
        if off is not None:
            lacking.append(f"needs {need}, which is not asked: {off}")
        elif candidates:
            found.update(dict.fromkeys(candidates))
        else:
            lacking.append(_lacking(item, need, by_name, run))
    for other in found:
        if isinstance(other, RecordItem):
            problem = "it is judged when all else has been, so nothing can wait for it"
            raise _refused(item, f"needs {other.stash[CHECK].label}: {problem}")
    return Wanted(tuple(found), tuple(lacking))


def _candidates(
    item: pytest.Item, need: str, by_name: Mapping[str, list[pytest.Item]]
) -> list[pytest.Item]:
    """The checks of a name: those on a check's own target, where it has one of that system."""
    named = next((by_name[name] for name in _names(item, need) if name in by_name), [])
    own = item.stash[CHECK]
    here = [
        other
        for other in named
        if own.target is not None
        and (other.stash[CHECK].system, other.stash[CHECK].target) == (own.system, own.target)
    ]
    return here or named


def _names(item: pytest.Item, need: str) -> Iterable[str]:
    """What a need may be called in full: a name is looked for in the class, then in the module."""
    yield need
    for node in reversed(item.listchain()[:-1]):
        yield f"{node.nodeid}::{need}"


def _off(item: pytest.Item, need: str, candidates: Sequence[pytest.Item], run: Run) -> str | None:
    """Why what is needed is not asked where the check that needs it stands, if it is off there.

    Another target's answer would not do in its place.
    """
    if need.endswith("]"):
        return None
    own = item.stash[CHECK]
    if not candidates:
        changes = (run.policy.change(name, own.target) for name in _names(item, need))
        switched = next((change for change in changes if change.enabled is False), None)
        return None if switched is None else f"switched off: {switched.reason}"
    other = candidates[0].stash[CHECK]
    if own.target is None or other.system != own.system or other.target == own.target:
        return None
    return run.off(other.spec, own.target)


def _lacking(
    item: pytest.Item, need: str, by_name: Mapping[str, list[pytest.Item]], run: Run
) -> str:
    """Why nothing here judges what is needed, where there is such a check.

    Raises:
        pytest.UsageError: there is none.
    """
    check = run.catalogue.get(need.partition("[")[0])
    if check is None or check.system is None:
        if "::" in need and run.narrowed is not None:
            return f"needs {need}, and {run.narrowed}"
        ids = dict.fromkeys((*run.catalogue.ids(), *(name for name in by_name if "::" not in name)))
        hint = nearest(need, by_name) if "::" in need else meant_check(need, ids)
        raise _refused(item, f"needs {need!r}, and there is no such check{hint}")
    targets = run.names(check.system)
    if not targets:
        return f"needs {need}, and no {check.system} target is configured"
    off = next(filter(None, (run.off(check, target) for target in targets)), "not on this target")
    return f"needs {need}, which is not asked: {off}"


def _refused(item: pytest.Item, problem: str) -> pytest.UsageError:
    return pytest.UsageError(f"readiness: {item.nodeid}: {problem}")


def _in_order(
    checks: Sequence[pytest.Item],
    items: Sequence[pytest.Item],
    wanted: Mapping[pytest.Item, Wanted],
) -> Iterable[pytest.Item]:
    """All checks, each behind what it needs, beginning with the selected in their order.

    Raises:
        pytest.UsageError: some need each other.
    """
    done: dict[pytest.Item, None] = {}
    for first in (*items, *checks):
        way: dict[pytest.Item, None] = {}
        waiting = [(first, False)]
        while waiting:
            item, seen = waiting.pop()
            if seen:
                way.pop(item)
                done[item] = None
            elif item in way:
                names = [other.stash[CHECK].label for other in way]
                circle = names[names.index(item.stash[CHECK].label) :]
                raise _refused(item, f"needs itself: {' needs '.join([*circle, circle[0]])}")
            elif item not in done:
                way[item] = None
                waiting.append((item, True))
                waiting += [(other, False) for other in reversed(wanted.get(item, NONE).items)]
    return done
