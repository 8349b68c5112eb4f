"""A service over HTTP in a few words."""

from __future__ import annotations

from pytest_readiness.systems import cards
from pytest_readiness.systems.http.facts import HttpFacts
from pytest_readiness.systems.units import counted


def card(facts: HttpFacts) -> dict[str, str]:
    """What it answers, how fast, and over what."""
    return cards.lines(
        live=lambda: f"status {facts.live.status} in {_ms(facts.live.ms)}",
        ready=lambda: _ready(facts),
        latency=lambda: _latency(facts),
        TLS=lambda: _tls(facts),
        server=lambda: None if version(facts) else facts.server,
    )


def version(facts: HttpFacts) -> str | None:
    """What the header Server says, where it tells a version: ``nginx/1.25.3``."""
    told = facts.server
    return told if told and any(sign.isdigit() for sign in told) else None


def _ms(value: float) -> str:
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"


def _ready(facts: HttpFacts) -> str:
    seen = facts.ready
    said = f", says {seen.said}" if seen.said else ""
    return f"status {seen.reply.status}{said}"


def _latency(facts: HttpFacts) -> str | None:
    seen = facts.latency
    if not seen.counted:
        return None
    return f"95 % within {_ms(seen.p95)}, of {counted(seen.counted, 'answer')}"


def _tls(facts: HttpFacts) -> str:
    return f"{cards.way(facts.link)}{', not trusted' if facts.untrusted else ''}"
