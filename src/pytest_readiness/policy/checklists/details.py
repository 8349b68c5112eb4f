"""What bullets below an item say of it: priority, acceptance, owner, reference, due date."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, NamedTuple

from pytest_readiness.policy.checklists.flat import Flat, unmarked
from pytest_readiness.policy.checklists.status import DATE
from pytest_readiness.policy.checklists.words import EMOJI

Kind = Literal["priority", "acceptance", "owner", "due", "ref"]

_MARKS: dict[str, Kind] = {
    "🎯": "priority",
    "📝": "acceptance",
    "👤": "owner",
    "👥": "owner",
    "📅": "due",
    "🗓": "due",
    "📆": "due",
    "🔗": "ref",
}
_WORDS: dict[Kind, str] = {
    "priority": (
        "priority|prio|severity|优先级|优先度|重要性|严重程度|严重性|приоритет|критичность|срочность"
    ),
    "acceptance": (
        r"acceptance(?: criteri(?:on|a))?|definition of done|dod|done when|验收(?:标准|条件|准则)?"
        r"|критери\w+(?: (?:при[её]мки|готовности))?"
    ),
    "owner": (
        "owners?|assignees?|assigned to|responsible|dri|负责人|责任人|经办人|所有者"
        r"|ответственн\w+|исполнител\w+|владелец"
    ),
    "due": "due(?: date| by)?|deadline|截止(?:日期|时间)?|到期(?:日|日期)?|期限|срок|дедлайн",
    "ref": r"refs?|references?|tickets?|issues?|jira|参考|编号|需求|关联|ссылка|задача|тикет",
}
_BEGINS = re.compile(
    rf"(?P<marks>(?:{EMOJI}\s*)*)(?P<word>"
    + "|".join(f"(?P<{kind}>{form})" for kind, form in _WORDS.items())
    + r")?(?P<joint>\s*[:：=]\s*|\s+[-–—]+\s+|\s*[–—]+\s*|\s*)",
    re.IGNORECASE,
)
_ASCII_WORD = re.compile(r"[A-Za-z0-9_]")
_DAY = re.compile(rf"(?<!\d)({DATE})(?!\d)")
_REF = re.compile(
    r"(?<![A-Za-z0-9-])(?!(?:UTF|SHA|AES|RSA|ISO|TLS|SSL|HTTP|RFC|PEP|MD|CVSS|GPT|IPV|COVID|BASE)-?\d)"
    r"(?:[A-Z][A-Z0-9]{0,9}(?:-[A-Z]{1,6})?-\d{1,6}(?:[-.]\d{1,7})?|(?:CHK|REQ|FR|NFR|SC|US|TC|T)\d{2,5})"
    r"(?![A-Za-z0-9])"
)
_START = re.compile(r"[\s\[(（【#]*")
_JOINED = re.compile(r"[\])）】]?\s*[,，、/&+~]\s*[\[(（【]?")
_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]{1,200})[)\]）】]")


class Detail(NamedTuple):
    """A text that says something of its item."""

    kind: Kind
    rest: Flat
    """What follows the mark or word."""
    named: bool
    """Whether a word and a colon, or a mark alone, announce it: the rest is the value."""
    whole: Flat


def detail(text: Flat) -> Detail | None:
    """What a text is about, by the mark or word that it begins with."""
    text = unmarked(text).strip()
    match = _BEGINS.match(text.words)
    if match is None:
        return None
    kind = next((k for k in _WORDS if match[k]), None)
    marked = next((k for mark, k in _MARKS.items() if mark in match["marks"]), None)
    if marked is not None and kind != marked:
        # The mark is what it begins with: "📝 Priority: High" is a criterion.
        kind = None
    joined = bool(match["joint"].strip())
    if kind is not None and not joined:
        kind = kind if _bounded(text.words, match.end("word"), match["word"]) else None
    if kind is None and marked is None:
        return None
    start = match.end() if kind is not None else match.end("marks")
    named = joined if kind is not None else marked is not None
    return Detail(kind or marked or "ref", text.cut(start), named or marked == kind, text)


def _bounded(text: str, end: int, word: str) -> bool:
    """Whether a word ends where it was found; Chinese has no such ends."""
    after = text[end : end + 1]
    if word.isascii():
        return not _ASCII_WORD.match(after)
    return not ("а" <= word[-1].lower() <= "я") or not after.isalnum()


def day(text: str) -> dt.date | None:
    """The first date in a text, if there is such a day."""
    match = _DAY.search(text)
    if match is None:
        return None
    year, month, of = (int(part) for part in re.findall(r"\d+", match[1]))
    try:
        return dt.date(year, month, of)
    except ValueError:
        return None


def refs(text: str) -> list[str]:
    """References at a text's start and in its brackets: ``FR-122``, ``CHK009``, ``JIRA-12``."""
    found: list[str] = []
    space = _START.match(text)
    end = space.end() if space else 0
    while match := _REF.match(text, end):
        found.append(match[0])
        joint = _JOINED.match(text, match.end())
        if joint is None:
            break
        end = joint.end()
    for brackets in _BRACKETS.finditer(text):
        found += (match[0] for match in _REF.finditer(brackets[1]))
    return list(dict.fromkeys(found))


def after_refs(text: str) -> int:
    """Where a text goes on after the reference that it begins with; 0 if there is none."""
    match = _REF.match(text)
    return match.end() if match else 0


def all_refs(text: str) -> list[str]:
    """All references in a text that is there to name them."""
    return list(dict.fromkeys(match[0] for match in _REF.finditer(text)))
