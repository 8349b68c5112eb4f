"""What several checks judge alike."""

from __future__ import annotations

from pytest_readiness.outcomes import blocked
from pytest_readiness.systems.http.facts import HttpFacts, Page


def page_shown(facts: HttpFacts) -> Page:
    """The page on which speed and headers are judged.

    Raises:
        Blocked: what answers is an error, whose headers are another program's.
    """
    page = facts.page
    if page.reply.status >= 400:
        said = f"GET {page.reply.path} answers with status {page.reply.status}"
        blocked(f"{said}: no page of the application")
    return page
