"""The generated page about the words that checklists are read by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_readiness.model import Severity
from pytest_readiness.policy.checklists import details, headings, unread, words


def words_page() -> str:
    """docs/checklist-words.md: every word that means something in a checklist."""
    by_severity = [
        [f"**{severity.value}**", _listed(w for w, s in words.BUILT_IN.items() if s is severity)]
        for severity in Severity
    ]
    in_headings = [
        [f"**{words.BUILT_IN[words.key(word)].value}**", f"`{word}`", f"`{form}`"]
        for word, form in headings._PHRASES
    ]
    bullets = [
        [kind, " ".join(m for m, k in details._MARKS.items() if k == kind), f"`{form}`"]
        for kind, form in details._WORDS.items()
    ]
    return "\n".join(
        [
            "# The words of checklists",
            "",
            (
                "All words that [checklists](checklists.md) are read by. Upper and lower case, "
                "emoji, hyphens and the width of characters make no difference. A word of your "
                "own, or another meaning for one of these, goes into `severity_map`."
            ),
            "",
            "## Words for severity",
            "",
            "As a priority, in brackets or bold, and where they are all of a heading:",
            "",
            *_table(("severity", "words"), by_severity),
            "",
            (
                "Beside each may stand the word for it, `High priority`, `Priority: High`, "
                "`高优先级`, `P1级`: `" + words._AFFIX.replace("(?:", "").rstrip(")") + "`."
            ),
            "",
            "## Anywhere in a heading",
            "",
            (
                "Unless `not`, `no`, `without`, `не`, `без`, `非`, `不` or `无` stands before it. "
                "Regular expressions; the word in the middle is the one that `severity_map` may "
                "give another meaning."
            ),
            "",
            *_table(("severity", "word", "read"), in_headings),
            "",
            (
                "A grade counts at the start or the end of a heading (`P0 - before launch`), a "
                "word of the first table before a dash or a colon (`High: networks`), in brackets "
                "at the end (`Tasks (P1)`), and before items, tasks, issues, findings, checks, "
                "todos, risks, 任务, 事项, 问题 and the like (`Medium priority tasks`). In "
                "`High availability` and `P1 alerts` it names something else."
            ),
            "",
            "## Bullets below an item",
            "",
            "By the mark or the word that they begin with:",
            "",
            *_table(("says", "marks", "words"), bullets),
            "",
            "## What looks like an item and is not read",
            "",
            "Said once a file, with the number and the first line:",
            "",
            *(f"- {_cell(text)}" for text in unread._KINDS.values()),
            "",
        ]
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [" | ".join(head), "|".join("---" for _ in head)]
    lines += [" | ".join(_cell(cell) for cell in row) for row in rows]
    return [f"| {line} |" if " | " in line else f"|{line}|" for line in lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
