"""Severities: the first place that says one, and never a word that names something else."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.policy.errors import SettingsError
from tests.checklists.reading import document, item, items, said


@pytest.mark.parametrize(
    ("bullet", "expected"),
    [
        ("🎯 Blocker", "blocker (priority Blocker)"),
        ("🎯 P0", "blocker (priority P0)"),
        ("🎯 P1级", "high (priority P1级)"),
        ("🎯 高", "high (priority 高)"),
        ("Priority: High", "high (priority High)"),
        ("**Priority:** High", "high (priority High)"),
        ("**Priority**: `P2`", "medium (priority P2)"),
        ("**Priority: Low**", "low (priority Low)"),
        ("Priority High", "high (priority High)"),
        ("priority - p3 (agreed with ops)", "low (priority p3)"),
        ("🎯 **Priority**: must have, says ops", "blocker (priority must have)"),
        ("优先级：高", "high (priority 高)"),
        ("优先级: P0（上线前）", "blocker (priority P0)"),
        ("优先级 阻塞", "blocker (priority 阻塞)"),
        ("**优先级**：中等", "medium (priority 中等)"),
        ("Приоритет: критический", "blocker (priority критический)"),
        ("Приоритет — высокий", "high (priority высокий)"),
        ("приоритет средний", "medium (priority средний)"),
        ("Приоритет: Низкий.", "low (priority Низкий)"),
        ("Priority: should", "high (priority should)"),
        ("Priority: could have", "low (priority could have)"),
        ("Severity: Critical", "blocker (priority Critical)"),
        # None of these begins with a priority.
        ("📝 P1告警 → P0", "medium (default)"),
        ("📝 Priority: High", "medium (default)"),
        ("Highly available", "medium (default)"),
        ("High priority", "medium (default)"),
        ("Priority queues are drained", "medium (default)"),
        ("优先级队列已配置", "medium (default)"),
        ("🎯 High availability of the shop", "medium (default)"),
        ("Priorities: High", "medium (default)"),
        ("`🎯 High`", "medium (default)"),
    ],
)
def test_priority_of_a_child_bullet(bullet: str, expected: str) -> None:
    assert said(item(f"- [ ] a\n  - {bullet}\n")) == expected
    assert said(item(f"- [ ] a\n  * note\n  * {bullet}\n")) == expected


@pytest.mark.parametrize(
    ("text", "expected", "title"),
    [
        ("Tests pass - **待修复 (P1)**", "high (token P1)", "Tests pass"),
        ("Scan - **待修复漏洞 (P0)**", "blocker (token P0)", "Scan"),
        ("Scan (P0)", "blocker (token P0)", "Scan"),
        ("Scan [p1]", "high (token p1)", "Scan"),
        ("Scan 【P1】", "high (token P1)", "Scan"),
        ("扫描（P1）", "high (token P1)", "扫描"),
        ("扫描（高）", "high (token 高)", "扫描"),
        ("扫描（高优先级）", "high (token 高优先级)", "扫描"),
        ("扫描（待修复P1）", "high (token P1)", "扫描"),
        ("扫描 **待修复P1**", "high (token P1)", "扫描"),
        ("扫描（P1级）", "high (token P1级)", "扫描"),
        ("Scan (high)", "high (token high)", "Scan"),
        ("Scan (High priority)", "high (token High priority)", "Scan"),
        ("Scan (priority: low)", "low (token priority: low)", "Scan"),
        ("Scan **blocker**", "blocker (token blocker)", "Scan"),
        ("Scan __Blocker__", "blocker (token Blocker)", "Scan"),
        ("Скан (высокий)", "high (token высокий)", "Скан"),
        ("Scan (P1) ✅ done 2026-01-02", "high (token P1)", "Scan"),
        ("Scan (P1) (72h)", "high (token P1)", "Scan (72h)"),
        ("Scan (72h) (P1)", "high (token P1)", "Scan (72h)"),
        ("Scan (P2, @ada)", "medium (token P2)", "Scan"),
        ("Scan (P1/P2 later)", "medium (default)", "Scan (P1/P2 later)"),
        ("**Scan (P1)**", "high (token P1)", "Scan"),
        ("Scan **the image (P1)**", "high (token P1)", "Scan the image"),
        ("[P1] Scan", "high (token P1)", "Scan"),
        ("**P0** Scan", "blocker (token P0)", "Scan"),
        ("**P0:** Scan", "blocker (token P0)", "Scan"),
        ("P0: Scan", "blocker (token P0)", "Scan"),
        ("🚨 P0 - Scan 🚨", "blocker (token P0)", "Scan"),
        ("(optional) Scan", "low (token optional)", "Scan"),
        ("Scan (P0).", "blocker (token P0)", "Scan"),
        ("Scan 🎯 Blocker", "blocker (token Blocker)", "Scan"),
        ("Scan 🎯 P1 👤 Ada", "high (token P1)", "Scan"),
        ("Scan - P0", "blocker (token P0)", "Scan"),
        ("Scan | Priority: High", "high (token Priority: High)", "Scan"),
        ("灰度发布（优先级：高，负责人：李四）", "high (token 优先级：高)", "灰度发布"),
        ("T002 [P1] Scan", "high (token P1)", "T002 Scan"),
        ("Scan **(High)**", "high (token High)", "Scan"),
        ("Grades P1 - P2", "medium (default)", "Grades P1 - P2"),
        ("Alert thresholds: P0, P1", "medium (default)", "Alert thresholds: P0, P1"),
        ("Latency - high", "medium (default)", "Latency - high"),
        ("Scan (blocked)", "medium (default)", "Scan"),
        # Words that name something else.
        ("修复 slow-suite", "medium (default)", "修复 slow-suite"),
        ("分析低覆盖率模块", "medium (default)", "分析低覆盖率模块"),
        ("扫描通过 (仅低严重度误报)", "medium (default)", "扫描通过 (仅低严重度误报)"),
        ("P1告警", "medium (default)", "P1告警"),
        ("配置（P1告警）", "medium (default)", "配置（P1告警）"),
        ("P1告警: 配置", "medium (default)", "P1告警: 配置"),
        ("Uptime (99.5%)", "medium (default)", "Uptime (99.5%)"),
        ("Staging (72h)", "medium (default)", "Staging (72h)"),
        ("Cluster (high availability)", "medium (default)", "Cluster (high availability)"),
        ("Upgrade (major)", "medium (default)", "Upgrade (major)"),
        ("Routed (P0, P1 alerts)", "medium (default)", "Routed (P0, P1 alerts)"),
        ("**High availability** is on", "medium (default)", "High availability is on"),
        ("High", "medium (default)", "High"),
        ("Latency is low", "medium (default)", "Latency is low"),
        ("The blocker (P0) is gone today", "medium (default)", "The blocker (P0) is gone today"),
        ("Flag `(P1)`", "medium (default)", "Flag (P1)"),
        ("Flag `**P1**`", "medium (default)", "Flag **P1**"),
        ("Flag \\[P1\\]", "medium (default)", "Flag [P1]"),
        ("Read [P1](http://a) now", "medium (default)", "Read P1 now"),
        ("Alerts of **P1** go to pagers", "medium (default)", "Alerts of P1 go to pagers"),
        ("P95 (p99)", "medium (default)", "P95 (p99)"),
        ("GPU (P100)", "medium (default)", "GPU (P100)"),
    ],
)
def test_token_of_a_text(text: str, expected: str, title: str) -> None:
    one = item(f"- [ ] {text}\n")
    assert (said(one), one.title) == (expected, title)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Must have", "blocker"), ("🔥 MUST-HAVE items", "blocker"), ("1. Required", "blocker"),
        ("Must", "blocker"), ("Обязательные", "blocker"), ("Обязательные требования", "blocker"),
        ("必须完成", "blocker"), ("Blockers", "blocker"), ("Launch blockers (3)", "blocker"),
        ("P0", "blocker"), ("🚨 P0 - before launch", "blocker"), ("P0 items", "blocker"),
        ("待处理阻塞项 (3项)", "blocker"), ("Critical", "blocker"), ("Блокеры", "blocker"),
        ("Should have", "high"), ("Acceptance", "high"), ("Acceptance criteria", "high"),
        ("🎯 Phase 5 最终验收标准", "high"), ("Критерии приёмки", "high"),
        ("Критерии приемки релиза", "high"), ("High priority", "high"), ("P1", "high"),
        ("Tasks (P1)", "high"), ("High: networks", "high"), ("高优先级", "high"),
        ("高优先级任务 (3项)", "high"),
        ("Medium priority tasks", "medium"), ("P2 items", "medium"), ("中", "medium"),
        ("Nice to have", "low"), ("Nice-to-have ✨", "low"), ("Could have", "low"),
        ("Optional", "low"), ("Желательные", "low"), ("可选", "low"), ("Low", "low"),
        ("Необязательные", None), ("No blockers", None), ("Non-blocking", None),
        ("非阻塞项", None), ("Not required", None), ("✅ 验收检查清单", None),
        ("High availability", None), ("Low latency", None), ("Critical path tests", None),
        ("P1告警", None), ("P1 alerts", None), ("P1 告警", None), ("slow-suite", None),
        ("低覆盖率模块", None), ("Approval required", None), ("Phase 5 (2025)", None),
        ("Highlights", None), ("Musthave.io", None), ("Reading P99", None), ("Highest", None),
    ],
)  # fmt: skip
def test_severity_of_a_heading(heading: str, expected: str | None) -> None:
    one = item(f"# T\n## {heading}\n### Below\n- [ ] a\n")
    assert (one.severity.value, one.severity_from) == (
        (expected, "heading") if expected else ("medium", "default")
    )


def test_the_nearest_heading_wins() -> None:
    text = "# Must have\n## Optional\n- [ ] a\n## Redis\n- [ ] b\n# Rest\n- [ ] c\n"
    assert [i.severity.value for i in items(text)] == ["low", "blocker", "medium"]


COMMENT = "<!-- readiness: severity=low -->"


def test_the_order_of_places() -> None:
    text = "# Must have\n- [x] a (P2) {}\n  - 🎯 High\n"
    assert said(item(text.format(COMMENT))) == "low (comment low)"
    assert said(item(text.format(""))) == "high (priority High)"
    assert said(item("# Must have\n- [x] a (P2)\n")) == "medium (token P2)"
    assert said(item("# Must have\n- [x] a\n")) == "blocker (heading must have)"
    assert said(item("# Must not\n- [x] a\n")) == "low (default)"
    assert said(item("# Must not\n- [ ] a\n")) == "medium (default)"


def test_children_have_their_parents_severity() -> None:
    text = (
        "# Optional\n- [ ] a\n  - 🎯 Blocker\n  - [ ] b\n    - [x] c\n  - [ ] d (P2)\n"
        "- [ ] e (P1)\n  - [ ] f\n- [ ] g\n  - [ ] h\n"
    )
    found = {i.title: said(i) for i in items(text)}
    assert found == {
        "c": "blocker (parent Blocker)",
        "d": "medium (token P2)",
        "f": "high (parent P1)",
        "h": "low (heading optional)",
    }


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ({"ticked_severity": "high"}, "- [x] a", "high (default)"),
        ({"open_severity": "blocker"}, "- [ ] a", "blocker (default)"),
        ({"severity_map": {"P1": "blocker"}}, "- [ ] a (P1)", "blocker (token P1)"),
        ({"severity_map": {"p1": "blocker"}}, "- [ ] a\n  - 🎯 P1", "blocker (priority P1)"),
        ({"severity_map": {"P1": "blocker"}}, "# P1 - soon\n- [ ] a", "blocker (heading p1)"),
        ({"severity_map": {"P1": "blocker"}}, "- [ ] P1告警", "medium (default)"),
        ({"severity_map": {"High": "low"}}, "# High availability\n- [ ] a", "medium (default)"),
        ({"severity_map": {"must have": "high"}}, "# Must-have\n- [ ] a",
         "high (heading must-have)"),
        ({"severity_map": {"验收标准": "low"}}, "# 最终验收标准\n- [ ] a",
         "low (heading 验收标准)"),
        ({"severity_map": {"Before launch": "blocker"}}, "# To do before launch!\n- [ ] a",
         "blocker (heading before launch)"),
        ({"severity_map": {"上线前": "blocker"}}, "# 上线前动作\n- [ ] a",
         "blocker (heading 上线前)"),
        ({"severity_map": {"Sev1": "blocker"}}, "- [ ] a [SEV1]", "blocker (token SEV1)"),
        ({"severity_map": {"Sev1": "blocker"}}, "- [ ] a (sev1, @ada)", "blocker (token sev1)"),
        ({"severity_map": {"🔥": "blocker"}}, "- [ ] 🔥 a", "blocker (token 🔥)"),
        ({"severity_map": {"⚠️": "high"}}, "- [ ] a ⚠", "high (token ⚠)"),
        ({"severity_map": {"🔥": "blocker"}}, "- [ ] a\n  - 🔥 soon", "blocker (priority 🔥)"),
        ({"severity_map": {"🔥": "blocker"}}, "- [ ] a\n  - 🎯 🔥", "blocker (priority 🔥)"),
        ({"severity_map": {"🔥": "blocker"}}, "# 🔥 Now\n- [ ] a", "blocker (heading 🔥)"),
        ({"severity_map": {"major": "blocker"}}, "- [ ] a (major)", "blocker (token major)"),
        ({"overrides": {"docs/GO_LIVE.md": {"severity": "high"}}}, "- [x] a", "high (default)"),
        ({"overrides": {"docs/*.md": {"severity": "high"}}}, "- [ ] a", "high (default)"),
        ({"overrides": {"GO_LIVE.md": {"severity": "high"}}}, "- [ ] a", "high (default)"),
        ({"overrides": {"**/*.md": {"severity": "high"}, "docs/GO_LIVE.md": {"severity": "low"}}},
         "- [ ] a", "low (default)"),
        ({"overrides": {"other.md": {"severity": "high"}}}, "- [ ] a", "medium (default)"),
        ({"severity_map": {"P1": "low"},
          "overrides": {"docs/*": {"severity_map": {"P1": "blocker"}}}},
         "- [ ] a (P1)", "blocker (token P1)"),
        ({"overrides": {"docs/*": {"headings": {"redis": {"severity": "blocker"}}}}},
         "# 🚀 Redis\n- [ ] a", "blocker (heading redis)"),
        ({"overrides": {"docs/*": {"headings": {"Must have": {"severity": "low"}}}}},
         "# Must-have\n- [ ] a", "low (heading Must have)"),
        ({"overrides": {"docs/*": {"headings": {"gone": {"severity": "low"}}}}},
         "# Must-have\n- [ ] a", "blocker (heading must-have)"),
    ],
)  # fmt: skip
def test_settings(settings: dict[str, Any], text: str, expected: str) -> None:
    assert said(item(text, **settings)) == expected


def test_a_heading_that_the_settings_name_must_be_there() -> None:
    overrides = {"docs/GO_LIVE.md": {"headings": {"Redsi": {"severity": "high"}}}}
    with pytest.raises(SettingsError) as caught:
        document("# Redis\n- [ ] a", overrides=overrides)
    assert str(caught.value) == (
        'checklists.overrides."docs/GO_LIVE.md".headings."Redsi": docs/GO_LIVE.md has no such '
        "heading; did you mean 'Redis'?"
    )


def test_a_priority_that_is_misspelt_is_an_error() -> None:
    with pytest.raises(SettingsError) as caught:
        document("# T\n- [ ] a\n  - Priority: Bloker\n")
    assert str(caught.value) == (
        "docs/GO_LIVE.md:3: priority 'bloker' is no severity; did you mean 'blocker'? "
        "Map it in severity_map if it is meant"
    )


def test_a_priority_that_names_no_severity_is_told() -> None:
    found = document("- [ ] a\n  - 🎯 Sell more\n- [ ] b\n  - Priority: TBD\n- [ ] c\n  - 🎯\n")
    assert found.unread == (
        (
            "2 × priorities that name no severity, such as 'Sell more': map it in severity_map, "
            "the first on line 2"
        ),
    )
