"""Titles and slugs are those of the task, whatever its state."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.policy.checklists.slugs import Slugs, slug
from tests.checklists.reading import item, items


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("📌 Backups ✅ 完成于 2025-09-22", "Backups"),
        ("✅ Backups", "Backups"),
        ("⚠️ Backups - **待修复 (P1)**", "Backups"),
        ("⏳ 🚧 Backups 🚀", "Backups"),
        (":white_check_mark: Backups :rocket:", "Backups"),
        ("Backups (done)", "Backups"),
        ("Backups [done 2026-01-02]", "Backups"),
        ("Backups — TODO", "Backups"),
        ("Backups - in progress", "Backups"),
        ("Backups – ✅ Done on 2026-01-02", "Backups"),
        ("Backups: done", "Backups"),
        ("[WIP] Backups", "Backups"),
        ("备份（已完成）", "备份"),
        ("备份：进行中", "备份"),
        ("备份 - 待执行", "备份"),
        ("备份 ⏳ 待开始", "备份"),
        ("Бэкапы — готово", "Бэкапы"),
        ("Бэкапы (в работе)", "Бэкапы"),
        ("Backups @ada", "Backups"),
        ("Backups (@ada)", "Backups"),
        ("Backups (owner: Ada Byron, due: 2026-12-31)", "Backups"),
        ("Backups 📅 2026-12-31", "Backups"),
        ("Backups 👤 Ada", "Backups"),
        ("Backups ✅/❌", "Backups"),
        ("✅/❌ Backups", "Backups"),
        ("Backups ✅ 2026-01-02", "Backups"),
        ("Cutover: 2026-01-02", "Cutover: 2026-01-02"),
        ("Coverage: 80%", "Coverage: 80%"),
        ("Coverage (80%)", "Coverage (80%)"),
        ("Coverage: done 80%", "Coverage"),
        ("Install <package> <b>now</b>", "Install <package> now"),
        ("Approve: ______ (name) ______ (date)", "Approve: ______ (name) ______ (date)"),
        ("***Backups*** run", "Backups run"),
        ("**Backups** of `redis.conf` and [docs](http://a)", "Backups of redis.conf and docs"),
        ("*Backups* and _more_ ~~or less~~", "Backups and more or less"),
        (
            "**补齐 src/services/* 模块** - src/*, src/utils/*",
            "补齐 src/services/* 模块 - src/*, src/utils/*",
        ),
        ("snake_case_name and __init__ of a_b", "snake_case_name and __init__ of a_b"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("![logo](a.png) shown", "logo shown"),
        ("<http://a.example/x> answers", "http://a.example/x answers"),
        ("a <b>c</b> &amp; d", "a c & d"),
        ("wrapped\n  text", "wrapped text"),
        ("one<br>two", "one two"),
        ("\\*starred\\*", "*starred*"),
        ("Doors are open", "Doors are open"),
        ("A → B → C", "A → B → C"),
        ("Rate 10 - 20", "Rate 10 - 20"),
        ("Mail ada@example.com", "Mail ada@example.com"),
        ("Alerts reach on-call: page, mail", "Alerts reach on-call: page, mail"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert item(f"- [ ] {text}\n").title == title


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Redis: AOF is on", "redis-aof-is-on"),
        ("FR-117: 可用性 (99.5%)", "fr-117-可用性-99-5"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full-width"),
        ("Ёлка и ёж", "ёлка-и-ёж"),
        ("İstanbul", "i̇stanbul"),
        ("हिन्दी शब्द", "हिन्दी-शब्द"),
        ("don't panic", "dont-panic"),
        ("a/b::c[d].e", "a-b-c-d-e"),
        ("⚠️ ✅", ""),
        ("word " * 30, "word-" * 11 + "word"),
        ("字" * 100, "字" * 60),
    ],
)
def test_slugs(text: str, name: str) -> None:
    assert slug(text) == name


def test_equal_titles() -> None:
    text = "# A\n- [ ] x\n- [ ] x\n# B\n- [ ] x\n- [ ] x\n- [ ] X!\n# C\n- [ ] x-2\n- [ ] 🎉\n"
    assert [i.slug for i in items(text)] == [
        "x",
        "x-a",
        "x-b",
        "x-2",
        "x-3",
        "x-2-c",
        "item",
    ]


_TEXTS = st.text(max_size=80)


@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=30))
def test_slugs_are_distinct_and_plain(titles: list[tuple[str, str]]) -> None:
    slugs = Slugs("item")
    found = [slugs.take(*pair) for pair in titles]
    assert len(set(found)) == len(found)
    for one in found:
        assert 0 < len(one) <= 100
        assert not re.search(r"[\s.\[\]:/\\()]|^-|-$|--", one)
        assert one == unicodedata.normalize("NFKC", one).lower()
    shorter = Slugs("item")
    assert [shorter.take(*pair) for pair in titles[:-1]] == found[:-1]


_NAMES = st.sampled_from(
    ["Backups", "备份恢复测试", "Бэкапы готовы к работе", "src/services/* tests", "FR-1: `x` (72h)",
     "**Bold** - text", "低覆盖率模块", "P1告警"]
)  # fmt: skip
_BEFORE = st.sampled_from(["", "✅ ", "⚠️ ", "📌 ⏳ ", "[P1] ", "**P0** ", "🚧 P2: "])
_AFTER = st.sampled_from(
    ["", " ✅ 完成于 2025-09-22", " - **待修复 (P1)**", " (done)", " — TODO", " (P0)",
     " **blocker**",
     " ✅", " （P2）", " [high] ⏳", " @ada", " (P1, @bob)", " ✅/❌",
     " <!-- readiness: severity=low -->"]
)  # fmt: skip
_LINE = st.tuples(st.sampled_from("x X "[0:3]), _BEFORE, _NAMES, _AFTER)


def _text(lines: list[tuple[str, str, str, str]]) -> str:
    return "".join(f"- [{box}] {before}{name}{after}\n" for box, before, name, after in lines)


@given(st.lists(_LINE, max_size=8), st.data())
def test_state_and_severity_rename_nothing(
    lines: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    found = items(_text(lines))
    others = [
        (data.draw(st.sampled_from("xX ")), data.draw(_BEFORE), name, data.draw(_AFTER))
        for _, _, name, _ in lines
    ]
    more = data.draw(st.lists(_LINE, max_size=4))
    again = items(_text(others + more))
    assert [i.slug for i in again[: len(found)]] == [i.slug for i in found]
    assert [i.title for i in again[: len(found)]] == [i.title for i in found]
    assert len({i.slug for i in again}) == len(again)
