"""The waivers of a run: where a check ends, and where the run does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pytest_readiness.model import Finding, Waived
from pytest_readiness.run.phase import Said
from pytest_readiness.run.state import Check, Run
from pytest_readiness.waiving import behind, dated, excuse, excused, held, remarks


class Waivers:
    """The waivers of the settings, as they stand on the day that the run began."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._dated = dated(run.policy.settings.waivers, run.today)

    def excused(self, check: Check, said: Said) -> Said:
        """What a phase of a check says, as it counts, in one harmless line."""
        clean = self.run.redactor.clean
        # Its end may be cut, and that is no place for a secret that is not recognised any more.
        told = Said(said.outcome, clean(said.message))
        spec = check.spec
        outcome, message = excused(spec.id, check.target, spec.severity, told, self._dated)
        return Said(outcome, clean(message))

    def settled(self, findings: Sequence[Finding], *, whole: bool) -> Settled:
        """All findings as they count, how each waiver stands, and what is to be said of them."""
        clean = self.run.redactor.clean
        found = behind(
            now if now is before else replace(now, message=clean(now.message))
            for before, now in zip(findings, excuse(findings, self._dated), strict=True)
        )
        standing = held(self._dated, found, whole=whole)
        return Settled(found, standing, remarks(standing, found, whole=whole))


class Settled(NamedTuple):
    """The end of a run, as far as waivers change it."""

    findings: list[Finding]
    waivers: tuple[Waived, ...]
    notes: list[str]
