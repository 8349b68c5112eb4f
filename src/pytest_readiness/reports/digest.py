"""The digest by which a report on paper is matched with the file that it was printed from."""

from __future__ import annotations

from hashlib import sha256

from pytest_readiness.model import Scorecard
from pytest_readiness.reports import json


def digest(card: Scorecard) -> str:
    """SHA-256 of the scorecard's JSON report, in hexadecimal digits.

    ``sha256sum readiness.json`` prints the same: whoever holds the signed page and the file can
    tell that they belong together, and that no finding was changed since.
    """
    return sha256(json.render(card)).hexdigest()
