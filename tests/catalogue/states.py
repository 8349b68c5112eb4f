"""States of real servers, and what each check says of them: the proof that a check detects.

A state is a function that brings a server into it and judges it; its claims are exact for the
checks it names. Together the states must show every check failing and passing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.judging import Judged
from tests.sandbox import Sandbox

Said = Mapping[str, Judged]
Judge = Callable[[Sandbox], Said]


@dataclass(frozen=True)
class State:
    """One state of one system's server, and the checks that tell it."""

    system: str
    name: str
    judge: Judge
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Outcome to names of checks."""

    def wrong(self, said: Said) -> list[str]:
        """Claims that do not hold, as sentences."""
        return [
            f"{self.system}.{check}: {_told(said, check)}, claimed {outcome}"
            for outcome, checks in self.claims.items()
            for check in sorted(checks)
            if check not in said or said[check].outcome != outcome
        ]


def _told(said: Said, check: str) -> str:
    found = said.get(check)
    return f"{found.outcome} ({found.message})" if found else "not judged"


STATES: list[State] = []
"""Every state of every system, in the order of their modules."""


def state(
    system: str,
    *,
    failed: Iterable[str] = (),
    passed: Iterable[str] = (),
    blocked: Iterable[str] = (),
    not_applicable: Iterable[str] = (),
) -> Callable[[Judge], Judge]:
    """Declare a state: what the function's judgement says of the checks named.

    Names are those of the check functions, without the system.
    """
    claims = {
        "failed": frozenset(failed),
        "passed": frozenset(passed),
        "blocked": frozenset(blocked),
        "not_applicable": frozenset(not_applicable),
    }

    def declared(judge: Judge) -> Judge:
        STATES.append(State(system, judge.__name__, judge, claims))
        return judge

    return declared


def proof_of(system: str) -> Callable[[State, Sandbox], None]:
    """The parametrized test that brings about every state of a system and holds its claims."""

    @pytest.mark.parametrize(
        "state", [s for s in STATES if s.system == system], ids=lambda s: s.name
    )
    def test_state(state: State, box: Sandbox) -> None:
        wrong = state.wrong(state.judge(box))
        assert not wrong, "\n".join(wrong)

    return test_state
