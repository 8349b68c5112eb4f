"""Sign-offs held against the day: signed, missing, run out; and who wrote them down."""

from __future__ import annotations

import datetime as dt

from pytest_readiness.model import Outcome, Signature
from pytest_readiness.policy.records import Attestation
from pytest_readiness.provenance.marks import Mark
from pytest_readiness.records.judged import Judged, ago, left, until


def judged(attestation: Attestation, mark: Mark | None, today: dt.date) -> Judged:
    """What becomes of a sign-off.

    Args:
        attestation: as the settings have it; its `valid_for` in seconds.
        mark: who wrote the line with the signature; None where the line was not found.
        today: UTC.
    """
    by, on = (attestation.by or "").strip(), attestation.on
    if not by or on is None:
        missing = " and ".join(n for n, v in (("by", by), ("on", on)) if not v)
        return Judged(Outcome.FAILED, f"nobody has signed it: {missing} missing")
    end = None if attestation.valid_for is None else until(on, float(attestation.valid_for))
    signed = Signature(
        by=by,
        on=on.isoformat(),
        until=end.isoformat() if end else None,
        days_left=(end - today).days if end else None,
        commit=mark.commit if mark else None,
        author=mark.author if mark else None,
        evidence=attestation.evidence,
    )
    aside = _aside(by, mark)
    if on > today:
        return Judged(
            Outcome.FAILED, f"{by} signed for {on}, a day that has not come{aside}", signed
        )
    if end is not None and end < today:
        words = f"{by}'s signature of {on} ran out on {end}, {ago(end, today)}"
        return Judged(Outcome.FAILED, words + aside, signed)
    holds = f"holds until {end}, {left((end - today).days)}" if end else ago(on, today)
    proof = f"; evidence: {attestation.evidence}" if attestation.evidence else ""
    return Judged(Outcome.ATTESTED, f"signed by {by} on {on} ({holds}){aside}{proof}", signed)


def _aside(by: str, mark: Mark | None) -> str:
    """Who wrote the signature down, where that is somebody else, or cannot be told."""
    if mark is None:
        return ", written by nobody knows whom: its line was not found in the settings"
    if mark.state == "outside":
        return ", not in git"
    if mark.state in ("uncommitted", "untracked"):
        return ", not committed yet"
    if mark.state != "committed":
        return f", written by nobody knows whom: {mark.detail}"
    return "" if same_person(by, mark) else f", committed by {mark.author or mark.email}"


def same_person(name: str, mark: Mark) -> bool:
    """Whether a name as people write it is the author of a commit: name, address or its account."""
    account = (mark.email or "").partition("@")[0]
    # GitHub's private addresses: 1234+name@users.noreply.github.com
    known = {mark.author, mark.email, account, account.rpartition("+")[2]}
    plain = name.strip().lstrip("@").casefold()
    names = {k.strip().casefold() for k in known if k}
    # `Ana Lima <ana@example.com>`, as git itself writes it.
    head, _, tail = plain.partition("<")
    return plain in names or bool(tail and {head.strip(), tail.rstrip("> ")} & names)
