"""Does it answer in time, whole, and every time?"""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.http.judged import page_shown
from pytest_readiness.systems.http.probe import HttpProbe
from pytest_readiness.systems.http.runs import ENOUGH

ENOUGH_AT_ONCE = 10
"""Answers below which a ratio of success is no figure."""


@readiness.high(
    remedy="Profile the page (py-spy, async-profiler, pprof) and look at its slowest query; "
    "curl -w '%{time_starttransfer}\\n' -so /dev/null URL",
    thresholds=[at_most("p95", 1000, unit="ms", source="Nielsen: a flow of thought holds 1 s")],
    category="performance",
    effort="days",
    source="Google SRE Book: the four golden signals",
)
def latency(http_probe: HttpProbe, limits: SimpleNamespace) -> None:
    """Does the page answer quickly, asked again and again on one connection?"""
    seen = http_probe.facts.latency
    kept = "one connection" if seen.connections == 1 else f"{seen.connections} connections"
    what = f"p95 of {seen.counted} requests of {seen.path} on {kept}"
    assert measure(what, seen.p95, unit="ms") <= limits.p95
    ended = seen.counted - seen.cut_off
    if ended < min(ENOUGH, seen.wanted):
        late = "the deadline was near; raise timeout"
        why = f"{seen.failed + seen.limited} failed" if seen.failed + seen.limited else late
        blocked(f"only {ended} of {seen.wanted} requests of {seen.path} counted: {why}")


@readiness.high(
    remedy="Find what holds the body back: a stream without an end, a proxy that buffers, a slow "
    "upstream (proxy_read_timeout, proxy_buffering); curl -N URL",
    thresholds=[
        at_most("ms", 10_000, unit="ms", source="httpx and requests bound a read, no whole")
    ],
    category="performance",
    effort="hours",
    source="AWS Builders' Library: timeouts, retries and backoff",
)
def answer_complete(http_probe: HttpProbe, limits: SimpleNamespace) -> None:
    """Does the whole of an answer come within a total deadline?"""
    reply = page_shown(http_probe.facts).reply
    size = f"{reply.size} bytes after {reply.ms:.0f} ms"
    if reply.end == "cut":
        blocked(f"the answer of {reply.path} is larger than {size}: name a smaller page")
    if reply.end != "complete":
        assert measure(f"answer of {reply.path} ({size})", reply.end) == "complete"
    assert measure(f"time to the last byte of {reply.path}", reply.ms, unit="ms") <= limits.ms


@readiness.high(
    remedy="Look at the log for the failing requests: too few workers, a broken replica behind the "
    "balancer, a limit of connections. A rate limit belongs into status 429.",
    thresholds=[at_least("ratio", 98, unit="%", source="at most 1 of 50 may fail")],
    category="performance",
    effort="days",
    source="Google SRE Book: the four golden signals",
)
def success_ratio(http_probe: HttpProbe, limits: SimpleNamespace) -> None:
    """Do (nearly) all requests of a short burst succeed?"""
    facts = http_probe.facts
    # One figure of all requests: of the page's few alone, a single failure would be too many.
    good = counted = 0
    if http_probe.declared.page and facts.sees("latency"):
        good = facts.latency.counted - facts.latency.cut_off
        counted = good + facts.latency.failed
    if not http_probe.declared.burst:
        if counted >= ENOUGH_AT_ONCE:
            what = f"success of {counted} requests of {facts.latency.path}"
            assert measure(what, 100 * good / counted, unit="%") >= limits.ratio
            return
        not_applicable("no burst is asked for: burst = 0")
    seen = facts.burst
    judged = seen.answered - seen.limited
    told = ", ".join(f"{count} × {what}" for what, count in seen.failures.items())
    page = f" and {counted} of {facts.latency.path}" if counted else ""
    what = f"success of {judged} requests of {seen.path}{page}{f' ({told})' if told else ''}"
    if judged + counted:
        share = 100 * (seen.good + good) / (judged + counted)
        assert measure(what, round(share, 2), unit="%") >= limits.ratio
    if judged < min(ENOUGH_AT_ONCE, seen.wanted):
        why = f"{seen.limited} were answered 429" if seen.limited else "the deadline was near"
        blocked(f"only {judged} of {seen.wanted} requests counted: {why}; set burst or timeout")
