"""Blanks that are still to be filled: ``____``, ``✅/❌``, ``Approved: Yes / No``."""

from __future__ import annotations

import re

from pytest_readiness.policy.checklists.flat import Flat

_YES = "[✅✔☑✓🟢👍]\ufe0f?"
_NO = "[❌✖✗✘☒🔴👎⚠⛔🚫🟡➖]\ufe0f?"
_CHOICE = rf"(?:{_YES}(?:\s*[/|]\s*{_NO})+|{_NO}(?:\s*[/|]\s*(?:{_NO}|{_YES}))+)"
CHOICE = re.compile(_CHOICE)
_LINE = re.compile(r"_{3,}")
_PAIRS = (
    r"yes\s*/\s*no|y\s*/\s*n|pass(?:ed)?\s*/\s*fail(?:ed)?|go\s*/\s*no[- ]?go"
    r"|是\s*/\s*否|有\s*/\s*无"
    r"|通过\s*/\s*(?:不通过|未通过)|да\s*/\s*нет"
)
_ANSWER = re.compile(
    rf"(?:[:：?？]\s*|[(\[（【]\s*)({_PAIRS})\s*[)\]）】]?\s*[:：]?\s*$|^\s*({_PAIRS})\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
"""A question's answers at the end, or before a colon: in a sentence they are words like others."""
_SQUARES = re.compile(r"[☐□◻▢⬜]\ufe0f?\s?\S{1,20}\s+[☐□◻▢⬜]\ufe0f?\s?\S{1,20}")
_BOXES = re.compile(r"\[ ?\] ?[^\s\[\]]{1,20}(?:[\s,/|]+\[ ?\] ?[^\s\[\]]{1,20})+")
"""Boxes to choose from; one that is ticked is an answer."""
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "«": "»", "'": "'", "‘": "’"}


def blank(flat: Flat) -> str | None:
    """The first blank in a text, as written; code has none."""
    text = flat.open
    for match in _LINE.finditer(text):
        if _is_line(text, match.start(), match.end()):
            return match[0][:20]
    for match in CHOICE.finditer(text):
        if not _quoted(text, match.start(), match.end()):
            return match[0]
    answer = _ANSWER.search(text)
    if answer:
        return answer[1] or answer[2]
    if re.search(r"\[[xX]\]|[☑☒]", text):
        return None
    choice = _SQUARES.search(text) or _BOXES.search(text)
    return choice[0] if choice else None


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether underscores are a line to write on, not part of a name or marks of emphasis."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isascii() and before.isalnum() and after.isascii() and after.isalnum():
        return False
    if end - start > 3:
        return True
    # ___bold and italic___
    opens = after.isalnum() and bool(re.match(r"[^_\n]*[^_\s]___(?!\w)", text[end : end + 300]))
    closes = before.isalnum() and bool(
        re.search(r"(?<!\w)___[^_\s][^_\n]*$", text[max(0, start - 300) : start])
    )
    return not (opens or closes)


def _quoted(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return bool(before) and _QUOTES.get(before) == after
