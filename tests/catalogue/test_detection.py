"""The build fails for a check that no state of a server shows failing, or none passing."""

from __future__ import annotations

import pytest

from tests.catalogue.detection import Shown, states, table


@pytest.mark.parametrize("shown", table(), ids=lambda s: s.check)
def test_check_is_proven(shown: Shown) -> None:
    assert shown.failed, f"no state shows {shown.check} failing"
    assert shown.passed, f"no state shows {shown.check} passing"
    assert shown.neither or shown.check.endswith(".reachable"), (
        f"no state shows {shown.check} blocked or not applicable"
    )


def test_claims_name_checks_that_there_are() -> None:
    known = {one.check for one in table()}
    claimed = {f"{s.system}.{name}" for s in states() for c in s.claims.values() for name in c}
    assert claimed <= known, claimed - known


def test_states_have_names_of_their_own() -> None:
    names = [(state.system, state.name) for state in states()]
    assert len(names) == len(set(names))
