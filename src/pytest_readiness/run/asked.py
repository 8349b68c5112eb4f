"""What is not asked of a target here, and so is not applicable before anything is looked at."""

from __future__ import annotations

import pytest

from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import not_asked
from pytest_readiness.run.state import CHECK, Check, Run


class Asked:
    """Ends a check as not applicable, before its fixtures, where nobody asks for it."""

    def __init__(self, run: Run) -> None:
        self.run = run

    # No wrapper: one that raises before it yields keeps pytest's own set-up from happening.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Hold the check against environment, platform, single node and leave to write."""
        check = item.stash.get(CHECK, None)
        reason = self.reason(check) if check is not None else None
        if reason is not None:
            not_applicable(reason)

    def reason(self, check: Check) -> str | None:
        """Why a check is not asked of its target, or None if it is."""
        if check.system is None or check.target is None:
            return None
        settings = self.run.target(check.system, check.target).settings
        if check.spec.writes and not (settings.writes or self.run.policy.settings.writes):
            return "it writes, and writes are not allowed (--readiness-writes)"
        if check.spec.managed and settings.platform is not None:
            return f"{settings.platform} does it for its customers"
        return not_asked(check.spec.demand, self.run.environment, settings.single_node)
