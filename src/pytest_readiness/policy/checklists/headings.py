"""The severity that a heading gives to what stands under it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from pytest_readiness.model import Severity
from pytest_readiness.policy.checklists.words import EMOJI, Word, graded, key, phrase, pieces

_PHRASES: tuple[tuple[str, str], ...] = (
    # Word of the table, and the forms that stand for it anywhere in a heading.
    ("must have", r"\bmust[ -]haves?\b|\bmust[ -]do\b"),
    ("required", r"^(?:required|mandatory)\b"),
    ("必须", "必须|必需|必备|必做"),
    ("обязательные", r"\bобязательн\w*"),
    ("should have", r"\bshould[ -]haves?\b"),
    ("nice to have", r"\bnice[ -]to[ -]haves?\b"),
    ("could have", r"\bcould[ -]haves?\b"),
    ("wont have", r"\bwon['’]?t[ -]haves?\b"),
    ("optional", r"\boptional\b"),
    ("可选", "可选|选做"),
    ("желательные", r"\bжелательн\w*|\bопциональн\w*"),
    ("blocker", r"\bblockers?\b|\bblocking\b|\bshow[ -]?stoppers?\b"),
    ("阻塞", "阻塞|阻断"),
    ("блокер", r"\bблокер\w*|\bблокирующ\w*"),
    ("验收标准", "验收标准|验收准则|验收条件"),
    ("критерии приёмки", r"\bкритери\w+ (?:при[её]мки|при[её]мочн\w*)"),
    ("acceptance", r"\bacceptance\b"),
)
_FORMS = tuple((word, re.compile(form)) for word, form in _PHRASES)
_NOT = re.compile(
    r"(?:\b(?:no|not|non|none|without|нет|не|без)[\s-]*|[非无無不]|没有)$", re.IGNORECASE
)
_NUMBER = re.compile(r"^[\s\d.]*\d[.)、]?\s+")
_NAMES = r"alerts?|alarms?|alerting|incidents?|pages?|告警|报警|警报|事件|故障|аварии|алерты"
_GRADED = re.compile(rf"^p[0-4](?![\w-])(?!\s*(?:{_NAMES}))(?!\.\d)|(?<![\w.-])p[0-4]$")
"""A grade at the start or the end; ``P1 alerts`` is about alerts."""
_OF = re.compile(
    r"^(?P<word>[\w -]+?) (?:items?|tasks?|issues?|findings?|checks?|todos?|risks?|задачи|пункты)$"
)
_OF_CHINESE = re.compile(
    r"^(?P<word>.{1,8}?优先级?)的?(?:任务|事项|项目|项|问题|工作|清单|需求)\s*(?:\(.*\))?$"
)


def heading_severity(
    text: str, table: Mapping[str, Severity], own: Collection[str] = ()
) -> Word | None:
    """The severity that a heading names: ``Must have``, ``P0 - before launch``, ``验收标准``.

    Args:
        text: the heading.
        table: words by their keys.
        own: the keys among them that the settings give, which are looked for in all of the text.
    """
    bare = re.sub(EMOJI, " ", unicodedata.normalize("NFKC", text).casefold())
    bare = _NUMBER.sub("", " ".join(bare.split())).strip(" *_-–—:")[:200]
    whole = phrase(bare, table)
    return whole or _mapped(bare, text, table, own) or _phrased(bare, table) or _told(bare, table)


def _mapped(
    bare: str, text: str, table: Mapping[str, Severity], own: Collection[str]
) -> Word | None:
    for word in sorted(own, key=lambda word: (-len(word), word)):
        if not any(char.isalnum() for char in word):
            if word in text:
                return word, table[word]
        elif (word not in _COMMON) and (found := _alone(word, key(bare))):
            return found, table[word]
    return None


_COMMON = frozenset(
    ("p0", "p1", "p2", "p3", "p4", "high", "medium", "low", "critical", "major", "minor", "normal",
     "must", "should", "could", "mid", "高", "中", "低")
)  # fmt: skip
"""Words that mean a severity only in certain places, whoever maps them."""


def _alone(word: str, text: str) -> str | None:
    edge = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])" if word.isascii() else "{}"
    for match in re.finditer(edge.format(re.escape(word)), text):
        if not _NOT.search(text[: match.start()]):
            return match[0]
    return None


def _phrased(bare: str, table: Mapping[str, Severity]) -> Word | None:
    found: list[tuple[int, Word]] = []
    for word, form in _FORMS:
        for match in form.finditer(bare):
            if not _NOT.search(bare[: match.start()]):
                found.append((match.start(), (match[0], table[key(word)])))
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _told(bare: str, table: Mapping[str, Severity]) -> Word | None:
    """A severity in its place: first, last, in brackets, or with the word for items."""
    match = _GRADED.search(bare)
    if match:
        return match[0], table[match[0]]
    match = _OF.match(bare) or _OF_CHINESE.match(bare)
    if match and (found := phrase(match["word"], table)):
        return found
    inner = re.search(r"[(\[【]([^)\]】]{1,40})[)\]】]$", bare)
    if inner:
        for piece in (inner[1], *pieces(inner[1])):
            found = phrase(piece, table)
            if found and (piece == inner[1] or graded(piece)):
                return found
    first = re.split(r"\s[-–—]\s|[:：]", bare, maxsplit=1)
    return phrase(first[0], table) if len(first) == 2 else None
