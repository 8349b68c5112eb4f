"""What is an item, and what only looks like one."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checklists.ticks import with_ticks
from pytest_readiness.policy.errors import SettingsError
from tests.checklists.reading import document, item, items


@pytest.mark.parametrize(
    ("text", "line", "ticked"),
    [
        ("- [x] a", 1, True),
        ("- [X] a", 1, True),
        ("- [ ] a", 1, False),
        ("* [x] a", 1, True),
        ("+ [x] a", 1, True),
        ("1. [x] a", 1, True),
        ("12) [ ] a", 1, False),
        ("> - [x] a", 1, True),
        ("> > 1. [x] a", 1, True),
        ("- > - [x] a", 1, True),
        ("- - [x] a", 1, True),
        ("-\t[x]\ta", 1, True),
        ("- [x]\ta", 1, True),
        ("-   [x]   a  ", 1, True),
        ("\ufeff- [x] a", 1, True),
        ("# T\r\n\r\n- [x] a\r\n", 3, True),
        ("# T\r\r- [x] a\r", 3, True),
        ("text\n- [x] a", 2, True),
        ("-\n  [x] a", 2, True),
        ("- [x]\n  a", 1, True),
        ("---\ntitle: x\n---\n- [x] a", 4, True),
        ("[x]: http://a\n\n- [x] a", 3, True),
        ("<details>\n\n- [x] a\n\n</details>", 3, True),
    ],
)
def test_forms_of_an_item(text: str, line: int, ticked: bool) -> None:
    one = item(text)
    assert (one.title, one.line, one.ticked) == ("a", line, ticked)


@pytest.mark.parametrize(
    "text",
    [
        "```\n- [x] a\n```",
        "~~~md\n- [x] a\n~~~",
        "- text\n  ```\n  - [x] a\n  ```",
        "text\n\n    - [x] a",
        "<!--\n- [x] a\n-->",
        "<!-- - [x] a -->",
        "- <!-- [x] a -->",
        "- [x](http://a)",
        "- [x]: a",
        "- `[x] a`",
        "- \\[x] a",
        "[x] a",
        "# [x] a",
        "| [x] a |\n|---|\n| [ ] b |",
        "- text [x] a",
        "- **[x]** a",
    ],
)
def test_what_is_no_item(text: str) -> None:
    found = document(text)
    assert found.items == ()
    assert found.unread[0].startswith("no task list items")


def test_loose_and_tight_lists_are_the_same() -> None:
    tight = "- [x] a\n  - 🎯 High\n  - 📝 holds\n- [ ] b\n"
    loose = "- [x] a\n\n  - 🎯 High\n\n  - 📝 holds\n\n- [ ] b\n"
    plain = [(i.title, i.severity, i.acceptance) for i in items(tight)]
    assert plain == [(i.title, i.severity, i.acceptance) for i in items(loose)]


def test_items_at_any_depth() -> None:
    text = "\n".join("  " * depth + f"- [ ] d{depth}" for depth in range(60))
    found = document(text)
    assert [i.title for i in found.items] == ["d59"]
    assert found.items[0].parent == "d58" and len(found.groups) == 59


def test_deeper_than_is_read_is_an_error() -> None:
    text = "\n".join("  " * depth + f"- [ ] d{depth}" for depth in range(120))
    with pytest.raises(SettingsError, match=r"docs/GO_LIVE\.md:\d+: lists nested too deeply"):
        document(text)
    with pytest.raises(SettingsError, match="too deeply"):
        document(">" * 5000 + " - [ ] a")


def test_an_item_without_text() -> None:
    one = item("- [x] <!-- readiness: check=redis.aof -->")
    assert (one.title, one.slug, one.links[0].check) == ("(no text)", "no-text", "redis.aof")
    assert item("- [ ] ✅").title == "✅"
    found = document("- [ ]\n- [x] a")
    assert [i.title for i in found.items] == ["a"]
    assert found.unread == ("1 × boxes without a text: '- [ ]' alone is no item, on line 1",)


def test_front_matter_is_none_where_it_has_items() -> None:
    assert item("---\n\n- [ ] a\n\n---\n\ntext").title == "a"
    assert items("---\ntags: [x]\n---\n# T\n- [ ] a")[0].section == ("T",)


def test_headings_of_both_forms_make_the_section() -> None:
    text = "Top\n===\n\nBelow\n-----\n- [ ] a\n\n# Next\n### Deep #\n- [ ] b\n## Up\n- [ ] c\n"
    assert [i.section for i in items(text)] == [
        ("Top", "Below"),
        ("Next", "Deep"),
        ("Next", "Up"),
    ]


def test_a_heading_in_a_quote_ends_with_it() -> None:
    text = "# A\n> ## Must have\n> - [ ] a\n\n- [ ] b\n"
    assert [i.section for i in items(text)] == [("A", "Must have"), ("A",)]


def test_a_bold_paragraph_heads_the_list_below_it() -> None:
    text = "# A\n**Must have:**\n\n- [ ] a\n- [ ] b\n\nMore.\n\n- [ ] c\n"
    assert [i.section for i in items(text)] == [("A", "Must have"), ("A", "Must have"), ("A",)]
    assert [i.severity.value for i in items(text)] == ["blocker", "blocker", "medium"]


def test_a_plain_entry_heads_the_tasks_below_it() -> None:
    text = "# A\n- Must have\n  - [ ] a\n- Rest\n  - [ ] b\n"
    assert [i.section for i in items(text)] == [("A", "Must have"), ("A", "Rest")]
    assert [i.severity.value for i in items(text)] == ["blocker", "medium"]


def test_five_thousand_items_in_one_list() -> None:
    text = "".join(f"- [{'x' if n % 2 else ' '}] same title\n  - 🎯 P1\n" for n in range(5000))
    found = document(text).items
    assert len({i.slug for i in found}) == 5000
    assert found[-1].slug == "same-title-5000"


def test_settings_alone_bring_no_parser() -> None:
    program = (
        "import sys, pytest_readiness.policy.load, pytest_readiness.policy.checklists.reading\n"
        "print(*{'markdown_it', 'mdit_py_plugins'} & set(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == []


_PIECES = st.sampled_from(
    [*"-*+>#|[]()（）【】_*`~<!:\\/ \n\t\r&x1.P0高✅🎯\u200d\ufe0f\x00\x0c\u2028é", "- [ ] ",
     "\n  - ", "[x] ", "**", "<!-- ", " -->", "```", "---\n", "Priority: ", "Owner:", "@a", "P1",
     "due 2026-13-01", "____", "readiness", "1️⃣", "\n\n", "| a |\n|-|\n", "FR-1", "<b>", "done"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_any_text_is_read(text: str) -> None:
    try:
        found = document(text)
    except SettingsError:
        return
    lines = with_ticks(text.encode(), {i.line: not i.ticked for i in found.items})
    assert len(lines) == len(text.encode())
    assert len({i.slug for i in found.items}) == len(found.items)
    assert all(i.title and "\n" not in i.title for i in found.items)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Document) == found


_LINE = st.builds(
    lambda indent, quote, bullet, box, text: "  " * indent + quote + bullet + box + text,
    st.integers(0, 4),
    st.sampled_from(["", "", "> "]),
    st.sampled_from(["- ", "* ", "1. ", "", "# "]),
    st.sampled_from(["[ ] ", "[x] ", "[X] ", "[x]", "[-] ", "", "`", "[x](u) "]),
    st.sampled_from(["a", "b *c*", "```", "", "<!-- c -->", "_d_ `e`"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINE, max_size=12))
def test_items_are_those_of_the_parsers_own_rule(lines: list[str]) -> None:
    text = "\n".join(lines)
    parser = MarkdownIt("commonmark", {"maxNesting": 200}).enable(["table", "strikethrough"])
    tokens = parser.use(tasklists_plugin).parse(text)
    theirs = [
        (tokens[n + 2].map or [0])[0] + 1
        for n, token in enumerate(tokens)
        if token.type == "list_item_open" and "task-list-item" in str(token.attrs.get("class"))
    ]
    found = document(text)
    ours = [i.line for i in found.items] + [g.line for g in found.groups if g.ticked is not None]
    assert sorted(ours) == theirs
