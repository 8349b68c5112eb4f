"""Post the verdict to a webhook: copy this into your conftest.py.

READINESS_WEBHOOK_URL=https://hooks.example.com/services/… pytest --readiness

The URL of a webhook is a secret: nothing here prints more of it than its host. What the webhook
does not take becomes one line in the summary, and the exit status is not 0.
"""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from pytest_readiness.model import Outcome, Scorecard

VARIABLE = "READINESS_WEBHOOK_URL"
SECONDS = 5.0
"""How long the webhook may take, name resolution and a slow answer included."""
MOST = 5
"""Failures that are told; the report has all of them."""


def pytest_readiness_scorecard(config: pytest.Config, scorecard: Scorecard) -> None:
    """Post it, if there is somewhere to post it to."""
    url = os.environ.get(VARIABLE)
    if url:
        post(url, payload(scorecard))


def payload(scorecard: Scorecard) -> dict[str, Any]:
    """Verdict, score and the first failures; Slack and its like show ``text``."""
    about = scorecard.about
    wrong = [f for f in scorecard.findings if f.outcome in (Outcome.FAILED, Outcome.ERROR)]
    wrong.sort(key=lambda finding: finding.severity.rank)
    named = f" of {about.service}" if about.service else ""
    return {
        "text": f"{scorecard.verdict.words}{named} in {about.environment}: {scorecard.decided_by}",
        "verdict": scorecard.verdict.value,
        "score": scorecard.score,
        "target_score": scorecard.target_score,
        "commit": about.commit,
        "failures": [
            {
                "check": finding.label,
                "severity": finding.severity.value,
                "message": finding.message,
                "remedy": finding.remedy,
            }
            for finding in wrong[:MOST]
        ],
        "more": max(0, len(wrong) - MOST),
    }


def post(url: str, content: dict[str, Any]) -> None:
    """Post it as JSON.

    Raises:
        RuntimeError: the webhook did not take it in time, or not at all.
    """
    host = urllib.parse.urlsplit(url).hostname
    problems = [f"no answer within {SECONDS:g} s"]
    # A thread, since no timeout of urllib's bounds the name resolution, or an answer in drops.
    thread = threading.Thread(target=_post, args=(url, content, problems), daemon=True)
    thread.start()
    thread.join(SECONDS)
    for problem in problems:
        raise RuntimeError(f"webhook at {host}: {problem}")


def _post(url: str, content: dict[str, Any], problems: list[str]) -> None:
    try:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError
        request = urllib.request.Request(
            url,
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS):
            problems.clear()
    except urllib.error.HTTPError as error:
        problems[:] = [f"it answers {error.code}"]
    except urllib.error.URLError as error:
        problems[:] = [getattr(error.reason, "strerror", None) or "it cannot be reached"]
    except OSError as error:
        problems[:] = [error.strerror or type(error).__name__]
    except Exception:  # its text may quote the URL
        problems[:] = [f"{VARIABLE} is no URL of a webhook"]
