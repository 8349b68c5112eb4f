"""The tasks of a document, each with what its text and the bullets below it say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_readiness.policy.checklists import severities
from pytest_readiness.policy.checklists.blanks import blank
from pytest_readiness.policy.checklists.comments import Said, readiness_comments, said
from pytest_readiness.policy.checklists.details import Detail, all_refs, day, detail, refs
from pytest_readiness.policy.checklists.flat import Flat, joined, plain
from pytest_readiness.policy.checklists.rules import Rules
from pytest_readiness.policy.checklists.slugs import Slugs
from pytest_readiness.policy.checklists.tells import Title
from pytest_readiness.policy.checklists.titles import LEADING_SIGNS, title
from pytest_readiness.policy.checklists.walk import Entry
from pytest_readiness.policy.checklists.words import Word
from pytest_readiness.policy.errors import SettingsError

LONGEST = 2000
"""Characters of a text that are kept."""


@dataclass(eq=False)
class Task:
    """An item while it is read; one with items below it too."""

    entry: Entry
    slug: str
    title: Title
    said: Said
    above: Task | None
    priority: Word | None = None
    acceptance: list[str] = field(default_factory=list)
    owner: str | None = None
    due: dt.date | None = None
    refs: list[str] = field(default_factory=list)
    blank: str | None = None

    @property
    def given(self) -> severities.Given | None:
        """The severity that it says itself."""
        return severities.own(self.said, self.priority, self.title.severity)

    def upwards(self) -> Iterator[Task]:
        """It and the items it stands under, the nearest first."""
        one: Task | None = self
        while one is not None:
            yield one
            one = one.above


class Tasks:
    """Reads the tasks of one document."""

    def __init__(self, file: str, rules: Rules) -> None:
        self.file, self.rules = file, rules
        self.strange: dict[int, str] = {}
        """Priorities that were not understood, by line."""

    def read(self, entries: list[Entry]) -> dict[Entry, Task]:
        """All tasks, parents too, with their slugs.

        Raises:
            SettingsError: a comment or priority that cannot be used.
        """
        slugs, found = Slugs("item"), dict[Entry, Task]()
        for entry in entries:
            above = entry.task()
            found[entry] = self._task(entry, slugs, found[above] if above else None)
        return found

    def _task(self, entry: Entry, slugs: Slugs, above: Task | None) -> Task:
        first, below = self._parted(entry)
        own = title(first, self.rules)
        comments = readiness_comments(self.file, entry.html)
        task = Task(
            entry=entry,
            slug=slugs.take(own.text, entry.heading.text if entry.heading else ""),
            title=own,
            said=said(self.file, comments, self.rules.words),
            above=above,
            refs=refs(LEADING_SIGNS.sub("", plain(first), count=1)),
            blank=blank(first),
        )
        for line, text in [*below, *entry.details]:
            task.blank = task.blank or blank(text)
            self._below(task, line, text)
        self._hold_parent(task)
        return task

    def _parted(self, entry: Entry) -> tuple[Flat, list[tuple[int, Flat]]]:
        """An item's own text, and the lines of it that are written as bullets below would be."""
        lines = entry.text.lines()
        own, below = lines[:1], list[tuple[int, Flat]]()
        for n, line in enumerate(lines[1:], start=1):
            about = detail(line)
            if about is not None and about.named:
                below.append((entry.line + n, line))
            else:
                own.append(line)
        return joined(own), below

    def _hold_parent(self, task: Task) -> None:
        if task.entry.tasks and task.said.links:
            raise SettingsError(
                f"{self.file}:{task.said.links[0].line}: readiness comment: check belongs to an "
                f"item without others below it; {task.title.text[:80]!r} has some: link one of them"
            )

    def _below(self, task: Task, line: int, text: Flat) -> None:
        """Take what a text below an item says of it."""
        about = detail(text)
        if about is None:
            task.priority = task.priority or self._mark(text)
        elif about.kind == "priority":
            self._priority(task, line, about)
        else:
            _take(task, about)

    def _mark(self, text: Flat) -> Word | None:
        """The mark that a text begins with and that means a severity by the settings."""
        signs = LEADING_SIGNS.match(text.text)
        for mark in sorted(self.rules.own):
            if signs and not mark.isalnum() and mark in signs[0].replace("\ufe0f", ""):
                return mark, self.rules.words[mark]
        return None

    def _priority(self, task: Task, line: int, about: Detail) -> None:
        word = severities.priority(about, self.rules) or self._mark(about.whole)
        if word is not None:
            task.priority = task.priority or word
        elif about.named and about.rest.text.strip():
            error = severities.misspelt(f"{self.file}:{line}", about, self.rules)
            if error is not None:
                raise error
            self.strange[line] = plain(about.rest)[:40]


def _take(task: Task, about: Detail) -> None:
    rest = plain(about.rest)[:LONGEST]
    if about.kind == "acceptance":
        task.acceptance.append(rest if about.named else plain(about.whole)[:LONGEST])
    elif about.kind == "owner" and about.named:
        task.owner = task.owner or rest or None
    elif about.kind == "due":
        task.due = task.due or day(rest)
    elif about.kind == "ref" and about.named:
        found = all_refs(rest) or [rest[:100]]
        task.refs += [ref for ref in found if ref and ref not in task.refs]
