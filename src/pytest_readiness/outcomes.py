"""How a check says that it could not, or need not, judge."""

from __future__ import annotations

from typing import NoReturn

import pytest

from pytest_readiness import recorder


class Blocked(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # pytest hides its type
    """Not judged: what the check needs is not there (target unreachable, privilege missing).

    It is a kind of pytest's skip, so that pytest itself never takes it for a pass or a failure.
    Every instance is remembered by the recorder of the running check, because a bare ``except:``
    in a user's helper can swallow it and the check would then pass without having judged.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        recorder.remember_blocked(reason)


class NotApplicable(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # likewise
    """This target cannot or need not meet the check: it leaves both sums of the score."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def blocked(reason: str) -> NoReturn:
    """End the running check as *blocked*; the reason names what is missing and what grants it.

    Raises:
        Blocked: always.
    """
    raise Blocked(reason)


def not_applicable(reason: str) -> NoReturn:
    """End the running check as *not applicable*; the reason says why the target need not meet it.

    Raises:
        NotApplicable: always.
    """
    raise NotApplicable(reason)
