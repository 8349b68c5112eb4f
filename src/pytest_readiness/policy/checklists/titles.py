"""An item's text to its title, without what changes as work goes on, and what that says.

Status, severity, owner and date may stand before or after the title; a check is not renamed
because one of them changes.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pytest_readiness.policy.checklists.blanks import CHOICE
from pytest_readiness.policy.checklists.details import after_refs, day
from pytest_readiness.policy.checklists.flat import Flat, plain
from pytest_readiness.policy.checklists.rules import Rules
from pytest_readiness.policy.checklists.status import is_status
from pytest_readiness.policy.checklists.words import (
    EMOJI,
    Word,
    graded,
    key,
    labelled,
    phrase,
    pieces,
    ungraded,
)

_MOST = 12
"""Things that are taken off at one end; nobody writes as many."""
_WITHIN = 120
"""Characters from the end within which they are looked for."""
_CLOSERS = {")": "(", "]": "[", "）": "（", "】": "【", "〕": "〔"}
_EMOJI_END = re.compile(rf"(?:\s*{EMOJI})+\s*$")
_EMOJI_START = re.compile(rf"(?:{EMOJI}\s*)+")
_JOINT = re.compile(rf"{EMOJI}\s*|\s[-–—|]+\s*|\s*[–—]+\s*|[:：]\s*|(?<=[)）\]】])\s*")
_OWNER = re.compile(
    r"(?:👤\s*|\b(?:owner|assignee|dri)\s*[:：]\s*|(?:负责人|责任人)\s*[:：]\s*"
    r"|\b(?:ответственн\w+|исполнитель)\s*:\s*)(?P<named>@?[\w.-][\w .-]{0,38})$"
    r"|(?:^|(?<=[\s(（,，]))(?P<at>@[A-Za-z0-9][\w.-]{0,38}(?:/[\w.-]{1,38})?)$",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"(?:[📅🗓📆]\ufe0f?\s*(?:due)?|\b(?:due(?: date| by)?|deadline|срок)\b|截止(?:日期|时间)?)"
    r"\s*[:：]?\s*[\d/.年月日-]{8,12}$",
    re.IGNORECASE,
)
LEADING_SIGNS = re.compile(rf"\s*(?:(?:{EMOJI})\s*)+")
_GRADE_START = re.compile(r"([Pp][0-4])(?:\s*[:：]\s*|\s+[-–—]+\s+(?![Pp][0-4]))(?=\S)")
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


def title(text: Flat, rules: Rules) -> Title:
    """The title in an item's text, and what stands around it."""
    reader = _Reader(rules)
    body = reader.start(reader.end(text.strip()))
    reader.found.text = _bare(plain(body)) or _bare(plain(text)) or "(no text)"
    return reader.found


def _bare(text: str) -> str:
    return text.strip(" \t-–—:：|;；,，、~").strip()


class _Reader:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.found = Title()

    # at the end

    def end(self, text: Flat) -> Flat:
        """A text without what follows the title."""
        kept = Flat("", "", "")
        for _ in range(_MOST):
            text = text.strip()
            before = self._loose(text) if not kept.text else None
            before = before or self._brackets(text) or self._bold(text)
            if before is not None:
                text = before
                continue
            # A severity may stand before brackets that say something else: "… (P1) (72h)".
            start = _opening(text.words)
            if start <= 0 or self.found.severity:
                break
            kept, text = text.cut(start - 1) + kept, text.cut(0, start - 1)
        return text + kept

    def _loose(self, text: Flat) -> Flat | None:
        """It without a last emoji, status, owner or date; None if there is none of these."""
        words = text.words
        for match in CHOICE.finditer(words):
            if match.end() == len(words) and match.start():
                return text.cut(0, match.start())
        start = max(0, len(words) - _WITHIN)
        emoji = _EMOJI_END.search(words, start)
        if emoji and emoji.start():
            self._marks(emoji[0])
            return text.cut(0, emoji.start())
        for form, take in ((_OWNER, self._owner), (_DUE, self._due)):
            tail = form.search(words, start)
            if tail and tail.start() and take(tail):
                return text.cut(0, tail.start()).strip(" \t-–—|:,，;；")
        joints = [m for m in _JOINT.finditer(words, start) if m.start() > 0]
        for joint in reversed(joints):
            mark = joint[0].strip(" \t-–—|:：")
            if self._last(words[joint.end() :], joint[0], words[: joint.start()], bool(mark)):
                return text.cut(0, joint.start())
        return None

    def _last(self, tail: str, joint: str, before: str, marked: bool) -> bool:
        """Whether what follows a dash, colon or mark is a status or a severity and no more."""
        if is_status(tail, dated=marked):
            return True
        found = labelled(tail, self.rules.words)
        alone = joint.strip(" \t") in ("-", "–", "—", "|") and bool(_GRADE.fullmatch(tail.strip()))
        if alone and not graded(before[-3:]):
            found = phrase(tail, self.rules.words)
        self.found.severity = self.found.severity or found
        return found is not None

    def _marks(self, emoji: str) -> None:
        """Signs to which the settings give a severity."""
        for mark in self.rules.own:
            if mark in emoji.replace("\ufe0f", "") and self.found.severity is None:
                self.found.severity = (mark, self.rules.words[mark])

    def _owner(self, match: re.Match[str]) -> bool:
        self.found.owner = self.found.owner or (match["named"] or match["at"]).strip()
        return True

    def _due(self, match: re.Match[str]) -> bool:
        found = day(match[0])
        self.found.due = self.found.due or found
        return found is not None

    def _brackets(self, text: Flat) -> Flat | None:
        """It without last brackets that hold a severity, a status, an owner or a date."""
        start = _opening(text.words)
        if start < 0 or not self._tells(text.words[start + 1 : -1]) or not start:
            return None
        return text.cut(0, start).strip(" \t-–—|:：")

    def _tells(self, inner: str) -> bool:
        """Whether a text in brackets only tells such things; what it tells is noted."""
        found = self.token(inner)
        if found:
            self.found.severity = self.found.severity or found
        parts = re.split(r"[,，;；]", inner)
        told = [self._detail(part.strip()) for part in parts]
        return found is not None or is_status(inner) or all(told)

    def _detail(self, part: str) -> bool:
        """Whether a part of what brackets hold is an owner, a date or a status."""
        for form, take in ((_OWNER, self._owner), (_DUE, self._due)):
            match = form.search(part[:_WITHIN])
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
        if _opening(inner) >= 0:
            return None
        parts = list(pieces(inner))
        alone = [p for p in parts if phrase(p, self.rules.words) and self._sure(p)]
        others = [p for p in parts if graded(p) and p not in alone]
        return phrase(alone[0], self.rules.words) if alone and not others else None

    def _sure(self, part: str) -> bool:
        return bool(graded(part)) or key(part) in self.rules.own

    def _bold(self, text: Flat) -> Flat | None:
        """It without a last bold part that tells such things, or without that part's tail."""
        mark = text.words[-2:]
        start = text.words.rfind(mark, 0, -2) if mark in ("**", "__") else -1
        inner = text.cut(start + 2, -2)
        if start < 0 or not inner.words.strip():
            return None
        if start == 0:
            return inner
        outer = text.cut(0, start)
        if self._tells(inner.words):
            return outer.strip(" \t-–—|:：")
        opening = _opening(inner.words)
        if opening < 0 or not self._tells(inner.words[opening + 1 : -1]):
            return None
        if outer.words.rstrip().endswith(("-", "–", "—")):
            return outer.strip(" \t-–—|:：")
        return outer + text.cut(start, start + 2 + opening).strip() + text.cut(-2)

    # at the start

    def start(self, text: Flat) -> Flat:
        """A text without what precedes the title."""
        for _ in range(_MOST):
            text = text.strip(" \t\n")
            after = self._sign(text) or self._leading(text)
            if after is None or not after.words.strip(" \t-–—:：|*_"):
                break
            text = after.strip(" \t\n-–—:：|")
        return text

    def _sign(self, text: Flat) -> Flat | None:
        match = CHOICE.match(text.words) or _EMOJI_START.match(text.words)
        if match is None:
            return None
        self._marks(match[0])
        return text.cut(match.end())

    def _leading(self, text: Flat) -> Flat | None:
        """It without a severity or status in brackets or bold that it begins with."""
        match = _GRADE_START.match(text.words)
        if match:
            found = match[1], self.rules.words[key(match[1])]
            self.found.severity = self.found.severity or found
            return text.cut(match.end())
        ref = after_refs(text.words)
        if ref and not text.words[ref : ref + 1].isspace():
            return None
        start = ref + bool(ref)
        inner, end = _first(text.words[start:])
        if end < 0:
            return None
        found_token = self.token(inner)
        if found_token is None and not is_status(inner):
            return None
        if found_token:
            self.found.severity = self.found.severity or found_token
        return text.cut(0, start) + text.cut(start + end).strip()


def _first(words: str) -> tuple[str, int]:
    """What the brackets or the bold part hold that a text begins with, and where they end."""
    for opens, closes in (*((o, c) for c, o in _CLOSERS.items()), ("**", "**"), ("__", "__")):
        if words.startswith(opens):
            end = words.find(closes, len(opens), 80)
            if end > 0:
                return words[len(opens) : end], end + len(closes)
    return "", -1


def _opening(words: str) -> int:
    """Where the brackets begin that a text ends with; -1 if it ends with none."""
    closer = words[-1:]
    opener = _CLOSERS.get(closer)
    if opener is None:
        return -1
    depth = 0
    for i in range(len(words) - 1, max(-1, len(words) - 300), -1):
        depth += (words[i] == closer) - (words[i] == opener)
        if depth == 0:
            return i
    return -1
