"""What stands before or after a title: severity, status, owner, date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pytest_readiness.policy.checklists.details import day
from pytest_readiness.policy.checklists.rules import Rules
from pytest_readiness.policy.checklists.status import is_status
from pytest_readiness.policy.checklists.words import (
    Word,
    graded,
    key,
    labelled,
    phrase,
    pieces,
    ungraded,
)

WITHIN = 120
"""Characters from the end of a text within which these are looked for."""
CLOSERS = {")": "(", "]": "[", "）": "（", "】": "【", "〕": "〔"}
OWNER = re.compile(
    r"(?:👤\s*|\b(?:owner|assignee|dri)\s*[:：]\s*|(?:负责人|责任人)\s*[:：]\s*"
    r"|\b(?:ответственн\w+|исполнитель)\s*:\s*)(?P<named>@?[\w.-][\w .-]{0,38})$"
    r"|(?:^|(?<=[\s(（,，]))(?P<at>@[A-Za-z0-9][\w.-]{0,38}(?:/[\w.-]{1,38})?)$",
    re.IGNORECASE,
)
DUE = re.compile(
    r"(?:[📅🗓📆]\ufe0f?\s*(?:due)?|\b(?:due(?: date| by)?|deadline|срок)\b|截止(?:日期|时间)?)"
    r"\s*[:：]?\s*[\d/.年月日-]{8,12}$",
    re.IGNORECASE,
)
_GRADE = re.compile("[Pp][0-4]")
_UNCLEAR = frozenset(
    map(key, ("acceptance", "验收标准", "критерии приёмки", "normal", "major", "minor", "mid"))
)
"""Words that mean a severity as a priority, and much else in brackets: ``upgrade (major)``."""


@dataclass
class Title:
    """What is read of an item's own text."""

    text: str = ""
    severity: Word | None = None
    owner: str | None = None
    due: dt.date | None = None


class Teller:
    """Notes what the parts of one text tell."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.found = Title()

    def last(self, tail: str, joint: str, before: str, marked: bool) -> bool:
        """Whether what follows a dash, colon or mark is a status or a severity and no more."""
        if is_status(tail, dated=marked):
            return True
        found = labelled(tail, self.rules.words)
        if "🎯" in joint:
            found = phrase(tail, self.rules.words)
        alone = joint.strip(" \t") in ("-", "–", "—", "|") and bool(_GRADE.fullmatch(tail.strip()))
        if alone and not graded(before[-3:]):
            found = phrase(tail, self.rules.words)
        self.found.severity = self.found.severity or found
        return found is not None

    def marks(self, emoji: str) -> None:
        """Signs to which the settings give a severity."""
        for mark in sorted(self.rules.own):
            sign = f":{mark}:" if mark.isalnum() else mark
            if sign in emoji.replace("\ufe0f", "") and self.found.severity is None:
                self.found.severity = (mark, self.rules.words[mark])

    def owner(self, match: re.Match[str]) -> bool:
        self.found.owner = self.found.owner or (match["named"] or match["at"]).strip()
        return True

    def due(self, match: re.Match[str]) -> bool:
        found = day(match[0])
        self.found.due = self.found.due or found
        return found is not None

    def tells(self, inner: str) -> bool:
        """Whether a text in brackets only tells such things; what it tells is noted."""
        found = self.token(inner)
        if found:
            self.found.severity = self.found.severity or found
        parts = re.split(r"[,，;；]", inner)
        told = [self._detail(part.strip()) for part in parts]
        return found is not None or is_status(inner) or all(told)

    def _detail(self, part: str) -> bool:
        """Whether a part of what brackets hold is an owner, a date or a status."""
        for form, take in ((OWNER, self.owner), (DUE, self.due)):
            match = form.search(part[:WITHIN])
            if match and match.start() == 0:
                return take(match)
        found = labelled(part, self.rules.words)
        self.found.severity = self.found.severity or found
        return found is not None or is_status(part)

    def token(self, inner: str) -> Word | None:
        """The severity that stands alone in brackets or bold, or beside a status."""
        inner = inner.strip()
        if len(inner) > 80 or "\0" in inner:
            return None
        words = self.rules.words
        found = phrase(inner, words)
        if found:
            return found if key(inner) not in _UNCLEAR - self.rules.own else None
        grades = graded(inner)
        rest = key(ungraded(inner))
        if len(grades) == 1 and (not rest or is_status(rest)):
            return grades[0], words[key(grades[0])]
        return self._piece(inner)

    def _piece(self, inner: str) -> Word | None:
        """A grade, or a word of the settings, among others: ``(P1, @alice)``."""
        if opening(inner) >= 0:
            return None
        parts = list(pieces(inner))
        alone = [p for p in parts if phrase(p, self.rules.words) and self._sure(p)]
        others = [p for p in parts if graded(p) and p not in alone]
        return phrase(alone[0], self.rules.words) if alone and not others else None

    def _sure(self, part: str) -> bool:
        return bool(graded(part)) or key(part) in self.rules.own


def opening(words: str) -> int:
    """Where the brackets begin that a text ends with; -1 if it ends with none."""
    closer = words[-1:]
    opener = CLOSERS.get(closer)
    if opener is None:
        return -1
    depth = 0
    for i in range(len(words) - 1, max(-1, len(words) - 300), -1):
        depth += (words[i] == closer) - (words[i] == opener)
        if depth == 0:
            return i
    return -1
