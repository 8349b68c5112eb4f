"""Criterion, owner, reference, date and blanks; groups; what was not read."""

from __future__ import annotations

import datetime as dt

import pytest

from pytest_readiness.policy.checklists.rules import hold_overrides
from pytest_readiness.policy.errors import SettingsError
from pytest_readiness.policy.records import Checklists, FileReading
from tests.checklists.reading import document, item, items, said


@pytest.mark.parametrize(
    ("bullet", "criterion"),
    [
        ("📝 holds `x`", "holds x"),
        ("📝 Acceptance: holds", "holds"),
        ("Acceptance: holds", "holds"),
        ("**Acceptance criteria:** holds", "holds"),
        ("Acceptance tests pass", "Acceptance tests pass"),
        ("验收标准：通过", "通过"),
        ("验收: 通过", "通过"),
        ("Критерий: есть", "есть"),
        ("Критерий приёмки — есть", "есть"),
        ("Definition of done: holds", "holds"),
        ("holds, see acceptance", None),
    ],
)
def test_acceptance(bullet: str, criterion: str | None) -> None:
    assert item(f"- [ ] a\n  - {bullet}\n").acceptance == criterion


def test_several_criteria_and_lines_of_the_paragraph() -> None:
    one = item("- [ ] a\n  📝 first\n  **Owner:** Ada\n  Priority: P0\n  - 📝 second\n")
    assert (one.title, one.acceptance, one.owner) == ("a", "first; second", "Ada")
    assert said(one) == "blocker (priority P0)"


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("a\n  - 👤 Ada", "Ada"),
        ("a\n  - Owner: @ada", "@ada"),
        ("a\n  - **Owner**: Ada Byron", "Ada Byron"),
        ("a\n  - 负责人：张三", "张三"),
        ("a\n  - Ответственный: Ада", "Ада"),
        ("a @ada", "@ada"),
        ("a (@org/team)", "@org/team"),
        ("a (owner: Ada)", "Ada"),
        ("a 👤 Ada", "Ada"),
        ("a\n  - Owner is known", None),
        ("a\n  - Owners agree", None),
        ("mail ada@example.com", None),
        ("@ada does a", None),
    ],
)
def test_owner(text: str, owner: str | None) -> None:
    assert item(f"- [ ] {text}\n").owner == owner


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("FR-122: a", "FR-122"),
        ("✅ **FR-122** a", "FR-122"),
        ("CHK009 - a [Gap, Spec §FR-105]", "CHK009, FR-105"),
        ("[JIRA-12] a", "JIRA-12"),
        ("[JIRA-12](http://a) a", "JIRA-12"),
        ("FR-1/FR-2, FR-3: a", "FR-1, FR-2, FR-3"),
        ("a (CHK019/CHK020)", "CHK019, CHK020"),
        ("a（FR-121.5）", "FR-121.5"),
        ("a\n  - Ref: NFR-7, FR-1", "NFR-7, FR-1"),
        ("a\n  - 🔗 http://a.example", "http://a.example"),
        ("FR-1 a\n  - Ticket: SHOP-2", "FR-1, SHOP-2"),
        ("CVE-2024-1234 patched", "CVE-2024-1234"),
        ("after FR-122 a", None),
        ("UTF-8 (SHA-256) a", None),
        ("a (x-12, A-b)", None),
        ("TLS-12 a", None),
    ],
)
def test_reference(text: str, ref: str | None) -> None:
    assert item(f"- [ ] {text}\n").ref == ref


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("a\n  - 📅 2026-12-31", dt.date(2026, 12, 31)),
        ("a\n  - Due: 2026-12-31 at noon", dt.date(2026, 12, 31)),
        ("a\n  - Deadline 2026/12/31", dt.date(2026, 12, 31)),
        ("a\n  - 截止日期：2026年12月31日", dt.date(2026, 12, 31)),
        ("a\n  - Срок: 2026-12-31", dt.date(2026, 12, 31)),
        ("a (due 2026-12-31)", dt.date(2026, 12, 31)),
        ("a 📅 2026-12-31", dt.date(2026, 12, 31)),
        ("a\n  - Due: 2026-02-30", None),
        ("a\n  - Due: soon", None),
        ("a\n  - since 2026-12-31", None),
        ("a 2026-12-31 b", None),
    ],
)
def test_due(text: str, due: dt.date | None) -> None:
    assert item(f"- [ ] {text}\n").due == due


def test_children_have_their_parents_owner_and_date() -> None:
    text = "- [ ] p\n  - Owner: Ada\n  - Due: 2026-12-31\n  - [ ] a\n  - [ ] b\n    - Owner: Bob\n"
    found = items(text)
    assert [(i.owner, i.due) for i in found] == [
        ("Ada", dt.date(2026, 12, 31)),
        ("Bob", dt.date(2026, 12, 31)),
    ]


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        ("Signed by: ____", "____"),
        ("Signed by ______________________", "_" * 20),
        ("由____签字", "____"),
        ("p95 is ___ ms", "___"),
        ("p95 is ____ms", "____"),
        ("Signed: \\_\\_\\_\\_", "____"),
        ("a\n  - 📝 p95 ≤ ____ ms", "____"),
        ("a\n  - Result: ✅/❌", "✅/❌"),
        ("a\n  - by: ____\n  - 📝 b", "____"),
        ("a\n\n  Signed: ____", "____"),
        ("Rollback ✅/❌", "✅/❌"),
        ("✅ / ❌ Rollback", "✅ / ❌"),
        ("Rollback ✅/⚠️/❌ (circle one)", "✅/⚠️/❌"),
        ("Approved: Yes / No", "Yes / No"),
        ("Approved? (Y/N)", "Y/N"),
        ("Yes / No: approved", "Yes / No"),
        ("是否通过：是/否", "是/否"),
        ("Approved ☐ yes ☐ no", "☐ yes ☐ no"),
        ("Pattern `____` and `✅/❌`", None),
        ("Show “✅/❌” in the list", None),
        ("Rollback ✅", None),
        ("a___b", None),
        ("__init__ and _x_", None),
        ("___bold italic___ text", None),
        ("Supports yes/no answers", None),
        ("Flag yes/no", None),
        ("Approved: yes", None),
        ("a <!-- ____ -->", None),
        ("a\n  ```\n  ____\n  ```", None),
        ("[a](http://b/____)", None),
        ("Approved ☑ yes ☐ no", None),
        ("Result: [ ] pass [ ] fail", "[ ] pass [ ] fail"),
        ("Result: [x] pass [ ] fail", None),
        ("Lists `[]` and [] of a", None),
    ],
)
def test_blanks(text: str, blank: str | None) -> None:
    assert item(f"- [x] {text}\n").blank == blank


def test_a_blank_of_a_child_is_its_own() -> None:
    found = document("- [x] p\n  - [x] a: ____\n  - [x] b\n")
    assert [i.blank for i in found.items] == ["____", None]
    assert found.called_out == ()


def test_parents_are_groups() -> None:
    found = document(
        "# T\n- [x] p\n  - [x] a\n  - note\n    - [ ] b\n  - [x] q\n    - [x] c\n- [ ] d\n"
    )
    assert [(i.title, i.parent) for i in found.items] == [
        ("a", "p"),
        ("b", "p"),
        ("c", "q"),
        ("d", None),
    ]
    assert [(g.title, g.line, g.ticked, g.items) for g in found.groups] == [
        ("T", 1, None, ("a", "b", "c", "d")),
        ("p", 2, True, ("a", "b", "c")),
        ("note", 4, None, ("b",)),
        ("q", 6, True, ("c",)),
    ]
    assert found.called_out == ("line 2: 'p' is ticked above 1 open item",)


def test_what_is_called_out_of_a_parent() -> None:
    found = document("- [x] p: ____\n  - [ ] a\n  - [ ] b\n- [ ] q\n  - [ ] c\n")
    assert [g.called_out for g in found.groups] == [
        "ticked above 2 open items and left with a blank to fill (____)",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("text", "no task list items: begin them with '- [ ] ' or '- [x] '"),
        ("- [ ] a\n\n| a | b |\n|---|---|\n| x | ✅ |\n| y | ❌ no |\n",
         "1 × tables with marks of status, on line 3"),
        ("- [ ] a\n\n| a |\n|---|\n| [x] b |\n", "1 × tables with marks of status, on line 3"),
        ("- [ ] a\n- ✅ b\n- ⚠️ **c**\n", ("2 × bulleted entries that begin with a mark of status "
         "and have no box, the first on line 2")),
        ("- [ ] a\n\n1. ✅ b\n2. **P0 - c**\n", ("2 × numbered entries with a mark of status or a "
         "priority and no box, the first on line 3")),
        ("- [ ] a\n\n1️⃣ b\n\n2️⃣ c\n", "2 × paragraphs numbered by emoji, the first on line 3"),
        ("- [ ] a\n- [-] b\n- [] c\n- [✓] d\n- [x]e\n", ("4 × boxes of another form than '[ ]' and "
         "'[x]' with a space after them, the first on line 2")),
        ("- [ ] a\n\n[ ] b\n[x] c\n", ("2 × boxes outside a list's entry: begin the line with "
         "'- [ ] ', indented as its list, the first on line 3")),
        ("- [ ] a\n      - [ ] b\n", ("1 × boxes outside a list's entry: begin the line with "
         "'- [ ] ', indented as its list, on line 2")),
        ("<details>\n- [ ] b\n</details>\n\n- [ ] a", ("1 × boxes inside HTML: leave an empty line "
         "before the list, on line 2")),
        ("- [ ] a\n\n<!-- later\n- [ ] b\n", ("1 × HTML comments that are never closed and hide "
         "boxes: end them with '-->', on line 3")),
    ],
)  # fmt: skip
def test_what_was_not_read(text: str, note: str) -> None:
    assert document(text).unread == (note,)


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] a\n- [b](c)\n- [1] d\n- [x](e)\n- 📁 f\n- g ✅\n",
        "- [ ] a\n\n| a | b |\n|---|---|\n| x | y |\n| z | see ✅ |\n",
        "- [ ] a\n\n```\n- [-] b\n[ ] c\n```\n\n<!--\n- [ ] d\n-->\n",
        "- [ ] a\n\n1. b\n2. P95 of c\n",
        "- [ ] a `[ ] b`\n  text [ ] c\n",
    ],
)
def test_what_is_not_worth_a_word(text: str) -> None:
    assert document(text).unread == ()


def test_overrides_that_speak_of_no_file() -> None:
    own = Checklists(overrides={"docs/GO-LIVE.md": FileReading()})
    with pytest.raises(SettingsError) as caught:
        hold_overrides(["docs/GO_LIVE.md"], own)
    assert str(caught.value) == (
        'checklists.overrides."docs/GO-LIVE.md": no such file among the checklists; '
        "did you mean 'docs/GO_LIVE.md'? Allowed: docs/GO_LIVE.md"
    )
    hold_overrides(["docs/GO_LIVE.md"], Checklists(overrides={"*.md": FileReading()}))
