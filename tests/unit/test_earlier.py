"""A baseline is read for what a comparison looks at, and no more of it is kept."""

from __future__ import annotations

from pathlib import Path

from pytest_readiness.baseline import compare
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import writer_for
from pytest_readiness.reports.earlier import baseline
from tests.reports.cards import everything


def test_what_is_kept_of_a_baseline(tmp_path: Path) -> None:
    whole = everything()
    (tmp_path / "base.json").write_bytes(writer_for("base.json")(whole))
    kept = baseline("base.json", Redactor().clean, tmp_path)
    assert len(kept.findings) == len(whole.findings)
    assert not any(finding.evidence for finding in kept.findings)
    assert any(target.facts for target in whole.about.targets)
    assert not any(target.facts or target.version for target in kept.about.targets)
    assert (kept.past, kept.comparison) == (None, None)
    now = everything()
    compared = [compare(now, card, file="base.json") for card in (kept, whole)]
    assert compared[0] == compared[1], "nothing that counts is lost"
