"""Two documents of real teams, each item as a person reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from pytest_readiness.policy.checklists.items import Document
from pytest_readiness.policy.checklists.reading import read
from pytest_readiness.policy.checklists.rules import rules_for
from pytest_readiness.policy.records import Checklists
from tests.checklists.reading import said

SAMPLES = Path(__file__).parent / "samples"

BOARD = """
4 x blocker priority 数据采集与模型训练服务集成
9 x blocker priority 修复 slow-suite（补充 Alembic migration + 初始数据）
12 x high priority 覆盖率提升至 ≥ 80%（重点补齐 features、lineage、streaming）
15 x medium priority 优化慢测试结构（拆分/减少冗余 deselect）
20 x high priority 自动迁移链路（容器启动和 CI 中自动执行 Alembic upgrade）
23 x high priority 回滚机制（不可变标签 + 一键回滚）
26 x medium priority 外部依赖健康检查（Redis / Kafka / MLflow readiness & liveness）
31 x blocker priority 替换 .env 默认弱口令，接入 Secrets 管理
34 x low priority 加固网络与传输安全（TLS、WAF、安全组）
39 x blocker priority 主干 CI 全绿（修复 lint/失败用例，规范 model_reports.yml 触发条件）
45 x blocker priority 修复 CI/CD Docker pull 问题
49 - high priority 执行 Staging 环境验证 (72h)
53 - high priority 数据库备份恢复测试
57 - medium priority 监控验证
64 x high priority 分析低覆盖率模块 - 识别 src/services/*, src/utils/*, src/lineage/* 中 <50% 覆盖率的模块
67 x high priority 补齐 src/services/* 模块测试 - 每个文件创建独立测试文件，确保 ≥60% 覆盖率
70 x high priority 补齐 src/utils/* 模块测试 - 每个文件创建独立测试文件，确保 ≥60% 覆盖率
73 x high priority 补齐 src/lineage/* 模块测试 - 每个文件创建独立测试文件，确保 ≥60% 覆盖率
76 - high priority 验证覆盖率目标 - 整体覆盖率 ≥70%，核心模块 ≥60%
81 x high priority 创建生产部署指南 - docs/DEPLOYMENT_GUIDE.md
84 - high priority 验证 staging 环境部署 - 确保一键部署流程可用
89 - medium priority 增强监控体系 - 扩展 Prometheus + Grafana + AlertManager
92 - medium priority 创建 Grafana 仪表盘配置 - configs/grafana_dashboards/phase5.json
95 - medium priority 配置告警规则 - 设置阈值和通知机制
100 x low priority 更新 docs/TASKS.md - 标记 Phase 5 任务进度
102 x low priority 更新 docs/COVERAGE_PROGRESS.md - 记录 Phase 5 覆盖率提升情况
104 x low priority 更新 docs/DEPLOYMENT_GUIDE.md - 完成生产部署文档
108 - high heading 覆盖率 ≥70%，核心模块 ≥60%
109 - high heading 生产部署文档完整且验证通过
110 - high heading 监控与告警体系可用
111 - high heading CI/CD 流程全绿
"""  # noqa: E501  # a row an item

REPORT = """
383 x low default FR-117: 可用性目标已定义 (99.5%)
384 x low default FR-118: 备份策略已定义 (RTO≤4h, RPO≤24h)
385 x low default FR-119: 数据库事务重试策略已定义
386 x low default FR-120: 连接池配置已定义
387 x low default FR-121: 死锁检测逻辑已定义
388 x low default FR-122: 数据库版本需求已明确 (PostgreSQL≥13, RabbitMQ≥3.12)
389 x low default RabbitMQ配置文档已创建 (450行)
390 x low default 部署指南已更新 (备份恢复流程)
391 x low default 架构文档已更新 (死锁检测)
392 x low default 错误处理指南已更新 (事务重试)
396 x low default Ruff格式化检查通过
397 x low default Mypy类型检查通过 (strict模式)
398 - high token Pytest单元测试通过
399 - high token 测试覆盖率 ≥ 75%
400 - blocker token Safety依赖扫描通过
401 x low default Bandit代码扫描通过 (仅低严重度误报)
402 - medium token Trivy镜像扫描通过
406 - high token 所有必需环境变量已设置
407 - high token .env文件权限为600
408 - high token SQLite配置文件权限为600
409 x low default 备份脚本已创建 (docs/deployment.md)
410 - medium token 备份定时任务已配置
411 - medium token 监控告警已配置
412 - medium token 压力测试已通过
"""


def sample(name: str) -> Document:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    return read(name, text, rules_for(name, Checklists()))


@pytest.mark.parametrize(("name", "table"), [("launch-board.md", BOARD), ("gap-report.md", REPORT)])
def test_each_item_is_what_a_person_reads(name: str, table: str) -> None:
    rows = [
        f"{i.line} {'x' if i.ticked else '-'} {i.severity.value} {i.severity_from} {i.title}"
        for i in sample(name).items
    ]
    assert rows == table.strip().splitlines()


def test_launch_board_in_numbers() -> None:
    board = sample("launch-board.md")
    assert len(board.items) == 31 and sum(i.ticked for i in board.items) == 19
    counts = Counter((i.severity.value, i.severity_from) for i in board.items)
    assert counts == {
        ("blocker", "priority"): 5,
        ("high", "priority"): 12,
        ("medium", "priority"): 6,
        ("low", "priority"): 4,
        ("high", "heading"): 4,
    }
    assert board.unread == () and board.called_out == ()
    assert board.items[-1].section == (
        "上线前优化任务看板",
        "🚀 Phase 5 - 覆盖率提升 + 生产部署与监控优化（2025-09-25 启动）",
        "🎯 Phase 5 最终验收标准",
    )
    assert board.items[11].acceptance == "按照 docs/STAGING_VALIDATION.md，完成三阶段验证并输出报告"
    assert board.items[-1].severity_word == "验收标准"


def test_gap_report_in_numbers() -> None:
    report = sample("gap-report.md")
    assert len(report.items) == 24 and sum(i.ticked for i in report.items) == 14
    words = Counter(said(i) for i in report.items)
    assert words == {
        "blocker (token P0)": 1,
        "high (token P1)": 5,
        "medium (token P2)": 4,
        "low (default)": 14,
    }
    assert [i.ref for i in report.items[:7]] == [*(f"FR-{n}" for n in range(117, 123)), None]


def test_what_was_not_read_of_the_gap_report() -> None:
    assert sample("gap-report.md").unread == (
        "2 × tables with marks of status, the first on line 15",
        (
            "50 × bulleted entries that begin with a mark of status and have no box, "
            "the first on line 37"
        ),
        (
            "3 × numbered entries with a mark of status or a priority and no box, "
            "the first on line 294"
        ),
    )


def test_the_groups_of_the_launch_board() -> None:
    groups = sample("launch-board.md").groups
    assert [(g.line, len(g.items)) for g in groups] == [
        (1, 31), (3, 1), (8, 3), (19, 3), (30, 2), (38, 1), (43, 4), (61, 17), (63, 5), (80, 2),
        (88, 3), (99, 3), (107, 4),
    ]  # fmt: skip
    assert all(group.ticked is None for group in groups)


@pytest.mark.parametrize("name", ["launch-board.md", "gap-report.md"])
def test_it_travels_as_json(name: str) -> None:
    document = sample(name)
    assert msgspec.json.decode(msgspec.json.encode(document), type=Document) == document
