"""Headings with items, and items with items below them: shown, and not judged."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_readiness.policy.checklists.items import Group, Item
from pytest_readiness.policy.checklists.slugs import Slugs
from pytest_readiness.policy.checklists.tasks import LONGEST, Task
from pytest_readiness.policy.checklists.walk import Entry, Heading


def groups(tasks: Mapping[Entry, Task], judged: Mapping[Entry, Item]) -> tuple[Group, ...]:
    """The groups of a document, in its order.

    Args:
        tasks: all tasks.
        judged: those that have none below them.
    """
    under: dict[Heading, list[Item]] = {}
    below: dict[Task, list[Item]] = {}
    for entry, item in judged.items():
        for heading in entry.heading.path() if entry.heading else ():
            under.setdefault(heading, []).append(item)
        for task in list(tasks[entry].upwards())[1:]:
            below.setdefault(task, []).append(item)
    found = [(task.entry.line, 1, _item(task, items)) for task, items in below.items()]
    slugs = Slugs("section")
    for heading, items in sorted(under.items(), key=lambda pair: pair[0].line):
        found.append((heading.line, 0, _heading(heading, items, slugs)))
    return tuple(group for *_, group in sorted(found, key=lambda one: one[:2]))


def _heading(heading: Heading, items: list[Item], slugs: Slugs) -> Group:
    return Group(
        slug=slugs.take(heading.text, heading.above.text if heading.above else ""),
        title=heading.text[:LONGEST],
        line=heading.line,
        items=tuple(item.slug for item in items),
    )


def _item(task: Task, items: list[Item]) -> Group:
    opened = [item for item in items if not item.ticked]
    wrong = []
    if task.entry.ticked and opened:
        wrong.append(f"ticked above {len(opened)} open item{'s' if len(opened) > 1 else ''}")
    if task.blank:
        wrong.append(f"left with a blank to fill ({task.blank})")
    return Group(
        slug=task.slug,
        title=task.title.text[:LONGEST],
        line=task.entry.line,
        ticked=bool(task.entry.ticked),
        items=tuple(item.slug for item in items),
        called_out=" and ".join(wrong) or None,
    )
