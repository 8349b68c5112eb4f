"""Reports of several runs -> one scorecard, decided anew from all findings: pure, no I/O."""

from pytest_readiness.merging.merge import merge
from pytest_readiness.merging.report import Disagreement, Report

__all__ = ["Disagreement", "Report", "merge"]
