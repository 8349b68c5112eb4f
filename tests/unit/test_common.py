"""What several systems judge alike."""

from __future__ import annotations

import pytest

from pytest_readiness import clock
from pytest_readiness.systems.common import certificate_valid

HOUR = 3600.0
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("left", "lifetime", "valid"),
    [
        (30 * DAY, 90 * DAY, True),
        (13 * DAY, 90 * DAY, False),
        (13 * DAY, 30 * DAY, True),
        # One that lives for an hour, good for a third of it, and one that has just expired.
        (0.5 * HOUR, HOUR, True),
        (0.2 * HOUR, HOUR, False),
        (-10, HOUR, False),
    ],
)
def test_days_left_of_a_certificate(left: float, lifetime: float, valid: bool) -> None:
    expires = clock.now().timestamp() + left
    try:
        certificate_valid(expires, expires - lifetime, 14)
    except AssertionError:
        assert not valid
    else:
        assert valid
