"""An item's text to its title, without what changes as work goes on, and what that says.

Status, severity, owner and date may stand before or after the title; a check is not renamed
because one of them changes.
"""

from __future__ import annotations

import re

from pytest_readiness.policy.checklists.blanks import CHOICE
from pytest_readiness.policy.checklists.details import after_refs
from pytest_readiness.policy.checklists.flat import Flat, plain
from pytest_readiness.policy.checklists.rules import Rules
from pytest_readiness.policy.checklists.status import is_status
from pytest_readiness.policy.checklists.tells import (
    CLOSERS,
    DUE,
    OWNER,
    WITHIN,
    Teller,
    Title,
    opening,
)
from pytest_readiness.policy.checklists.words import EMOJI, key

_MOST = 12
"""Things that are taken off at one end; nobody writes as many."""
_EMOJI_END = re.compile(rf"(?:\s*{EMOJI})+\s*$")
_EMOJI_START = re.compile(rf"(?:{EMOJI}\s*)+")
_JOINT = re.compile(rf"{EMOJI}\s*|\s[-–—|]+\s*|\s*[–—]+\s*|[:：]\s*|(?<=[)）\]】])\s*")
LEADING_SIGNS = re.compile(rf"\s*(?:(?:{EMOJI})\s*)+")
_GRADE_START = re.compile(r"([Pp][0-4])(?:\s*[:：]\s*|\s+[-–—]+\s+(?![Pp][0-4]))(?=\S)")


def title(text: Flat, rules: Rules) -> Title:
    """The title in an item's text, and what stands around it."""
    reader = _Reader(rules)
    body = reader.start(reader.end(text.strip()))
    reader.found.text = _bare(plain(body)) or _bare(plain(text)) or "(no text)"
    return reader.found


def _bare(text: str) -> str:
    return text.strip(" \t-–—:：|;；,，、~").strip()


class _Reader(Teller):
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
            start = opening(text.words)
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
        if words.endswith(tuple(f"{end}{stop}" for end in (*CLOSERS, "**") for stop in ".。")):
            return text.cut(0, -1)
        start = max(0, len(words) - WITHIN)
        emoji = _EMOJI_END.search(words, start)
        if emoji and emoji.start():
            self.marks(emoji[0])
            return text.cut(0, emoji.start())
        for form, take in ((OWNER, self.owner), (DUE, self.due)):
            tail = form.search(words, start)
            if tail and tail.start() and take(tail):
                return text.cut(0, tail.start()).strip(" \t-–—|:,，;；")
        joints = [m for m in _JOINT.finditer(words, start) if m.start() > 0]
        for joint in reversed(joints):
            mark = joint[0].strip(" \t-–—|:：")
            if self.last(words[joint.end() :], joint[0], words[: joint.start()], bool(mark)):
                return text.cut(0, joint.start())
        return None

    def _brackets(self, text: Flat) -> Flat | None:
        """It without last brackets that hold a severity, a status, an owner or a date."""
        start = opening(text.words)
        if start < 0 or not self.tells(text.words[start + 1 : -1]) or not start:
            return None
        return text.cut(0, start).strip(" \t-–—|:：")

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
        if self.tells(inner.words):
            return outer.strip(" \t-–—|:：")
        at = opening(inner.words)
        if at < 0 or not self.tells(inner.words[at + 1 : -1]):
            return None
        if outer.words.rstrip().endswith(("-", "–", "—")):
            return outer.strip(" \t-–—|:：")
        return outer + text.cut(start, start + 2 + at).strip() + text.cut(-2)

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
        self.marks(match[0])
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
    for opens, closes in (*((o, c) for c, o in CLOSERS.items()), ("**", "**"), ("__", "__")):
        if words.startswith(opens):
            end = words.find(closes, len(opens), 80)
            if end > 0:
                return words[len(opens) : end], end + len(closes)
    return "", -1
