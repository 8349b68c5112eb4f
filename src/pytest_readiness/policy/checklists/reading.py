"""A Markdown document to its items: the one way in."""

from __future__ import annotations

from pytest_readiness.policy.checklists import severities
from pytest_readiness.policy.checklists.comments import Said, readiness_comments, said
from pytest_readiness.policy.checklists.groups import groups
from pytest_readiness.policy.checklists.items import Document, Item
from pytest_readiness.policy.checklists.markdown import tokens
from pytest_readiness.policy.checklists.rules import Rules, hold_headings
from pytest_readiness.policy.checklists.tasks import LONGEST, Task, Tasks
from pytest_readiness.policy.checklists.unread import told, unread
from pytest_readiness.policy.checklists.walk import Entry, Heading, Tree, walk
from pytest_readiness.policy.checklists.words import key
from pytest_readiness.policy.errors import SettingsError

_FOR_HEADINGS = ("severity", "valid_for")
"""Keys that a comment under a heading may have."""


def read(file: str, text: str, rules: Rules) -> Document:
    """The items of a document.

    Args:
        file: its path from the project's root, as named to the user.
        text: its text.
        rules: how it is read.

    Raises:
        SettingsError: a comment that says what cannot be used, or stands where it means nothing;
            a heading of the settings that is not there; lists nested without end.
    """
    found = tokens(file, text)
    tree = walk(found)
    hold_headings(file, rules, [heading.text for heading in tree.headings])
    _hold_stray(file, tree)
    headings = _Headings(file, rules)
    for heading in tree.headings:
        headings.of(heading)
    reader = Tasks(file, rules)
    tasks = reader.read(tree.tasks)
    judged = {e: _item(t, headings, rules) for e, t in tasks.items() if not e.tasks}
    return Document(
        file=file,
        items=tuple(judged.values()),
        groups=groups(tasks, judged),
        unread=(*_without(tasks), *unread(found), *_strange(reader.strange)),
    )


def _without(tasks: dict[Entry, Task]) -> list[str]:
    return [] if tasks else ["no task list items: begin them with '- [ ] ' or '- [x] '"]


def _strange(found: dict[int, str]) -> list[str]:
    """Priorities that were not understood."""
    if not found:
        return []
    word = found[min(found)]
    return [
        told(
            f"priorities that name no severity, such as {word!r}: map it in severity_map",
            list(found),
        )
    ]


def _hold_stray(file: str, tree: Tree) -> None:
    """Refuse comments that speak of nothing."""
    for line, _ in readiness_comments(file, tree.stray):
        raise SettingsError(
            f"{file}:{line}: this readiness comment belongs to no item; put it on an item's line, "
            "indent it below the item, or write it right under a heading"
        )


class _Headings:
    """What headings give to the items under them."""

    def __init__(self, file: str, rules: Rules) -> None:
        self._file, self._rules = file, rules
        self._known: dict[Heading, tuple[severities.Given | None, float | None]] = {}

    def of(self, heading: Heading) -> tuple[severities.Given | None, float | None]:
        """Severity, and seconds for which ticks hold."""
        if heading not in self._known:
            comments = readiness_comments(self._file, heading.html)
            own = said(self._file, comments, self._rules.words)
            self._hold(own)
            rule = self._rules.headings.get(key(heading.text))
            valid_for = own.valid_for or (rule.valid_for if rule else None)
            given = severities.of_heading(heading, own, self._rules)
            self._known[heading] = given, valid_for
        return self._known[heading]

    def _hold(self, own: Said) -> None:
        lines = [("check", link.line) for link in own.links] + list(own.lines.items())
        for name, line in lines:
            if name not in _FOR_HEADINGS:
                allowed = " and ".join(_FOR_HEADINGS)
                problem = f"{name} belongs to an item; a heading may have {allowed}"
                raise SettingsError(f"{self._file}:{line}: readiness comment: {problem}")


def _item(task: Task, headings: _Headings, rules: Rules) -> Item:
    """A task that is judged; what it does not say itself is that of the items above it."""
    entry, line = task.entry, list(task.upwards())
    given = _severity(line, headings, rules)
    path = entry.heading.path() if entry.heading else []
    return Item(
        slug=task.slug,
        title=task.title.text[:LONGEST],
        line=entry.line,
        ticked=bool(entry.ticked),
        severity=given.severity,
        severity_from=given.source,
        severity_word=given.word,
        section=tuple(heading.text for heading in reversed(path)),
        parent=task.above.slug if task.above else None,
        blank=task.blank,
        acceptance="; ".join(task.acceptance) or None,
        owner=next((o for t in line if (o := t.said.owner or t.owner or t.title.owner)), None),
        ref=task.said.ref or ", ".join(task.refs) or None,
        due=next((d for t in line if (d := t.said.due or t.due or t.title.due)), None),
        valid_for=_valid_for(line, headings, rules),
        links=tuple(task.said.links),
    )


def _severity(line: list[Task], headings: _Headings, rules: Rules) -> severities.Given:
    """The first that applies: its own, that of an item above, a heading's, the default."""
    task = line[0]
    for one in line:
        if one.given:
            return one.given if one is task else one.given._replace(source="parent")
    for heading in task.entry.heading.path() if task.entry.heading else ():
        given, _ = headings.of(heading)
        if given:
            return given
    return severities.Given(rules.default(bool(task.entry.ticked)), "default", None)


def _valid_for(line: list[Task], headings: _Headings, rules: Rules) -> float | None:
    """Seconds for which its tick holds, by what is nearest."""
    for one in line:
        if one.said.valid_for:
            return one.said.valid_for
    for heading in line[0].entry.heading.path() if line[0].entry.heading else ():
        _, valid_for = headings.of(heading)
        if valid_for:
            return valid_for
    return rules.valid_for
