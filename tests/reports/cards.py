"""Scorecards for tests of reports: one with everything in it, long ones, hostile ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import cycle, islice

from msgspec.structs import replace

from pytest_readiness.model import (
    About,
    Change,
    Checklist,
    ChecklistGroup,
    ChecklistItem,
    Comparison,
    Evidence,
    Finding,
    Limits,
    Outcome,
    Past,
    PastRun,
    Relaxed,
    Scope,
    Scorecard,
    Severity,
    Signature,
    Target,
    Verdict,
    Waived,
    Window,
)
from pytest_readiness.score import judge

STARTED = "2026-11-22T10:15:00Z"

TARGETS = (
    Target(
        system="redis",
        name="cache",
        address="cache.internal:6379",
        version="8.2.1",
        facts={"role": "primary, 1 replica", "memory": "1.2 GiB of 4 GiB", "keys": "182,441"},
    ),
    Target(
        system="postgres",
        name="main",
        address="db1.internal:5432/shop",
        version="17.6",
        facts={"role": "primary", "size": "41 GiB", "connections": "87 of 200"},
    ),
    Target(
        system="rabbitmq",
        name="events",
        address="mq1.internal:5672/shop",
        single_node=True,
        platform="cloudamqp",
        version="4.1.4",
    ),
)


def finding(
    check: str, severity: str, outcome: str, target: str | None = None, **more: object
) -> Finding:
    """A finding of a check, ``redis.persistence``, on a target."""
    system, _, name = check.partition(".")
    made = Finding(
        check=check,
        system=system,
        target=target,
        node=f"readiness::{system}::{name}[{target}]" if target else f"readiness::{system}::{name}",
        severity=Severity(severity),
        outcome=Outcome(outcome),
    )
    return replace(made, **more)


def everything() -> Scorecard:
    """Every outcome, severity and record that there is; not ready for a blocker."""
    found = [*_measured(), *_written(), _own()]
    return _decided(found, about=ABOUT, more=True)


def ready() -> Scorecard:
    """Nothing wrong, nothing beside it."""
    return _decided(
        [
            finding("redis.reachable", "blocker", "passed", "cache", category="availability"),
            finding("redis.persistence", "high", "passed", "cache", category="durability"),
        ],
        about=About(service="shop", started=STARTED, duration=1.2, targets=TARGETS[:1]),
    )


def nothing() -> Scorecard:
    """A run that broke off before it judged anything."""
    scope = Scope(expected=0, selected=0, broken="the run was interrupted")
    return judge([], Limits(), scope, About(started=STARTED))


def many(count: int, targets: int = 20) -> Scorecard:
    """So many findings on so many targets, one in four of them wrong."""
    outcomes = cycle(
        ["passed", "passed", "failed", "passed", "blocked", "passed", "passed", "waived"]
    )
    severities = cycle(["high", "medium", "low", "medium", "blocker"])
    categories = cycle(["security", "durability", "capacity", "availability", "hygiene", "version"])
    found = [
        finding(
            f"redis.setting_{number // targets:03}",
            severity,
            outcome,
            f"cache-{number % targets:03}",
            title="Is the setting what production asks of it?",
            message="" if outcome == "passed" else "maxmemory is 0 bytes, must be above 0",
            evidence=(
                Evidence(
                    name="maxmemory",
                    value=number,
                    unit="bytes",
                    op=">",
                    expected=0,
                    ok=outcome == "passed",
                ),
            ),
            remedy="Bound the memory: CONFIG SET maxmemory 3gb; CONFIG REWRITE.",
            ref="https://redis.io/docs/latest/operate/oss_and_stack/management/config/",
            category=category,
            effort="minutes",
        )
        for number, outcome, severity, category in zip(
            range(count), outcomes, severities, categories, strict=False
        )
    ]
    named = tuple(
        Target(system="redis", name=f"cache-{n:03}", address=f"10.0.{n // 250}.{n % 250}:6379")
        for n in range(targets)
    )
    return _decided(found, about=replace(ABOUT, targets=named))


HOSTILE = (
    '<script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    "</style></script><svg onload=alert(1)>",
    "javascript:alert(1)",
    "::error file=a::b %0A::stop-commands::x",
    "| a | b |\n|---|---|",
    "</details></td>",
    "```\n# heading\n@everyone #1 !1",
    "[link](javascript:alert(1)) ![i](http://127.0.0.1/i.png) <http://127.0.0.1>",
    "{{ 7*7 }} {% raw %}",
    "a\"b'c\\d`e",
    "\u202eevil\u2066\u200b",
    "]]> &amp; &lt;",
    "数据库备份恢复测试 ✅ 👩‍👩‍👧‍👦 é",
)


def hostile() -> Scorecard:
    """Names and texts as an attacker would have them, in every field that takes some."""
    texts = cycle(HOSTILE)

    def next_() -> str:
        return next(texts)

    found = [
        finding(
            f"redis.h{number:02}",
            severity,
            outcome,
            text,
            node=f"readiness::redis::h{number:02}[{text}]",
            title=next_(),
            message=text,
            remedy=next_(),
            ref=next_(),
            owner=next_(),
            category=next_(),
            effort=next_(),
            source=next_(),
            vantage=next_(),
            file=next_(),
            line=1,
            evidence=(
                Evidence(
                    name=next_(),
                    value=text,
                    unit=next_(),
                    op="==",
                    expected=next_(),
                    window=WINDOW,
                ),
            ),
        )
        for number, (text, outcome, severity) in enumerate(
            zip(
                islice(cycle(HOSTILE), 28),
                cycle([outcome.value for outcome in Outcome]),
                cycle(["blocker", "high", "medium", "low"]),
                strict=False,
            )
        )
    ]
    card = _decided([*found, *_written()], about=ABOUT, more=True)
    about = replace(
        card.about,
        service=HOSTILE[0],
        commit=HOSTILE[1],
        profile=HOSTILE[2],
        settings_file=HOSTILE[4],
        environment_assumed=HOSTILE[8],
        notes=HOSTILE,
        versions={text: text for text in HOSTILE},
        targets=tuple(
            Target(
                system="redis",
                name=text,
                address=text,
                platform=text,
                version=text,
                facts={text: text},
            )
            for text in HOSTILE
        ),
        relaxed=tuple(Relaxed(what=text, reason=text, owner=text) for text in HOSTILE),
    )
    waivers = tuple(replace(card.waivers[0], owner=text, reason=text) for text in HOSTILE)
    return replace(card, about=about, waivers=waivers, decided_by=HOSTILE[0], route=HOSTILE)


WINDOW = Window(
    start="2026-11-22T08:15:00Z",
    seconds=7200.0,
    points=tuple((60.0 * n, None if n in (40, 41) else 1.1 + (n % 17) / 20) for n in range(121)),
)

ABOUT = About(
    service="shop",
    environment="production",
    profile="production",
    commit="0123456789abcdef0123456789abcdef01234567",
    settings_file="readiness.toml",
    started=STARTED,
    duration=4.2,
    versions={"python": "3.11.7", "pytest": "9.2.0", "pytest-readiness": "0.1.0"},
    targets=TARGETS,
    relaxed=(
        Relaxed(
            what="redis.persistence: severity high -> low",
            reason="a cache only",
            owner="ana",
            expires="2027-01-31",
        ),
    ),
    notes=("passed only when run again: redis.reachable[cache]",),
)


def _measured() -> Iterable[Finding]:
    yield finding(
        "redis.reachable",
        "blocker",
        "passed",
        "cache",
        category="availability",
        title="Does the server answer?",
        duration=0.012,
        evidence=(Evidence(name="answer", value="PONG", op="==", expected="PONG", ok=True),),
    )
    yield finding(
        "redis.persistence",
        "high",
        "failed",
        "cache",
        category="durability",
        effort="minutes",
        title="Does what was written outlive a restart?",
        owner="platform team",
        message="persistence is none, must be one of aof, rdb",
        remedy="CONFIG SET appendonly yes; CONFIG REWRITE.",
        ref="https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
        evidence=(
            Evidence(name="persistence", value="none", op="==", expected="aof", ok=False),
            Evidence(name="persistence", value="none", op="==", expected="rdb", ok=False),
        ),
        source="awesome-prometheus-alerts",
    )
    yield finding(
        "redis.no_public_bind",
        "medium",
        "failed",
        "cache",
        category="security",
        message="bind contains 0.0.0.0",
        remedy="bind 10.0.0.5",
    )
    yield finding(
        "postgres.backup_restored",
        "blocker",
        "failed",
        "main",
        category="recoverability",
        effort="days",
        title="Was a backup restored this quarter?",
        message="last restore is 131 days, must be <= 92",
        remedy="pg_restore --dbname=restore_check backup.dump",
        evidence=(
            Evidence(name="last restore", value=131, unit="days", op="<=", expected=92, ok=False),
        ),
    )
    yield finding(
        "postgres.locks",
        "high",
        "error",
        "main",
        category="capacity",
        message="ProgrammingError: permission denied for view pg_locks",
    )
    yield finding(
        "postgres.idle_in_transaction",
        "low",
        "failed",
        "main",
        category="capacity",
        message="idle in transaction is 3 sessions, must be 0",
        evidence=(
            Evidence(
                name="idle in transaction", value=3, unit="sessions", op="==", expected=0, ok=False
            ),
        ),
    )
    yield finding(
        "rabbitmq.dead_letters",
        "high",
        "blocked",
        "events",
        category="durability",
        message="the management API answers 401 Unauthorized",
        remedy="Give monitor_url a user with the tag monitoring.",
    )
    yield finding(
        "rabbitmq.memory_alarm",
        "blocker",
        "passed",
        "events",
        category="availability",
    )
    yield finding(
        "rabbitmq.quorum_queues",
        "high",
        "not_applicable",
        "events",
        category="availability",
        message="single_node: topology is not asked of it",
    )
    yield finding(
        "rabbitmq.tls",
        "high",
        "waived",
        "events",
        category="security",
        message="tls is no, must be yes (waived by ana until 2026-12-06: behind the mesh)",
        evidence=(Evidence(name="tls", value=False, op="==", expected=True, ok=False),),
    )


def _written() -> Iterable[Finding]:
    yield finding(
        "attestation.oncall",
        "high",
        "attested",
        title="The rota is staffed around the clock",
        message="signed by Ana Lima on 2026-11-01 (holds until 2026-12-01, 9 days left)",
        signed=Signature(
            by="Ana Lima",
            on="2026-11-01",
            until="2026-12-01",
            days_left=9,
            commit="a1b2c3d4e5f6",
            author="Ana Lima",
            evidence="https://wiki.internal/rota",
        ),
        file="readiness.toml",
        line=31,
    )
    yield finding(
        "checklist.announce",
        "low",
        "failed",
        "docs/GO_LIVE.md",
        title="Announcement is out",
        message="open",
        file="docs/GO_LIVE.md",
        line=14,
        item=ChecklistItem(ticked=False, section="Launch / Day before", due="2026-12-01"),
    )
    yield finding(
        "checklist.runbook",
        "medium",
        "attested",
        "docs/GO_LIVE.md",
        title="Runbook 已更新 ✅",
        message="ticked by Bob Stone on 2026-11-20",
        file="docs/GO_LIVE.md",
        line=15,
        item=ChecklistItem(ticked=True, section="Launch / Day before"),
        signed=Signature(by="Bob Stone", on="2026-11-20", commit="b2c3d4", author="Bob Stone"),
    )
    yield finding(
        "checklist.persistence",
        "high",
        "failed",
        "docs/GO_LIVE.md",
        title="Redis persists",
        message="ticked, but measured otherwise: redis.persistence[cache] failed",
        file="docs/GO_LIVE.md",
        line=16,
        measured_by=("redis.persistence[cache]",),
        item=ChecklistItem(ticked=True, section="Launch / Day before"),
    )


def _own() -> Finding:
    return Finding(
        check="tests/test_slo.py::test_latency",
        node="tests/test_slo.py::test_latency",
        severity=Severity.HIGH,
        outcome=Outcome.FAILED,
        message="p99 is 1.9 s, must be <= 1.5",
        category="performance",
        title="P99 over two hours",
        file="tests/test_slo.py",
        line=12,
        evidence=(
            Evidence(
                name="p99", value=1.9, unit="s", op="<=", expected=1.5, ok=False, window=WINDOW
            ),
        ),
    )


def _decided(found: Iterable[Finding], about: About, more: bool = False) -> Scorecard:
    findings = list(found)
    scope = Scope(expected=len(findings), selected=len(findings))
    card = judge(findings, Limits(), scope, about)
    if not more:
        return card
    return replace(
        card,
        checklists=(
            Checklist(
                file="docs/GO_LIVE.md",
                done=1,
                total=3,
                score=33.3,
                groups=(
                    ChecklistGroup(
                        title="Launch / Day before",
                        line=12,
                        done=1,
                        total=3,
                        nodes=("readiness::checklist::announce[docs/GO_LIVE.md]",),
                    ),
                ),
                notes=("1 × numbered entries, the first on line 30",),
            ),
        ),
        waivers=(
            Waived(
                checks=("rabbitmq.tls",),
                target="events",
                owner="ana",
                reason="behind the mesh",
                expires="2026-12-06",
                days_left=14,
                state="ending",
                findings=("rabbitmq.tls[events]",),
            ),
        ),
        comparison=_comparison(),
        past=_past(),
    )


def _comparison() -> Comparison:
    def change(label: str, before: str | None, now: str | None) -> Change:
        return Change(
            label=label,
            node=label,
            severity=Severity.HIGH,
            before=Outcome(before) if before else None,
            now=Outcome(now) if now else None,
        )

    return Comparison(
        file="baseline.json",
        started="2026-11-15T10:00:00Z",
        commit="fedcba9876543210",
        verdict=Verdict.CONDITIONAL,
        score=81.5,
        new_failures=(change("redis.persistence[cache]", "passed", "failed"),),
        fixed=(change("rabbitmq.memory_alarm[events]", "failed", "passed"),),
        still_failing=(change("postgres.locks[main]", "error", "error"),),
        no_longer_judged=(change("rabbitmq.tls[events]", "failed", "waived"),),
        disappeared=(change("redis.acl[cache]", "passed", None),),
    )


def _past() -> Past:
    first = dt.datetime(2026, 10, 20, 10, tzinfo=dt.timezone.utc)
    runs = tuple(
        PastRun(
            started=(first + dt.timedelta(days=n)).isoformat().replace("+00:00", "Z"),
            verdict=Verdict.NOT_READY if n < 20 else Verdict.CONDITIONAL,
            score=None if n == 7 else 50.0 + n,
            target_score=95.0 if n > 10 else 90.0,
            commit=f"{n:040x}",
        )
        for n in range(33)
    )
    last = runs[-1]
    return Past(
        file="history.jsonl",
        started=last.started,
        verdict=last.verdict,
        score=last.score,
        runs=runs,
    )
