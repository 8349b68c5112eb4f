"""A service over HTTP: what a launch has failed on, in the order in which it is reported."""

from __future__ import annotations

# The order below is the order of the report.
# isort: off
from pytest_readiness.systems.http.checks.health import (
    reachable,
    live,
    ready,
    dependencies_ok,
    page_answers,
    intent_declared,
    metrics_exposed,
)
from pytest_readiness.systems.http.checks.speed import (
    latency,
    answer_complete,
    success_ratio,
)
from pytest_readiness.systems.http.checks.transport import (
    encrypted,
    encrypted_across_public_network,
    certificate_trusted,
    certificate_valid,
    old_tls_refused,
    plaintext_redirected,
    hsts,
)
from pytest_readiness.systems.http.checks.strangers import (
    authentication_required,
    credentials_accepted,
    debug_pages_closed,
    files_closed,
    stack_traces_hidden,
    foreign_origins_refused,
    security_headers,
    versions_hidden,
)

__all__ = [
    "answer_complete",
    "authentication_required",
    "certificate_trusted",
    "certificate_valid",
    "credentials_accepted",
    "debug_pages_closed",
    "dependencies_ok",
    "encrypted",
    "encrypted_across_public_network",
    "files_closed",
    "foreign_origins_refused",
    "hsts",
    "intent_declared",
    "latency",
    "live",
    "metrics_exposed",
    "old_tls_refused",
    "page_answers",
    "plaintext_redirected",
    "reachable",
    "ready",
    "security_headers",
    "stack_traces_hidden",
    "success_ratio",
    "versions_hidden",
]
