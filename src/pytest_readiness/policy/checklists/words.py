"""Words and marks for severity, as teams write them in English, Chinese and Russian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from pytest_readiness.model import Severity

Word = tuple[str, Severity]
"""What was read, and what it means."""

EMOJI = (
    "(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u25a0-\u25ff"
    "\u203c\u2049\u2139\u221a\ufe0f\u200d]|[0-9#*]\ufe0f?\u20e3|:[a-z][a-z0-9_+-]{1,40}:)"
)
"""One sign of decoration or status; also as GitHub spells it, ``:warning:``."""

_ALL_EMOJI = re.compile(EMOJI)


def _forms(stem: str) -> tuple[str, ...]:
    """A Russian adjective in its genders, and its adverb."""
    soft = stem.endswith(("к", "г", "х"))
    ends = ("ий" if soft else "ый", "ой", "ая", "ое", "ие" if soft else "ые", "о")
    return tuple(stem + end for end in ends)


_PLAIN: dict[Severity, tuple[str, ...]] = {
    Severity.BLOCKER: (
        "p0", "blocker", "blockers", "blocking", "critical", "must", "must have", "required",
        "mandatory", "showstopper", "阻塞", "阻断", "阻塞项", "阻塞性", "致命", "必须", "必需",
        "必备", "блокер", "блокирующий", "обязательно", *_forms("критическ"), *_forms("критичн"),
        *_forms("обязательн"),
    ),
    Severity.HIGH: (
        "p1", "high", "major", "should", "should have", "important", "urgent", "acceptance",
        "高", "重要", "严重", "紧急", "应该", "应当", "验收标准", "критерии приёмки", "срочно",
        *_forms("высок"), *_forms("важн"),
    ),
    Severity.MEDIUM: (
        "p2", "medium", "mid", "moderate", "normal", "中", "中等", "一般", "普通", "средний",
        *_forms("средн"), "средняя", "среднее", "средние",
    ),
    Severity.LOW: (
        "p3", "p4", "low", "minor", "trivial", "could", "could have", "nice to have", "optional",
        "wont have", "低", "可选", "次要", "желательно", *_forms("низк"), *_forms("желательн"),
        *_forms("опциональн"),
    ),
}  # fmt: skip


def key(text: str) -> str:
    """A word as it is compared: no case, no widths, no decoration."""
    text = _ALL_EMOJI.sub(" ", unicodedata.normalize("NFKC", text)) if _named(text) else text
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("['’\ufe0f]", "", text)
    text = re.sub(r"[\s\-–—_]+", " ", text)
    return text.strip(" .,:;!?*`()[]{}<>\"'|/、。：；「」【】〔〕《》=")


def _named(text: str) -> bool:
    """Whether something is left of it without its emoji."""
    return any(char.isalnum() for char in _ALL_EMOJI.sub("", text))


BUILT_IN: dict[str, Severity] = {
    key(word): severity for severity, words in _PLAIN.items() for word in words
}
_AFFIX = r"(?:priority|prio|severity|优先级|优先度|优先|级别|级|приоритет|приоритета|критичность)"
_AFFIXED = re.compile(rf"^(?:{_AFFIX}[ :：=]*)?(.+?)(?: ?{_AFFIX})?$")
_GRADE = re.compile(r"(?<![A-Za-z0-9])[Pp][0-4](?![A-Za-z0-9])")
"""P0 to P4 as a word of its own; Chinese characters may touch it."""


def phrase(text: str, table: Mapping[str, Severity]) -> Word | None:
    """The severity that a text names and nothing else: ``High``, ``P1``, ``高优先级``."""
    if len(text) > 80:
        return None
    word = key(text)
    match = _AFFIXED.match(word)
    for candidate in (word, match[1].strip() if match else word):
        if candidate in table:
            return " ".join(text.split()).strip(" *_`.,:;：；，()[]（）【】"), table[candidate]
    return None


_LABELLED = re.compile(rf"{_AFFIX}\s*[:：]\s*\S.{{0,30}}$", re.IGNORECASE)


def labelled(text: str, table: Mapping[str, Severity]) -> Word | None:
    """The severity that a text names together with the word for it: ``Priority: High``."""
    return phrase(text, table) if _LABELLED.match(text.strip(" *_")) else None


_PIECES = re.compile(r"[,，;；。!！()（）\[\]【】/、|·:：]|\s[-–—]\s|[–—]|\.(?=\s|$)")


def leading(text: str, table: Mapping[str, Severity]) -> Word | None:
    """The severity that a text begins with, if nothing else belongs to it: ``High (agreed)``."""
    whole = phrase(text, table)
    if whole:
        return whole
    first = next((piece for piece in _PIECES.split(text[:200]) if piece.strip()), "")
    return phrase(first, table)


def graded(text: str) -> list[str]:
    """The grades P0 to P4 that stand in a text."""
    return _GRADE.findall(text)


def ungraded(text: str) -> str:
    """A text without them."""
    return _GRADE.sub(" ", text)


def pieces(text: str) -> Iterator[str]:
    """The parts of what stands in a pair of brackets."""
    return (piece.strip() for piece in _PIECES.split(text) if piece.strip())
