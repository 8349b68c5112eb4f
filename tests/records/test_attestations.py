"""Sign-offs: what is printed for each state, on the day before, on it, and after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Outcome, Severity
from pytest_readiness.policy.records import Attestation
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.records.attestations import judged, same_person

TODAY = dt.date(2026, 11, 22)
DAY = 86400.0
ANA = Mark("committed", "1" * 40, "Ana Lima", "ana@example.com", None, "")
BOB = Mark("committed", "2" * 40, "Bob Stone", "bob@example.com", None, "")


def attestation(**fields: Any) -> Attestation:
    return Attestation(id="pager", title="Was the pager tested?", severity=Severity.HIGH, **fields)


SIGNED = attestation(by="Ana Lima", on=dt.date(2026, 11, 1), valid_for=30 * DAY)

STATES: list[tuple[Attestation, Mark | None, Outcome, str]] = [
    (attestation(), None, Outcome.FAILED, "nobody has signed it: by and on missing"),
    (attestation(by="Ana"), ANA, Outcome.FAILED, "nobody has signed it: on missing"),
    (attestation(on=TODAY), ANA, Outcome.FAILED, "nobody has signed it: by missing"),
    (attestation(by=" ", on=TODAY), ANA, Outcome.FAILED, "nobody has signed it: by missing"),
    (
        SIGNED,
        ANA,
        Outcome.ATTESTED,
        "signed by Ana Lima on 2026-11-01 (holds until 2026-12-01, 9 days left)",
    ),
    (
        SIGNED,
        BOB,
        Outcome.ATTESTED,
        (
            "signed by Ana Lima on 2026-11-01 (holds until 2026-12-01, 9 days left), "
            "committed by Bob Stone"
        ),
    ),
    (
        attestation(by="Ana Lima", on=dt.date(2026, 7, 25), evidence="OPS-7"),
        ANA,
        Outcome.ATTESTED,
        "signed by Ana Lima on 2026-07-25 (120 days ago); evidence: OPS-7",
    ),
    (
        attestation(by="Ana", on=TODAY),
        Mark("outside", None, None, None, None, "the file is in no git repository"),
        Outcome.ATTESTED,
        "signed by Ana on 2026-11-22 (today), not in git",
    ),
    (
        attestation(by="Ana", on=TODAY),
        None,
        Outcome.ATTESTED,
        (
            "signed by Ana on 2026-11-22 (today), written by nobody knows whom: its line was not "
            "found in the settings"
        ),
    ),
    (
        attestation(by="Ana", on=TODAY),
        Mark("uncommitted", None, None, None, None, ""),
        Outcome.ATTESTED,
        "signed by Ana on 2026-11-22 (today), not committed yet",
    ),
    (
        attestation(by="Ana", on=dt.date(2026, 10, 1), valid_for=30 * DAY),
        ANA,
        Outcome.FAILED,
        "Ana's signature of 2026-10-01 ran out on 2026-10-31, 22 days ago",
    ),
    (
        attestation(by="Ana", on=dt.date(2026, 11, 23)),
        ANA,
        Outcome.FAILED,
        "Ana signed for 2026-11-23, a day that has not come",
    ),
]


@pytest.mark.parametrize(("signed", "mark", "outcome", "words"), STATES)
def test_states(signed: Attestation, mark: Mark | None, outcome: Outcome, words: str) -> None:
    found = judged(signed, mark, TODAY)
    assert found.outcome is outcome
    assert found.message.startswith(words)
    if mark is ANA and signed.by in ("Ana Lima",):
        assert found.message == words


@pytest.mark.parametrize(
    ("days", "outcome", "left"),
    [(29, "attested", "1 day left"), (30, "attested", "last day"), (31, "failed", "1 day ago")],
)
def test_the_last_day_counts(days: int, outcome: str, left: str) -> None:
    found = judged(SIGNED, ANA, dt.date(2026, 11, 1) + dt.timedelta(days=days))
    assert found.outcome.value == outcome
    assert left in found.message


@given(st.dates(), st.floats(DAY, 36500 * DAY), st.dates())
def test_any_day(on: dt.date, valid_for: float, today: dt.date) -> None:
    found = judged(attestation(by="Ana", on=on, valid_for=valid_for), ANA, today)
    try:
        end = on + dt.timedelta(seconds=valid_for)
    except OverflowError:
        end = dt.date.max
    assert (found.outcome is Outcome.ATTESTED) == (on <= today <= end)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Ana Lima", True),
        ("ana lima", True),
        ("ana@example.com", True),
        ("ANA@EXAMPLE.COM", True),
        ("@ana", True),
        ("Ana Lima <ana@example.com>", True),
        ("Ana", True),  # the account of her address
        ("An", False),
        ("Bob Stone", False),
        ("Lima", False),
        ("", False),
        ("<>", False),
    ],
)
def test_who_is_who(name: str, known: bool) -> None:
    assert same_person(name, ANA) is known


def test_private_address_of_a_forge() -> None:
    hidden = Mark("committed", "1" * 40, "A. L.", "1234+ana-lima@users.noreply.example", None, "")
    assert same_person("@ana-lima", hidden)
